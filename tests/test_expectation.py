import pytest

from rag.expectation import answering_spans, gives, kind_asked


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("2021年全县财政收入是多少", "money"),
        ("大桥总共花了多少钱", "money"),
        ("改造一户补助几万元", "money"),
        ("每年要多花多少财政经费", "money"),
        ("哪一年开始征收", "date"),
        ("大桥什么时候通车", "date"),
        ("生产总值增速是多少", "share"),
        ("税率降到百分之几", "share"),
        ("提高了多少个百分点", "share"),
        ("新增城镇就业多少人", "amount"),
        ("建了几座水库", "amount"),
        ("How many reservoirs were built?", "amount"),
        ("包括哪几个方面", ""),
        ("几家企业签了约，是哪几家", ""),
        ("改革分几个方面", ""),
        ("总额升到第几位", ""),
        ("为什么要改革", ""),
        ("由谁负责", ""),
    ],
)
def test_the_kind_of_number_asked_for(question: str, kind: str) -> None:
    assert kind_asked(question) == kind


@pytest.mark.parametrize(
    ("kind", "unit", "sentence", "given"),
    [
        ("money", "", "总投资3.2亿元。", True),
        ("money", "", "改造了320户，建成5个小区。", False),
        ("date", "", "大桥于2021年6月通车。", True),
        ("date", "", "大桥全长3公里。", False),
        ("share", "", "增长百分之七。", True),
        ("share", "", "增加七万人。", False),
        ("amount", "人", "新增就业3200人。", True),
        ("amount", "人", "培训5期，受训320名。", True),
        ("amount", "辆", "产量突破100万吨。", False),
        ("amount", "个", "实施重点项目12项。", True),
        ("amount", "", "报告病例320例。", True),
        ("amount", "", "2021年6月开工。", False),
        ("", "", "大桥建成了。", True),
    ],
)
def test_whether_a_sentence_gives_it(kind: str, unit: str, sentence: str, given: bool) -> None:
    assert gives(kind, unit, sentence) is given


def test_the_place_of_the_answer_in_its_sentence() -> None:
    sentence = "2021年，新增就业3200人，投资12亿元。"
    ((start, end),) = answering_spans("amount", "人", sentence)
    assert sentence[start:end] == "3200人"
    assert answering_spans("", "", sentence) == []
