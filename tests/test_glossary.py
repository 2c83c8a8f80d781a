"""English terms are searched in the words that Chinese reports use."""

from __future__ import annotations

from pathlib import Path

import pytest

from index import build, open_index
from rag import Assistant, Retriever
from rag.glossary import with_terms


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("How many new urban jobs were created?", "城镇新增就业"),
        ("25年CPI目标是多少", "居民消费价格 物价"),
        ("deficit-to-GDP ratio", "赤字率"),
        ("the high-speed rail network in operation", "高速铁路 高铁 运营 营业里程 运营里程"),
    ],
)
def test_terms_stand_behind_the_question(question: str, terms: str) -> None:
    assert with_terms(question) == f"{question} {terms}"


@pytest.mark.parametrize("question", ["赤字率是多少", "", "Which aide resembles captain Gdpr?"])
def test_a_question_without_terms_stays_as_it_is(question: str) -> None:
    assert with_terms(question) == question


def test_every_term_is_there_once_with_its_chinese() -> None:
    path = Path(__file__).parents[1] / "rag" / "glossary.tsv"
    lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    forms = [form for english, _ in lines for form in english.split("|")]
    assert len(forms) == len(set(forms)) > 700
    assert all(form == form.lower().strip() for form in forms)
    assert all(chinese == chinese.strip() and chinese for _, chinese in lines)


def test_an_english_question_is_answered_from_the_report_it_names(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for year, jobs, ratio in ((2021, 3500, 28), (2022, 3800, 31), (2023, 4100, 29)):
        (corpus / f"青川县{year}年政府工作报告.md").write_text(
            f"# 青川县{year}年政府工作报告\n\n## 主要目标\n\n今年的目标是：城镇新增就业{jobs}人以上。\n\n"
            f"全县森林覆盖率达到{ratio}%。\n\n新建农村公路{ratio}公里。\n",
            encoding="utf-8",
        )
    build(corpus, tmp_path / "index")
    index = open_index(tmp_path / "index")
    question = "How many new urban jobs did the 2022 government work report aim for?"
    assert Retriever(index).search(question, top_k=1)[0].chunk.year == 2022
    answer = Assistant(index).ask(question)
    assert "3800人" in answer.text.split("\n")[0]
    assert {c.year for c in answer.citations} == {2022}
