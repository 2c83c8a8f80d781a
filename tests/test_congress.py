"""A party congress that is named by its number stands for its year."""

from __future__ import annotations

import pytest

from index.congress import congress_years
from index.load.metadata import year_of
from rag.period import named_report
from rag.question import read_question


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("十六大报告提出了什么目标", 2002),
        ("二十大指出", 2022),
        ("在中国共产党第九次全国代表大会上的报告", 1969),
        ("继往开来（十四大）", 1992),
        ("党的八大", 1956),
        ("What did the 19th CPC National Congress say?", 2017),
    ],
)
def test_a_congress_has_a_year(text: str, year: int) -> None:
    assert congress_years(text) == (year,)


@pytest.mark.parametrize(
    "text",
    [
        "党的十八大以来",
        "十大任务",
        "十三大任务",
        "共青团第十八次全国代表大会",
        "党的十六大之后",
        "二十大类商品",
    ],
)
def test_what_only_looks_like_a_congress_has_none(text: str) -> None:
    assert congress_years(text) == ()


def test_a_year_in_the_title_comes_before_the_congress() -> None:
    assert year_of("2018年学习（十九大）精神总结") == 2018
    assert year_of("政治报告（十五大）") == 1997


def test_what_a_named_report_says_of_other_years_is_looked_for_in_that_report() -> None:
    question = read_question("十六大提出，到2020年要比2000年增长到什么程度？")
    assert question.report_year == 2002
    assert question.years == (2002, 2020, 2000)
    assert question.separate_years == ()
    assert named_report("1954年报告和1957年报告各说了多少") is None
