"""An indicator over several years: only numbers that cannot be misread, and their chart."""

from __future__ import annotations

import re
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from index import Index, build, open_index
from rag.series import Point, Series, read_series, series_of, yearly_questions
from rag.types import Citation
from ui.labels import ZH
from ui.plot import plot_html

JOBS = ("新增", "城镇", "就业")


def report(place: str, year: int, last_year: str, this_year: str) -> tuple[str, str]:
    title = f"{place}{year}年政府工作报告"
    text = (
        f"# {title}\n\n## 一、{year - 1}年工作回顾\n\n{last_year}\n\n"
        f"## 二、{year}年工作安排\n\n{this_year}\n"
    )
    return f"{title}.md", text


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> Index:
    root = tmp_path_factory.mktemp("series")
    (root / "corpus").mkdir()
    reports = [
        report("临澜市", 2019, "全年城镇新增就业1.21万人，农村转移就业3000人。", "力争新增城镇就业1.2万人以上。"),
        report("临澜市", 2020, "新增城镇就业12800人。其中，新增城镇就业困难人员900人。", "财政收入增长5%。"),
        report("临澜市", 2021, "前三季度，城镇新增就业0.9万人。", "今年新增城镇就业1.3万人左右。"),
        report("临澜市", 2022, "新增城镇就业1.4万人，五年累计新增城镇就业6.6万人。", "继续努力。"),
        report("乌沙县", 2022, "新增城镇就业2100人。", "继续努力。"),
    ]  # fmt: skip
    for name, text in reports:
        (root / "corpus" / name).write_text(text, encoding="utf-8")
    build(root / "corpus", root / "index")
    return open_index(root / "index")


def test_each_year_has_the_number_of_its_own_sentence(years: Index) -> None:
    series = read_series("临澜市2018年到2022年的新增城镇就业", years)
    assert series is not None
    assert series.unit == "人"
    told = [(p.year, p.value, p.words, p.planned) for p in series.points]
    assert told == [
        (2018, Decimal(12100), "1.21万人", False),
        (2019, Decimal(12800), "12800人", False),  # of a plan and a result, the result
        (2021, Decimal(14000), "1.4万人", False),
    ]
    assert series.missing == (2020, 2022)
    for point in series.points:
        text = years.document(point.citation.document_id).text
        assert text[point.citation.start : point.citation.end] == point.citation.quote
        assert point.words in point.citation.quote
        assert point.citation.title.startswith("临澜市")


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("2018年到2020年的新增城镇就业", ["2018年的新增城镇就业是多少", "2019年的新增城镇就业是多少", "2020年的新增城镇就业是多少"]),
        ("2018、2019、2021年财政收入各是多少？", ["2018年财政收入各是多少", "2019年财政收入各是多少", "2021年财政收入各是多少"]),
        ("2018年和2019年的新增城镇就业", []),  # two points are no line
        ("2018年的新增城镇就业", []),
        ("新增城镇就业是多少", []),
        ("1990年到2020年的新增城镇就业", []),  # too many to ask one by one
    ],
)  # fmt: skip
def test_questions_over_several_years_are_asked_year_by_year(
    question: str, asked: list[str]
) -> None:
    assert list(yearly_questions(question).values()) == asked


def cited(quote: str, **changes: object) -> Citation:
    values = {
        "number": 0, "document_id": "d", "path": "a.md", "title": "临澜市2020年政府工作报告", "year": 2020,
        "heading": "一、2019年工作回顾", "page": None, "paragraph": 1, "start": 0, "end": len(quote),
        "quote": quote, "verdict": "verified",
    }  # fmt: skip
    return Citation(**{**values, **changes})


def of_2019(*quotes: str, **changes: object) -> Point | None:
    """Return the point that sentences make for 2019 beside two that leave no doubt."""
    sure = {
        year: (JOBS, [cited("新增城镇就业1万人。", year=year + 1, heading=f"一、{year}年工作回顾", title=f"临澜市{year + 1}年政府工作报告")])
        for year in (2016, 2017, 2018)
    }  # fmt: skip
    series = series_of({**sure, 2019: (JOBS, [cited(quote, **changes) for quote in quotes])})
    assert series is not None
    return next((point for point in series.points if point.year == 2019), None)


@pytest.mark.parametrize(
    "quote",
    [
        "全市城镇新增就业1.5万人，比上年多200人。",
        "过去一年，新增城镇就业1.5万人。",
        "城镇新增就业达到1.5万人、登记失业率3.1%。",
        "登记失业率3.1%、城镇新增就业1.5万人。",
    ],
)
def test_a_plain_statement_is_a_point(quote: str) -> None:
    point = of_2019(quote)
    assert point is not None
    assert (point.value, point.planned) == (15000, False)


@pytest.mark.parametrize(
    "quote",
    [
        "五年累计新增城镇就业1.5万人。",
        "前三季度，新增城镇就业1.5万人。",
        "年均新增城镇就业1.5万人。",
        "其中，女性新增城镇就业1.5万人。",
        "新增城镇就业补贴1.5万人。",
        "新增城镇就业和创业1.5万人。",
        "新增城镇就业增长1.5万人。",
        "新增城镇就业1.4至1.5万人。",
        "新增城镇就业由1.2万人增加到1.5万人。",
        "2018年和2019年分别新增城镇就业1.4万人、1.5万人。",
        "城镇就业形势稳定，新增1.5万人。",
        "新增城镇就业占全省的1.5%。",
    ],
)
def test_what_may_be_another_number_is_no_point(quote: str) -> None:
    point = of_2019(quote)
    assert point is None


def test_numbers_that_differ_are_no_point() -> None:
    assert of_2019("新增城镇就业1.5万人。", "新增城镇就业15100人。") is None
    assert of_2019("新增城镇就业1.5万人。", "新增城镇就业15000人。") is not None


def test_a_plan_is_told_from_a_result() -> None:
    plan = of_2019("今年计划新增城镇就业1.5万人以上。", year=2019, heading="二、工作安排")
    assert plan is not None
    assert (plan.planned, plan.words) == (True, "1.5万人以上")
    # Whether this is reached or wanted, nobody can tell.
    assert of_2019("今年新增城镇就业1.5万人。", year=2019, heading="二、情况") is None
    assert of_2019("新增城镇就业1.5万人。", heading="一、2019年和过去五年工作回顾") is None
    assert (
        of_2019("新增城镇就业1.5万人。", verdict="verified", title="乌沙县2020年政府工作报告")
        is None
    )


def series(
    *points: tuple[int, str, bool], unit: str = "人", missing: tuple[int, ...] = ()
) -> Series:
    return Series(
        unit,
        tuple(
            Point(year, Decimal(value), f"{value}<b>", planned, cited("句", number=number))
            for number, (year, value, planned) in enumerate(points, start=1)
        ),
        missing,
    )


def drawing(html: str) -> ElementTree.Element:
    return ElementTree.fromstring(re.search("<svg.*</svg>", html)[0])


def test_the_chart_links_each_point_and_draws_plans_apart() -> None:
    drawn = series(
        (2018, "12100", False),
        (2019, "13000", False),
        (2020, "12000", True),
        (2022, "14000", False),
        missing=(2021,),
    )
    html = plot_html(drawn, 3, ZH)
    svg = drawing(html)
    links = svg.findall("a")
    assert [link.get("href") for link in links] == [f"#source-3-{n}" for n in (1, 2, 3, 4)]
    assert [link.get("class") for link in links] == [
        "wj-point",
        "wj-point",
        "wj-point wj-planned",
        "wj-point",
    ]
    assert links[2].find("title").text == "2020年计划：12000<b>，来源 3"
    lines = [line.get("class") for line in svg.findall("line") if line.get("class") != "wj-grid"]
    assert lines == ["wj-line", "wj-line wj-gap"]
    assert svg.find("text[@class='wj-unit']").text == "单位：万人"
    assert "<b>" not in html
    assert "2021年没有可核实的数字" in html
    assert "空心为计划" in html


def test_a_point_stands_where_the_axis_says() -> None:
    svg = drawing(
        plot_html(
            series((2018, "2.6", False), (2019, "2.8", False), (2021, "3.2", False), unit="%"),
            1,
            ZH,
        )
    )
    axis = svg.findall("text[@class='wj-tick']")
    heights = {
        float(text.text): float(text.get("y")) - 4
        for text in axis
        if text.get("text-anchor") == "end"
    }
    years_at = {
        int(text.text): float(text.get("x")) for text in axis if text.get("text-anchor") == "middle"
    }
    low, high = min(heights), max(heights)
    dots = [
        (float(dot.get("cx")), float(dot.get("cy")))
        for dot in svg.iterfind("a/circle[@class='wj-dot']")
    ]
    for (x, y), (year, value) in zip(dots, ((2018, 2.6), (2019, 2.8), (2021, 3.2)), strict=True):
        assert x == pytest.approx(years_at[year], abs=0.1)
        told = low + (high - low) * (heights[low] - y) / (heights[low] - heights[high])
        assert told == pytest.approx(value, abs=0.01)


def test_equal_values_can_be_drawn() -> None:
    svg = drawing(
        plot_html(series(*((year, "5", False) for year in (2018, 2019, 2020)), unit="%"), 1, ZH)
    )
    assert len(svg.findall("a")) == 3
