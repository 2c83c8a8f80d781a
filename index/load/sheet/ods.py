"""OpenDocument spreadsheets: they store the text that each cell shows, and that is what is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.errors import UnreadableFile
from index.load.office.package import Package, whole
from index.load.sheet.grid import MOST_CELLS, Sheet

if TYPE_CHECKING:
    from lxml.etree import _Element

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_MANIFEST = "META-INF/manifest.xml"
_CELLS = {_TABLE + "table-cell", _TABLE + "covered-table-cell"}
# What cells show whose formula failed.
_ERROR = re.compile(r"#(?:DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!)|(?:Err|错误)[:：]\d{3}")
_BLANKS = {_TEXT + "s": " ", _TEXT + "tab": "\t", _TEXT + "line-break": "\n"}


def read_ods(package: Package) -> list[Sheet]:
    """Return the sheets of an `.ods` file.

    Raises UnreadableFile if it is locked or damaged, or repeats its cells beyond measure.
    """
    if _MANIFEST in package.names and b"encryption-data" in package.archive.read(_MANIFEST):
        message = "文件有密码，请去掉密码后重试"
        raise UnreadableFile(message)
    sheets = [Sheet()]
    for element in package.elements("content.xml", _TABLE + "table-row", _TABLE + "table"):
        if element.tag == _TABLE + "table-row":
            _add_row(sheets[-1], element)
        else:
            sheets[-1].name = element.get(_TABLE + "name", "")
            sheets.append(Sheet())
    return sheets[:-1]


def _add_row(sheet: Sheet, row: _Element) -> None:
    texts: list[str] = []
    for cell in row:
        if cell.tag in _CELLS:
            _add_cell(sheet, texts, cell)
    while texts and not texts[-1]:
        texts.pop()
    # Empty rows below a table are stored as one that is repeated a million times.
    repeated = whole(row.get(_TABLE + "number-rows-repeated"), 1) if texts else 1
    if repeated * len(texts) > MOST_CELLS:
        message = f"工作表中有一行重复了 {repeated} 次，没有读；请另存为 .xlsx 后重试"
        raise UnreadableFile(message)
    sheet.rows += [texts] * repeated


def _add_cell(sheet: Sheet, texts: list[str], cell: _Element) -> None:
    text = "\n".join(map(_text, cell.iterchildren(_TEXT + "p")))
    sheet.uncached += bool(cell.get(_TABLE + "formula")) and not cell.get(_OFFICE + "value-type")
    down = whole(cell.get(_TABLE + "number-rows-spanned"), 1)
    right = whole(cell.get(_TABLE + "number-columns-spanned"), 1)
    if down > 1 or right > 1:
        top, left = len(sheet.rows), len(texts)
        sheet.merged.append(((top, left), (top + down - 1, left + right - 1)))
    # A sheet has at most 16384 columns.
    repeated = min(whole(cell.get(_TABLE + "number-columns-repeated"), 1), 2**14 - len(texts))
    texts += ["" if _ERROR.fullmatch(text) else text.rstrip()] * repeated


def _text(node: _Element) -> str:
    inner = "".join(_text(child) + (child.tail or "") for child in node)
    return _BLANKS.get(node.tag, "") + (node.text or "") + inner
