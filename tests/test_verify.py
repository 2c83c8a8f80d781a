import random
from dataclasses import replace

import pytest

from rag.types import Citation
from rag.verify import Check, check

QUOTE = (
    "去年全县粮食总产量达到3500万吨，比上年增长2.1%；生猪出栏下降4%，降至62万头。"
    "没有发生重大安全事故，青川县被评为“全国文明城市”。"
)


def cite(
    quote: str = QUOTE,
    *,
    title: str = "青川县2021年政府工作报告",
    year: int | None = 2021,
    heading: str = "一、工作回顾",
) -> Citation:
    return Citation(
        number=1,
        document_id="d",
        path="青川.md",
        title=title,
        year=year,
        heading=heading,
        page=None,
        paragraph=1,
        start=0,
        end=len(quote),
        quote=quote,
        verdict="unverified",
    )


@pytest.mark.parametrize(
    "statement",
    [
        QUOTE,
        "全县粮食总产量达到3500万吨。[1]",
        "全县粮食总产量达0.35亿吨",
        "粮食总产量三千五百万吨，增长百分之二点一",
        "粮食总产量增长了２．１％，达到３，５００万吨",
        "生猪出栏减少4%，降至62万头",
        "生猪出栏62万头，下降4%；粮食总产量增长2.1%",
        "2020年全县粮食总产量达到3500万吨",
        "20年全县粮食总产量达到3500万吨",
        "去年，没有发生重大安全事故",
        "未发生重大安全事故",
        "全縣糧食總產量達到3500萬噸",
        "青川县被评为「全国文明城市」",
        "根据2021年政府工作报告，青川县粮食总产量比2019年增长2.1%",
        "同时，青川县生猪出栏62万头（2021年资料）[1]",
    ],
)
def test_a_statement_in_the_words_of_its_quote_is_verified(statement: str) -> None:
    assert check(statement, [cite()]) == Check("verified")


@pytest.mark.parametrize(
    ("statement", "missing"),
    [
        ("全县粮食总产量达到3600万吨", "引文中是3500万吨，不是3600万吨"),
        ("全县粮食总产量达到3500亿吨", "引文中是3500万吨，不是3500亿吨"),
        ("全县粮食增产了75万吨", "数字 75万吨 不在引文中"),
        ("粮食总产量比上年增长4%", "引文中是2.1%，不是4%"),
        ("粮食总产量增长2.1个百分点", "数字 2.1个百分点 不在引文中"),
        ("2018年全县粮食总产量达到3500万吨", "引文说的不是2018年"),
        ("2021年全县粮食总产量达到3500万吨", "引文说的不是2021年"),
        ("今年全县粮食总产量达到3500万吨", "引文说的不是今年"),
        ("粮食总产量比上年下降2.1%", "引文说的是“增长”，不是“下降”"),
        ("生猪出栏增加4%", "引文说的是“下降”，不是“增加”"),
        ("发生重大安全事故", "引文说的是“没有发生重大”，不是“发生重大”"),
        ("全县粮食总产量没有达到3500万吨", "引文说的是“达到35”，不是“没有达到35”"),
        ("临澜市被评为“全国文明城市”", "“临澜市”不在引文中"),
        ("青川县被评为“全国卫生城市”", "“全国卫生城市”不在引文中"),
        ("今天天气很好", "只有0%的用词在引文中"),
    ],
)
def test_what_is_wrong_with_a_statement_is_said(statement: str, missing: str) -> None:
    result = check(statement, [cite()])
    assert result.verdict == "unverified"
    assert missing in result.missing


@pytest.mark.parametrize(
    ("quote", "statement", "missing"),
    [
        ("银行贷款投向小微企业。", "贷款不得投向小微企业。", "引文说的是“投向小微”，不是“不得投向小微”"),
        ("贷款不得投向小微企业。", "贷款投向小微企业。", "引文说的是“不得投向小微”，不是“投向小微”"),
        ("除临澜市外，各县都通了铁路。", "临澜市、各县都通了铁路。", "引文说的是“除临澜市外”，不是“临澜市各”"),
        ("应急响应由李立民下令启动。", "应急响应由王海波下令启动。", "“王海波”不在引文中"),
        ("项目由中国银行提供贷款。", "项目由交通银行提供贷款。", "“交通银行”不在引文中"),
        ("平台采用Hadoop搭建。", "平台采用Spark搭建。", "“spark”不在引文中"),
        ("投资超过8亿元。", "投资不足8亿元。", "引文说的是“超过”，不是“不足”"),
        ("参会5000人以上，历时3天。", "参会5000人以下，历时3天。", "引文说的是“以上”，不是“以下”"),
        ("外贸顺差3亿元。", "外贸逆差3亿元。", "引文说的是“顺差”，不是“逆差”"),
        ("一等奖3名，二等奖8名。", "一等奖8名。", "引文中是3名，不是8名"),
        ("会议定于3月5日召开。", "会议定于3月6日召开。", "引文中是5日，不是6日"),
        ("到2025年建成500座水库。", "到2030年建成500座水库。", "引文中是2025年，不是2030年"),
        ("价格为每吨820元。", "价格为每吨820美元。", "数字 820美元 不在引文中"),
    ],
)  # fmt: skip
def test_one_changed_word_is_caught(quote: str, statement: str, missing: str) -> None:
    result = check(statement, [cite(quote)])
    assert result.verdict == "unverified"
    assert missing in result.missing


@pytest.mark.parametrize(
    ("quote", "statement"),
    [
        ("我国国内生产总值增长5%。", "中国GDP增长5%。"),
        ("出口同比-0.3%。", "出口同比下降0.3%。"),
        ("“十四五”时期新建水库20座。", "2021—2025年新建水库20座。"),
        ("今年新建水库20座。", "2021年新建水库二十座。"),
        ("水库从40座减少到29座。", "水库减少到29座。"),
        ("水库数量为20至30座。", "水库数量最多为30座。"),
        ("目标是建设一个现代化灌区。", "目标是建设现代化灌区。"),
        ("提高办事效率。", "目标是提高一个县的办事效率。"),
        ("不断提高办事效率。", "办事效率提高。"),
    ],
)
def test_another_way_of_saying_the_same_is_not_blamed(quote: str, statement: str) -> None:
    assert check(statement, [cite(quote)]).verdict == "verified"


def test_the_heading_tells_the_year_of_a_quote_that_does_not() -> None:
    quote = cite("城镇新增就业3200人。", heading="一、2020年工作回顾")
    assert check("2020年城镇新增就业3200人。", [quote]).verdict == "verified"
    assert check("2021年城镇新增就业3200人。", [quote]).verdict == "unverified"


def test_a_report_without_a_word_on_time_may_speak_of_two_years() -> None:
    quote = cite("城镇新增就业3200人。", heading="")
    verdicts = [check(f"{y}年城镇新增就业3200人。", [quote]).verdict for y in (2021, 2020, 2018)]
    assert verdicts == ["verified", "verified", "partial"]


def test_the_title_is_enough_for_the_name_of_the_report_and_its_subject() -> None:
    quote = cite("新建养老服务中心5个。")
    statement = "青川县2021年政府工作报告提出，新建养老服务中心5个。"
    assert check(statement, [quote]).verdict == "verified"


def test_several_quotes_support_a_statement_together() -> None:
    statement = "粮食总产量增长2.1%，财政收入13.9亿元。"
    second = cite("财政收入13.9亿元。", title="青川县2022年政府工作报告", year=2022)
    assert "数字 13.9亿元 不在引文中" in check(statement, [cite()]).missing
    assert check(statement, [cite(), second]) == Check("verified")


def test_other_words_about_the_same_number_are_partly_verified() -> None:
    result = check("农民种出来的稻谷麦子一共3500万吨", [cite()])
    assert result.verdict == "partial"
    assert result.missing == ("只有33%的用词在引文中",)


def test_what_the_quotes_only_do_not_say_is_partly_verified() -> None:
    quote = cite("当日起，132座公厕全天开放。", year=None, heading="", title="公厕")
    result = check("8月1日起，132座公厕全天开放。", [quote])
    assert result == Check("partial", ("数字 8月 不在引文中", "数字 1日 不在引文中"))


def test_nothing_is_verified_without_a_quote() -> None:
    assert check("粮食总产量3500万吨", []) == Check("unverified", ("没有引文",))


def test_any_text_can_be_checked() -> None:
    chance = random.Random(3)
    letters = (
        "0123一二十百万亿年月%％．，。“”《》（）[1]不没除外增长下降今去比青川县粮食\n\t\ud800ab-."
    )
    for _ in range(300):
        statement, quote = ("".join(chance.choices(letters, k=chance.randint(0, 40))) for _ in "ab")
        assert check(statement, [cite(quote)]).verdict in ("verified", "partial", "unverified")


def test_changed_numbers_and_years_of_any_quote_are_caught() -> None:
    chance = random.Random(5)
    for _ in range(200):
        area, year = chance.randint(100, 999), chance.randint(2001, 2030)
        quote = replace(cite(f"到{year}年，绿化面积达到{area}万亩，覆盖全县。"), heading="")
        number = chance.choice([n for n in range(100, 999) if n != area])
        other = chance.choice([y for y in range(2001, 2031) if y != year])
        assert check(f"{year}年绿化面积达到{area}万亩", [quote]).verdict == "verified"
        assert check(f"{year}年绿化面积达到{number}万亩", [quote]).verdict == "unverified"
        assert check(f"{other}年绿化面积达到{area}万亩", [quote]).verdict == "unverified"
