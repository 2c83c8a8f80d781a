from pathlib import Path

import numpy as np
import pytest

from index import Chunk, Index, build, open_index
from index.errors import IndexDamaged
from index.lexical import MOST_TOKENS, LexicalIndex
from index.local import LocalGeneration
from rag import Retriever
from rag.retrieve import fuse
from rag.weights import Weights


def titles(index: Index, question: str) -> list[str]:
    return [hit.chunk.title for hit in Retriever(index).search(question)]


def test_the_report_of_the_year_asked_for_comes_first(index: Index) -> None:
    assert titles(index, "2021年新增城镇就业的目标是多少")[0] == "青川县2021年政府工作报告"
    assert titles(index, "2022年新增城镇就业的目标是多少")[0] == "青川县2022年政府工作报告"


def test_scripts_and_numerals_do_not_matter(index: Index) -> None:
    assert titles(index, "养猪户转移安置由谁负责")[0] == "關於加強防汛工作的通知"
    assert titles(index, "養豬戶怎樣降低豬價波動的風險")[0] == "数字化改革综述"
    assert titles(index, "新建農村公路156公里")[0] == "青川县2021年政府工作报告"


def test_hits_are_ordered_and_limited(index: Index) -> None:
    hits = Retriever(index).search("财政收入", top_k=2)
    assert len(hits) == 2
    assert hits[0].score >= hits[1].score
    assert len({hit.chunk.id for hit in Retriever(index).search("财政收入", top_k=50)}) == 4


def test_every_hit_stands_in_its_document(index: Index) -> None:
    for hit in Retriever(index).search("棚户区改造"):
        chunk = hit.chunk
        assert index.document(chunk.document_id).text[chunk.start : chunk.end] == chunk.text


@pytest.mark.parametrize("question", ["", "   ", "？！……", "\u200b", "\x00\x07"])
def test_a_question_without_words_finds_nothing(index: Index, question: str) -> None:
    assert Retriever(index).search(question) == []


@pytest.mark.parametrize(
    "question",
    [
        *("多少", "2021", "😀 就业", "😀", "就业\ud800", "\x1b[31m就业\x00", "' OR 1=1 --"),
        *("财政收入" * 2500, "a" * 10_000, "".join(chr(0x4E00 + n) for n in range(10_000))),
    ],
)
def test_odd_questions_are_answered_like_others(index: Index, question: str) -> None:
    assert len(Retriever(index).search(question, top_k=3)) <= 3


def test_a_senseless_limit_is_refused(index: Index) -> None:
    with pytest.raises(ValueError, match="top_k"):
        Retriever(index).search("就业", top_k=0)


def test_a_question_in_english_is_found_by_meaning(index: Index) -> None:
    assert (
        titles(index, "What is the satisfaction rate of the government services?")[0]
        == "数字化改革综述"
    )


def test_fusion_prefers_what_both_sides_find() -> None:
    terms = fuse({1: 10.0, 2: 9.0}, {1: 0.80, 2: 0.89, 3: 0.90}, {1: 0, 2: 0, 3: 0}, 0.8, Weights())
    assert max(terms, key=lambda row: sum(terms[row])) == 2
    assert np.isfinite(list(fuse({}, {5: 0.8}, {5: 0}, 0.8, Weights()).values())).all()


def test_a_year_alone_finds_the_report_of_that_year(index: Index) -> None:
    assert titles(index, "2022")[0] == "青川县2022年政府工作报告"


def test_a_year_that_no_report_speaks_of_favours_none(index: Index) -> None:
    hits = Retriever(index).search("2099年的财政收入", explain=True)
    assert len(hits) == 4
    assert {hit.explanation.period for hit in hits} == {0.0}


@pytest.mark.parametrize("question", [None, 2019, b"2019", ["就业"]])
def test_a_question_that_is_not_text_is_refused(index: Index, question: object) -> None:
    with pytest.raises(ValueError, match="问题应为一个字符串"):
        Retriever(index).search(question)


def lexical_index(folder: Path, texts: list[str]) -> LexicalIndex:
    chunks = [
        Chunk(f"c{n}", f"d{n}", f"{n}.txt", "", None, "", None, 1, 0, len(text), text)
        for n, text in enumerate(texts)
    ]
    LexicalIndex.write(folder / "lexical", chunks)
    return LexicalIndex.open(folder / "lexical")


def test_of_a_very_long_question_the_rarest_words_count(tmp_path: Path) -> None:
    rare = [f"r{n}" for n in range(MOST_TOKENS)]
    lexical = lexical_index(tmp_path, ["common " + " ".join(rare), "common", "common"])
    unknown = {f"x{n}": 1.0 for n in range(MOST_TOKENS)}
    assert len(lexical.search({"common": 1.0, **unknown}, 10, 1.0)) == 3
    found = lexical.search({"common": 1.0, **dict.fromkeys(rare, 1.0)}, 10, 1.0)
    assert found == lexical.search(dict.fromkeys(rare, 1.0), 10, 1.0)
    assert [row for row, _ in found] == [0]


def test_of_two_versions_the_newer_comes_first_unless_the_older_is_asked_for(
    corpus: Path, tmp_path: Path
) -> None:
    lines = [f"第{n}项措施已经在全县{n * 7}个行政村全部落实到位。" for n in range(10)]
    for year in (2021, 2023):
        text = "\n\n".join([*lines, f"全县共有机井{year - 2000}眼，由水利站看管。"])
        (corpus / f"机井通知{year}年.txt").write_text(text, encoding="utf-8")
    build(corpus, tmp_path / "i")
    retriever = Retriever(open_index(tmp_path / "i"))

    def years(question: str) -> list[int | None]:
        return [hit.chunk.year for hit in retriever.search(question, 2)]

    assert years("机井由谁看管") == [2023, 2021]
    assert years("2021年机井由谁看管")[0] == 2021
    _, older = retriever.search("机井由谁看管", 2, explain=True)
    explained = older.explanation
    assert explained
    assert explained.period < 0
    assert explained.dense + explained.lexical + explained.period == older.score


def test_vectors_that_compare_with_nothing_are_told_of(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LocalGeneration, "search_dense", lambda *_: [])
    with pytest.raises(IndexDamaged, match="wenju doctor"):
        Retriever(index).search("财政收入")
