"""PDF: the text layer where there is one, OCR where a page is a picture."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from index.errors import UnreadableFile
from index.load.content import Content
from index.load.layout.blocks import page_blocks, title_of
from index.load.layout.page import Page
from index.load.pdf.characters import read_characters, text_lines
from index.load.pdf.drawn import read_drawn
from index.load.pdf.integrity import damaged_streams
from index.load.pdf.ruled import cell_of, fill_tables, find_tables
from index.load.pdf.trust import Layer, better, is_garbage, judge

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfiumError, PdfPage

# PDFium may be used by one thread at a time, in all of the program.
PDFIUM = Lock()

_DPI = 150  # 200 read no better and took longer
_LONGEST_SIDE = 4500  # pixels; larger pages are read at fewer dots an inch
# A whole file ends with this mark; a few bytes may follow it.
_END, _TAIL = b"%%EOF", 2048

# Titles that programs put down when nobody gave one: the name of a program or a file, or none.
_NO_TITLE = re.compile(
    r"microsoft|powerpoint|untitled|https?:|[\\/]|\.(?:docx?|wps|xlsx?|pptx?|pdf|html?|indd)\b"
    r"|^(?:新建|未命名|无标题|未标题|文档|幻灯片|演示文稿|工作簿|标题).{0,8}$",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[\u4e00-\u9fff]{2}|[A-Za-z]+ [A-Za-z]+")


@dataclass(frozen=True, slots=True)
class _Read:
    """A page as its text layer gives it, and what that is worth."""

    page: Page
    layer: Layer = Layer.WHOLE


def load_pdf(data: bytes, pages_read: Callable[[int, int], None]) -> Content:
    """Return the text of the file page by page, that of scanned pages by OCR.

    `pages_read(done, total)` is called as pages are read by OCR. Raises UnreadableFile if the file
    is no PDF, is damaged or asks for a password.
    """
    problems = [] if _END in data[-_TAIL:] else ["文件末尾不完整，后面的页可能缺失"]
    streams = damaged_streams(data)
    if streams:
        problems.append(f"文件有 {streams} 处数据损坏（与校验不符），可能缺字或错字，请重新下载")
    with opened(data) as pdf:
        read, damaged = _read_pages(pdf)
        problems += [f"第 {number} 页已损坏，没有读出" for number in damaged]
        pages = [each.page for each in read]
        doubted = [at for at, each in enumerate(read) if streams or each.layer != Layer.WHOLE]
        found: dict[int, Page] = {}
        scanned = []
        for done, at in enumerate(doubted, 1):
            page, confidence = read_scan(pdf, pages[at].number)
            pages[at], said = _chosen(read[at], page)
            problems += said
            if pages[at] is page:
                found[at] = page
                scanned.append((page.number, confidence))
                problems += _doubts(page, confidence)
            pages_read(done, len(doubted))
        for at, page in _in_one_width(found).items():
            pages[at] = page
        title = _stated_title(pdf)
    blocks = page_blocks(pages)
    return Content(
        tuple(blocks),
        title=title_of(blocks) or title,
        problems=tuple(problems),
        scanned=tuple(scanned),
    )


def _chosen(read: _Read, scan: Page) -> tuple[Page, list[str]]:
    """Return a page as it is to be read, and what is to be said of it."""
    number = scan.number
    if not read.page.lines and not scan.lines:
        return read.page, [f"第 {number} 页没有读出文字"]
    if read.layer == Layer.PARTIAL:
        return (scan if scan.lines else read.page), []
    page = scan if read.layer == Layer.GARBAGE else better(read.page, scan)
    if not page.lines or is_garbage(page):
        return Page(number, 0.0, 0.0, ()), [f"第 {number} 页的文字是乱码，识别也读不出，没有收入"]
    if page is scan:
        return page, [f"第 {number} 页的文字有损坏，改用识别的结果，请核对原件"]
    return page, []


@contextmanager
def opened(data: bytes) -> Iterator[PdfDocument]:
    """Open a file; whatever is done with it afterwards needs PDFIUM.

    Raises UnreadableFile if it is no PDF, is damaged or asks for a password.
    """
    from pypdfium2 import PdfDocument, PdfiumError

    with PDFIUM:
        try:
            pdf = PdfDocument(data)
        except PdfiumError as error:
            raise UnreadableFile(_reason(error)) from error
    try:
        yield pdf
    finally:
        with PDFIUM:
            pdf.close()


def _reason(error: PdfiumError) -> str:
    import pypdfium2.raw as pdfium

    if error.err_code == pdfium.FPDF_ERR_PASSWORD:
        return "PDF 设了打开密码，请另存为不加密的文件再放进来"
    if error.err_code == pdfium.FPDF_ERR_SECURITY:
        return "PDF 的加密方式不支持，请另存为不加密的文件再放进来"
    return "不是完整的 PDF 文件，打不开，请重新下载或导出"


def _stated_title(pdf: PdfDocument) -> str:
    """Return the title that the file states of itself, "" where it means nothing."""
    with PDFIUM:
        title = pdf.get_metadata_value("Title").strip()
    return title if _WORDS.search(title) and not _NO_TITLE.search(title) else ""


def _read_pages(pdf: PdfDocument) -> tuple[list[_Read], list[int]]:
    """Return the pages as their text layers give them, and the numbers of the damaged ones."""
    from pypdfium2 import PdfiumError

    read, damaged = [], []
    with PDFIUM:
        count = len(pdf)
    for number in range(1, count + 1):
        # Page by page, so that another thread need not wait for a whole file.
        with PDFIUM:
            try:
                with closing(pdf[number - 1]) as page:
                    read.append(_read_page(page, number))
            except PdfiumError:
                damaged.append(number)
                read.append(_Read(Page(number, 0.0, 0.0, ())))
    return read, damaged


def _read_page(page: PdfPage, number: int) -> _Read:
    with closing(page.get_textpage()) as text:
        characters = read_characters(page, text)
    drawn = read_drawn(page)
    frame = characters.frame
    tables = find_tables(frame.place(drawn.rules))
    cells = cell_of(characters.boxes, [cell for cells in tables for cell in cells])
    lines, filled = fill_tables(tables, text_lines(characters, cells))
    layer = judge(characters.codes, drawn)
    return _Read(Page(number, frame.width, frame.height, lines, filled), layer)


def read_scan(pdf: PdfDocument, number: int) -> tuple[Page, float]:
    """Return a page as OCR reads it, and its mean confidence."""
    from index.load.scan.ocr import read_page

    with PDFIUM, closing(pdf[number - 1]) as source:
        scale = min(_DPI / 72, _LONGEST_SIDE / max(1.0, *source.get_size()))
        with closing(source.render(scale=scale, rev_byteorder=True)) as bitmap:
            image = bitmap.to_numpy()[:, :, :3].copy()
    return read_page(image, number, scale * 72)


def _doubts(page: Page, confidence: float) -> list[str]:
    from index.load.scan.ocr import doubts

    return doubts(page, confidence)


def _in_one_width(found: dict[int, Page]) -> dict[int, Page]:
    if not found:
        return found
    from index.load.scan.ocr import in_one_width

    return dict(zip(found, in_one_width(list(found.values())), strict=True))
