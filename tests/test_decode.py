"""Which encoding a file is in, and what is left of a damaged one."""

import codecs
import random

import pytest

from index.errors import UnreadableFile
from index.load.text.decode import decode
from index.repair.damage import describe_damage

REPORT = """青川县2021年政府工作报告

各位代表：
过去一年，全县地区生产总值达到126.5亿元，增长7.2%；一般公共预算收入12.6亿元，增长5.1%。我们坚持“一张蓝图绘到底”，新建农村公路一百五十六公里，改造危房840套。
在肯定成绩的同时，也要清醒地看到，经济总量偏小，结构不优，民生领域还有不少短板。
"""
TRADITIONAL = """臨瀾市2022年統計公報

初步核算，全年地區生產總值達到三百二十億元，比上年增長百分之六。其中，第一產業增加值四十二億元，服務業佔全市總值的比重為百分之五十一。
年末全市常住人口一百零八萬人，城鎮居民人均可支配收入三萬六千元，實際增長百分之四點八。
"""
CANTONESE = "呢度嘅村民話，條路整好咗之後，佢哋返屋企方便好多，墟日啲人都多咗。"
TITLE, OLD_TITLE = "临澜市工作总结", "臨瀾市工作總結"
MIXED = "Annual report 2021, Qingchuan County\n" * 60 + "单位：万元\n" + "1,204\t3,560\t88.7\n" * 80
TABLE = "地区,人口,产值\n" + "".join(
    f"{place}镇,{people},{people / 7:.2f}\n"
    for place, people in zip("清水石桥白沙河口竹园大坪", range(1200, 9999, 700), strict=False)
)
ENGLISH = "Qingchuan County annual report.\nRevenue rose 5.1% to 1.26 billion yuan.\n" * 3
EUROPEAN = "Le comté a dépensé 12 millions d’euros pour l’été – plus qu’à Genève où « tout » coûte."
SIMPLIFIED_ONES = (REPORT, TITLE, MIXED, TABLE, REPORT * 40, REPORT.replace("\n", "\r\n"))
TRADITIONAL_ONES = (TRADITIONAL, OLD_TITLE, TRADITIONAL * 40, "單位：萬元\n" + "12\t35\n" * 200)
# Texts in which no rule was tried out before it was made.
OTHERS = (
    "第十二条　申请人应当自收到通知书之日起十五个工作日内提交下列材料：（一）身份证明；（二）权属证书。",
    "名单：欧阳靖、司马骁、诸葛瑄、濮阳煜、夏侯淳、皇甫嵩、尉迟恭、澹台璟、公冶琰",
    "患者男，67岁，因“反复咳嗽、咳痰伴气促10余年，加重3天”入院。查体：T 37.8℃，可闻及散在湿啰音。",
    "收件人：白沙镇竹园村三组 联系电话：0833-5551234 邮编：614000",
    "小麦\n玉米\n水稻\n大豆\n油菜\n甘薯\n马铃薯\n花生",
    "会议纪要（第7期）",
    "据预报，受冷空气影响，今晚到明天我市阴有小雨，北风4到5级，气温下降6～8℃，请注意防范。",
    "iPhone、GPU、5G、AI大模型和NAS这些词，在2023年的工作简报里一共出现了318次。",
    "甲方：临澜市宏发物业有限公司\n乙方：青川县佳禾超市\n租金：每月人民币8,600元整（￥8600.00）。",
    "鲟鱼、鳜鱼、鲈鱼、鲶鱼和鳙鱼的养殖面积分别为12亩、35亩、8亩、20亩、66亩。",
)
OTHER_TRADITIONAL = (
    "第十二條　申請人應於收受通知書之翌日起十五日內補正下列文件：身分證明、權狀影本、委託書。",
    "會議記錄（第七次）",
    "名單：歐陽靖、司馬驍、諸葛瑄、濮陽煜、夏侯淳、皇甫嵩",
    "氣象局預報，受東北季風影響，今晚至明日本市陰有短暫雨，氣溫降至攝氏十六度，請民眾注意保暖。",
    "鱘魚、鱖魚、鱸魚、鯰魚的養殖面積分別為十二畝、三十五畝、八畝、二十畝。",
)
EVERYWHERE = ("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-32")

SOUND = [
    *(
        (text, encoding)
        for text in SIMPLIFIED_ONES + TRADITIONAL_ONES + OTHERS + OTHER_TRADITIONAL
        for encoding in EVERYWHERE
    ),
    *((text, "big5") for text in TRADITIONAL_ONES + OTHER_TRADITIONAL),
    (CANTONESE, "big5hkscs"),
    (CANTONESE, "gb18030"),
    (ENGLISH, "utf-8"),
    (ENGLISH, "utf-16-le"),
    (EUROPEAN, "cp1252"),
    (EUROPEAN, "utf-8"),
]


@pytest.mark.parametrize(("text", "encoding"), SOUND)
def test_a_file_is_read_in_its_encoding(text: str, encoding: str) -> None:
    read, named = decode(text.encode(encoding))
    assert read == text
    assert named == encoding


def test_utf_16_is_read_in_either_order_of_bytes() -> None:
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        assert decode(mark + REPORT.encode(encoding)) == (REPORT, "utf-16")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le"])
@pytest.mark.parametrize("text", [REPORT, *OTHERS])
def test_a_file_cut_in_a_character_loses_only_that_one(text: str, encoding: str) -> None:
    text = text.rstrip() + "完"
    assert decode(text.encode(encoding)[:-1]) == (text[:-1] + "\ufffd", encoding)


@pytest.mark.parametrize("text", [REPORT, *OTHERS])
@pytest.mark.parametrize("seed", range(5))
def test_a_bad_byte_in_gb18030_costs_one_character_and_not_the_line(text: str, seed: int) -> None:
    data = bytearray(text.encode("gb18030"))
    place = random.Random(seed).choice([i for i, byte in enumerate(data) if byte > 0x7F])
    data[place] = 0xFF
    read, encoding = decode(bytes(data))
    assert encoding == "gb18030"
    assert len(read) == len(text)
    assert [(a, b) for a, b in zip(text, read, strict=True) if a != b] == [
        (text[read.index("\ufffd")], "\ufffd")
    ]


@pytest.mark.parametrize("offset", range(0, 50, 3))
def test_a_byte_lost_in_gb18030_does_not_shift_the_rest_of_the_line(offset: int) -> None:
    data = REPORT.encode("gb18030")
    place = data.index("我们坚持".encode("gb18030")) + offset
    read, named = decode(data[:place] + data[place + 1 :])
    assert named == "gb18030"
    before, after = read.split("\ufffd")
    assert REPORT.startswith(before)
    assert REPORT.endswith(after)
    assert len(before) + len(after) >= len(REPORT) - 2


def test_bad_bytes_in_utf_8_are_one_place_each() -> None:
    data = REPORT.encode()
    for place in (300, 120):
        data = data[:place] + b"\xff\xfe" + data[place + 1 :]
    read, encoding = decode(data)
    assert encoding == "utf-8"
    assert read.count("\ufffd") == 2
    assert describe_damage(read).startswith("有 2 处文字损坏、无法还原（文中以 � 标出），第一处在“")


@pytest.mark.parametrize("data", [b"\xff\xfe" + "半个".encode("utf-16-le") + b"\x4e"])
def test_a_marked_file_that_ends_too_early_keeps_what_it_has(data: bytes) -> None:
    assert decode(data) == ("半个\ufffd", "utf-16")


def test_what_is_damaged_through_is_not_read() -> None:
    data = bytearray(REPORT.encode())
    for place in range(0, len(data), 40):
        data[place] = 0xFF
    with pytest.raises(UnreadableFile, match="损坏过多"):
        decode(bytes(data))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0", "不是文本文件"),
        (b"PK\3\4\x14\0\0\0\x08\0" + bytes(range(256)) * 8, "不是文本文件"),
        (random.Random(3).randbytes(4000), "不是文本文件"),
        (bytes(range(0x80, 0x100)) * 20, "既不是 UTF-8"),
        ("Областной бюджет вырос на семь процентов за год.".encode("koi8-r"), "既不是 UTF-8"),
        ("今年度の予算は増加した。".encode("shift-jis"), "既不是 UTF-8"),
        (codecs.BOM_UTF8 + b"\xff\xfe\xfa", "无法解码"),
    ],
)
def test_what_is_no_text_is_not_read(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        decode(data)


def test_a_text_of_several_scripts_is_read_as_it_is() -> None:
    text = "Прогноз на 2023 год: ВВП +1,5 %\nÖsterreich: Übersicht\n東京都の人口は約1400万人\n"
    assert decode(text.encode()) == (text, "utf-8")
    assert decode(text.encode("utf-16")) == (text, "utf-16")


def test_sound_text_has_no_damage() -> None:
    assert describe_damage(REPORT) == ""
    assert describe_damage("财政收入达到\ufffd\ufffd二亿元。") == (
        "有 1 处文字损坏、无法还原（文中以 � 标出），第一处在“财政收入达到��二亿元。”"
    )


def test_bytes_that_are_no_text_are_not_taken_for_utf_16() -> None:
    with pytest.raises(UnreadableFile, match="不是文本文件"):
        decode(b"\x00\x01\x02\xff\xfe\x80" * 50)
