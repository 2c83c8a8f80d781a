"""PDF files of several makers, read to their exact text."""

from __future__ import annotations

import io
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from types import ModuleType
from unittest import mock

import numpy as np
import pytest
from PIL import Image
from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfdoc, pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, Table

from index.errors import UnreadableFile
from index.load import load
from index.load.layout.page import Page, TextLine
from index.load.pdf.boxes import boxes
from index.load.pdf.integrity import damaged_streams
from index.load.pdf.loader import load_pdf

FONT = "STSong-Light"
pdfmetrics.registerFont(UnicodeCIDFont(FONT))
BODY = ParagraphStyle(
    "body",
    fontName=FONT,
    fontSize=12,
    leading=20,
    wordWrap="CJK",
    alignment=TA_JUSTIFY,
    firstLineIndent=24,
)
WIDTH, HEIGHT, LEFT = 595, 842, 90

FIRST = "全县地区生产总值356.8亿元，比上年增长6.2%，其中第一产业增加值45.1亿元，第二产业增加值120.6亿元，第三产业增加值191.1亿元，GDP（Gross Domestic Product）按季度核算。"
SECOND = "年末常住人口31.6万人，城镇化率比上年末提高1.2个百分点，全年出生人口2103人，人口自然增长率保持稳定，老龄化程度继续加深。"

Draw = Callable[[Canvas], None]


def pdf(*pages: Draw, title: str = "", **options: object) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(WIDTH, HEIGHT), **options)
    canvas.setTitle(title)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def write(text: str, x: float, y: float, size: float = 12) -> Draw:
    """Write a line; `y` is measured from the top."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont(FONT, size)
        canvas.drawString(x, HEIGHT - y, text)

    return draw


def paragraph(text: str, top: float, left: float = LEFT, width: float = WIDTH - 2 * LEFT) -> Draw:
    def draw(canvas: Canvas) -> None:
        flowable = Paragraph(text, BODY)
        _, height = flowable.wrap(width, HEIGHT)
        flowable.drawOn(canvas, left, HEIGHT - top - height)

    return draw


def table(rows: Sequence[Sequence[str]], top: float, *style: tuple[object, ...]) -> Draw:
    def draw(canvas: Canvas) -> None:
        font = [("FONT", (0, 0), (-1, -1), FONT, 10.5), ("GRID", (0, 0), (-1, -1), 0.5, "black")]
        flowable = Table([list(row) for row in rows], colWidths=100, style=[*font, *style])
        _, height = flowable.wrap(WIDTH, HEIGHT)
        flowable.drawOn(canvas, LEFT, HEIGHT - top - height)

    return draw


def page(*draws: Draw) -> Draw:
    def draw_all(canvas: Canvas) -> None:
        for draw in draws:
            draw(canvas)

    return draw_all


def unread(done: int, total: int) -> None:
    pytest.fail("no page needs OCR")


def texts(data: bytes) -> list[str]:
    return [block.text for block in load_pdf(data, unread).blocks]


def test_paragraphs_headings_and_pages() -> None:
    data = pdf(
        page(
            write("临澜市2023年统计公报", 170, 100, 22),
            write("一、综合", LEFT + 24, 150, 16),
            paragraph(FIRST, 170),
        ),
        page(),
        page(
            paragraph(SECOND, 80), write("青川县统计局", 400, 200), write("2024年2月8日", 400, 220)
        ),
    )
    document = load(PurePosixPath("a.pdf"), data)
    parts = ["临澜市2023年统计公报", "一、综合", FIRST, SECOND, "青川县统计局", "2024年2月8日"]
    assert document.text == "\n\n".join(parts)
    assert [document.text[h.start : h.end] for h in document.headings] == parts[:2]
    assert [h.level for h in document.headings] == [1, 2]
    assert [document.page(document.text.index(part)) for part in parts] == [1, 1, 1, 3, 3, 3]
    assert (document.title, document.year) == ("临澜市2023年统计公报", 2023)
    assert (document.problems, document.scanned) == ((), ())


def test_two_columns_between_header_and_footer() -> None:
    def sheet(number: int, body: Draw) -> Draw:
        header = write("青川县年鉴", 270, 45, 9)
        return page(header, body, write(f"第{number}页 共3页", 270, 800, 9))

    data = pdf(
        sheet(1, page(paragraph(FIRST, 100, width=200), paragraph(SECOND, 100, LEFT + 220, 200))),
        sheet(2, paragraph(SECOND, 100)),
        sheet(3, paragraph(FIRST, 100)),
    )
    assert texts(data) == ["\f" + FIRST, SECOND, "\f" + SECOND, "\f" + FIRST]


def test_a_paragraph_goes_on_over_pages() -> None:
    flowable = Paragraph(FIRST, BODY)
    upper, lower = flowable.split(WIDTH - 2 * LEFT, 45)

    def placed(part: Paragraph, top: float) -> Draw:
        def draw(canvas: Canvas) -> None:
            _, height = part.wrap(WIDTH - 2 * LEFT, HEIGHT)
            part.drawOn(canvas, LEFT, HEIGHT - top - height)

        return draw

    document = load(
        PurePosixPath("a.pdf"),
        pdf(
            page(placed(upper, 700), write("— 1 —", 280, 800, 9)),
            page(placed(lower, 80), paragraph(SECOND, 100), write("— 2 —", 280, 800, 9)),
        ),
    )
    assert document.text == f"{FIRST}\n\n{SECOND}"
    start = document.pages[1]
    assert FIRST[start:].startswith("Domestic")


def test_ruled_tables_are_read_row_by_row_and_only_once() -> None:
    rows = [["地区", "2022年", "2023年"], ["青川县", "35.2", "38.1"], ["临澜市", "102.4", ""]]
    merged = [
        ["指标", "2023年", ""],
        ["", "金额", "增速"],
        ["税收", "12", "7.2%"],
        ["罚没", "3", "1.0%"],
    ]
    spans = [("SPAN", (1, 0), (2, 0)), ("SPAN", (0, 0), (0, 1))]
    data = pdf(
        page(
            paragraph(FIRST, 100),
            write("单位：亿元", 330, 190),
            table(rows, 200),
            paragraph(SECOND, 280),
            table(merged, 400, *spans),
        )
    )
    assert texts(data) == [
        "\f" + FIRST,
        "单位：亿元",
        "地区：青川县；2022年：35.2；2023年：38.1（单位：亿元）",
        "地区：临澜市；2022年：102.4（单位：亿元）",
        SECOND,
        "指标：税收；2023年·金额：12；2023年·增速：7.2%",
        "指标：罚没；2023年·金额：3；2023年·增速：1.0%",
    ]


def test_a_table_goes_on_over_pages_under_its_header() -> None:
    rows = [["地区", "产值"], *([f"{name}县", str(i)] for i, name in enumerate("甲乙丙丁", 11))]
    expected = [f"地区：{name}；产值：{value}" for name, value in rows[1:]]
    unit = page(write("单位：万元", 250, 90), table(rows[:3], 100))
    for below in (rows[3:], [rows[0], *rows[3:]]):
        assert texts(pdf(unit, table(below, 72))) == [
            "\f单位：万元",
            *(f"{row}（单位：万元）" for row in expected[:2]),
            f"\f{expected[2]}（单位：万元）",
            f"{expected[3]}（单位：万元）",
        ]


def test_a_unit_behind_a_title_and_a_table_under_its_title_again() -> None:
    rows = [["地区", "产值"], *([f"{name}县", str(i)] for i, name in enumerate("甲乙丙丁", 11))]
    titled = page(write("表3 各县产值（单位：万元）", 112, 90), table(rows[:3], 100))
    again = page(write("续表3", 170, 60), table([rows[0], *rows[3:]], 90))
    content = load_pdf(pdf(titled, again), unread)
    assert [(block.text, block.level) for block in content.blocks] == [
        ("\f表3 各县产值（单位：万元）", None),
        ("地区：甲县；产值：11（单位：万元）", None),
        ("地区：乙县；产值：12（单位：万元）", None),
        ("\f续表3", None),
        ("地区：丙县；产值：13（单位：万元）", None),
        ("地区：丁县；产值：14（单位：万元）", None),
    ]


def test_boxes_and_charts_are_no_tables() -> None:
    def box(canvas: Canvas) -> None:
        canvas.rect(LEFT - 6, HEIGHT - 180, WIDTH - 2 * LEFT + 12, 90)
        for i in range(6):
            canvas.line(LEFT, 400 - i * 20, 400, 400 - i * 20)
            canvas.line(LEFT + i * 60, 300, LEFT + i * 60, 400)

    data = pdf(page(paragraph(FIRST, 100), box, write("图1 收入", 200, 560)))
    assert texts(data) == ["\f" + FIRST, "图1 收入"]


def test_rules_may_be_drawn_from_any_end_and_all_in_one() -> None:
    def drawn(canvas: Canvas) -> None:
        canvas.line(290, 642, 90, 642)
        canvas.line(90, 602, 290, 602)
        grid = canvas.beginPath()
        for x in (90, 190, 290):
            grid.moveTo(x, 602)
            grid.lineTo(x, 642)
        grid.moveTo(290, 622)
        grid.lineTo(90, 622)
        canvas.drawPath(grid)
        for text, x, y in [
            ("地区", 95, 215),
            ("产值", 195, 215),
            ("青川县", 95, 235),
            ("12", 195, 235),
        ]:
            write(text, x, y)(canvas)

    assert texts(pdf(drawn)) == ["\f地区：青川县；产值：12"]


def test_a_table_inside_a_form_is_found_where_it_is_drawn() -> None:
    def form(canvas: Canvas) -> None:
        canvas.beginForm("table")
        table([["地区", "产值"], ["青川县", "12"]], 0)(canvas)
        canvas.endForm()
        canvas.translate(0, -200)
        canvas.doForm("table")

    assert texts(pdf(form)) == ["\f地区：青川县；产值：12"]


def test_turned_pages_and_watermarks() -> None:
    def turned(canvas: Canvas) -> None:
        canvas.translate(100, 0)
        canvas.rotate(90)
        canvas.setFont(FONT, 12)
        canvas.drawString(90, 0, "表格横排在页上。")

    def watermark(canvas: Canvas) -> None:
        canvas.setFont(FONT, 40)
        canvas.translate(200, 300)
        canvas.rotate(45)
        canvas.drawString(0, 0, "内部资料")

    data = pdf(turned, page(paragraph(FIRST, 100), watermark))
    assert texts(data) == ["\f表格横排在页上。", "\f" + FIRST]


@pytest.mark.parametrize("upright", ["内部资料", "内部资料请勿外传"])
def test_an_upright_watermark_is_left_out(upright: str) -> None:
    def watermark(canvas: Canvas) -> None:
        canvas.setFont(FONT, 40)
        for at, char in enumerate(upright):
            down = len(upright) > 4  # written from the top down
            canvas.drawString(300 if down else 150 + at * 40, 640 - at * 70 * down, char)

    body = paragraph(FIRST, 100), paragraph(SECOND, 300), paragraph(FIRST, 500)
    data = pdf(*[page(watermark, *body)] * 3)
    assert texts(data) == ["\f" + FIRST, SECOND, FIRST] * 3


def test_the_title_that_the_file_states_is_taken_where_it_means_something() -> None:
    body = paragraph(FIRST, 100)
    assert load_pdf(pdf(body, title="青川县统计公报"), unread).title == "青川县统计公报"
    for junk in ("Microsoft Word - 公报.doc", "公报.wps", "untitled", "", "无标题文档", "a1"):
        assert load_pdf(pdf(body, title=junk), unread).title == ""
    titled = page(write("临澜市统计公报", 220, 80, 22), body)
    assert load_pdf(pdf(titled, title="别的标题"), unread).title == "临澜市统计公报"


def test_locked_and_damaged_files_say_what_to_do() -> None:
    body = paragraph(FIRST, 100)
    free = pdf(body, encrypt=StandardEncryption("", "owner", strength=128))
    assert texts(free) == ["\f" + FIRST]
    locked = pdf(body, encrypt=StandardEncryption("user", "owner"))
    whole = pdf(body)
    for data, reason in [
        (locked, "打开密码"),
        (whole[: len(whole) // 2], "重新下载"),
        (b"", "重新下载"),
        (b"<html></html>" * 100, "重新下载"),
        (b"%PDF-1.4\n" + bytes(range(256)) * 20, "重新下载"),
    ]:
        with pytest.raises(UnreadableFile, match=reason):
            load_pdf(data, unread)


def test_a_file_without_text_is_not_read() -> None:
    assert texts(pdf(page(), page())) == ["\f\f"]
    with pytest.raises(UnreadableFile, match="没有文字"):
        load(PurePosixPath("a.pdf"), pdf(page()))


def picture(canvas: Canvas) -> None:
    gray = Image.fromarray(np.full((60, 40), 200, np.uint8))
    canvas.drawImage(ImageReader(gray), 0, 0, WIDTH, HEIGHT)


@pytest.fixture
def ocr(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """Stand in for OCR: the second picture has nothing on it. Returns the shapes that it saw."""
    seen: list[tuple[int, ...]] = []

    def read_page(image: np.ndarray, number: int, dpi: float) -> tuple[Page, float]:
        assert image.dtype == np.uint8
        assert image.flags.c_contiguous
        assert dpi == 150
        seen.append(image.shape)
        if len(seen) == 2:
            return Page(number, WIDTH, HEIGHT, ()), 0.0
        line = TextLine(f"扫描第{len(seen)}张。", 90, 100, 190, 112, 12)
        return Page(number, WIDTH, HEIGHT, (line,)), 1 - number / 10

    module = ModuleType("index.load.scan.ocr")
    module.read_page = read_page
    module.in_one_width = list
    module.doubts = lambda page, sure: [f"{page.number} {sure}"] if sure < 0.6 else []
    monkeypatch.setitem(sys.modules, "index.load.scan.ocr", module)
    return seen


def test_pages_that_are_pictures_are_read_by_ocr(ocr: list[tuple[int, ...]]) -> None:
    stamped = page(picture, write("扫描全能王", 450, 820, 9))
    data = pdf(picture, paragraph(FIRST, 100), picture, page(), stamped)
    told: list[tuple[int, int]] = []
    content = load_pdf(data, lambda done, total: told.append((done, total)))
    assert [block.text for block in content.blocks] == [
        "\f扫描第1张。",
        "\f" + FIRST,
        "\f\f\f扫描第3张。",
    ]
    assert content.scanned == ((1, 0.9), (5, 0.5))
    assert content.problems == ("第 3 页没有读出文字", "5 0.5")
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert ocr == [(1755, 1240, 3)] * 3


def test_a_text_layer_over_a_picture_is_enough(ocr: list[tuple[int, ...]]) -> None:
    assert texts(pdf(page(picture, paragraph(FIRST, 100)))) == ["\f" + FIRST]
    assert ocr == []


def test_a_text_layer_of_private_characters_is_garbage(ocr: list[tuple[int, ...]]) -> None:
    data = pdf(paragraph("".join(map(chr, range(0xE000, 0xE060))), 100))
    content = load_pdf(data, lambda done, total: None)
    assert [block.text for block in content.blocks] == ["\f扫描第1张。"]


ACCENTED = "".join(f"{char}é" if at % 8 == 0 else char for at, char in enumerate(FIRST))


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("".join(chr(ord(c) + 1) if c >= "\u4e00" else c for c in FIRST + SECOND), 1),
        (FIRST[:80] + "".join(map(chr, range(0xE000, 0xE010))), 1),
        (ACCENTED, 1),
        ("Événement à Genève, où l’été a été très sec. " * 6, 0),
        (FIRST + "".join(map(chr, range(0xF0A0, 0xF0B0))), 0),  # the bullets of symbol fonts
        ("欧阳靖、司马骁、诸葛瑄、濮阳煜、夏侯淳、皇甫嵩、尉迟恭、澹台璟、公冶琰、" * 3, 0),
    ],
)
def test_a_text_layer_of_other_characters_is_garbage(
    ocr: list[tuple[int, ...]], text: str, pages: int
) -> None:
    load_pdf(pdf(paragraph(text, 100)), lambda done, total: None)
    assert len(ocr) == pages


def damaged(data: bytes, stream: int) -> bytes:
    """Return a file with a byte changed in the middle of a compressed stream, 0 for the first."""
    start = [match.end() for match in re.finditer(rb"\bstream\r?\n", data)][stream]
    at = (start + data.index(b"endstream", start)) // 2
    return data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :]


def compressed(*pages: Draw) -> bytes:
    """Return a file whose pages are compressed, and nothing else is done to them."""
    with mock.patch.object(pdfdoc.rl_config, "useA85", 0):
        return pdf(*pages, pageCompression=1)


def reads(monkeypatch: pytest.MonkeyPatch, *texts: str) -> None:
    """Stand in for OCR, which reads these texts one after the other."""
    pages = iter(texts)

    def read_page(image: np.ndarray, number: int, dpi: float) -> tuple[Page, float]:
        text = next(pages)
        lines = (TextLine(text, 90, 100, 500, 112, 12),) if text else ()
        return Page(number, WIDTH, HEIGHT, lines), 0.95

    module = ModuleType("index.load.scan.ocr")
    module.read_page, module.in_one_width, module.doubts = read_page, list, lambda page, sure: []
    monkeypatch.setitem(sys.modules, "index.load.scan.ocr", module)


def test_changed_bytes_in_compressed_streams_are_found() -> None:
    data = compressed(paragraph(FIRST, 100), paragraph(SECOND, 100))
    assert damaged_streams(data) == 0
    assert damaged_streams(damaged(data, 0)) == 1
    assert damaged_streams(damaged(damaged(data, 0), 1)) == 2
    assert damaged_streams(pdf(paragraph(FIRST, 100))) == 0
    locked = pdf(paragraph(FIRST, 100), encrypt=StandardEncryption("", "owner"))
    assert damaged_streams(locked) == 0


def test_a_damaged_page_is_read_by_ocr_and_the_others_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = damaged(compressed(paragraph(FIRST, 100), paragraph(SECOND, 100)), 0)
    reads(monkeypatch, FIRST, SECOND)
    content = load_pdf(data, lambda done, total: None)
    assert [block.text for block in content.blocks] == ["\f" + FIRST, "\f" + SECOND]
    assert content.scanned == ((1, 0.95),)
    assert content.problems == (
        "文件有 1 处数据损坏（与校验不符），可能缺字或错字，请重新下载",
        "第 1 页的文字有损坏，改用识别的结果，请核对原件",
    )


@pytest.mark.parametrize("read", ["", "\ue000\ue001\ue002", "½¿®ñ业éü县" * 9])
def test_garbage_that_ocr_cannot_read_either_is_left_out(
    monkeypatch: pytest.MonkeyPatch, read: str
) -> None:
    garbage = "".join(chr(ord(char) + 1) if char >= "一" else char for char in FIRST + SECOND)
    reads(monkeypatch, read)
    data = pdf(paragraph(garbage, 100), paragraph(FIRST, 100))
    content = load_pdf(data, lambda done, total: None)
    assert [block.text for block in content.blocks] == ["\f\f" + FIRST]
    assert content.problems == ("第 1 页的文字是乱码，识别也读不出，没有收入",)
    reads(monkeypatch, read)
    with pytest.raises(UnreadableFile, match="没有文字（第 1 页的文字是乱码"):
        load(PurePosixPath("a.pdf"), pdf(paragraph(garbage, 100)))


RED_HEAD = """青川县人民政府文件

青政发〔2023〕18号

青川县人民政府关于加强防汛工作的通知

各乡镇人民政府，县政府各部门：

{body}

青川县人民政府

2023年5月16日"""


def test_a_seal_over_the_date_of_an_official_document() -> None:
    def seal(canvas: Canvas) -> None:
        canvas.circle(420, HEIGHT - 670, 50)
        for at, char in enumerate("青川县人民政府"):
            turn = math.radians(200 - at * 220 / 6)
            canvas.saveState()
            canvas.translate(420 + 40 * math.cos(turn), HEIGHT - 670 + 40 * math.sin(turn))
            canvas.rotate(math.degrees(turn) - 90)
            canvas.setFont(FONT, 10)
            canvas.drawCentredString(0, -4, char)
            canvas.restoreState()

    data = pdf(
        page(
            write("青川县人民政府文件", 140, 160, 34),
            write("青政发〔2023〕18号", 240, 210, 14),
            write("青川县人民政府关于加强防汛工作的通知", 110, 280, 20),
            write("各乡镇人民政府，县政府各部门：", LEFT, 360),
            paragraph(FIRST, 370),
            write("青川县人民政府", 380, 660),
            write("2023年5月16日", 385, 685),
            seal,
        )
    )
    document = load(PurePosixPath("a.pdf"), data)
    assert document.text == RED_HEAD.format(body=FIRST)
    assert document.title == "青川县人民政府关于加强防汛工作的通知"
    assert (document.year, document.published) == (2023, "2023-05-16")
    assert document.issuer == "青川县人民政府"


def test_contents_and_the_mark_of_a_note_behind_the_title() -> None:
    entries = [("一、综合", 1), ("（一）人口", 3), ("二、农业", 12)]
    dotted = [
        write(f"{name}{'.' * 60}{number}", LEFT, 180 + 24 * at)
        for at, (name, number) in enumerate(entries)
    ]
    apart = [
        page(write(name, LEFT, 180 + 24 * at), write(str(number), 480, 180 + 24 * at))
        for at, (name, number) in enumerate(entries)
    ]
    body = page(
        write("临澜市2023年统计公报", 170, 100, 22),
        write("[1]", 395, 92, 9),
        write("一、综合", LEFT + 24, 150, 16),
        paragraph(FIRST, 170),
    )
    for contents in (dotted, apart):
        data = pdf(page(write("目　录", 260, 140, 16), *contents), body)
        document = load(PurePosixPath("a.pdf"), data)
        assert document.text == f"临澜市2023年统计公报[1]\n\n一、综合\n\n{FIRST}"
        assert document.title == "临澜市2023年统计公报"
        assert document.repairs == (("目录行", 4),)
        assert document.page(0) == 2


def test_a_quote_is_found_again_on_its_page() -> None:
    rows = [["地区", "产值"], ["青川县", "12.5"], ["临澜市", "15.0"]]
    data = pdf(page(), page(paragraph(FIRST, 100), table(rows, 200)))
    (line,) = boxes(data, 2, "地区生产总值")
    left, top, right, bottom = line
    assert (round(left), round(right)) == (LEFT + 24 + 24, LEFT + 24 + 24 + 72)
    assert 100 <= top < bottom <= 120
    first, second = boxes(data, 2, FIRST[20:70])
    assert first[2] > second[2] > second[0] == pytest.approx(LEFT)
    assert first[3] < second[3]
    (row,) = boxes(data, 2, "地区：临澜市；产值：15.0（单位：亿元）")
    assert 235 < row[1] < row[3] < 260
    # the beginning of a quote that goes on over the page, and what is not there
    assert boxes(data, 2, "12.5临澜市15.0" + SECOND)[-1] == row
    assert boxes(data, 2, SECOND) == boxes(data, 1, "地区") == boxes(data, 9, "地区") == []


HTML = """<meta charset="utf-8"><style>
@page {{ size: A4; margin: 25mm 30mm; @top-center {{ content: "青川县年鉴"; font-size: 9pt }}
  @bottom-center {{ content: "第 " counter(page) " 页 共 " counter(pages) " 页"; font-size: 9pt }} }}
body {{ font: 12pt/20pt "Noto Serif CJK SC"; margin: 0 }}
p {{ margin: 0; text-indent: 2em; text-align: justify }}
h1 {{ font-size: 20pt; text-align: center }}
h2 {{ font-size: 15pt }}
.columns {{ column-count: 2; column-gap: 9mm }}
table {{ border-collapse: collapse; width: 100%; break-before: page }}
td {{ border: 1px solid }}
.unit {{ text-align: right }}
</style><h1>临澜市2023年统计公报</h1><h2>一、综合</h2><div class="columns"><p>{first}</p><p>{second}</p></div>
<p>{second}</p><table><tr><td>地区<td>产值<tr><td>青川县<td>12.5</table><p>{first}</p>"""


@pytest.mark.skipif(not shutil.which("chromium"), reason="Chromium makes the file")
def test_a_page_printed_by_chromium(tmp_path: Path) -> None:
    source, target = tmp_path / "a.html", tmp_path / "a.pdf"
    source.write_text(HTML.format(first=FIRST, second=SECOND), encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    command = ["chromium", *options, f"--print-to-pdf={target}", source.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    content = load_pdf(target.read_bytes(), unread)
    assert [(block.text, block.level) for block in content.blocks] == [
        ("\f临澜市2023年统计公报", 1),
        ("一、综合", 2),
        (FIRST, None),
        (SECOND, None),
        (SECOND, None),
        ("\f地区：青川县；产值：12.5", None),
        (FIRST, None),
    ]
    assert content.title == "临澜市2023年统计公报"


def test_files_are_read_side_by_side() -> None:
    files = [pdf(*[paragraph(text, 100)] * 5) for text in (FIRST, SECOND)] * 3
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(texts, files))
    assert read == [["\f" + text] * 5 for text in (FIRST, SECOND)] * 3
