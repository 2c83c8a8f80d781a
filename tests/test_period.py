import pytest

from rag.period import (
    may_speak_of,
    named_report,
    names_span,
    passage_fit,
    sentence_fit,
    years_asked,
    years_of,
    years_spoken_of,
)


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2019年的赤字率是多少", (2019,)),
        ("２０１９年和2021年的赤字率", (2019, 2021)),
        ("17年大学毕业生多少万来着", (2017,)),
        ("98年的洪水", (1998,)),
        ("一九五七年基本建设投资", (1957,)),
        ("這10年來的變化", ()),
        ("30年间增长了多少", ()),
        ("投资2000亿元", ()),
        ("好评率是多少", ()),
        ("电话 20191234 是谁的", ()),
    ],
)
def test_the_years_of_a_question_are_read(text: str, years: tuple[int, ...]) -> None:
    assert years_of(text) == years


def test_a_report_speaks_of_its_year_and_of_the_year_before() -> None:
    assert [may_speak_of((2018,), year) for year in (2017, 2018, 2019, 2020, None)] == [
        False,
        True,
        True,
        False,
        False,
    ]
    assert passage_fit((2018,), None, 2019, "一、2018年工作回顾") == 1
    assert 0 < passage_fit((2018,), None, 2019, "二、2019年工作任务") < 1
    assert passage_fit((2018,), None, 2017, "") == passage_fit((), None, 2018, "") == 0


def test_a_question_that_names_a_report_asks_for_all_that_stands_in_it() -> None:
    assert named_report("2018年政府工作报告说五年来减贫多少") == (2018, "政府工作报告")
    assert named_report("2018年减贫多少") is None
    assert passage_fit((2018,), 2018, 2018, "一、2017年工作回顾") == 1


def test_the_ends_of_a_span_are_not_two_questions() -> None:
    assert names_span("2003到2007这五年关了多少煤矿")
    assert not names_span("2003年和2007年各关了多少煤矿")


@pytest.mark.parametrize(
    ("sentence", "heading", "years"),
    [
        ("今年赤字率拟按2.8%安排，比去年预算高0.2个百分点。", "", {2019}),
        ("去年城镇新增就业1361万人。", "", {2018}),
        ("国内生产总值增长6.6%。", "一、2018年工作回顾", {2018}),
        ("国内生产总值增长6.6%。", "一、过去一年工作回顾", {2018}),
        ("国内生产总值增长6%左右。", "二、今年总体要求", {2019}),
        ("到2025年建成500座。", "", {2025}),
        ("1949年为2万公里，今年预计达2.5万公里。", "", {1949, 2019}),
        ("国内生产总值增长6.6%。", "三、其他", set()),
    ],
)
def test_a_sentence_says_which_year_it_is_about(
    sentence: str, heading: str, years: set[int]
) -> None:
    assert years_spoken_of(sentence, heading, 2019) == years


def test_a_plan_of_the_next_year_does_not_answer_for_this_one() -> None:
    plan, result = "今年新增城镇就业1100万人以上。", "去年新增城镇就业1361万人。"
    assert sentence_fit((2018,), plan, "", 2019) == 0
    assert sentence_fit((2018,), result, "", 2019) == 1


def test_a_bulletin_that_does_not_say_its_year_states_its_own() -> None:
    sentence = "每千人口床位数7.07张。"
    assert sentence_fit((2023,), sentence, "", 2023) > sentence_fit((2022,), sentence, "", 2023) > 0


@pytest.mark.parametrize(
    ("question", "years"),
    [
        ("“十三五”期间改造了多少户", (2016, 2017, 2018, 2019, 2020)),
        ("十二五棚改改了多少套", (2011, 2012, 2013, 2014, 2015)),
        ("“一五”计划建了多少项目", (1953, 1954, 1955, 1956, 1957)),
        ("2003到2005年一共关了多少煤矿", (2003, 2005, 2004)),
        ("从2003到2005年，两年各是多少", (2003, 2005)),
        ("2018年以后的三年怎么安排", (2019, 2020, 2021)),
        ("去年的赤字率是多少", (2022,)),
        ("前年和今年的赤字率", (2021, 2023)),
        ("2019年比去年多多少", (2019,)),
        ("第十五条讲什么", ()),
        ("三十五个县", ()),
    ],
)
def test_the_years_a_question_is_about(question: str, years: tuple[int, ...]) -> None:
    assert years_asked(question, known=(2021, 2022, 2023), today=2023) == years


def test_last_year_is_only_counted_where_a_report_may_speak_of_it() -> None:
    assert years_asked("去年的赤字率", known=(2019,), today=2023) == ()
    assert years_asked("去年的赤字率", known=(2022,), today=2023) == (2022,)
