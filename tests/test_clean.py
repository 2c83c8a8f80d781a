"""Each repair takes out its damage, and leaves sound text as it is."""

import unicodedata
from collections import Counter
from pathlib import Path, PurePosixPath

import pytest

from index.load import load
from index.repair import CONTENTS, REPAIRS_OF_CHARACTERS, REPAIRS_OF_LINES, squeeze_blank
from index.repair.compatibility import replace_lookalikes
from index.repair.contents import remove_contents
from index.repair.entities import decode_entities
from index.repair.furniture import remove_furniture
from index.repair.invisible import remove_invisible
from index.repair.pinyin import remove_pinyin_notes
from index.repair.spacing import close_letter_spacing


def clean(text: str) -> tuple[str, dict[str, int]]:
    """Return a text after all repairs, and what they counted."""
    counts: Counter[str] = Counter()
    text = squeeze_blank(text)
    for kind, repair in (*REPAIRS_OF_CHARACTERS, (CONTENTS, without_contents), *REPAIRS_OF_LINES):
        text, count = repair(text)
        counts[kind] += count
    return text, dict(+counts)


def without_contents(text: str) -> tuple[str, int]:
    """A text without its tables of contents."""
    (left,), count = remove_contents([text])
    return left, count


@pytest.mark.parametrize(
    ("noted", "plain", "count"),
    [
        ("強(qiáng)化", "強化", 1),
        ("強（qiáng）化", "強化", 1),
        ("強(qia\u0301ng)化", "強化", 1),
        ("强(qiánɡ)化产(chɑ\u030cn)业", "强化产业", 2),
        ("個(gè)產(chǎn)業(yè)", "個產業", 3),
        ("轉(zhuǎn)女(nǚ)爭(zhēng)窗(chuāng)", "轉女爭窗", 4),
        ("理念(niàn)和聲音(yīn)", "理念和聲音", 2),
    ],
)
def test_pinyin_notes_are_taken_out(noted: str, plain: str, count: int) -> None:
    assert remove_pinyin_notes(noted) == (plain, count)


@pytest.mark.parametrize(
    "text",
    [
        "GDP(gross)增长",
        "公式(a)与(b)",
        "国内生产总值(gdp)",
        "法国(République française)",
        "“为”在这里读作(wéi)，不读(wèi)。",
        "“行”字有两个读音：在银行中是(háng)，在行走中是(xíng)。",
        "北京（Běijīng）",
    ],
)
def test_other_notes_stay(text: str) -> None:
    assert remove_pinyin_notes(text) == (text, 0)


def test_invisible_characters_are_taken_out() -> None:
    assert remove_invisible("改\u200b革\ufeff\x07开\xad放\u2060\ufffc") == ("改革开放", 6)
    assert remove_invisible("葛\U000e0100城，\u202a数字\u202c") == ("葛城，数字", 3)


@pytest.mark.parametrize("text", ["一家人👨\u200d👩\u200d👧", "喜欢❤\ufe0f", "上页\f下页\t表"])
def test_what_makes_up_a_picture_or_a_page_stays(text: str) -> None:
    assert remove_invisible(text) == (text, 0)


def test_a_line_that_holds_only_a_mark_parts_no_paragraph() -> None:
    text = "过去一年很不平凡。全县交出了一份人\n\u200b\n民满意的答卷。\n\n第二段。\n\n第三段。"
    assert clean(text) == (
        "过去一年很不平凡。全县交出了一份人民满意的答卷。\n\n第二段。\n\n第三段。",
        {"不可见字符": 1, "句中断行": 1},
    )


def test_white_space_is_made_one_kind() -> None:
    assert clean("甲。\r\n\r\n\r\n\r\n　　乙\xa0丙\u2009丁。 \r戊\u2028己\n") == (
        "甲。\n\n乙 丙 丁。\n戊\n己",
        {},
    )


@pytest.mark.parametrize(
    ("text", "decoded", "count"),
    [
        ("&ldquo;十四五&rdquo;规划&mdash;&mdash;&#19968;&#x4e8c;", "“十四五”规划——一二", 6),
        ("县委&nbsp;县政府", "县委\xa0县政府", 1),
        ("p&lt;0.05", "p<0.05", 1),
        ("&amp;ldquo;双重&amp;rdquo;", "“双重”", 4),
    ],
)
def test_html_entities_are_decoded(text: str, decoded: str, count: int) -> None:
    assert decode_entities(text) == (decoded, count)


@pytest.mark.parametrize(
    "text",
    [
        "AT&T与R&D;投入，Q&A；H&M",
        "在HTML中用&nbsp;表示空格",
        '<a href="?a=1&copy=2">链接&gt;</a>',
        "&lt;p class=&quot;a&quot;&gt;文字&lt;/p&gt;",
        "网址 http://x.cn/?a=1&copy=2&lt=3",
        "&#0;&#55296;&unknown;",
    ],
)
def test_what_is_no_entity_or_speaks_of_them_stays(text: str) -> None:
    assert decode_entities(text) == (text, 0)


@pytest.mark.parametrize(
    ("text", "plain", "count"),
    [
        ("⼈⺠代表⼤会，第⼀章，⻓江", "人民代表大会，第一章，长江", 5),
        ("\uf90a額與\uf914園", "金額與樂園", 2),
        ("︵一︶总则︐详见︽纲要︾", "（一）总则，详见《纲要》", 5),
    ],
)
def test_lookalikes_become_the_ordinary_characters(text: str, plain: str, count: int) -> None:
    assert replace_lookalikes(text) == (plain, count)


@pytest.mark.parametrize(
    "text",
    [
        "⑴①㎡％Ⅲ，ＧＤＰ增长７．２％",
        "部首⼈、⼤、⺠",
        "详情如下﹀﹀﹀",
        "住﹐住在同一院子",
        "长崎﨑",
    ],
)
def test_forms_of_their_own_stay(text: str) -> None:
    assert replace_lookalikes(text) == (text, 0)


@pytest.mark.parametrize(
    "line",
    [
        "【字体：大 中 小】 【打印本页】 【关闭窗口】",
        "打印本页 | 关闭窗口",
        "分享到：",
        "分享到： 微信 微博 QQ空间",
        "扫一扫在手机打开当前页",
        "版权所有：青川县人民政府办公室",
        "京ICP备05012345号-1",
        "蜀ICP备05012345号 川公网安备51010202000001号 网站标识码：5110000001",
        "Copyright © 2021 Qingchuan All Rights Reserved",
        "您现在的位置：首页 > 政务公开 > 工作报告",
        "上一篇：关于做好防汛工作的通知",
        "浏览次数：123",
    ],
)
def test_lines_of_a_web_page_are_taken_out(line: str) -> None:
    assert remove_furniture(f"甲。\n{line}\n\f{line}\n乙。") == ("甲。\n\f乙。", 2)


@pytest.mark.parametrize(
    "line",
    [
        "大 中 小",
        "关闭",
        "字体：宋体",
        "联系我们",
        "打印",
        "分享发展成果，促进共同富裕",
        "工厂关闭窗口期为三个月",
        "版权所有者应当登记",
        "位置：县城东部",
        "来源：县政府办 【字体：大 中 小】 打印本页",
        "主办单位：青川县人民政府 蜀ICP备05012345号",
        "责任编辑：林某",
    ],
)
def test_lines_that_say_more_stay(line: str) -> None:
    assert remove_furniture(line) == (line, 0)


@pytest.mark.parametrize(
    ("text", "left", "count"),
    [
        (
            "目  录\n\n第一章 总则……………1\n第二章 规划……………3\n第三章 附则……………12\n\n第一章 总则\n正文。",
            "\n\n第一章 总则\n正文。",
            4,
        ),
        ("一、回顾......1\n二、安排......5\n（一）产业......6\n正文。", "正文。", 3),
        (
            "目录\n前言\tI\n第一章 总则\t1\n第二章 关于进一步\n加强基层治理\t4\n正文。",
            "正文。",
            5,
        ),
        ("\f目录\n甲部分........1\n\f乙部分........2\n丙部分........3\n尾", "\f\f尾", 4),
    ],
)
def test_tables_of_contents_are_taken_out(text: str, left: str, count: int) -> None:
    assert without_contents(text) == (left, count)


def test_tables_of_contents_are_taken_out_block_by_block() -> None:
    blocks = [
        "\f年报",
        "\f目　录",
        "一、综合 1",
        "（一）人口 1",
        "\f二、农业 12",
        "一、综合",
        "正文。",
    ]
    assert remove_contents(blocks) == (["\f年报", "\f", "", "", "\f", "一、综合", "正文。"], 4)
    assert remove_contents(blocks[2:]) == (blocks[2:], 0)
    values = ["目录", "2021年 305", "2022年 298", "2023年 310"]
    assert remove_contents(values) == (values, 0)


@pytest.mark.parametrize(
    "text",
    [
        "粮食产量……4521\n油料产量……312\n棉花产量……88\n肉类产量……1200",
        "他说……\n我想……3\n后来……4\n再后来……",
        "人口\t1234\n面积\t2345\n产值\t3456",
        "第一条 略……\n第二条 略……\n第三条 略……",
        "见第一章……………3\n正文从这里开始。",
    ],
)
def test_other_lines_with_leaders_stay(text: str) -> None:
    assert without_contents(text) == (text, 0)


@pytest.mark.parametrize(
    ("spaced", "closed"),
    [
        ("国 务 院 总 理", "国务院总理"),
        (
            "全 县 生 产 总 值 增 长 7.2 %， 达 到 126.5 亿 元 。",
            "全县生产总值增长7.2%，达到126.5亿元。",
        ),
        ("据 统 计 ， 全 县 新 建 学 校12 所", "据统计，全县新建学校12 所"),
        ("青　川　县　人　民　政　府", "青川县人民政府"),
        ("2 0 2 1 年 政 府 工 作 报 告", "2021年政府工作报告"),
        ("全國 人 民 代 表 大 會", "全國人民代表大會"),
        ("工 作 报 告", "工作报告"),
        ("目 录", "目录"),
        ("附　　件：", "附件："),
    ],
)
def test_spaces_inside_words_are_taken_out(spaced: str, closed: str) -> None:
    assert close_letter_spacing(spaced) == (closed, 1)


def test_in_a_text_set_with_spaces_short_runs_are_closed_too() -> None:
    line = "全 县 经 济 平 稳 运 行"
    assert close_letter_spacing(f"{line}\n{line}\n{line}\n增 长 7.2 %\n县长 林 某") == (
        "全县经济平稳运行\n全县经济平稳运行\n全县经济平稳运行\n增长7.2%\n县长 林 某",
        4,
    )
    assert close_letter_spacing("增 长 7.2 %") == ("增 长 7.2 %", 0)


@pytest.mark.parametrize(
    "text",
    [
        "张 三 李 四 王 五 赵 六",
        "出席：丁 一、王 二、李 三、赵 四、林　某",
        "林　某　　王大山　　丁　一",
        "甲 乙 丙 丁",
        "东 南 西 北",
        "一 二 三 四 五 六 七",
        "是 否 是 否 是 是",
        "优 良 中 差 优",
        "收入 支出 结余 合计 比重",
        "项\t目\t名\t称\t表",
        "记者 梁 某 摄",
    ],
)
def test_spaces_between_words_stay(text: str) -> None:
    assert close_letter_spacing(text) == (text, 0)


def test_page_breaks_survive_every_repair() -> None:
    text = (
        "\f目 录\n第一章 总则........1\n\f第二章 细则........2\n第三章 附则........3\n"
        "\f京ICP备05012345号\n强(qiáng)化\u200b\n\f&ldquo;国 务 院 总 理&rdquo;（甲\n\f　　乙）⼈⺠\n\f"
    )
    cleaned, counts = clean(text)
    assert cleaned.count("\f") == 6
    assert cleaned.split("\f")[3:] == ["强化\n", "“国务院总理”（甲", "乙）人民\n", ""]
    kinds = {CONTENTS, *(kind for kind, _ in REPAIRS_OF_CHARACTERS + REPAIRS_OF_LINES)}
    assert set(counts) == kinds - {"乱码", "空白", "错位字节"}


def test_repairs_of_a_file_are_counted() -> None:
    text = "数字化改革&nbsp;总结\n\n全县新增农村公路⼀百公里。\n\n鍏ㄥ幙缁忔祹骞崇ǔ\n\n打印本页 关闭窗口\n"
    document = load(PurePosixPath("总结.txt"), text.encode())
    assert document.text == "数字化改革 总结\n\n全县新增农村公路一百公里。\n\n全县经济平稳"
    assert dict(document.repairs) == {"乱码": 1, "HTML 字符": 1, "形近字符": 1, "网页部件": 1}


# Of the real collections nothing else changes: these are zero-width marks, and lines broken where
# links and page numbers stood.
KNOWN = {"gov": {"不可见字符": 85, "句中断行": 1755}, "news": {"不可见字符": 33}}


@pytest.mark.parametrize("collection", KNOWN)
def test_real_reports_keep_every_visible_character(collections: Path, collection: str) -> None:
    counts: Counter[str] = Counter()
    for path in sorted((collections / collection / "docs").glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        cleaned, found = clean(text)
        counts.update(found)
        seen = [char for char in text if not char.isspace() and unicodedata.category(char) != "Cf"]
        assert "".join(cleaned.split()) == "".join(seen), path.name
    assert dict(counts) == KNOWN[collection]
