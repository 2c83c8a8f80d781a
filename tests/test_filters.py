from pathlib import Path

import pytest

from index import Index, build, open_index
from index.records import Entry
from rag import Assistant, Retriever
from rag.filters import Filter, none_admitted
from rag.retrieve import Ordering, Scope, read_and_embed, search

OLD, NEW = "青川县2021年政府工作报告", "青川县2022年政府工作报告"
NOTICE, REVIEW = "關於加強防汛工作的通知", "数字化改革综述"


def entry(title: str = "青川县统计公报", year: int | None = 2021, path: str = "a.md") -> Entry:
    return Entry("id", path, title, year, 1)


def titles(index: Index, **conditions: object) -> set[str]:
    return {hit.chunk.title for hit in Retriever(index).search("财政收入", **conditions)}


@pytest.mark.parametrize(
    ("years", "year", "admitted"),
    [
        ((2019, 2021), 2021, True),
        ((2021, 2021), 2021, True),
        ((2021, 2023), 2021, True),
        ((2022, 2023), 2021, False),
        ((1900, 2100), None, False),
        (None, None, True),
    ],
)
def test_years_are_a_span_with_both_ends(
    years: tuple[int, int] | None, year: int | None, admitted: bool
) -> None:
    assert Filter(years=years).admits(entry(year=year)) is admitted


def test_one_of_the_titles_is_enough_in_either_script() -> None:
    assert Filter(titles=["年鉴", "統計"]).admits(entry("青川县统计公报"))
    assert Filter(titles=["ＡＩ"]).admits(entry("ai 应用案例"))
    assert not Filter(titles=["年鉴", "决算"]).admits(entry("青川县统计公报"))


@pytest.mark.parametrize(
    ("pattern", "path", "admitted"),
    [
        ("gov/*", "gov/2021.md", True),
        ("gov/*", "gov/县/2021.md", True),
        ("gov/*", "news/gov/2021.md", False),
        ("*.pdf", "年报.zip/2023.pdf", True),
        ("报告202?.md", "报告2021.md", True),
        ("報告*", "报告2021.md", True),
        ("gov", "gov/2021.md", False),
    ],
)
def test_a_path_is_a_pattern_for_the_whole_path(pattern: str, path: str, admitted: bool) -> None:
    assert Filter(path=pattern).admits(entry(path=path)) is admitted


def test_all_conditions_must_be_met() -> None:
    keep = Filter((2021, 2021), ["公报"], "*.md")
    assert keep.admits(entry())
    assert not keep.admits(entry(year=2022))
    assert not keep.admits(entry("青川县年鉴"))
    assert not keep.admits(entry(path="a.pdf"))


@pytest.mark.parametrize(
    ("conditions", "reason"),
    [
        ({"years": (2021, 2019)}, "起始年份 2021 晚于结束年份 2019"),
        ({"years": 2019}, "起止两个整数"),
        ({"years": (2019,)}, "起止两个整数"),
        ({"years": ("2019", "2021")}, "起止两个整数"),
        ({"years": (True, 2021)}, "起止两个整数"),
        ({"years": (2019.0, 2021.0)}, "起止两个整数"),
        ({"titles": "公报"}, "一组非空的字符串"),
        ({"titles": [""]}, "一组非空的字符串"),
        ({"titles": [2021]}, "一组非空的字符串"),
        ({"path": " "}, "非空的字符串"),
        ({"path": Path("gov")}, "非空的字符串"),
    ],
)
def test_a_condition_without_sense_is_refused(
    index: Index, conditions: dict[str, object], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        Retriever(index).search("财政收入", **conditions)


def test_a_search_keeps_to_the_reports_that_meet_the_conditions(index: Index) -> None:
    assert titles(index, years=(2022, 2022)) == {NEW}
    assert titles(index, years=(2000, 2030)) == {OLD, NEW}
    assert titles(index, titles=["工作报告"]) == {OLD, NEW}
    assert titles(index, titles=["防汛", "综述"]) == {NOTICE, REVIEW}
    assert titles(index, path="*.txt") == {NOTICE, REVIEW}
    assert titles(index, path="*.txt", titles=["通知"]) == {NOTICE}


def test_conditions_that_no_report_meets_find_nothing(index: Index) -> None:
    assert titles(index, years=(1990, 1999)) == set()
    assert titles(index, titles=["火星"]) == set()
    assert titles(index, years=(2021, 2021), path="*.txt") == set()


def test_conditions_that_all_reports_meet_change_nothing(index: Index) -> None:
    retriever = Retriever(index)
    assert retriever.search("财政收入", path="*") == retriever.search("财政收入")


def test_conditions_act_before_the_best_are_chosen(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    (corpus / "乙").mkdir(parents=True)
    for n in range(6):
        text = f"临澜市第{n}季度财政简报\n\n财政收入{n}.5亿元，财政收入好于上年，财政支出有序。\n"
        (corpus / f"{n}.txt").write_text(text, encoding="utf-8")
    for n in range(3):
        text = f"临澜市第{n}号水情通报\n\n水位平稳，收入测站{n}处。\n"
        (corpus / "乙" / f"{n}.txt").write_text(text, encoding="utf-8")
    build(corpus, tmp_path / "index")
    retriever = Retriever(open_index(tmp_path / "index"))
    assert "水情" not in retriever.search("财政收入", top_k=3, candidates=1)[0].chunk.title
    hits = retriever.search("财政收入", top_k=3, path="乙/*", candidates=1)
    assert sorted(hit.chunk.path for hit in hits) == ["乙/0.txt", "乙/1.txt", "乙/2.txt"]
    assert all(hit.lexical is not None for hit in hits)


def test_a_filter_can_be_handed_to_the_search_itself(index: Index) -> None:
    asked, vector = read_and_embed("财政收入", index.generation, index.embedder)
    hits = search(
        index.generation, asked, vector, Scope(5, 50, Filter(titles=["综述"])), Ordering()
    )
    assert [hit.chunk.title for hit in hits] == [REVIEW]


def test_it_is_said_which_reports_there_are() -> None:
    entries = [
        entry("甲公报", 2019, "甲.md"),
        entry("乙公报", 2020, "乙.md"),
        entry("丙公报", 2023, "丙.md"),
        entry("丁公报", None, "丁.md"),
    ]
    assert none_admitted(Filter(years=(1990, 1999)), entries) == (
        "没有符合条件的报告。索引里共 4 份报告，年份有 2019—2020、2023（另有 1 份没有标明年份）。"
    )
    assert none_admitted(Filter(titles=["年鉴"], path="x/*"), entries * 2) == (
        "没有符合条件的报告。索引里共 8 份报告，"
        "标题有《甲公报》、《乙公报》、《丙公报》、《丁公报》；路径有甲.md、乙.md、丙.md、丁.md。"
    )
    assert "都没有标明年份" in none_admitted(Filter(years=(1990, 1999)), entries[3:])


def test_a_report_without_a_word_of_the_question_is_asked(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "简报.txt").write_text("全镇植树造林。", encoding="utf-8")
    build(tmp_path / "c", tmp_path / "i")
    answer = Assistant(open_index(tmp_path / "i")).ask("pork price")
    assert not answer.citations or answer.citations[0].quote == "全镇植树造林。"
