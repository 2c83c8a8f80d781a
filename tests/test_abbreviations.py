"""Short names that the reports define, found by either name."""

from __future__ import annotations

from pathlib import Path

import pytest

from index import Index, build, open_index
from rag import Assistant, Retriever
from rag.abbreviations import short_forms
from rag.retrieve import read_and_embed

REPORTS = {
    "办法.txt": "为减轻负担，建立青山县农民大病互助保障制度（以下简称“农大保”）。\n\n"
    "本办法自2020年起施行，由县卫生局解释。",
    "总结.txt": "青山县农民大病互助保障制度运行平稳。\n\n全年为农大保参加者补助了8.4万人次。",
    "年报.txt": "青山县农民大病互助保障制度2021年收入为1.2亿元。",
    "公报.txt": "全县粮食总产量41万吨。\n\n全县公路总里程1200公里。",
}


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("推行新型农村合作医疗（以下简称“新农合”）。", [("新农合", "新型农村合作医疗")]),
        ("推行新型农村合作医疗(以下简称新农合)，", [("新农合", "新型农村合作医疗")]),
        ("會同新型農村合作醫療（下稱）管理處", []),
        ("設立新型農村合作醫療（以下簡稱「新農合」）。", [("新农合", "新型农村合作医疗")]),
        (
            "约谈《青禾食品股份有限公司》（简称：青禾股份）。",
            [("青禾股份", "青禾食品股份有限公司")],
        ),
        ("临澜第3届世界风筝大会，简称临澜风筝会。", [("临澜风筝会", "临澜第3届世界风筝大会")]),
        # A piece of the full name; a usual word; no such characters before it; no name at all.
        ("青禾食品股份有限公司（以下简称“公司”）公告", []),
        ("印发《关于治理噪声的意见》（以下简称《意见》）。", []),
        ("请青禾食品厂（以下简称甲方）付款。", []),
        ("（以下简称“新农合”）。", []),
        ("以下简称", []),
        ("", []),
    ],
)
def test_definitions_are_read(text: str, pairs: list[tuple[str, str]]) -> None:
    assert list(short_forms(text)) == pairs


@pytest.fixture(scope="module")
def defining(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder = tmp_path_factory.mktemp("defining")
    (folder / "corpus").mkdir()
    for name, text in REPORTS.items():
        (folder / "corpus" / name).write_text(text, encoding="utf-8")
    build(folder / "corpus", folder / "index")
    return open_index(folder / "index")


def first(index: Index, question: str) -> str:
    return Path(Retriever(index).search(question)[0].chunk.path).name


def test_the_short_name_finds_the_full_one_and_the_other_way_round(defining: Index) -> None:
    assert first(defining, "农大保2021年收入多少？") == "年报.txt"
    assert "1.2亿元" in Assistant(defining).ask("农大保2021年收入多少？").text
    answer = Assistant(defining).ask("青山县农民大病互助保障制度补助了多少人次？")
    assert "8.4万人次" in answer.text


def test_a_question_knows_both_names(defining: Index) -> None:
    full = "青山县农民大病互助保障制度"
    asked, _ = read_and_embed("农大保收入多少？", defining.generation, defining.embedder)
    assert asked.names == (("农大保", full[3:]),)
    assert {"农大", "大保"} <= asked.tokens_of(f"{full}收入为1.2亿元")
    assert "农大" not in asked.tokens_of("粮食总产量41万吨")


def test_a_collection_without_short_names_is_not_asked_for_any(index: Index) -> None:
    asked, _ = read_and_embed("青川县2021年财政收入是多少？", index.generation, index.embedder)
    assert asked.names == ()
