"""Tables as text: values parted by commas, semicolons, tabs or bars."""

from __future__ import annotations

import csv
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


def load_delimited(data: bytes) -> Content:
    """Return the rows of the file, each with its header.

    Raises UnreadableFile if it is not text or has cells larger than a table's can be.
    """
    text, encoding = decode(data)
    first, _, rest = text.partition("\n")
    if first.lower().startswith(_STATED) and len(first.strip()) == len(_STATED) + 1:
        delimiter, text = first.strip()[-1], rest
    else:
        delimiter = _delimiter(text)
    try:
        rows = _rows(text, delimiter)
    except csv.Error as error:
        message = "不是表格文本：有的单元格过长，请检查引号和分隔符，或另存为 .xlsx 后重试"
        raise UnreadableFile(message) from error
    return Content(tuple(grid_blocks(rows)), encoding=encoding)


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
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return [line.split(delimiter) for line in lines]


def _rows(text: str, delimiter: str) -> list[list[str]]:
    try:
        rows = list(csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        # A quote that is never closed would make one cell of the rest of the file.
        quoting = csv.QUOTE_NONE if text.count('"') % 2 else csv.QUOTE_MINIMAL
        reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, quoting=quoting)
        rows = list(reader)
    # The blanks before the first cell of a row tell what it belongs to.
    return [[cell.strip() if i else cell.rstrip() for i, cell in enumerate(row)] for row in rows]
