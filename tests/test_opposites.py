import pytest

from rag.opposites import says_opposite


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("望江市2022年一般公共预算支出", "全年一般公共预算收入69.8亿元。"),
        ("出口增长多少", "进口增长3.1%。"),
        ("农村居民收入", "城镇居民人均可支配收入3万元。"),
        ("第二产业增加值", "第一产业增加值80亿元，第三产业增加值512亿元。"),
    ],
)
def test_an_opposite_is_told(question: str, sentence: str) -> None:
    assert says_opposite(question, sentence)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("财政收入是多少", "财政收入12亿元，财政支出15亿元。"),
        ("财政收支情况", "财政收入12亿元。"),
        ("进出口总额", "出口总额增长3%。"),
        ("进口和出口各是多少", "出口总额增长3%。"),
        ("出口多少", "进出口总额增长3%。"),
        ("粮食产量是多少", "全年粮食产量123.9万吨。"),
    ],
)
def test_what_says_both_or_neither_is_no_opposite(question: str, sentence: str) -> None:
    assert not says_opposite(question, sentence)
