"""Why these sources: the parts of a score, in numbers that add up."""

from __future__ import annotations

import re

import pytest

from index import Index
from rag import Retriever
from rag.types import Explanation
from ui.labels import ZH
from ui.why import points_of, why_html

REVENUE = "青川县2021年财政收入是多少？"


@pytest.mark.parametrize(
    ("terms", "points"),
    [
        ((0.5, 0.5, 0.5), (50, 50, 50)),
        ((0.424, 0.385, 0.0), (42, 39, 0)),
        ((0.334, 0.333, 0.333), (34, 33, 33)),
        ((0.0, 0.0, 0.0), (0, 0, 0)),
        ((0.149, 0.149, 0.25), (15, 15, 25)),
    ],
)
def test_the_points_add_up_to_the_rounded_score(
    terms: tuple[float, float, float], points: tuple[int, int, int]
) -> None:
    told = points_of(Explanation(*terms, ()))
    assert sum(told) == round(sum(terms) * 100)
    assert told == points


def test_the_panel_reads_as_sentences_and_its_sums_hold(index: Index) -> None:
    hits = Retriever(index).search(REVENUE, explain=True)
    html = why_html(REVENUE, hits, (), 2, ZH)
    assert 'id="why-2"' in html
    plain = re.sub("<[^>]+>", "", html)
    sums = re.findall(r"意思相近 (\d+) \+ 用词相同 (\d+) \+ 年份相符 (\d+) = (\d+) 分", plain)
    assert len(sums) == min(5, len(hits))
    for *parts, total in sums:
        assert sum(map(int, parts)) == int(total)
    assert int(sums[0][3]) == round(hits[0].score * 100)
    assert re.search("正文里有：[^：]*财政收入", plain)
    assert "说的是 2021 年" in plain
