import pytest

from index.reporters import reporters
from rag.places import places_in, reporters_in


@pytest.mark.parametrize(
    ("question", "places"),
    [
        ("广东省2022年的财政收入是多少", ("广东",)),
        ("成都和西安各有多少所大学", ("成都", "西安")),
        ("雲南的糧食產量是多少", ("云南",)),
        ("我国的粮食产量是多少", ()),
        ("这座城市的常住人口是多少", ()),
        ("三区建设投资多少", ()),
        ("红沙县财政收入是多少", ("红沙",)),
        ("云溪镇2023年建成驿站多少个", ("云溪",)),
        ("安徽青石乡有多少户", ("青石", "安徽")),
        ("两个县的财政收入是多少", ()),
        ("哪些乡镇通了公路", ()),
        ("全国城市轨道交通里程", ()),
    ],
)
def test_places_are_named_as_reports_write_them(question: str, places: tuple[str, ...]) -> None:
    assert places_in(question) == places


def test_who_reports_is_known_by_the_beginning_of_the_title() -> None:
    titles = (
        "中国石化股份有限公司2022年年度报告",
        "《白沙县２０２３年政府工作报告》",
        "国家统计局关于2020年粮食产量数据的公告",
        "2019年国务院政府工作报告",
        "关于2021年预算执行情况的报告",
        "中国2022年经济",
        "甲骨文的发现",
        "北京时间2023年8月6日2时33分，平原县发生地震",
        "云溪县2021年报摘要",
        "关于红沙县2021年预算执行情况的报告",
    )
    assert reporters(titles) == {
        "中国石化股份有限公司",
        "白沙县",
        "国家统计局",
        "云溪县",
        "红沙县",
    }


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("中国石化2022年的净利润是多少", ("中国石化",)),
        ("中国的净利润最高的公司", ("中国",)),
        ("中国石化和明川科技的營業收入各是多少", ("中国石化", "明川科技")),
        ("甲骨文有多少个", ()),
    ],
)
def test_a_question_names_reporters_by_the_beginning_of_their_names(
    question: str, named: tuple[str, ...]
) -> None:
    known = ("中国石化股份有限公司", "中国石油", "明川科技有限公司")
    assert reporters_in(question, known) == named
