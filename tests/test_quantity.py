"""How numbers are read. A line of a table: what a report writes, and what is read of it."""

import random
import re
from decimal import Decimal
from pathlib import Path

import pytest

from index.numerals import arabic, value_of
from index.quantity import Quantity, quantities, same
from index.words import tokens


def shown(part: Quantity) -> str:
    ends = [part.value] if part.high is None else [part.value, part.high]
    number = "..".join(f"{end.normalize():f}" for end in ends)
    kind = "" if part.kind == "amount" else part.kind
    return " ".join(filter(None, (number, part.unit, kind, part.bound)))


def table(text: str) -> list[tuple[str, list[str]]]:
    rows = [line.partition("|") for line in text.splitlines() if line]
    return [(form.strip(), list(map(str.strip, read.split(";")))) for form, _, read in rows]


ARABIC = """
2.46万亿斤 | 2460000000000 斤
产粮8.1亿斤 | 810000000 斤
4，700万吨 | 47000000 吨
4,700万吨 | 47000000 吨
３，５００万吨 | 35000000 吨
1，234，567元 | 1234567 元
23,456.78元 | 23456.78 元
2 345.6 | 2345.6
12 345元 | 12345 元
3亿6千万 | 360000000
7千多万 | 70000000 above
3万5千人 | 35000 人
1亿2345万元 | 123450000 元
５６．７亿立方米 | 5670000000 立方米
6.5亿千瓦时 | 650000000 千瓦时
120万千瓦 | 1200000 千瓦
350千瓦 | 350 千瓦
35千伏 | 35 千伏
980百帕 | 980 百帕
3个百分点 | 3 百分点
2.4个百分点 | 2.4 百分点
25个基点 | 25 基点
80公顷 | 80 公顷
1.2万亩 | 12000 亩
960万平方公里 | 9600000 平方公里
300平方米 | 300 平方米
4500公里 | 4500 公里
4500千米 | 4500 公里
72公斤 | 72 千克
72千克 | 72 千克
5kg | 5 千克
30km | 30 公里
120km/h | 120 公里/小时
每桶85美元 | 85 美元
85.6美元/桶 | 85.6 美元/桶
1200元/吨 | 1200 元/吨
￥3.2亿 | 320000000 元
￥3.2亿元 | 320000000 元
¥680 | 680 元
$45 | 45 美元
€7.5万 | 75000 欧元
￡9 | 9 英镑
6亿美元 | 600000000 美元
2.1亿元人民币 | 210000000 元
430万人次 | 4300000 人次
26户 | 26 户
15台套 | 15 台套
340个 | 340 个
57项 | 57 项
8名 | 8 人
8位 | 8 人
3.5小时 | 3.5 小时
3.5个小时 | 3.5 小时
6个月 | 6 个月
45分钟 | 45 分钟
10年 | 10 年
3季度 | 3 季度
26℃ | 26 摄氏度
26摄氏度 | 26 摄氏度
零下8℃ | -8 摄氏度
1280 | 1280
0.07 | 0.07
16GB内存 | 16 gb
AUM300亿元 | 30000000000 元
20 万辆 | 200000 辆
3.4 亿元 | 340000000 元
30 个 | 30 个
"""
SHARES = """
增长7% | 7 %
增长7％ | 7 %
增长７．５％ | 7.5 %
增长8 ％ | 8 %
百分之七 | 7 %
百分之三点五 | 3.5 %
百分之零点八 | 0.8 %
百分之十二点六 | 12.6 %
百分之一百二十 | 120 %
百分之百 | 100 %
4‰ | 0.4 %
千分之六 | 0.6 %
万分之五 | 0.05 %
百分之15 | 15 %
三分之一 | 33.33333333333333333333333333 %
三分之二 | 66.66666666666666666666666667 %
十分之一以上 | 10 % above
五分之四 | 80 %
1/4 | 25 %
2/3以上 | 66.66666666666666666666666667 % above
两成 | 20 %
7成 | 70 %
近六成 | 60 % about
超八成 | 80 % above
九成以上 | 90 % above
一半以上 | 50 % above
减少一半 | 50 %
负0.4% | -0.4 %
同比-1.3% | -1.3 %
下降−2% | -2 %
14·6％ | 14.6 %
"""
CHINESE = """
一百五十六个 | 156 个
二十三万四千 | 234000
五点五万亿 | 5500000000000
一亿三千万吨 | 130000000 吨
三万六千五百斤 | 36500 斤
三百二十万千瓦 | 3200000 千瓦
五千克 | 5 千克
八百公斤 | 800 千克
一百零八条 | 108 条
一万零五十户 | 10050 户
廿三 | 23
卅年 | 30 年
十二项 | 12 项
二十 | 20
两千三百名 | 2300 人
四項工作 | 4 项
二十五萬噸 | 250000 吨
八萬億元 | 8000000000000 元
五億三千萬 | 530000000
三项 | 3 项
两次 | 2 次
五年 | 5 年
九个月 | 9 个月
六倍 | 6 倍
二点六倍 | 2.6 倍
翻了一番 | 1 番
翻两番 | 2 番
二季度 | 2 季度
三期工程 | 3 期
三级响应 | 3 级
千亿斤 | 100000000000 斤
百万亩 | 1000000 亩
百余人 | 100 人 above
千余户 | 1000 户 above
三万五 | 35000
两年半 | 2.5 年
五天半 | 5.5 天
半年 | 0.5 年
半个月 | 0.5 个月
半小时 | 0.5 小时
一个半小时 | 1.5 小时
三个多月 | 3 个月
"""
ROUND = """
一千多万 | 10000000 above
八百多万元 | 8000000 元 above
二十多个 | 20 个 above
1600余名 | 1600 人 above
30多项 | 30 项 above
十几亿 | 1000000000 above
一百二十几万 | 1200000 above
十来天 | 10 天 about
近500万 | 5000000 about
接近300户 | 300 户 about
将近二十万 | 200000 about
约400人 | 400 人 about
大约4000次 | 4000 次 about
超过6000万人 | 60000000 人 above
超过了6% | 6 % above
超5万户 | 50000 户 above
逾900件 | 900 件 above
突破90万亿元 | 90000000000000 元 above
至少7人 | 7 人 above
不少于300个 | 300 个 above
不低于5% | 5 % above
不到3% | 3 % below
不足200米 | 200 米 below
不超过4.5% | 4.5 % below
低于10元 | 10 元 below
5000人以上 | 5000 人 above
5000人以下 | 5000 人 below
3%以内 | 3 % below
3%左右 | 3 % about
十亿左右 | 1000000000 about
三天多 | 3 天 above
近10年 | 10 年
最近三年 | 3 年
"""
RANGES = """
30%—35% | 30..35 %
6.5%-7% | 6.5..7 %
5.5%至6% | 5.5..6 %
4％～5％ | 4..5 %
15%-20% | 15..20 %
7-9% | 7..9 %
百分之四至百分之五 | 4..5 %
百分之二到三 | 2..3 %
3—5亿元 | 300000000..500000000 元
300万-500万元 | 3000000..5000000 元
2至3个 | 2..3 个
三至五年 | 3..5 年
三到四成 | 30..40 %
三四十个 | 30..40 个
两三年 | 2..3 年
五六百万元 | 5000000..6000000 元
八九千人 | 8000..9000 人
十五六岁 | 15..16 岁
12～15米 | 12..15 米
2021—2025年 | 2021..2025 年 date
2021年至2025年 | 2021..2025 年 date
2003到2007 | 2003..2007 年 date
1-7月 | 1..7 月 date
１——５月份 | 1..5 月 date
8日至12日 | 8..12 日 date
"""
DATES = """
2026年 | 2026 年 date
２０２６年 | 2026 年 date
1 9 9 6 年 | 1996 年 date
一九六三年 | 1963 年 date
二〇二六年 | 2026 年 date
二○二六年 | 2026 年 date
二０二六年 | 2026 年 date
二0一八年 | 2018 年 date
五六年 | 5..6 年
五八年 | 1958 年 date
2026年3月 | 2026 年 date; 3 月 date
3月5日 | 3 月 date; 5 日 date
3月5号 | 3 月 date; 5 日 date
2026 年 3 月 5 日 | 2026 年 date; 3 月 date; 5 日 date
2026-03-05 | 2026 年 date; 3 月 date; 5 日 date
2026/3/5 | 2026 年 date; 3 月 date; 5 日 date
2026.3.5 | 2026 年 date; 3 月 date; 5 日 date
九月 | 9 月 date
十五日 | 15 日 date
15日 | 15 日 date
14:05 | 14 时 date; 5 分 date
8时30分 | 8 时; 30 分
“一五” | 1953..1957 年 date
“二五”计划 | 1958..1962 年 date
“三五”计划 | 1966..1970 年 date
“七五”期间 | 1986..1990 年 date
“十五” | 2001..2005 年 date
“十一五”规划 | 2006..2010 年 date
「十二五」 | 2011..2015 年 date
“十四五” | 2021..2025 年 date
十四五规划 | 2021..2025 年 date
十五五时期 | 2026..2030 年 date
第七个五年计划 | 1986..1990 年 date
第十四个五年规划 | 2021..2025 年 date
八十年代 | 80 年代
21世纪 | 21 世纪
二十周年 | 20 周年
第三 | 3 ordinal
第十四届 | 14 届 ordinal
第２条 | 2 条 ordinal
第二季度 | 2 季度 ordinal
"""
SPACED = """
7 4 3 1 2 亿元 | 7431200000000 元
1 2 .0 6 ‰ | 1.206 %
3 5 0 万 | 3500000
7 1 .8 岁 | 71.8 岁
"""
NO_NUMBER = """
一些地方 |
一方面 |
统一部署 |
统一个人所得税 |  
进一步 |
一起 |
一样 |
一切 |
一律 |
一般 |
一直 |
一道 |
一手抓 |
一次性 |
一元化 |
一成不变 |
万一 |
千万不要 |
成千上万 |
几千万元 |
数十亿元 |
上百万人 |
十分重要 |
十足 |
千方百计 |
百花齐放 |
三农 |
三峡 |
三三两两 |
三五成群 |
五四运动 |
周三天气 |
唯一 |
逐一 |
划一 |
上半年 |
下半年 |
半年报 |
半导体 |
半工半读 |
5G网络 |
GPT-4模型 |
PM2.5浓度 |
192.168.0.1 |
番茄 |
百姓 |
两岸 |
零售 |
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    table(ARABIC + SHARES + CHINESE + ROUND + RANGES + DATES + SPACED + NO_NUMBER),
)
def test_a_number_is_read_as_it_is_meant(text: str, expected: list[str]) -> None:
    assert ([shown(part) for part in quantities(text)] or [""]) == expected
    sentence = f"据统计，{text}，明年再看。"
    assert ([shown(part) for part in quantities(sentence)] or [""]) == expected


def test_offsets_are_those_of_the_text() -> None:
    text = "粮食產量１.３７萬億斤，比上年增長百分之二點五，约500多人；“十四五”。"
    found = [text[part.start : part.end] for part in quantities(text)]
    assert found == ["１.３７萬億斤", "百分之二點五", "500多人", "“十四五”"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("7%", "百分之七"),
        ("7％", "0.07"),
        ("两成", "20%"),
        ("三分之一", "1/3"),
        ("0.35亿元", "3500万元"),
        ("3，500万吨", "三千五百万吨"),
        ("72公斤", "72千克"),
        ("156项", "一百五十六个"),
        ("“十四五”", "2021—2025年"),
        ("1.37万亿斤", "13700亿斤"),
        ("30个志愿者", "30名志愿者"),
        ("3500万", "3500万农民"),
    ],
)
def test_two_ways_of_writing_a_number_are_the_same(one: str, other: str) -> None:
    (first,), (second,) = quantities(one), quantities(other)
    assert same(first, second)
    assert same(second, first)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("7%", "7个百分点"),
        ("7%", "8%"),
        ("3亿元", "3亿美元"),
        ("3万吨", "3亿吨"),
        ("2斤", "1公斤"),
        ("15亩", "1公顷"),
        ("5%", "5%—6%"),
        ("300户", "300人"),
        ("156项", "156元"),
    ],
)
def test_other_numbers_and_units_are_not_the_same(one: str, other: str) -> None:
    (first,), (second,) = quantities(one), quantities(other)
    assert not same(first, second)


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("两千三百", Decimal(2300)),
        ("1亿2千万", Decimal(120_000_000)),
        ("2.46万亿", Decimal(2_460_000_000_000)),
        ("五点五亿", Decimal(550_000_000)),
        ("三万五", Decimal(35_000)),
        ("三万零五", Decimal(30_005)),
        ("廿一", Decimal(21)),
        ("零", Decimal(0)),
        ("一百百", None),
        ("万万", None),
        ("二三", None),
        ("点五", None),
        ("五点", None),
        ("", None),
    ],
)
def test_numerals_with_scales_are_read(numeral: str, value: Decimal | None) -> None:
    assert value_of(numeral) == value


def test_a_numeral_with_a_decimal_part_is_written_out() -> None:
    assert arabic("1.37万亿") == "1370000000000"
    assert arabic("三点五") == "3.5"


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("156项", "一百五十六项"),
        ("1.37万亿斤", "13700亿斤"),
        ("0.35亿", "３，５００万吨"),
        ("35000000", "三千五百万"),
        ("7%", "百分之七"),
        ("3.5%", "百分之三点五"),
        ("1.8倍", "一点八倍"),
        ("1980年", "一九八○年"),
    ],
)
def test_a_number_is_found_in_whichever_way_it_is_written(asked: str, written: str) -> None:
    def numbers(text: str) -> set[str]:
        return {token for token in tokens(text) if re.fullmatch(r"[\d.]+", token)}

    assert numbers(asked) & numbers(written)


@pytest.mark.parametrize("collection", ["gov", "news"])
def test_hardly_a_digit_is_left_unread(collections: Path, collection: str) -> None:
    runs = unread = 0
    for path in sorted((collections / collection / "docs").glob("*.txt"))[::5]:
        text = path.read_text(encoding="utf-8")
        inside = {i for part in quantities(text) for i in range(part.start, part.end)}
        for run in re.finditer(r"\d+", text):
            # The digits of a name, an address or a version: A4, 5G, v1.2.3.
            before, behind = text[: run.start()][-3:], text[run.end() :][:2]
            if re.search("[A-Za-z][-_./=]?$", before) or re.match("[A-Za-z_]", behind):
                continue
            runs += 1
            unread += not inside.issuperset(range(*run.span()))
    assert runs > 1000
    assert unread / runs < 0.005


@pytest.mark.parametrize("text", ["二十" * 20_000, "9" * 50_000, "1 " * 5_000, "百分之" * 9_000])
def test_a_text_of_nothing_but_numerals_is_read(text: str) -> None:
    assert all(part.value.is_finite() for part in quantities(text))
    assert tokens(text)


def test_quantities_of_any_text_are_in_order_and_apart() -> None:
    chance = random.Random(7)
    letters = (
        "0123456789０９一二两十百千万亿零○点半几多第个年月日%％成倍.,，-—至到分之“”五 /:￥负G番"
    )
    for _ in range(3000):
        text = "".join(chance.choices(letters, k=chance.randint(0, 14)))
        found = quantities(text)
        spans = [end for part in found for end in (part.start, part.end)]
        assert spans == sorted(spans), text
        assert all(part.start < part.end and part.value.is_finite() for part in found), text
        assert all(part.high is None or part.value < part.high for part in found), text
