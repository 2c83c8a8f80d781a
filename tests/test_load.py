from pathlib import PurePosixPath

import pytest

from index.errors import UnreadableFile
from index.load import load
from index.load.text.markdown import load_markdown

TEXT = "全县生产总值增长百分之七，财政收入达到十二亿元。我们要继续努力，把各项工作做好。"


def read(name: str, data: bytes | str) -> object:
    return load(PurePosixPath(name), data.encode() if isinstance(data, str) else data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_text_is_read_in_its_encoding(encoding: str) -> None:
    assert read("报告.txt", TEXT.encode(encoding)).text == TEXT


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("图.txt", b"\0\1\2\3", "不是文本文件"),
        ("乱.txt", bytes(range(128, 256)) * 20, "既不是 UTF-8 也不是 GB18030"),
        ("空.txt", b"", "没有文字"),
        ("空白.md", b" \n\n\t", "没有文字"),
        ("表.xyz", b"abc", "暂不支持 .xyz"),
        ("报告", b"\0\1\2", "暂不支持 无后缀名的"),
        ("坏.md", b"---\ntitle: [\n---\n\xe6\xad\xa3\xe6\x96\x87", "YAML"),
        ("坏.txt", b"\xef\xbb\xbf\xff\xfe\xfa", "无法解码"),
    ],
)
def test_what_cannot_be_read_says_why(name: str, data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        read(name, data)


@pytest.mark.parametrize(
    ("name", "text", "title", "year"),
    [
        ("青川县2021年政府工作报告.txt", TEXT, "青川县2021年政府工作报告", 2021),
        ("二〇一九年总结.txt", TEXT, "二〇一九年总结", 2019),
        ("n0001.txt", "2023-08-14 21:37，正文：原标题：某公司声明！公司称", "某公司声明", 2023),
        ("a.md", "# 临澜市2022年公报\n\n正文", "临澜市2022年公报", 2022),
        ("a.md", "---\ntitle: 名称\nyear: 2018\n---\n# 别的2020年\n\n正文", "名称", 2018),
        ("讲话.txt", "讲话\n（2017年10月18日）\n同志们", "讲话", 2017),
        ("讲话.txt", "同志们，2017年我们取得了成绩。", "讲话", None),
    ],
)
def test_title_and_year_are_found(name: str, text: str, title: str, year: int | None) -> None:
    document = read(name, text)
    assert (document.title, document.year) == (title, year)


def test_markdown_loses_neither_text_between_rules_nor_notes() -> None:
    def read(text: str) -> list[str]:
        return [block.text for block in load_markdown(text.encode()).blocks]

    assert read("---\n\n第一句。\n\n---\n\n第二句。\n") == ["第一句。", "第二句。"]
    assert read("---\ntitle: 题\n---\n\n第一句。\n") == ["第一句。"]
    assert read("产值[^1]增长。\n\n[^1]: 按可比价格计算。\n\n[网]: http://a.cn\n") == [
        "产值[^1]增长。",
        "[^1]: 按可比价格计算。",
    ]


def test_the_unit_behind_the_title_of_a_table_is_carried_by_its_rows() -> None:
    tables = (
        "表1 收入（单位：亿元）\n\n|地区|收入|\n|-|-|\n|甲县|3|\n\n|地区|户数|\n|-|-|\n|乙县|4|\n"
    )
    assert [block.text for block in load_markdown(tables.encode()).blocks] == [
        "表1 收入（单位：亿元）",
        "地区：甲县；收入：3（单位：亿元）",
        "地区：乙县；户数：4",
    ]


def test_markdown_marks_are_not_shown() -> None:
    document = read(
        "a.md",
        "# 标题\n\n**重点**是[链接](http://x.y)。\n\n- 甲\n- 乙\n\n1. 丙\n2. 丁\n\n> 引文\n换行处不断开。",
    )
    assert (
        document.text == "标题\n\n重点是链接。\n\n甲\n\n乙\n\n1. 丙\n\n2. 丁\n\n引文换行处不断开。"
    )
    assert [(h.level, document.text[h.start : h.end]) for h in document.headings] == [(1, "标题")]


def test_a_row_of_a_table_can_be_read_alone() -> None:
    document = read(
        "a.md",
        "单位：万元\n\n| 项目 | 2022年 | 2023年 |\n|---|---|---|\n| 收入 | 100 | 120 |\n| 成本 | | 80 |\n",
    )
    assert "项目：收入；2022年：100；2023年：120（单位：万元）" in document.text
    assert document.text.endswith("\n项目：成本；2023年：80（单位：万元）")
    without = read("a.md", "| 项目 | 值 |\n|---|---|\n| 甲 | 1 |\n| 乙 | 2 |\n")
    assert without.text == "项目：甲；值：1\n\n项目：乙；值：2"


def test_repairs_are_counted() -> None:
    document = read("a.txt", "強(qiáng)化數(shù)字化改革。")
    assert document.text == "強化數字化改革。"
    assert dict(document.repairs) == {"拼音注音": 2}


def test_a_side_file_states_what_the_report_is() -> None:
    side = '{"title": "年报", "year": 2020, "date": "2021-03", "issuer": "统计局"}'.encode()
    document = load(PurePosixPath("a.txt"), TEXT.encode(), side)
    assert (document.title, document.year) == ("年报", 2020)
    assert (document.published, document.issuer) == ("2021-03", "统计局")
    assert document.id != load(PurePosixPath("a.txt"), TEXT.encode()).id


@pytest.mark.parametrize("side", [b"[]", b"{", b'{"name": "x"}', b'{"year": "2020"}', b"\xff"])
def test_a_wrong_side_file_says_what_it_should_be(side: bytes) -> None:
    with pytest.raises(UnreadableFile, match="应当像"):
        load(PurePosixPath("a.txt"), TEXT.encode(), side)


def test_date_and_issuer_are_read_from_the_text() -> None:
    named = read("2022年公报.txt", "2022年公报\n发布机构：青川县统计局\n2023年2月8日\n" + TEXT)
    assert (named.year, named.published, named.issuer) == (2022, "2023-02-08", "青川县统计局")
    signed = read("通知.txt", TEXT + "\n\n青川县人民政府办公室\n2021年3月5日")
    assert signed.issuer == "青川县人民政府办公室"
