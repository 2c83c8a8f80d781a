"""The rows of a table: labels that stand for several rows, and rows that name a group of rows."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace

from index.load.table.cell import is_absent, is_quantity, is_total, numbering

# Longest label, in characters. A longer cell is running text.
LONGEST_LABEL = 40
_NOTE = re.compile(
    r"(?:注|备注|附注|说明|资料来源|数据来源|来源)\s*(?:\d{1,2}|[一二三四五])?\s*[：:.、]"
)
_SENTENCE_END = "。！？；"


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row, as many as the table has columns; `indent` counts the blanks before the
    first one."""

    cells: tuple[str, ...]
    indent: int = 0

    @property
    def filled(self) -> list[str]:
        return [cell for cell in self.cells if cell]

    @property
    def only(self) -> str:
        """The one text of a row whose other cells are empty or, merged, the same; else ""."""
        filled = set(self.filled)
        alone = len(filled) == 1 and (len(self.filled) == 1 or all(self.cells))
        return next(iter(filled)) if alone else ""

    @property
    def is_note(self) -> bool:
        """True for `注：…` and `资料来源：…`."""
        return bool(_NOTE.match(self.only))


def filled_down(rows: list[Row]) -> list[Row]:
    """Fill the first cells that are empty because the label above them stands for several rows.

    That is so where the row goes on with a label. A row that goes on with a number is one without
    a label, as subtotals are, and a serial number stands for its own row only.
    """
    filled: list[Row] = []
    above: tuple[str, ...] = ()
    for row in rows:
        first = next(i for i, cell in enumerate(row.cells) if cell)
        label = row.cells[first]
        takes = (
            0 < first <= len(above)
            and len(row.filled) > 1
            and not (is_quantity(label) or is_absent(label) or is_total(label))
            and above[first - 1]
            and not is_quantity(above[first - 1])
        )
        if takes:
            row = replace(row, cells=above[:first] + row.cells[first:])
        if not row.only:
            above = row.cells
        filled.append(row)
    return filled


def grouped(rows: list[Row]) -> list[tuple[tuple[str, ...], Row]]:
    """Return the rows with the names of the groups they stand in, outermost first. A row that
    names a group is left out unless no row stands in its group."""
    groups = _groups(rows)
    path: list[int] = []
    shown: dict[int, list[int]] = {}
    for i, row in enumerate(rows):
        closed = [k for k, above in enumerate(path) if _closes(rows, above, i, i in groups)]
        path = path[: closed[0]] if closed else path
        if i in groups:
            path = [*path, i]
        else:
            path = [] if is_total(row.filled[0]) or row.is_note else path
            shown[i] = path
    unused = groups.keys() - {above for path in shown.values() for above in path}
    shown |= {i: [] for i in unused}
    return [(tuple(groups[above] for above in shown[i]), rows[i]) for i in sorted(shown)]


def _group_name(row: Row) -> str:
    """Return the name of the group that a row may open, else "": its one label, or its number and
    its label."""
    number, label = "", row.only if row.cells[0] else ""
    if len(row.filled) == 2 < len(row.cells) and row.cells[1] and len(row.cells[0]) <= 4:
        number, label = row.cells[:2]
        if numbering(number) is None:
            return ""
    if not label or len(label) > LONGEST_LABEL or label[-1] in _SENTENCE_END or _NOTE.match(label):
        return ""
    if is_quantity(label) or is_absent(label) or is_total(label):
        return ""
    return f"{number} {label}".strip().rstrip("：:")


def _groups(rows: list[Row]) -> dict[int, str]:
    """Return the rows that name the group of the rows below them, and the names.

    A row with a label alone may also be an entry without a value. It opens a group where it is
    merged over the whole width, ends in a colon, has indented rows or rows whose labels come back
    in other groups below it, or is numbered otherwise than they are and most rows numbered like it
    have no values either.
    """
    names = {i: name for i, row in enumerate(rows[:-1]) if (name := _group_name(row))}
    ways = [numbering(row.cells[0]) for row in rows]
    labels = Counter(row.cells[0] for row in rows)
    alike, bare = Counter(ways), Counter(ways[i] for i in names)

    def opens(i: int) -> bool:
        row, below = rows[i], rows[i + 1]
        if all(row.cells) or row.filled[-1][-1] in "：:" or below.indent > row.indent:
            return True
        if i + 1 not in names and below.cells[0] and labels[below.cells[0]] > 1:
            return True
        return ways[i] not in {None, ways[i + 1]} and bare[ways[i]] * 2 >= alike[ways[i]]

    return {i: name for i, name in names.items() if opens(i)}


def _closes(rows: list[Row], group: int, i: int, opens: bool) -> bool:
    """True where the group opened by one row ends before row `i`, which `opens` a group or not."""
    row, above = rows[i], rows[group]
    if rows[group + 1].indent > above.indent:
        return row.indent <= above.indent
    way, way_above = numbering(row.cells[0]), numbering(above.cells[0])
    if way is None or way_above is None:
        return opens and way_above is None
    return way <= way_above
