import datetime
import io
import random
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import PurePosixPath

import openpyxl
import pytest
from openpyxl.chart import BarChart
from openpyxl.worksheet.worksheet import Worksheet

from index.errors import UnreadableFile
from index.load import load
from index.load.office.number_format import dated, shown
from index.load.sheet.delimited import load_delimited
from index.load.sheet.grid import grid_blocks
from index.load.sheet.workbook import load_sheet


def workbook(*sheets: list[list[object]], fill: Callable[[Worksheet], None] | None = None) -> bytes:
    """Return a workbook with sheets named 表1, 表2, ...; `fill` changes the first one."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for i, rows in enumerate(sheets, 1):
        sheet = book.create_sheet(f"表{i}")
        for row in rows:
            sheet.append(row)
    if fill:
        fill(book.worksheets[0])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def texts(data: bytes) -> list[str]:
    return [block.text for block in load_sheet(data).blocks]


def test_each_sheet_is_a_heading_above_its_tables() -> None:
    rows = [["地区", "2022年"], ["青川县", 35]]
    read = load(PurePosixPath("统计.xlsx"), workbook(rows, rows))
    assert read.text.split("\n\n") == ["表1", "地区：青川县；2022年：35"] + [
        "表2",
        "地区：青川县；2022年：35",
    ]
    assert [read.text[h.start : h.end] for h in read.headings] == ["表1", "表2"]
    assert read.title == "统计"


def test_titles_units_and_merged_headers() -> None:
    def merge(sheet: Worksheet) -> None:
        for cells in ("A1:D1", "A3:A4", "B3:B4", "C3:D3", "A5:A6"):
            sheet.merge_cells(cells)

    rows = [
        ["青川县2023年财政收支表"],
        ["编制单位：县财政局", None, None, "单位：万元"],
        ["地区", "项目", "决算", None],
        [None, None, "金额", "增速"],
        ["城区", "税收", 1234.5, 0.072],
        [None, "罚没", 100.0, None],
        [],
        ["注：为快报数"],
    ]
    content = load_sheet(workbook(rows, fill=merge))
    assert [(block.text, block.level) for block in content.blocks] == [
        ("表1", 1),
        ("青川县2023年财政收支表", 2),
        ("编制单位：县财政局", None),
        ("地区：城区；项目：税收；决算·金额：1234.5；决算·增速：0.072（单位：万元）", None),
        ("地区：城区；项目：罚没；决算·金额：100（单位：万元）", None),
        ("注：为快报数", None),
    ]
    assert content.title == "青川县2023年财政收支表"


def test_cells_are_written_as_they_are_shown() -> None:
    cells = [
        (0.072, "0.0%", "7.2%"),
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (12, "General", "12"),
        (12, '0"万元"', "12万元"),
        (datetime.date(2023, 2, 28), "yyyy-mm-dd", "2023-02-28"),
        (datetime.date(2023, 2, 1), 'yyyy"年"m"月"', "2023-02"),
        (datetime.datetime(2023, 2, 28, 8, 30), "yyyy-mm-dd hh:mm", "2023-02-28 08:30"),
        (datetime.time(8, 30), "hh:mm", "08:30"),
        (datetime.timedelta(hours=30), "[h]:mm", "30:00"),
        (True, "General", "TRUE"),
        ("文字 ", "General", "文字"),
    ]

    def form(sheet: Worksheet) -> None:
        for column, (_, code, _) in enumerate(cells, 2):
            sheet.cell(2, column).number_format = code

    rows = [
        ["项目", *(f"列{i}" for i in range(len(cells)))],
        ["值", *(cell for cell, _, _ in cells)],
    ]
    expected = "；".join(f"列{i}：{text}" for i, (_, _, text) in enumerate(cells))
    assert texts(workbook(rows, fill=form))[1] == f"项目：值；{expected}"


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (0.1 + 0.2, "", "0.3"),
        (5e-7, "", "0.0000005"),
        (-0.031, "0.0%", "-3.1%"),
        (-5, "¥#,##0", "-¥5"),
        (-5.5, "#,##0.0_);(#,##0.0)", "(5.5)"),
        (0, '#,##0;-#,##0;"-"??', "-"),
        (0, "0;-0;;@", "0"),
        (12345678, '0.00,,"百万"', "12.35百万"),
        (3, "000000", "000003"),
        (2.5, "0.0##", "2.5"),
        (7.25, "0.0", "7.3"),
        (0.5, "# ?/?", "0.5"),
        (5, "[>100]0.0;0", "5"),
        (5, "[DBNum1]0", "5"),
        (1234, '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ', "1,234.00"),
        (1e20, "0.00", "100000000000000000000"),
        (float("inf"), "0.00", "inf"),
    ],
)
def test_numbers_take_the_format_of_their_cell(value: float, code: str, text: str) -> None:
    assert shown(value, code) == text


def test_dates_show_no_more_than_their_format() -> None:
    day = datetime.datetime(2023, 2, 28)
    assert [dated(day, code) for code in ("yyyy", "yyyy/mm", "m月d日", "")] == [
        "2023",
        "2023-02",
        "2023-02-28",
        "2023-02-28",
    ]


def test_empty_rows_and_columns_part_tables_that_can_be_read_alone() -> None:
    beside = [
        ["地区", "户数", None, "部门", "编制"],
        ["青川县", 1, None, "财政局", 2],
        ["临澜市", 3, None, "统计局", 4],
    ]
    below = [["地区", "户数"], ["青川县", 1], [], ["部门", "编制"], ["财政局", 2]]
    spaced = [
        ["项目", None, "金额", "备注"],
        [],
        ["税收", None, 5, "已入库"],
        [],
        ["罚没", None, 6, None],
    ]
    assert texts(workbook(beside, below, spaced)) == [
        *(
            "表1",
            "地区：青川县；户数：1",
            "地区：临澜市；户数：3",
            "部门：财政局；编制：2",
            "部门：统计局；编制：4",
        ),
        *("表2", "地区：青川县；户数：1", "部门：财政局；编制：2"),
        *("表3", "项目：税收；金额：5；备注：已入库", "项目：罚没；金额：6"),
    ]


def test_a_line_beside_the_columns_of_a_table_is_not_lost() -> None:
    rows = [
        [None, None, None, "附表一"],
        [None, "地区", "户数"],
        [None, "青川县", 1],
        [None] * 5 + ["注：快报数"],
    ]
    assert texts(workbook(rows)) == ["表1", "附表一", "地区：青川县；户数：1", "注：快报数"]


@pytest.mark.parametrize("seed", range(100))
def test_no_cell_of_a_sheet_is_lost(seed: int) -> None:
    chance = random.Random(seed)
    kinds = ["", "", "", "收入{}", "{}.5", "20{}", "单位：万元", "其中{}", "注：说明{}"]
    width, height = chance.randint(1, 9), chance.randint(1, 12)
    rows = [
        [chance.choice(kinds).format(chance.randint(10, 99)) for _ in range(width)]
        for _ in range(height)
    ]
    text = "\n".join(block.text for block in grid_blocks(rows))
    assert [cell for row in rows for cell in row if cell not in text] == []


def test_hidden_sheets_are_read_and_errors_are_not() -> None:
    def hide(sheet: Worksheet) -> None:
        sheet.sheet_state = "hidden"
        sheet["C2"] = "#DIV/0!"
        sheet["C2"].data_type = "e"

    data = workbook([["地区", "户数", "占比"], ["青川县", 1]], [["说明文字"]], fill=hide)
    assert texts(data) == ["表1", "地区：青川县；户数：1", "占比", "表2", "说明文字"]


def test_formulas_without_result_are_reported() -> None:
    data = workbook([["地区", "户数"], ["青川县", 1], ["合计", "=SUM(B2:B2)"]])
    assert load_sheet(data).problems == (
        "工作表“表1”有 1 个公式单元格没有存下计算结果，请用 Excel 或 WPS 打开并保存后重试",
    )
    cached = rewritten(
        data,
        "xl/worksheets/sheet1.xml",
        lambda part: part.replace(b"<v/>", b"<v>1</v>").replace(b"<v></v>", b"<v>1</v>"),
    )
    assert load_sheet(cached).problems == ()
    assert texts(cached)[-1] == "地区：合计；户数：1"


def rewritten(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    source, file = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.namelist():
            part = source.read(member)
            target.writestr(member, change(part) if member == name else part)
    return file.getvalue()


def test_cells_in_opposite_corners_do_not_take_all_memory() -> None:
    data = workbook([["甲", 1]], [["乙", 2]])
    far = b'<row r="1048576"><c r="XFD1048576"><v>2</v></c></row></sheetData>'
    data = rewritten(
        data, "xl/worksheets/sheet1.xml", lambda part: part.replace(b"</sheetData>", far)
    )
    content = load_sheet(data)
    assert content.problems == (
        "工作表“表1”的单元格散布得太开，没有读出；请删去远处的单元格后重试",
    )
    assert [block.text for block in content.blocks] == ["表2", "乙：2"]


def test_cells_that_do_not_state_their_place_keep_their_format() -> None:
    def form(sheet: Worksheet) -> None:
        sheet["B2"].number_format = "0.0%"

    data = rewritten(
        workbook([["地区", "增速"], ["青川县", 0.072]], fill=form),
        "xl/worksheets/sheet1.xml",
        lambda part: re.sub(rb' r="[A-Z]?\d+"', b"", part),
    )
    assert texts(data) == ["表1", "地区：青川县；增速：7.2%"]


def test_text_boxes_over_the_cells_are_read() -> None:
    def draw(sheet: Worksheet) -> None:
        sheet.add_chart(BarChart(), "D1")

    box = (
        b'<a:p xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:r><a:t>'
        + "口径说明".encode()
        + b"</a:t></a:r></a:p>"
    )
    data = rewritten(
        workbook([["地区", "户数"], ["青川县", 1]], fill=draw),
        "xl/drawings/drawing1.xml",
        lambda part: part.replace(b"</xdr:oneCellAnchor>", box + b"</xdr:oneCellAnchor>").replace(
            b"</oneCellAnchor>", box + b"</oneCellAnchor>"
        ),
    )
    assert texts(data) == ["表1", "地区：青川县；户数：1", "口径说明"]


def xls(*cells: tuple[int, int, str | float]) -> bytes:
    """Return a file of Excel 97: a workbook stream with one sheet, in an OLE container of sectors
    of 512 bytes (header, its own table, directory, stream)."""

    def record(kind: int, *parts: bytes) -> bytes:
        return struct.pack("<HH", kind, len(b"".join(parts))) + b"".join(parts)

    def text(string: str, length: str) -> bytes:
        return struct.pack(length, len(string)) + b"\1" + string.encode("utf-16-le")

    def begin(kind: int) -> bytes:
        return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 0, 0, 0))

    sheet = begin(0x0010)
    for y, x, value in cells:
        place = struct.pack("<HHH", y, x, 0)
        if isinstance(value, str):
            sheet += record(0x0204, place, text(value, "<H"))
        else:
            sheet += record(0x0203, place, struct.pack("<d", value))
    sheet += record(0x000A)
    end, name = record(0x000A), text("收支", "<B")
    offset = len(begin(5)) + 4 + 6 + len(name) + len(end)
    book = begin(5) + record(0x0085, struct.pack("<IH", offset, 0), name) + end + sheet
    book = book.ljust(4096, b"\0")
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 10), 0xFFFFFFFE]
    table = b"".join(struct.pack("<I", entry) for entry in chain).ljust(512, b"\xff")

    def entry(label: str, kind: int, child: int, first: int, size: int) -> bytes:
        encoded = label.encode("utf-16-le") + b"\0\0"
        head = encoded.ljust(64, b"\0") + struct.pack("<HBB", len(encoded), kind, 1)
        links = struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child)
        return head + links + bytes(36) + struct.pack("<IQ", first, size)

    directory = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0)
    directory += entry("Workbook", 2, 0xFFFFFFFF, 2, len(book))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack(
        "<HHHHH6xIIIIIIIIII",
        0x3E,
        3,
        0xFFFE,
        9,
        6,
        0,
        1,
        1,
        0,
        4096,
        0xFFFFFFFE,
        0,
        0xFFFFFFFE,
        0,
        0,
    )
    return header.ljust(512, b"\xff") + table + directory.ljust(512, b"\0") + book


def test_old_workbooks_are_read_and_say_what_they_do_not_tell() -> None:
    data = xls(
        (0, 0, "项目"), (0, 1, "金额"), (0, 2, "增速"), (1, 0, "税收"), (1, 1, 10), (1, 2, 0.072)
    )
    read = load(PurePosixPath("a.xls"), data)
    assert read.text.split("\n\n") == ["收支", "项目：税收；金额：10；增速：0.072"]
    assert [problem[:22] for problem in read.problems] == [
        "这种格式的文件读不到数字的显示格式，百分比写"
    ]


CONTENT = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="收支">{}</table:table></office:spreadsheet></office:body></office:document-content>'
)


def ods(rows: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", CONTENT.format(rows))
    return file.getvalue()


def cell(text: str, more: str = "", kind: str = "string") -> str:
    return f'<table:table-cell office:value-type="{kind}" {more}><text:p>{text}</text:p></table:table-cell>'


def row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def test_open_document_sheets_are_read_as_they_are_shown() -> None:
    covered = "<table:covered-table-cell/>"
    rows = (
        row(
            cell("项目", 'table:number-rows-spanned="2"'),
            cell("2023年", 'table:number-columns-spanned="2"'),
            covered,
        )
        + row(covered, cell("金额"), cell("增速"))
        + row(
            cell("税<text:s/>收"),
            cell("1,234.50", 'office:value="1234.5"', "float"),
            cell("7.2%", 'office:value="0.072"', "percentage"),
        )
        + row(cell("罚没"), cell("#DIV/0!"), '<table:table-cell table:formula="of:=A1"/>')
        + row(
            '<table:table-cell table:number-columns-repeated="16384"/>',
            more='table:number-rows-repeated="1048570"',
        )
    )
    read = load(PurePosixPath("a.ods"), ods(rows))
    assert read.text.split("\n\n") == [
        "收支",
        "项目：税 收；2023年·金额：1,234.50；2023年·增速：7.2%",
        "项目：罚没",
    ]
    assert read.problems == (
        "工作表“收支”有 1 个公式单元格没有存下计算结果，请用 Excel 或 WPS 打开并保存后重试",
    )
    many = row(
        cell("x", 'table:number-columns-repeated="16384"'),
        more='table:number-rows-repeated="1048576"',
    )
    with pytest.raises(UnreadableFile, match="重复了 1048576 次"):
        load_sheet(ods(many))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"abc", "不是 Excel"),
        (workbook([["a"]])[:2000], "已损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "不是 Excel"),
        (
            rewritten(workbook([["a"]]), "xl/worksheets/sheet1.xml", lambda part: part[:-30]),
            "已损坏",
        ),
        (ods("<table:table-row>"), "已损坏"),
        (xls((0, 0, "项目"))[:1500], "已损坏"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        load_sheet(data)


@pytest.mark.parametrize(
    "text",
    [
        "地区,户数\n青川县,1\n临澜市,2\n",
        "地区;户数\r\n青川县;1\r\n临澜市;2",
        "地区\t户数\n青川县\t1\n临澜市\t2\n",
        "地区|户数\n青川县|1\n临澜市|2\n",
        "sep=;\n地区;户数\n青川县;1\n临澜市;2\n",
        '"地区","户数"\n"青川县","1"\n"临澜市","2"\n',
        "\n地区,户数,\n青川县,1,,\n临澜市,2\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_delimited_text_is_read(text: str, encoding: str) -> None:
    blocks = load_delimited(text.encode(encoding)).blocks
    assert [block.text for block in blocks] == ["地区：青川县；户数：1", "地区：临澜市；户数：2"]


SHEET = [
    ["地区", "2022年", "2023年"],
    *([f"{name}县", "11.5", "13"] for name in "甲乙丙丁戊己庚辛壬"),
]
CSV = "".join(",".join(row) + "\n" for row in SHEET).encode()
QUOTED = "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in SHEET).encode()
AS_READ = [f"地区：{name}；2022年：11.5；2023年：13" for name, _, _ in SHEET[1:]]


@pytest.mark.parametrize(
    ("data", "changed"),
    [
        (CSV + bytes(4096), {}),  # a disk that was full
        (CSV.replace(b"11.5", b"11\0.5", 1), {}),
        (CSV.replace("甲".encode(), "甲".encode()[:2]), {"甲县": "�县"}),
        (b"\xff" + CSV[1:], {"地区": "�区"}),
        (CSV.decode().encode("gbk").replace("丙".encode("gbk"), b"\xb1"), {"丙县": "�县"}),
        (b'"' + CSV, {"地区": '"地区'}),
        (CSV.replace("丙".encode(), '"丙'.encode()), {"丙县": '"丙县'}),
        (CSV.replace("丙".encode(), '"丙'.encode()).replace("戊".encode(), '"戊'.encode()),
         {"丙县": '"丙县', "戊县": '"戊县'}),
        (QUOTED.replace('丙县"'.encode(), "丙县".encode()), {"丙县": '"丙县'}),
    ],
)  # fmt: skip
def test_rows_of_damaged_delimited_text_keep_their_header(
    data: bytes, changed: dict[str, str]
) -> None:
    expected = "\n".join(AS_READ)
    for whole, damaged in changed.items():
        expected = expected.replace(whole, damaged)
    read = load(PurePosixPath("a.csv"), data)
    assert read.text.split("\n\n") == expected.split("\n")
    assert bool(read.problems) == ("�" in expected)


def test_rows_of_other_lengths_are_kept_and_longer_ones_named() -> None:
    short = CSV.replace("乙县,11.5,13".encode(), "乙县,11.5".encode())
    assert [block.text for block in load_delimited(short).blocks][1] == "地区：乙县；2022年：11.5"
    content = load_delimited(CSV.replace("丙县,11.5".encode(), "丙县,1,111.5".encode()))
    assert content.blocks[2].text == "地区：丙县；2022年：1；2023年：111.5；13"
    assert content.problems == (
        "有 1 行的单元格比别的行多（第一处在第 4 行），可能数字里有逗号没有加引号，请核对",
    )
    assert content.blocks[3].text == AS_READ[3]


def test_quotes_in_delimited_text() -> None:
    def read(text: str) -> list[str]:
        return [block.text for block in load_delimited(text.encode()).blocks]

    assert read('项目,说明\n路,"宽5米，\n长""3""里"\n') == ['项目：路；说明：宽5米，长"3"里']
    assert read('项目,说明\n"路,没有闭合\n桥,好\n') == [
        '项目："路；说明：没有闭合',
        "项目：桥；说明：好",
    ]
    assert read("全文只有一句。\n第二段,有逗号。\n第三段。\n第四段。\n第五段。") == [
        *("全文只有一句。", "第二段,有逗号。", "第三段。", "第四段。", "第五段。"),
    ]
    with pytest.raises(UnreadableFile, match="单元格过长"):
        read("甲,乙\n" + "丙" * 200_000 + ",丁\n")
    with pytest.raises(UnreadableFile, match="没有文字"):
        load(PurePosixPath("a.csv"), b",,\n,,\n")
