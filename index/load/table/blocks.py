"""Tables to blocks: each row with its header, so that a row can be read alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from index.load.content import Block
from index.load.paragraph import join_lines
from index.load.table.cell import is_quantity, is_year, numbering
from index.load.table.form import is_form, pairs_of
from index.load.table.rows import Row, filled_down, grouped

# The unit of a table stands in a line above it, or behind its title. An organisation that fills in
# the table is a 单位 as well.
_UNIT = re.compile(
    r"[（(]?((?:计量|货币|金额|数量)?单位\s*[:：][^\n）)]{1,20}"
    r"(?<![局厅委院司府校])(?<!中心)(?<!办公室))[）)]?$"
)
_TITLE_UNIT = re.compile(r"[（(]((?:计量|货币|金额)?单位\s*[:：][^\n（()）]{1,20})[）)]$")
# No row of the table before, which may end in its unit as well.
_TITLE_ABOVE = re.compile(rf"[^\n：:；。【】]{{1,60}}{_TITLE_UNIT.pattern}")
_SENTENCE_END = "。！？；"

# Longest title, and shortest cell that is running text, in characters.
_TITLE, _PROSE = 60, 100
_HEADER_ROWS = 3
# What stands at the left of a row that numbers the columns.
_COLUMN_LABELS = {"甲", "乙", "丙", "丁", "栏次", "行次", "列号", "序号", "栏目", ""}


def unit_of(line: str) -> str:
    """Return `单位：万元` of a line that states the unit of the table below it, else ""."""
    match = _UNIT.match(line.strip())
    return match[1] if match else ""


def unit_above(lines: Iterable[str]) -> str:
    """Return the unit that one of the lines above a table states, alone or behind the title of the
    table; the nearest line comes first. "" where none does."""
    for line in lines:
        title = _TITLE_ABOVE.fullmatch(line.strip())
        if unit := title[1] if title else unit_of(line):
            return unit
    return ""


def table_blocks(
    rows: Sequence[Sequence[str]],
    unit: str = "",
    caption_level: int | None = None,
    header_rows: int | None = None,
) -> list[Block]:
    """Return each row below the header as `header：cell；header：cell（unit）`, in order.

    A merged cell may stand in the first of its places alone or in all of them. `header_rows` are
    those at the top that the format marks as header; None where its cells must tell. Of a header
    of several rows the names are joined: `2023年·金额`.

    Titles above the header become paragraphs, the longest one a heading where `caption_level` is
    given; a unit stated there takes the place of `unit`. A row that only names a group stands
    before each row of the group: `【城镇】`. A form becomes `label：value；label：value`, a single
    column paragraphs. Every cell that is not empty is in some block, written as in the source but
    for its line breaks.
    """
    grid = _grid(rows)
    if not grid:
        return []
    cells = grid[0].cells
    if len(cells) == 1 or (len(grid) == 1 and max(map(len, cells)) >= _PROSE):
        return _paragraphs(cell for row in rows for cell in row)
    titles, unit, table = _top(grid, unit)
    if header_rows is None and is_form(table):
        blocks = [Block(pairs_of(row) + _bracketed(unit, row)) for row in table]
    else:
        above = len(grid) - len(table)
        depth = _header_depth(table) if header_rows is None else max(header_rows - above, 0)
        blocks = _row_blocks(table[:depth], table[depth:], unit) if table else []
    if unit and any(unit in block.text for block in blocks):
        titles = [title for title in titles if unit_of(title) != unit]
    return _title_blocks(titles, caption_level) + blocks


def _grid(rows: Sequence[Sequence[str]]) -> list[Row]:
    """Return the rows that are not empty, all of one width, without empty columns."""
    width = max(map(len, rows), default=0)
    table = []
    for row in rows:
        cells = [_one_line(cell) for cell in row] + [""] * (width - len(row))
        first = row[0].lstrip("\n") if row else ""
        table.append(Row(tuple(cells), len(first) - len(first.lstrip())))
    used = [i for i in range(width) if any(row.cells[i] for row in table)]
    return [
        replace(row, cells=tuple(row.cells[i] for i in used)) for row in table if any(row.cells)
    ]


def _one_line(cell: str) -> str:
    """Return the text of a cell in one line; items of a list stay apart."""
    text, *more = cell.splitlines() or [""]
    text = text.strip()
    for line in filter(None, map(str.strip, more)):
        item = text and numbering(line) is not None
        text = f"{text} {line}" if item else join_lines((text, line))
    return text


def _paragraphs(cells: Iterable[str]) -> list[Block]:
    lines = (line.strip() for cell in cells for line in cell.splitlines())
    return [Block(line) for line in lines if line]


def _top(grid: list[Row], unit: str) -> tuple[list[str], str, list[Row]]:
    """Return the lines above the header, the unit, and the rows from the header on."""
    titles: list[str] = []
    for i, row in enumerate(grid):
        stated = [cell for cell in row.filled if unit_of(cell)]
        if stated and not any(map(is_quantity, row.filled)):
            unit = unit_of(stated[-1])
            titles += dict.fromkeys(row.filled)
        elif row.only and (row.cells[0] or not is_year(row.only)):
            titles.append(row.only)
            if match := _TITLE_UNIT.search(row.only):
                unit = match[1]
        else:
            return titles, unit, grid[i:]
    return titles, unit, []


def _title_blocks(titles: list[str], level: int | None) -> list[Block]:
    short = [
        t for t in titles if len(t) <= _TITLE and t[-1] not in _SENTENCE_END and not unit_of(t)
    ]
    caption = max(short, key=len, default="")
    return [Block(title, level if title == caption else None) for title in titles]


def _bracketed(unit: str, row: Row) -> str:
    numbers = any(char.isdigit() for cell in row.cells for char in cell)
    return f"（{unit}）" if unit and numbers else ""


def _header_depth(grid: list[Row]) -> int:
    """Return how many rows the header has; 0 where the first row already holds quantities.

    A header goes on in the next row where that row holds no quantities either and does not open
    with a label of its own: its first cell is empty or, merged, the same as above.
    """
    if not grid:
        return 0
    # The months of a year may be numbered.
    numbered = _counts_columns(grid[0].filled, set(grid[0].cells[:1]))
    if any(map(is_quantity, grid[0].cells)) and not numbered:
        return 0
    depth = 1
    while depth < min(_HEADER_ROWS, len(grid) - 1) and _goes_on(grid[:depth], grid[depth]):
        depth += 1
    return depth


def _goes_on(header: list[Row], row: Row) -> bool:
    if any(map(is_quantity, row.cells)) or (row.only and row.cells[0]):
        return False
    corner = header[-1].cells[0]
    if row.cells[0] in {"", corner}:
        return True
    # 项目 stands in the second row where the first one only holds the names of groups.
    above = header[-1].cells
    spans = any(
        below and (not name or name == before)
        for before, name, below in zip(above[1:], above[2:], row.cells[2:], strict=False)
    )
    return not corner and spans


def _names(header: list[Row]) -> list[str]:
    """Return the name of each column, its parts joined: `2023年·金额`."""
    if not header:
        return []
    spread = [_spread(header, i) for i in range(len(header) - 1)] + [header[-1].cells]
    return [_joined(parts) for parts in zip(*spread, strict=True)]


def _joined(parts: Iterable[str]) -> str:
    """Return the parts of a column's name with a point between them, but for `增速（%）`."""
    name = "·".join(dict.fromkeys(filter(None, parts)))
    return name.replace("·（", "（").replace("·(", "(")


def _spread(header: list[Row], i: int) -> tuple[str, ...]:
    """Return the cells of a header's row, merged names in all their places. A name goes on to the
    right until the next one in its own row or in a row above; the first column's does not."""
    cells = list(header[i].cells)
    for column in range(2, len(cells)):
        opens = any(row.cells[column] for row in header[:i])
        if not cells[column] and not opens:
            cells[column] = cells[column - 1]
    return tuple(cells)


def _row_blocks(header: list[Row], body: list[Row], unit: str) -> list[Block]:
    repeated = {row.cells for row in header}
    names = _names(header) or [""] * len(body[0].cells)
    blocks, used = [], set()
    for group, row in grouped(filled_down([row for row in body if row.cells not in repeated])):
        if _stands_alone(row):
            text = "；".join(dict.fromkeys(row.filled) if row.only else row.filled)
        else:
            used |= {i for i, cell in enumerate(row.cells) if cell}
            text = _named(names, row.cells) + _bracketed(unit, row)
        blocks.append(Block(f"【{'·'.join(group)}】{text}" if group else text))
    # The names of columns without a single value.
    empty = [name for i, name in enumerate(names) if name and i not in used]
    return blocks + ([Block("；".join(dict.fromkeys(empty)))] if empty else [])


def _named(names: Sequence[str], cells: Sequence[str]) -> str:
    shown = zip(names, cells, strict=True)
    return "；".join(f"{name}：{cell}" if name else cell for name, cell in shown if cell)


def _stands_alone(row: Row) -> bool:
    """True for what is not under the header: a note, a cell over the whole width, the numbers of
    the columns."""
    if row.cells[0] in _COLUMN_LABELS:
        return _counts_columns(row.filled, _COLUMN_LABELS)
    return row.is_note or (bool(row.only) and all(row.cells))


def _counts_columns(cells: list[str], labels: set[str]) -> bool:
    """True where the cells are 1, 2, 3, ... but for `labels`."""
    numbers = [cell.strip("()（）") for cell in cells if cell not in labels]
    return len(numbers) >= 3 and numbers == [str(i) for i in range(1, len(numbers) + 1)]
