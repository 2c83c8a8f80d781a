import re
from pathlib import Path

import pytest

from index import Index, build, open_index
from rag import Assistant, Turn


@pytest.mark.parametrize(
    ("question", "figure", "title"),
    [
        ("好评率是多少？办件量有多少？", "99.89%", "数字化改革综述"),
        ("2021年地区生产总值的预期目标是增长多少", "6.5%", "青川县2021年政府工作报告"),
        ("2021年新增城镇就业实际是多少人", "3618人", "青川县2022年政府工作报告"),
        ("2021年新增城镇就业多少人", "3618人", "青川县2022年政府工作报告"),
        ("2020年新建农村公路多少公里", "一百五十六公里", "青川县2021年政府工作报告"),
        ("各水庫應當在什麼時候完成檢修", "6月15日", "關於加強防汛工作的通知"),
    ],
)
def test_a_fact_is_answered_with_its_place(
    index: Index, question: str, figure: str, title: str
) -> None:
    answer = Assistant(index).ask(question)
    assert answer.grounded
    assert figure in answer.text.split("[1]")[0]
    assert answer.citations[0].title == title
    assert figure in answer.citations[0].quote


def test_citations_are_verbatim_and_numbered_as_marked(index: Index) -> None:
    for question in ("财政收入是多少", "数字化改革有什么成果", "2020年和2021年财政收入各是多少"):
        answer = Assistant(index).ask(question)
        assert answer.grounded
        marks = [int(mark) for mark in re.findall(r"\[(\d+)\]", answer.text)]
        assert (
            marks
            == [citation.number for citation in answer.citations]
            == list(range(1, len(marks) + 1))
        )
        for citation in answer.citations:
            document = index.document(citation.document_id)
            assert document.text[citation.start : citation.end] == citation.quote
            assert (document.path, document.title) == (citation.path, citation.title)
            paragraph = re.split("\n+", document.text)[citation.paragraph - 1]
            assert citation.quote in paragraph


def test_a_citation_names_the_section_of_its_sentence(index: Index) -> None:
    (citation,) = [
        c
        for c in Assistant(index).ask("2021年新增城镇就业实际是多少人").citations
        if "3618人" in c.quote
    ]
    assert citation.heading.endswith("一、2021年工作回顾")


def test_brackets_in_a_report_are_not_marks(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "引.txt").write_text("全县共有中学12所[3]，小学40所。", encoding="utf-8")
    build(tmp_path / "c", tmp_path / "i")
    answer = Assistant(open_index(tmp_path / "i")).ask("全县有多少所中学")
    assert re.findall(r"\[(\d+)\]", answer.text) == ["1"]
    assert "[3]" in answer.citations[0].quote


def test_two_years_get_a_line_each(index: Index) -> None:
    answer = Assistant(index).ask("2020年和2021年的财政收入各是多少")
    assert "12.6亿元" in answer.text
    assert "13.9亿元" in answer.text


def test_the_plan_of_another_year_is_not_given(index: Index) -> None:
    answer = Assistant(index).ask("2022年新增城镇就业多少人")
    assert "3500人" not in answer.text


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("2024年政府工作报告的赤字率是多少", "没有2024年的政府工作报告"),
        ("红烧肉应该炖几个小时才好吃", "没有给出所问的数量"),
        ("红烧肉怎样炖才好吃", "没有找到"),
        ("", "请输入一个问题"),
        ("？？", "请输入一个问题"),
    ],
)
def test_what_the_reports_do_not_say_is_refused(index: Index, question: str, reason: str) -> None:
    answer = Assistant(index).ask(question)
    assert not answer.grounded
    assert reason in answer.text
    assert answer.citations == ()


def test_a_refusal_shows_the_nearest_passages(index: Index) -> None:
    assert Assistant(index).ask("2024年政府工作报告的赤字率是多少").hits


def test_the_stream_grows_into_the_answer(index: Index) -> None:
    assistant = Assistant(index)
    partial = list(assistant.stream("2020年和2021年的财政收入各是多少"))
    assert len(partial) > 1
    for earlier, later in zip(partial, partial[1:], strict=False):
        assert later.text.startswith(earlier.text)
        assert later.citations[: len(earlier.citations)] == earlier.citations
    assert partial[-1] == assistant.ask("2020年和2021年的财政收入各是多少")


def test_a_history_is_taken(index: Index) -> None:
    assistant = Assistant(index)
    first = assistant.ask("好评率是多少")
    second = assistant.ask("办件量是多少", history=[Turn("好评率是多少", first), Turn("甲", "乙")])
    assert "137万件" in second.text


def test_an_index_of_one_sentence_answers(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "短.txt").write_text("全县共有中学12所。", encoding="utf-8")
    build(tmp_path / "c", tmp_path / "i")
    answer = Assistant(open_index(tmp_path / "i")).ask("全县有多少所中学")
    assert answer.grounded
    assert answer.text.startswith("全县共有中学**12所**。")


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("2022年新建养老服务中心花了多少钱", "没有给出所问的金额"),
        ("2021年完成棚户区改造用了多少辆汽车", "没有给出所问的数量"),
        ("全县哪一天完成棚户区改造", "没有给出所问的时间"),
        ("广东省2021年新增城镇就业多少人", "没有提到“广东”"),
        ("红沙县2021年新增城镇就业多少人", "没有提到“红沙”"),
    ],
)
def test_a_number_of_something_else_is_no_answer(index: Index, question: str, reason: str) -> None:
    answer = Assistant(index).ask(question)
    assert not answer.grounded
    assert reason in answer.text
    assert answer.hits


@pytest.fixture(scope="module")
def two_cities(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """Bulletins of two cities that differ in little but the numbers, and reports of two companies."""
    root = tmp_path_factory.mktemp("cities")
    corpus = root / "corpus"
    corpus.mkdir()
    for city, year, grain, income, people in (
        ("临澜市", 2021, 86.2, 152.7, 412.3),
        ("临澜市", 2022, 87.5, 148.9, 413.9),
        ("望江市", 2021, 121.4, 71.3, 218.7),
        ("望江市", 2022, 123.9, 69.8, 217.5),
    ):
        text = (
            f"# {city}{year}年统计公报\n\n{city}统计局　{year + 1}年3月28日\n\n"
            f"## 一、农业\n\n全年粮食产量{grain}万吨。\n\n"
            f"## 二、财政\n\n全年一般公共预算收入{income}亿元。\n\n"
            f"## 三、人口\n\n年末全市常住人口{people}万人。\n"
        )
        (corpus / f"{city}{year}.md").write_text(text, encoding="utf-8")
    for name, said in (
        ("华岭股份", "公司全年实现营业收入35.2亿元，研发投入4.1亿元。"),
        ("明川科技", "公司全年实现营业收入18.7亿元，新建厂房两座。"),
    ):
        text = f"# {name}有限公司2022年年度报告\n\n{said}\n"
        (corpus / f"{name}.md").write_text(text, encoding="utf-8")
    build(corpus, root / "index")
    return Assistant(open_index(root / "index"))


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("望江市2022年粮食产量是多少", ["123.9万吨"], ["87.5", "121.4"]),
        ("临澜2021年末常住人口是多少万人", ["412.3万人"], ["218.7", "413.9"]),
        ("望江市2022年一般公共预算收入是多少亿元", ["69.8亿元"], ["148.9", "71.3"]),
    ],
)
def test_numbers_are_of_the_one_who_is_named(
    two_cities: Assistant, question: str, right: list[str], wrong: list[str]
) -> None:
    answer = two_cities.ask(question)
    assert answer.grounded
    assert all(number in answer.text for number in right)
    assert not any(number in answer.text for number in wrong)


@pytest.mark.parametrize(
    "question",
    [
        "明川科技2022年研发投入是多少",
        "临江市2022年粮食产量是多少",
        "望江市2022年一般公共预算支出是多少亿元",
        "临澜市统计局局长是谁",
    ],
)
def test_what_another_reports_is_no_answer(two_cities: Assistant, question: str) -> None:
    answer = two_cities.ask(question)
    assert not answer.grounded, answer.text


def test_reports_of_the_one_who_is_named_come_first(two_cities: Assistant) -> None:
    hits = two_cities.retriever.search("望江市2022年粮食产量", 2, explain=True)
    assert all(hit.chunk.title.startswith("望江市") for hit in hits)
    for hit in hits:
        explained = hit.explanation
        assert explained is not None
        assert hit.score == pytest.approx(explained.dense + explained.lexical + explained.period)


def test_the_quantity_asked_for_is_set_off(index: Index) -> None:
    answer = Assistant(index).ask("2020年新建农村公路多少公里")
    assert "新建农村公路**一百五十六公里**" in answer.text
    assert all("**" not in citation.quote for citation in answer.citations)


def test_a_follow_up_is_completed(index: Index) -> None:
    assistant = Assistant(index)
    first = assistant.ask("2021年全县新增城镇就业多少人")
    assert "3618人" in first.text
    second = assistant.ask("那2020年呢？", history=[Turn("2021年全县新增城镇就业多少人", first)])
    assert second.question == "2020年全县新增城镇就业多少人"
    assert "3200人" in second.text
