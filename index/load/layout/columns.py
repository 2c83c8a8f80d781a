"""The order in which what stands on a page is read: columns, and what stands across them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.headings import heading_level
from index.load.layout.page import Page, Table, TextLine
from index.load.layout.unruled import with_tables

Item = TextLine | Table
Row = list[Item]
Gap = tuple[float, float]

# A gap between columns is at least so wide, and a column of text so many characters.
_NARROWEST_GAP, _NARROWEST_COLUMN = 0.8, 9
# Text fills its column: this share of its rows covers that share of the width. The cells of a
# table without rules do not.
_FULL_ROWS, _FULL = 0.4, 0.7
# More parts in a row than columns that any page has are cells.
_MOST_COLUMNS = 4
# Below so many rows nothing certain can be said of a column.
_FEWEST_ROWS = 6


@dataclass(frozen=True, slots=True)
class Column:
    """Rows of text and tables one below the other. A row holds the parts of one line from left to
    right, or one table.

    `left` and `right` are its margins in points; `split` is True beside another column.
    """

    page: int
    rows: tuple[tuple[Item, ...], ...]
    left: float
    right: float
    split: bool


def read_columns(pages: Sequence[Page], size: float) -> list[Column]:
    """Return the columns of all pages in reading order, for body text of `size` points."""
    seen = [_bands(_rows(_items(page)), size, ()) for page in pages]
    # A gap found with certainty on one page tells where to look on a page with fewer lines.
    gaps = tuple({gap for bands in seen for _, gap in bands if gap})
    columns = [
        Column(page.number, tuple(map(tuple, rows)), *_margins(rows, size), split)
        for page in pages
        for rows, split in _ordered(_items(page), size, gaps)
    ]
    columns = [_in_margins(column, columns, size) for column in columns]
    return [
        replace(column, rows=with_tables(column.rows, column.left, column.right, size))
        for column in columns
    ]


def _items(page: Page) -> list[Item]:
    return [*(line for line in page.lines if line.text.strip()), *page.tables]


def _ordered(
    items: Sequence[Item], size: float, gaps: Sequence[Gap], split: bool = False
) -> list[tuple[list[Row], bool]]:
    """Return the rows of each column in reading order, and whether it stands beside another."""
    ordered = []
    for rows, gap in _bands(_rows(items), size, gaps):
        if gap is None:
            ordered.append(([line for row in rows for line in _lines(row, size)], split))
            continue
        band = [item for row in rows for item in row]
        for side in (_left_of(band, gap), _right_of(band, gap)):
            ordered += _ordered(side, size, gaps, split=True)
    return ordered


def _lines(row: Row, size: float) -> list[Row]:
    """Return a row as it is if it is one line; otherwise, such as a table and the notes beside it,
    what stands further left first."""
    middles = [(item.top + item.bottom) / 2 for item in row]
    if len(row) == 1 or (
        max(middles) - min(middles) < size * 0.7 and all(isinstance(i, TextLine) for i in row)
    ):
        return [row]
    parts: list[Row] = []
    for item in row:
        if parts and item.left < _right(parts[-1]):
            parts[-1].append(item)
        else:
            parts.append([item])
    if len(parts) == 1:
        return [[item] for item in sorted(row, key=lambda item: item.top)]
    return [line for part in parts for below in _rows(part) for line in _lines(below, size)]


def _rows(items: Sequence[Item]) -> list[Row]:
    """Return the items that stand beside each other, from left to right, from top to bottom."""
    rows: list[Row] = []
    bottom = float("-inf")
    for item in sorted(items, key=lambda item: item.top):
        # The boxes of lines that are set tightly touch: only the middle of a line counts.
        slack = (item.size if isinstance(item, TextLine) else item.bottom - item.top) * 0.2
        if not rows or item.top + slack >= bottom:
            rows.append([])
            bottom = float("-inf")
        rows[-1].append(item)
        bottom = max(bottom, item.bottom - slack)
    return [sorted(row, key=lambda item: item.left) for row in rows]


def _bands(rows: list[Row], size: float, gaps: Sequence[Gap]) -> list[tuple[list[Row], Gap | None]]:
    """Return the rows cut into bands: as many as share a gap between columns, or have none."""
    bands: list[tuple[list[Row], Gap | None]] = []
    at = 0
    extent = (min(row[0].left for row in rows), max(map(_right, rows))) if rows else (0.0, 0.0)
    while at < len(rows):
        end, gap = _columns_from(rows, at, extent, size, gaps)
        if gap is None and bands and bands[-1][1] is None:
            bands[-1][0].append(rows[at])
        else:
            bands.append((rows[at:end], gap))
        at = end
    return bands


def _columns_from(
    rows: list[Row], at: int, extent: Gap, size: float, gaps: Sequence[Gap]
) -> tuple[int, Gap | None]:
    """Return the end of the longest run of rows from `at` on that is set in columns, and the gap
    between them; or the next row and None. `extent` is where the first row begins and the last
    ends."""
    free: list[Gap] = [extent]
    end = at
    while end < len(rows) and (narrower := _cut(free, rows[end], size * _NARROWEST_GAP)):
        free = narrower
        end += 1
    band = [item for row in rows[at:end] for item in row]
    for gap in free:
        if (
            _opens_columns(rows[at], band, gap, size)
            and not _is_centered(rows[at], extent, size)
            and _right_of(band, gap)
            and _is_text(rows[at:end], gap, size, gaps)
        ):
            below = _headings_below(rows[at:end], gap, size) if end < len(rows) else 0
            return end - below, gap
    return at + 1, None


def _opens_columns(row: Row, band: Sequence[Item], gap: Gap, size: float) -> bool:
    """True where columns begin with this row. One on the right alone, such as a date, stands above
    them unless it fills its column or is a heading there: that on the left may begin lower."""
    if _left_of(row, gap):
        return True
    right = _right_of(band, gap)
    if len(row) > 1 or not right or not isinstance(row[0], TextLine):
        return False
    margin = min(item.left for item in right)
    heading = heading_level(row[0].text) is not None and row[0].left < margin + size
    return heading or row[0].right - row[0].left >= (_right(right) - margin) * _FULL


def _is_centered(row: Row, extent: Gap, size: float) -> bool:
    before, behind = row[0].left - extent[0], extent[1] - row[0].right
    return len(row) == 1 and before > 2 * size and abs(before - behind) < 1.5 * size


def _cut(free: list[Gap], row: Row, narrowest: float) -> list[Gap]:
    """Return what a row leaves of the free intervals, without those that get too narrow."""
    for item in row:
        free = [
            part
            for left, right in free
            for part in (
                [(left, right)]
                if item.right <= left or item.left >= right
                else [(left, item.left), (item.right, right)]
            )
            if part[1] - part[0] >= narrowest
        ]
    return free


def _left_of(items: Sequence[Item], gap: Gap) -> list[Item]:
    return [item for item in items if item.right <= gap[0]]


def _right_of(items: Sequence[Item], gap: Gap) -> list[Item]:
    return [item for item in items if item.left >= gap[1]]


def _is_text(band: list[Row], gap: Gap, size: float, gaps: Sequence[Gap]) -> bool:
    """True where both sides of a gap are columns of text."""
    items = [item for row in band for item in row]
    height = max(item.bottom for item in items) - min(item.top for item in items)
    if len(items) > _MOST_COLUMNS * height / size:
        return False
    sides = [_rows(_left_of(items, gap)), _rows(_right_of(items, gap))]
    if any(left < gap[1] and right > gap[0] for left, right in gaps):
        return True
    if min(map(len, sides)) < 2 or sum(map(len, sides)) < _FEWEST_ROWS:
        return False
    for rows in sides:
        left, right = min(row[0].left for row in rows), max(_right(row) for row in rows)
        widths = [sum(item.right - item.left for item in row) for row in rows]
        full = sum(width >= (right - left) * _FULL for width in widths)
        if right - left < size * _NARROWEST_COLUMN or full < len(rows) * _FULL_ROWS:
            return False
    return True


def _right(row: Sequence[Item]) -> float:
    return max(item.right for item in row)


def _headings_below(band: list[Row], gap: Gap, size: float) -> int:
    """Return how many rows at the end of a band are headings of what stands across below it."""
    count = 0
    for row in reversed(band):
        line = row[0]
        if len(row) > 1 or not isinstance(line, TextLine) or line.right > gap[0]:
            break
        if not (line.bold or line.size > size * 1.1 or heading_level(line.text)):
            break
        count += 1
    return count


def _margins(rows: Sequence[Row], size: float) -> tuple[float, float]:
    """Return where most rows of a column begin and end, in points."""
    texts = [row for row in rows if isinstance(row[0], TextLine)] or rows
    lefts = [row[0].left for row in texts]
    rights = [-_right(row) for row in texts]
    return _outermost(lefts, size), -_outermost(rights, size)


def _outermost(edges: list[float], size: float) -> float:
    """Return the smallest edge; in a long column one that some rows share."""
    shared = len(edges) // 10
    for edge in sorted(edges):
        if sum(edge <= other <= edge + size / 2 for other in edges) > shared:
            return edge
    return min(edges)


def _in_margins(column: Column, columns: Sequence[Column], size: float) -> Column:
    """Return a column of few rows with the margins of a long one that it fits in, or else those of
    its page: its own rows may all be short or indented."""
    if len(column.rows) >= _FEWEST_ROWS:
        return column
    around = [
        other
        for other in columns
        if len(other.rows) >= _FEWEST_ROWS
        and other.split is column.split
        and other.left - size <= column.left
        and other.right + size >= column.right
    ]
    if around:
        # Left and right pages may have different margins.
        around = [min(around, key=lambda other: _pages_apart(column, other))]
    elif not column.split:
        around = [other for other in columns if other.page == column.page]
    left = min([column.left, *(other.left for other in around)])
    right = max([column.right, *(other.right for other in around)])
    return replace(column, left=left, right=right)


def _pages_apart(one: Column, other: Column) -> tuple[int, int]:
    apart = abs(one.page - other.page)
    return apart % 2, apart
