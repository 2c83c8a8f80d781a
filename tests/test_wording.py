"""The program's sentences in the language of the screen."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from index import Index
from rag import Assistant
from rag.filters import Filter
from ui.collection_labels import EN as COLLECTION_EN
from ui.collection_labels import ZH as COLLECTION_ZH
from ui.labels import EN, LABELS, ZH
from ui.wording import _ENGLISH, answer_in, said_in

ROOT = Path(__file__).parents[1]
HAN = re.compile("[\u4e00-\u9fff]")
# What stands in quotation marks is the question's or the report's.
QUOTED = re.compile("“[^”]*”|《[^》]*》")


def source(*packages: str) -> str:
    """The text of modules, strings that go on over lines in one piece."""
    files = (path for package in packages for path in sorted((ROOT / package).rglob("*.py")))
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    return re.sub(r'"\s*\n\s*f?"', "", text)


def test_every_sentence_is_one_that_the_program_says() -> None:
    said = source("index", "rag") + (ROOT / "ui/answering.py").read_text(encoding="utf-8")
    said += (ROOT / "ui/rebuild.py").read_text(encoding="utf-8")
    pieces = {p for form in _ENGLISH for p in re.split(r"\{\w!?\}", form) if len(p) > 3}
    assert [piece for piece in sorted(pieces) if piece.strip("；，。（） ") not in said] == []


def test_every_refusal_is_known_in_english() -> None:
    refusals = re.findall(r'f?"([^"]*所以不作回答。)"', source("rag"))
    assert len(refusals) >= 6
    for refusal in refusals:
        sentence = re.sub(r"\{[^{}]*(\{[^{}]*\}[^{}]*)*\}", "2020", refusal)
        assert not HAN.search(said_in(sentence, "en")), sentence


@pytest.mark.parametrize(
    "question", ["火星有几颗卫星？", "2035年青川县财政收入是多少？", "？", "2022年的赤字率是多少？"]
)
def test_a_real_refusal_is_said_in_english(index: Index, question: str) -> None:
    answer = Assistant(index).ask(question)
    assert not answer.grounded
    assert not HAN.search(QUOTED.sub("", said_in(answer.text, "en")))


def test_a_filter_that_leaves_nothing_is_told_in_english(index: Index) -> None:
    keep = Filter((1990, 1991), ("没有的标题",))
    told = said_in(Assistant(index).ask("财政收入是多少？", keep=keep).text, "en")
    assert told.startswith("No report meets the conditions. The index holds 4 reports; ")
    assert not HAN.search(QUOTED.sub("", told))


def test_sentences_within_sentences() -> None:
    told = said_in("模型没有应答（连接被拒绝），以下是摘录。", "en")
    assert told == (
        "The model did not answer (the connection was refused); "
        "here are sentences of the reports instead."
    )
    assert said_in("没有见过的一句话", "en") == "没有见过的一句话"


def test_traditional_leaves_quotations_alone() -> None:
    assert said_in("找到的报告没有提到“临澜县”，所以不作回答。", "zh-Hant") == (
        "找到的報告沒有提到“临澜县”，所以不作回答。"
    )


def test_what_the_assistant_adds_to_an_answer() -> None:
    text = "完成投资8.6亿元。（2023年资料）[1]\n（2022年资料）是原文。（未核实）"
    assert answer_in(text, "en") == (
        "完成投资8.6亿元。 (report of 2023)[1]\n（2022年资料）是原文。 (not verified)"
    )
    assert answer_in(text, "zh-Hant").startswith("完成投资8.6亿元。（2023年資料）[1]")
    assert answer_in(text, "zh") == text
    planned = "完成投资9亿元以上。（2023年资料，列于“二、2023年工作安排”）[1]\n规划（“十四五”）[2]"
    assert answer_in(planned, "en") == (
        "完成投资9亿元以上。 (report of 2023, under “二、2023年工作安排”)[1]\n规划（“十四五”）[2]"
    )
    assert answer_in("增长3%。（白沙县2022年资料）[1]", "en") == (
        "增长3%。 (白沙县, report of 2022)[1]"
    )
    assert "2023年資料，列於“二、2023年工作安排”" in answer_in(planned, "zh-Hant")


@pytest.mark.parametrize(
    ("chinese", "other"),
    [(ZH, EN), (ZH, LABELS["zh-Hant"]), (COLLECTION_ZH, COLLECTION_EN)],
)
def test_every_word_has_the_same_slots_in_every_language(chinese: object, other: object) -> None:
    for field in fields(type(chinese)):
        slots = [
            set(re.findall(r"\{(\w+)", str(getattr(words, field.name))))
            for words in (chinese, other)
        ]
        assert slots[0] == slots[1], field.name
