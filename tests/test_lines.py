"""Which line breaks stand inside a sentence."""

import re

import pytest

from index.repair.lines import join_broken_lines

PARAGRAPHS = [
    "过去一年，全县坚持稳中求进，完整、准确、全面贯彻新发展理念，统筹疫情防控和经济社会发展，地区生产总值"
    "达到126.5亿元，增长7.2%，一般公共预算收入12.6亿元，增长5.1%。",
    "我们加快建设GDP核算平台，推进“放管服”改革，新增市场主体3618户，其中企业1024户；新建农村公路"
    "一百五十六公里，改造危房840套，惠及群众2300人次。",
    "在肯定成绩的同时，也要清醒地看到，我县经济总量偏小，结构不优，民生领域还有不少短板，一些干部作风"
    "不实。对此，我们一定采取措施，认真加以解决，决不辜负全县人民的期望。",
    "今后五年，要把发展特色农业放在首位，建设高标准农田12万亩，粮食总产稳定在30万吨以上，农村居民人均"
    "可支配收入突破两万元。",
]
ENGLISH = (
    "The county spent 12 million yuan on rural roads last year. It also rebuilt 840 houses and "
    "opened five care homes, which serve two thousand three hundred people in the hills."
)


def wrap(paragraph: str, width: int) -> str:
    """Break a paragraph into lines of `width` half characters, as a word processor does: marks
    hang on to the character before them, and figures and words stay whole."""
    lines, used = [""], 0
    for unit in re.findall(r"[!-~]+ ?|.", paragraph):
        columns = sum(2 if ord(char) > 0x2000 else 1 for char in unit)
        if used + columns > width and unit not in "，。；、：”）":
            lines.append("")
            used = 0
        lines[-1] += unit
        used += columns
    return "\n".join(lines)


@pytest.mark.parametrize("width", [40, 50, 60, 66, 72, 76])
@pytest.mark.parametrize(
    ("indent", "between"), [("　　", "\n"), ("", "\n\n"), ("　　", "\n\n"), ("    ", "\n")]
)
def test_prose_of_fixed_width_becomes_paragraphs(width: int, indent: str, between: str) -> None:
    text = between.join(wrap(indent + paragraph, width) for paragraph in PARAGRAPHS)
    joined, count = join_broken_lines(text)
    assert joined == between.join(indent + paragraph for paragraph in PARAGRAPHS)
    assert count == text.count("\n") - joined.count("\n") > 4


def test_without_a_sign_of_paragraphs_a_full_line_that_ends_a_sentence_stays_one() -> None:
    text = "\n".join(wrap(paragraph, 60) for paragraph in PARAGRAPHS)
    joined, _ = join_broken_lines(text)
    assert "".join(joined.split("\n")) == "".join(PARAGRAPHS)
    assert set(PARAGRAPHS) & set(joined.split("\n"))
    assert all(line.endswith("。") for line in joined.split("\n"))


def test_words_of_english_are_joined_with_a_space() -> None:
    text = wrap(ENGLISH, 60).replace(" \n", "\n")
    assert text.count("\n") == 2
    assert join_broken_lines("\n\n".join([text] * 3)) == ("\n\n".join([ENGLISH] * 3), 6)


def test_headings_and_signatures_in_prose_of_fixed_width_stay() -> None:
    body = "\n".join(wrap("　　" + paragraph, 60) for paragraph in PARAGRAPHS)
    text = f"青川县政府工作报告\n县长　林某\n各位代表：\n一、回顾\n{body}\n二、安排\n{body}\n青川县人民政府\n2021年3月5日"
    joined, _ = join_broken_lines(text)
    whole = "\n".join("　　" + paragraph for paragraph in PARAGRAPHS)
    assert joined == text.replace(body, whole)


@pytest.mark.parametrize(
    ("broken", "joined"),
    [
        ("细颗粒物（PM\n2.5\n）浓度下降。", "细颗粒物（PM2.5）浓度下降。"),
        (
            "审议通过了《\n青川县防汛条例\n》，自即日起施行。",
            "审议通过了《青川县防汛条例》，自即日起施行。",
        ),
        ("坚持预防为主，\n做到早发现、早处置。", "坚持预防为主，做到早发现、早处置。"),
        ("三是\n深化农村改革，壮大集体经济。", "三是深化农村改革，壮大集体经济。"),
        ("上半句在前一页\n\f，下半句在后一页。", "上半句在前一页\f，下半句在后一页。"),
        (
            "我们聽了關於憲法草案\n的報告\n並進行了討論。\n\n第二段。\n\n第三段。\n\n第四段。",
            "我们聽了關於憲法草案的報告並進行了討論。\n\n第二段。\n\n第三段。\n\n第四段。",
        ),
        (
            "过去一年很不平凡。全县上下同心协力，交出了一份人\n民满意的答卷。\n\n第二段。\n\n第三段。",
            "过去一年很不平凡。全县上下同心协力，交出了一份人民满意的答卷。\n\n第二段。\n\n第三段。",
        ),
    ],
)
def test_a_line_broken_inside_a_sentence_is_joined(broken: str, joined: str) -> None:
    assert join_broken_lines(broken) == (joined, broken.count("\n") - joined.count("\n"))


@pytest.mark.parametrize(
    "text",
    [
        "一、工作回顾\n过去一年成绩很大。\n\n二、工作安排\n今年要继续努力。",
        "工作回顾\n过去一年，全县经济平稳增长。\n\n主要目标\n今年要继续努力。\n\n第三段也结束。",
        "白露横江去，\n秋风入夜来。\n孤舟停浅渚，\n明月上高台。",
        "山外有青山\n楼前有小楼\n春风吹不尽\n绿到水边头\n\n一句。\n\n二句。",
        "电话：0833-5551234\n地址：青川县人民路12号\n联系人：林某",
        "甲村\n乙村\n丙村\n石桥村\n白沙河口村",
        "青川县人民政府\n2021年3月5日",
        "尊敬的各位代表，\n大家好！",
        "目的\n为规范管理，制定本办法。",
        "1.甲项目，\n2.乙项目，\n3.丙项目。",
        "一是抓产业；\n二是抓项目；\n三是抓民生。",
        "各村：\n请于三日内上报。",
        "项目\t2020年\n收入，\t12\n支出（\t13",
        "“第一段话没有完。\n“第二段话也没有完。\n“第三段话完了。”",
        "第一章　总则\n第一条　为了规范管理，制定本办法。\n第二条　本办法适用于全县。",
    ],
)
def test_lines_that_stand_for_themselves_stay(text: str) -> None:
    assert join_broken_lines(text) == (text, 0)
