"""Tables as text: values parted by commas, semicolons, tabs or bars."""

from __future__ import annotations

import csv
import re
from collections import Counter
from io import StringIO

from index.errors import UnreadableFile
from index.load.content import Content
from index.load.sheet.grid import grid_blocks
from index.load.text.decode import decode

# Of two that part the rows equally well the first is taken.
_DELIMITERS = "\t,;|"
# Lines by which the delimiter is judged.
_SAMPLE = 200
# Excel states the delimiter in a first line of its own.
_STATED = "sep="
_QUOTED = re.compile('"[^"]*"')
# One row in so many may be longer by mistake; more are meant so.
_FEW = 5


def load_delimited(data: bytes) -> Content:
    """Return the rows of the file, each with its header.

    Raises UnreadableFile if it is not text or has cells larger than a table's can be.
    """
    text, encoding = decode(data)
    first, _, rest = text.partition("\n")
    if first.lower().startswith(_STATED) and len(first.strip()) == len(_STATED) + 1:
        delimiter, text = first.strip()[-1], rest
    else:
        delimiter = ""
    try:
        rows = _rows(text, delimiter or _delimiter(text))
    except csv.Error as error:
        message = "不是表格文本：有的单元格过长，请检查引号和分隔符，或另存为 .xlsx 后重试"
        raise UnreadableFile(message) from error
    return Content(tuple(grid_blocks(rows)), problems=_problems(rows), encoding=encoding)


def _delimiter(text: str) -> str:
    """Return the delimiter that cuts most lines into equally many cells, more than one; in text
    that none cuts so, one that leaves its lines whole."""
    lines = [line for line in text[: 1000 * _SAMPLE].splitlines() if line.strip()][:_SAMPLE]
    best, most = _DELIMITERS[0], len(lines) // 4
    for delimiter in _DELIMITERS:
        widths = Counter(len(row) for row in _cells(lines, delimiter))
        same = max((count for width, count in widths.items() if width > 1), default=0)
        if same > most:
            best, most = delimiter, same
    return best


def _cells(lines: list[str], delimiter: str) -> list[list[str]]:
    return [_line_cells(line, delimiter) for line in lines]


def _line_cells(line: str, delimiter: str) -> list[str]:
    """Return the cells of a line that stands alone; a quote that is opened and not closed in it
    is a character like others."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        cells = next(csv.reader([line], delimiter=delimiter, quoting=csv.QUOTE_NONE), [])
        return [cell[1:-1] if _QUOTED.fullmatch(cell) else cell for cell in cells]


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """Return the rows of a text. A quote that is never closed must not make one cell of the lines
    behind it: where one is, each line is a row."""
    try:
        rows = list(csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True))
        if _swallows(rows, delimiter):
            rows = _cells(text.splitlines(), delimiter)
    except csv.Error:
        rows = _cells(text.splitlines(), delimiter)
    # The blanks before the first cell of a row tell what it belongs to.
    return [[cell.strip() if i else cell.rstrip() for i, cell in enumerate(row)] for row in rows]


def _swallows(rows: list[list[str]], delimiter: str) -> bool:
    """True where a row narrower than most has a cell of several lines with delimiters in it: these
    are rows of their own."""
    most = _usual_width(rows)
    return any(
        len(row) < most and any("\n" in cell and delimiter in cell for cell in row) for row in rows
    )


def _usual_width(rows: list[list[str]]) -> int:
    widths = Counter(len(row) for row in rows if any(row))
    return max(widths, key=widths.__getitem__, default=0)


def _problems(rows: list[list[str]]) -> tuple[str, ...]:
    """Name the few rows with more cells than the others: a comma may stand inside a number."""
    width = _usual_width(rows)
    longer = [number for number, row in enumerate(rows, 1) if any(row[width:])]
    if width < 2 or not longer or len(longer) * _FEW > len(rows):
        return ()
    return (
        f"有 {len(longer)} 行的单元格比别的行多（第一处在第 {longer[0]} 行），"
        "可能数字里有逗号没有加引号，请核对",
    )
