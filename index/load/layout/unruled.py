"""Tables without rules: rows whose parts stand below each other, with numbers among them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.load.layout.page import Table, TextLine
from index.load.table.cell import is_absent, is_quantity

Row = tuple[TextLine | Table, ...]

# A table has so many rows of several cells; columns are so many characters apart.
_FEWEST_ROWS, _APART = 3, 0.8
# Rows at the top in which a name may stand over several columns.
_HEADER_ROWS = 2
# An entry of a table of contents: the dots before the number of its page.
_LEADER = re.compile(r"(?:[.．·•…]\s*){3,}")


def with_tables(rows: Sequence[Row], left: float, right: float, size: float) -> tuple[Row, ...]:
    """Return the rows of a column with each table that is set without rules as one of them.

    `left` and `right` are the margins of the column, `size` that of its text, in points.
    """
    found: list[Row] = []
    at = 0
    while at < len(rows):
        end = _end_of_grid(rows, at, size)
        table = _table(rows[at:end], size)
        if table is None:
            found.append(rows[at])
            at += 1
            continue
        top = min(part.top for part in rows[at])
        bottom = max(part.bottom for part in rows[end - 1])
        found.append((Table(table, left, top, right, bottom),))
        at = end
    return tuple(found)


def _end_of_grid(rows: Sequence[Row], at: int, size: float) -> int:
    """Return the end of the rows from `at` on that leave a space between columns free."""
    end = several = at
    while end < len(rows) and all(isinstance(part, TextLine) for part in rows[end]):
        if _LEADER.search(rows[end][-1].text) or not _spaces(rows[at : end + 1], size):
            break
        end += 1
        # A line of one part below the last row, such as a note, is no part of the table.
        if len(rows[end - 1]) > 1:
            several = end
    return several


def _spaces(rows: Sequence[Row], size: float) -> list[tuple[float, float]]:
    """Return where no part of any row stands between two others, from left to right."""
    spaces: list[tuple[float, float]] = []
    reach = None
    for part in sorted((part for row in rows for part in row), key=lambda part: part.left):
        if reach is not None and part.left - reach >= size * _APART:
            spaces.append((reach, part.left))
        reach = part.right if reach is None else max(reach, part.right)
    return spaces


def _table(rows: Sequence[Row], size: float) -> tuple[tuple[str, ...], ...] | None:
    """Return the cells of rows that are a table, or None."""
    if sum(len(row) > 1 for row in rows) < _FEWEST_ROWS:
        return None
    # A name over several columns must not make one of them.
    most = max((_spaces(rows[top:], size) for top in range(_HEADER_ROWS + 1)), key=len)
    edges = [float("-inf"), *((left + right) / 2 for left, right in most), float("inf")]
    table: list[list[str]] = []
    for row in rows:
        cells = [_cell(row, *edge) for edge in zip(edges, edges[1:], strict=False)]
        if table and _is_rest(table[-1], cells):
            table[-1] = [
                "\n".join(filter(None, both)) for both in zip(table[-1], cells, strict=True)
            ]
        else:
            table.append(cells)
    table = _joined(table)
    return tuple(map(tuple, table)) if _has_numbers(table) else None


def _cell(row: Row, left: float, right: float) -> str:
    """Return the parts of a row that reach into a column."""
    reach = [part for part in row if min(part.right, right) - max(part.left, left) > part.size / 2]
    return " ".join(part.text.strip() for part in reach)


def _is_rest(above: Sequence[str], cells: Sequence[str]) -> bool:
    """True for the second line of a row: it has no label, and words go on in it."""
    return not cells[0] and all(
        bool(before) and not is_quantity(before) and not is_quantity(cell)
        for before, cell in zip(above, cells, strict=True)
        if cell
    )


def _joined(table: list[list[str]]) -> list[list[str]]:
    """Return the table with columns joined of which no row has both: a name that is centred above
    numbers may stand beside all of them."""
    at = 1
    while at < len(table[0]):
        if any(row[at - 1] and row[at] for row in table):
            at += 1
        else:
            table = [[*row[: at - 1], row[at - 1] or row[at], *row[at + 1 :]] for row in table]
    return table


def _has_numbers(table: Sequence[Sequence[str]]) -> bool:
    """True where most cells of some column are quantities, but not the numbers of pages."""
    for column in list(zip(*table, strict=True))[1:]:
        cells = [cell for cell in column[1:] if cell]
        values = [cell for cell in cells if is_quantity(cell) or is_absent(cell)]
        counts = all(cell.isdecimal() for cell in values) and len(table[0]) == 2
        rising = counts and [int(cell) for cell in values] == sorted(map(int, values))
        if len(values) > len(cells) / 2 and len(values) >= _FEWEST_ROWS - 1 and not rising:
            return True
    return False
