"""A sheet of cells to its tables: rows and columns that are empty part them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from index.load.content import Block
from index.load.table.blocks import table_blocks, unit_of
from index.load.table.cell import is_quantity

# Titles stand above a table in at most so many rows, each with at most so many characters.
_TITLE_ROWS, _TITLE = 4, 60
# The level of a table's title: that of its sheet is 1.
_CAPTION = 2
# More cells than a sheet of a report has. Two cells in opposite corners make a sheet of billions.
MOST_CELLS = 10_000_000

Rows = Sequence[Sequence[str]]


@dataclass(slots=True)
class Sheet:
    """A sheet as it is shown: the texts of its cells by row; merged ranges as their first and last
    (row, column) from 0; the texts of boxes that lie over the cells; how many formulas were stored
    without their result."""

    name: str = ""
    rows: list[list[str]] = field(default_factory=list)
    merged: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)
    uncached: int = 0


def merged_rows(sheet: Sheet) -> list[list[str]]:
    """Return the rows of a sheet, all of one width, with the text of a merged range in the first
    column of each of its rows, and in all of them where it is as wide as the sheet."""
    width = max(map(len, sheet.rows), default=0)
    rows = [row + [""] * (width - len(row)) for row in sheet.rows]
    used = _columns(rows) or {0}
    for (top, left), (bottom, right) in sheet.merged:
        if 0 <= top < len(rows) and 0 <= left < width:
            spans = left <= min(used) and right >= max(used)
            end = max(used) + 1 if spans else left + 1
            for row in rows[top : bottom + 1]:
                row[left:end] = [rows[top][left]] * (end - left)
    return rows


def grid_blocks(rows: Rows) -> list[Block]:
    """Return the tables of a sheet as blocks, and text that stands in single cells as paragraphs.

    An empty row parts two tables where a new header follows. An empty column does where both sides
    have labels of their own.
    """
    blocks: list[Block] = []
    for band in _joined(_bands(rows)):
        stated = (unit_of(cell) for row in band[:_TITLE_ROWS] for cell in row)
        unit = next(filter(None, stated), "")
        for left, right in _parts(band):
            part = [row[left:right] for row in band]
            blocks += table_blocks(part, unit, caption_level=_CAPTION)
    return blocks


def _bands(rows: Rows) -> list[Rows]:
    """Return the runs of rows that are not empty."""
    bands: list[list[Sequence[str]]] = [[]]
    for row in rows:
        if any(row):
            bands[-1].append(row)
        elif bands[-1]:
            bands.append([])
    return bands if bands[-1] else bands[:-1]


def _joined(bands: list[Rows]) -> list[Rows]:
    """Join a title with the table below it, and a header with the rows below an empty one."""
    joined: list[list[Sequence[str]]] = []
    reach: set[int] = set()
    for band in bands:
        columns = _columns(band)
        inside = bool(reach) and min(reach) <= min(columns) < max(columns) <= max(reach)
        headless = inside and any(map(is_quantity, band[0]))
        if joined and ((_is_title(joined[-1]) and not _is_title(band)) or headless):
            joined[-1] += band
            reach |= columns
        else:
            joined.append([*band])
            reach = columns
    return joined


def _is_title(band: Rows) -> bool:
    return len(band) <= _TITLE_ROWS and all(
        len(texts) == 1 and len(max(texts)) <= _TITLE for texts in map(_texts, band)
    )


def _texts(row: Sequence[str]) -> set[str]:
    return {cell for cell in row if cell}


def _columns(band: Rows) -> set[int]:
    return {i for row in band for i, cell in enumerate(row) if cell}


def _parts(band: Rows) -> list[tuple[int, int]]:
    """Return the columns, as (from, to), of the tables that stand beside each other."""
    # A title over both tables holds them no more together than an empty row.
    used = _columns([row for row in band if len(_texts(row)) > 1])
    ends = [column for column in sorted(used) if column + 1 not in used]
    parts, start = [], 0
    for end, following in zip(ends, ends[1:], strict=False):
        if _is_labelled(band, start, end + 1) and _is_labelled(band, end + 1, following + 1):
            parts.append((start, end + 1))
            start = end + 1
    return [*parts, (start, max(map(len, band)))]


def _is_labelled(band: Rows, left: int, right: int) -> bool:
    """True for columns that can be read alone: labels at the left, and quantities beside them."""
    first = min(_columns([row[left:right] for row in band]), default=0)
    rows = [row[left + first : right] for row in band if any(row[left:right])]
    labels = sum(bool(row[0]) and not is_quantity(row[0]) for row in rows)
    measured = any(is_quantity(cell) for row in rows for cell in row[1:])
    return measured and labels * 2 > len(rows)
