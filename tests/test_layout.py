"""Lines at their places to blocks: what PDF text and OCR have in common."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

from index.load.layout.blocks import page_blocks, title_of
from index.load.layout.page import Page, Table, TextLine

WIDTH, HEIGHT, LEFT = 595.0, 842.0, 90.0
SIZE, STEP = 12.0, 20.0
# Characters in a full line.
FULL = 34

FIRST = "全县地区生产总值三百五十六亿元，比上年增长百分之六点二，其中第一产业增加值四十五亿元，第二产业增加值一百二十亿元，第三产业增加值一百九十一亿元。"
SECOND = "年末常住人口三十一万六千人，城镇化率比上年末提高一点二个百分点，全年出生人口二千一百人，人口自然增长率保持稳定，老龄化程度继续加深。"


def at(text: str, left: float, top: float, size: float = SIZE, bold: bool = False) -> TextLine:
    """Return a line that begins at `left`; Chinese characters are as wide as they are high."""
    width = sum(size if char >= "\u2e80" else size / 2 for char in text)
    return TextLine(text, left, top, left + width, top + size, size, bold)


def centered(text: str, top: float, size: float = SIZE) -> TextLine:
    line = at(text, 0, top, size)
    left = LEFT + (FULL * SIZE - line.right) / 2
    return replace(line, left=left, right=left + line.right)


def filled(
    text: str, top: float, left: float = LEFT, full: int = FULL, indent: int = 2
) -> list[TextLine]:
    """Return a paragraph set in lines of `full` characters, the first of them indented."""
    first, lines = full - indent, [at(text[: full - indent], left + indent * SIZE, top)]
    for i, start in enumerate(range(first, len(text), full), 1):
        lines.append(at(text[start : start + full], left, top + i * STEP))
    return lines


def pages(*lines: list[TextLine], tables: dict[int, Table] | None = None) -> list[Page]:
    tables = tables or {}
    return [
        Page(number, WIDTH, HEIGHT, tuple(page), (tables[number],) if number in tables else ())
        for number, page in enumerate(lines, 1)
    ]


def texts(*lines: list[TextLine]) -> list[str]:
    return [block.text for block in page_blocks(pages(*lines))]


def levels(*lines: list[TextLine]) -> list[tuple[str, int | None]]:
    return [(block.text.strip("\f"), block.level) for block in page_blocks(pages(*lines))]


def test_lines_are_joined_to_paragraphs() -> None:
    assert texts(filled(FIRST, 100) + filled(SECOND, 180)) == ["\f" + FIRST, SECOND]


def test_paragraphs_without_indent_are_told_apart_by_space_and_short_lines() -> None:
    spaced = filled(FIRST, 100, indent=0) + filled(SECOND, 100 + 3 * STEP + 10, indent=0)
    assert texts(spaced) == ["\f" + FIRST, SECOND]
    tight = filled(FIRST, 100, indent=0) + filled(SECOND, 100 + 3 * STEP, indent=0)
    assert texts(tight) == ["\f" + FIRST, SECOND]


def test_words_keep_their_space_over_a_line_end() -> None:
    first = "推进" + "公" * 20 + "Gross Domestic"
    lines = [
        at(first, LEFT, 100),
        at("Product核算" + "按" * 26, LEFT, 120),
        at("季度进行。", LEFT, 140),
    ]
    assert texts(lines) == ["\f" + first + " Product核算" + "按" * 26 + "季度进行。"]
    parted = [at("疫" * 31 + "COVID-", LEFT, 100), at("19防控。", LEFT, 120)]
    assert texts(parted) == ["\f" + "疫" * 31 + "COVID-19防控。"]


def test_a_paragraph_goes_on_over_pages_and_says_where_they_begin() -> None:
    lines = filled(FIRST, 700)
    below = [replace(line, top=line.top - 640, bottom=line.bottom - 640) for line in lines[2:]]
    assert texts(lines[:2], [*below, *filled(SECOND, 200)]) == [
        "\f" + FIRST[:66] + "\f" + FIRST[66:],
        SECOND,
    ]


def test_every_page_has_its_mark_also_an_empty_one() -> None:
    assert texts([], filled(FIRST, 100), [], filled(SECOND, 100), [], []) == [
        "\f\f" + FIRST,
        "\f\f" + SECOND + "\f\f",
    ]
    assert texts([], []) == ["\f\f"]
    assert page_blocks([]) == []


def columns(top: float, rows: int) -> tuple[list[TextLine], str, str]:
    """Return two columns of 16 characters a line and the texts of both."""
    left, right = (
        ("左栏说明本年度的财政收支情况" * 20)[: 16 * rows - 5],
        ("右栏介绍重点项目的建设进展" * 20)[: 16 * rows - 7],
    )
    lines = filled(left + "。", top, full=16) + filled(right + "。", top, left=LEFT + 216, full=16)
    return lines, left + "。", right + "。"


def test_two_columns_are_read_one_after_the_other() -> None:
    lines, left, right = columns(160, 12)
    title = centered("临澜市2023年统计公报", 100, 20)
    below = filled(FIRST, 420)
    assert texts([title, *lines, *below]) == ["\f临澜市2023年统计公报", left, right, FIRST]
    # also where the lines of the columns do not stand side by side
    shifted = [
        replace(line, top=line.top + 8, bottom=line.bottom + 8) if line.left > 300 else line
        for line in lines
    ]
    assert texts([title, *shifted, *below]) == texts([title, *lines, *below])
    # in whatever order they come
    assert texts([*below, *reversed(lines), title]) == texts([title, *lines, *below])


def test_the_left_column_may_begin_lower_below_a_heading() -> None:
    lines, left, right = columns(160, 12)
    title = centered("临澜市2023年统计公报", 100, 20)
    lower = [
        replace(line, top=line.top + 30, bottom=line.bottom + 30) if line.left < 300 else line
        for line in lines
    ]
    heading = at("一、财政", LEFT, 162, 15)
    assert texts([title, heading, *lower]) == [
        "\f临澜市2023年统计公报",
        "一、财政",
        left,
        right,
    ]
    # a date on the right stands above both
    date = at("2024年2月8日", LEFT + 320, 136)
    assert texts([title, date, *lines])[1:] == ["2024年2月8日", left, right]


def test_a_sentence_goes_on_in_the_next_column() -> None:
    text = ("青川县稳步推进农村公路建设和危旧桥梁改造" * 20)[:380] + "。"
    lines = filled(text, 100, full=16)
    right = [
        replace(
            line,
            left=line.left + 216,
            right=line.right + 216,
            top=line.top - 240,
            bottom=line.bottom - 240,
        )
        for line in lines[12:]
    ]
    assert texts(lines[:12] + right) == ["\f" + text]


def test_a_table_across_two_columns_parts_them() -> None:
    above, left, right = columns(100, 8)
    below, _, _ = columns(400, 8)
    table = Table((("项目", "金额"), ("收入", "12")), LEFT, 300, LEFT + 400, 360)
    blocks = page_blocks(
        pages([*above, at("单位：万元", LEFT + 340, 280), *below], tables={1: table})
    )
    assert [block.text for block in blocks] == [
        "\f" + left,
        right,
        "单位：万元",
        "项目：收入；金额：12（单位：万元）",
        left,
        right,
    ]


def test_running_lines_and_page_numbers_are_left_out() -> None:
    number = count(1)

    def page(body: str, footer: str = "— {} —") -> list[TextLine]:
        i = next(number)
        header = at("临澜市统计公报", LEFT, 40, 9)
        right = at(f"{i}", 480, 40, 9)
        return [header, right, *filled(body, 100), centered(footer.format(i), 800, 9)]

    assert texts(page(FIRST), page(SECOND), page(FIRST)) == [
        "\f" + FIRST,
        "\f" + SECOND,
        "\f" + FIRST,
    ]
    for footer in ("第{}页 共60页", "{}/60", "- {} -", "第 {} 页", "{}", "Page {} of 60"):
        number = count(1)
        assert texts(page(FIRST, footer), page(SECOND, footer), page(FIRST, footer)) == [
            "\f" + FIRST,
            "\f" + SECOND,
            "\f" + FIRST,
        ]


def test_body_text_at_the_edge_of_a_page_is_kept() -> None:
    def page(top: str) -> list[TextLine]:
        return [at(top, LEFT, 72), *filled(FIRST, 100)]

    kept = texts(page("附件1"), page("附件2"), page("附件3"))
    assert kept == ["\f附件1", FIRST, "\f附件2", FIRST, "\f附件3", FIRST]
    years = texts(page("2021年"), page("2022年"), page("2023年"))
    assert years == ["\f2021年", FIRST, "\f2022年", FIRST, "\f2023年", FIRST]
    # the same words twice are no running line yet, nor is a number that does not count pages
    assert texts(page("实施情况"), page("实施情况"), page("12"), page("70"))[::2] == [
        "\f实施情况",
        "\f实施情况",
        "\f12",
        "\f70",
    ]


def test_headings_have_levels_and_the_largest_on_top_is_the_title() -> None:
    lines = [
        centered("临澜市2023年", 100, 22),
        centered("法治政府建设报告", 130, 22),
        centered("临澜市司法局", 170, 16),
        at("一、总体情况", LEFT + 24, 210, 16),
        *filled(FIRST, 240),
        at("（一）组织领导", LEFT + 24, 320, SIZE, bold=True),
        *filled(SECOND, 340),
        at("二、主要工作", LEFT + 24, 420, 16),
        *filled(FIRST, 450),
    ]
    found = levels(lines)
    assert found == [
        ("临澜市2023年法治政府建设报告", 1),
        ("临澜市司法局", None),
        ("一、总体情况", 2),
        (FIRST, None),
        ("（一）组织领导", 3),
        (SECOND, None),
        ("二、主要工作", 2),
        (FIRST, None),
    ]
    assert title_of(page_blocks(pages(lines))) == "临澜市2023年法治政府建设报告"


def test_the_letterhead_of_an_official_document_is_not_its_title() -> None:
    lines = [
        centered("青川县人民政府文件", 100, 34),
        centered("青政发〔2023〕5号", 160, 12),
        centered("关于加强农村公路养护工作的通知", 200, 20),
        *filled(FIRST, 240),
    ]
    assert title_of(page_blocks(pages(lines))) == "关于加强农村公路养护工作的通知"
    assert title_of(page_blocks(pages(filled(FIRST, 100)))) == ""


def test_dates_captions_and_bold_text_are_no_headings() -> None:
    lines = [
        *filled(FIRST, 100),
        centered("表1 各地区收支", 170),
        at("2023年3月15日", LEFT + 300, 200, bold=True),
        *filled(SECOND, 230),
    ]
    assert [level for _, level in levels(lines)] == [None] * 4
    bold = [replace(line, bold=True) for line in filled(FIRST, 100) + [at("合计情况", LEFT, 170)]]
    assert [level for _, level in levels(bold)] == [None, None]


def test_a_table_goes_on_over_pages_under_its_header() -> None:
    def table(*rows: tuple[str, str]) -> Table:
        return Table(rows, LEFT, 100, LEFT + 400, 300)

    header = ("地区", "产值")
    first = table(header, ("青川县", "12"))
    lines = [[*filled(FIRST, 20), at("单位：亿元", LEFT + 300, 80)], [at("续表", LEFT, 80)]]
    expected = ["\f" + FIRST, "单位：亿元", "地区：青川县；产值：12（单位：亿元）", "\f续表"]
    for second in (table(("临澜市", "15")), table(header, ("临澜市", "15"))):
        blocks = page_blocks(pages(*lines, tables={1: first, 2: second}))
        assert [block.text for block in blocks] == [
            *expected,
            "地区：临澜市；产值：15（单位：亿元）",
        ]
    other = table(("部门", "人数"), ("财政局", "15"))
    blocks = page_blocks(pages(*lines, tables={1: first, 2: other}))
    assert blocks[-1].text == "部门：财政局；人数：15"


def test_a_sentence_goes_on_behind_a_table_and_a_foot_note() -> None:
    lines = filled(FIRST, 700)
    note = at("①数据为初步核算数。", LEFT, 760, 9)
    below = [replace(line, top=400.0, bottom=412.0) for line in lines[2:]]
    table = Table((("地区", "产值"), ("青川县", "12")), LEFT, 100, LEFT + 400, 300)
    blocks = page_blocks(pages([*lines[:2], note], below, tables={2: table}))
    assert [block.text for block in blocks] == [
        "\f①数据为初步核算数。",
        FIRST[:66] + "\f" + FIRST[66:],
        "地区：青川县；产值：12",
    ]


def test_items_of_a_list_stay_apart_also_where_their_lines_hang() -> None:
    items = [f"（{i}）" + FIRST[:33] for i in range(1, 4)]
    hanging = [
        line
        for i, item in enumerate(items)
        for line in (
            at(item[:32], LEFT, 100 + 40 * i),
            at(item[32:], LEFT + 24, 120 + 40 * i),
        )
    ]
    assert texts(hanging) == ["\f" + items[0], *items[1:]]


def test_an_entry_of_a_table_of_contents_is_a_block_and_no_heading() -> None:
    lines = [
        centered("目 录", 100, 16),
        at("一、总体情况" + "." * 50 + "1", LEFT, 130),
        at("二、主要工作" + "." * 50 + "3", LEFT, 150),
    ]
    assert levels(lines)[1:] == [
        ("一、总体情况" + "." * 50 + "1", None),
        ("二、主要工作" + "." * 50 + "3", None),
    ]


def test_a_table_without_rules_is_read_row_by_row() -> None:
    def row(top: float, *cells: str) -> list[TextLine]:
        return [at(cell, LEFT + 110 * i, top, 10.5) for i, cell in enumerate(cells) if cell]

    lines = [
        *filled(FIRST, 100),
        *row(180, "地区", "2022年", "2023年", "增速"),
        *row(200, "青川县", "35.2", "38.1", "8.2%"),
        *row(220, "临澜市", "102.4", "", "-1.0%"),
        *row(240, "合计", "137.6", "38.1", "2.9%"),
        *filled(SECOND, 270),
    ]
    assert texts(lines) == [
        "\f" + FIRST,
        "地区：青川县；2022年：35.2；2023年：38.1；增速：8.2%",
        "地区：临澜市；2022年：102.4；增速：-1.0%",
        "地区：合计；2022年：137.6；2023年：38.1；增速：2.9%",
        SECOND,
    ]
    # names side by side have no header
    names = [
        *row(100, "张一", "王二", "李三"),
        *row(120, "赵四", "钱五", "孙六"),
        *row(140, "周七", "吴八", "郑九"),
    ]
    assert texts(names) == ["\f张一 王二 李三", "赵四 钱五 孙六", "周七 吴八 郑九"]


def test_sizes_that_ocr_misjudges_do_not_matter() -> None:
    first, second, third = filled(FIRST, 100)
    high = replace(first, size=15.0)
    low = replace(third, text=third.text[-2:], right=third.left + 24, size=8.0, top=144.0)
    assert texts([high, second, low]) == ["\f" + FIRST[:66] + low.text]
    rows = [
        at(cell, LEFT + 110 * i, 200 + 18 * j, 10)
        for j, row in enumerate(
            (("地区", "产值"), ("青川县", "12.5"), ("临澜市", "7.7"), ("合计", "20.2"))
        )
        for i, cell in enumerate(row)
    ]
    # a number of which only the rule below it was seen
    rows[5] = replace(rows[5], top=246.0, bottom=247.0, size=1.0)
    assert texts([*filled(FIRST, 100), *rows])[1:] == [
        "地区：青川县；产值：12.5",
        "地区：临澜市；产值：7.7",
        "地区：合计；产值：20.2",
    ]


def test_a_name_beside_the_numbers_below_it_is_theirs() -> None:
    rows = [at("地区", LEFT, 100), at("产值", LEFT + 130, 100), at("增速", LEFT + 300, 100)] + [
        line
        for i, value in enumerate(("12", "15", "18"), 1)
        for line in (
            at(f"第{i}县", LEFT, 100 + 20 * i),
            at(value, LEFT + 100, 100 + 20 * i),
            at(f"{value}%", LEFT + 310, 100 + 20 * i),
        )
    ]
    assert texts(rows)[1] == "地区：第2县；产值：15；增速：15%"
