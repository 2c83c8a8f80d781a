"""PDF: the text layer where there is one, OCR where a page is a picture."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from index.errors import UnreadableFile
from index.load.content import Content
from index.load.layout.blocks import page_blocks, title_of
from index.load.layout.page import Page
from index.load.pdf.characters import is_space, read_characters, text_lines
from index.load.pdf.drawn import Drawn, read_drawn
from index.load.pdf.ruled import cell_of, fill_tables, find_tables

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pypdfium2 import PdfDocument, PdfiumError, PdfPage

# PDFium may be used by one thread at a time, in all of the program.
PDFIUM = Lock()

_DPI = 150  # 200 read no better and took longer
_LONGEST_SIDE = 4500  # pixels; larger pages are read at fewer dots an inch
# A text layer of so few characters over a picture of this share of the page is a watermark or a
# stamp on a scan; a page without text is worth reading by OCR with so many drawn shapes.
_FEW, _PICTURE, _SHAPES = 60, 0.5, 30
# A text layer is garbage with more than these shares of characters that no font names, and that
# mean nothing; or if the mean log-likelihood of its Chinese, of so many characters at least, is
# below the last: that of text is -6 to -8, of rare names -10, of characters at random -11 to -15.
_UNNAMED, _GARBAGE = 0.05, 0.3
_JUDGED, _SENSELESS = 60, -10.5
_LATIN_SIGNS = [ord(sign) for sign in "£¥§©®°±²³·¹º×÷"]
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
    """A page as its text layer gives it; `scan` is True where OCR would read more."""

    page: Page
    scan: bool = False


def load_pdf(data: bytes, pages_read: Callable[[int, int], None]) -> Content:
    """Return the text of the file page by page, that of scanned pages by OCR.

    `pages_read(done, total)` is called as pages are read by OCR. Raises UnreadableFile if the file
    is no PDF, is damaged or asks for a password.
    """
    problems = [] if _END in data[-_TAIL:] else ["文件末尾不完整，后面的页可能缺失"]
    with opened(data) as pdf:
        read, damaged = _read_pages(pdf)
        problems += [f"第 {number} 页已损坏，没有读出" for number in damaged]
        pages = [each.page for each in read]
        scans = [at for at, each in enumerate(read) if each.scan]
        found: dict[int, Page] = {}
        scanned = []
        for done, at in enumerate(scans, 1):
            number = pages[at].number
            page, confidence = read_scan(pdf, number)
            if page.lines:
                found[at] = page
                scanned.append((number, confidence))
                problems += _doubts(page, confidence)
            elif not pages[at].lines:
                problems.append(f"第 {number} 页没有读出文字")
            pages_read(done, len(scans))
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
    return _Read(
        Page(number, frame.width, frame.height, lines, filled), _is_scan(characters.codes, drawn)
    )


def _is_scan(codes: NDArray[np.uint16], drawn: Drawn) -> bool:
    """True where a page shows more than its text layer says."""
    codes = codes[~is_space(codes)]
    if not len(codes):
        return drawn.image > 0 or drawn.shapes >= _SHAPES
    if drawn.image >= _PICTURE and len(codes) < _FEW:
        return True
    # Private use but for the bullets of symbol fonts, no character at all, and Chinese in a
    # single-byte encoding.
    symbols = (codes >= 0xF000) & (codes <= 0xF0FF)
    private = (codes >= 0xE000) & (codes <= 0xF8FF)
    unnamed = (private & ~symbols) | (codes == 0xFFFD)
    latin = (codes >= 0x80) & (codes <= 0xFF) & ~np.isin(codes, _LATIN_SIGNS)
    return (
        float(unnamed.mean()) > _UNNAMED
        or float((private | unnamed | latin).mean()) > _GARBAGE
        or _is_scrambled(codes)
    )


def _is_scrambled(codes: NDArray[np.uint16]) -> bool:
    """True where the Chinese characters of a page make no sense: its fonts name others than they
    show."""
    chinese = codes[(codes >= 0x4E00) & (codes <= 0x9FFF)]
    if len(chinese) < _JUDGED:
        return False
    from index.repair.likelihood import log_likelihood

    return log_likelihood("".join(map(chr, chinese))) < _SENSELESS * len(chinese)


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
