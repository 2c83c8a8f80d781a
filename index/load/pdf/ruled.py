"""Ruled tables on a PDF page: the cells that its rules enclose, and the text in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from index.load.layout.page import Table, TextLine

if TYPE_CHECKING:
    from numpy.typing import NDArray

Box = tuple[float, float, float, float]

# Rules that are no further apart are one, and shorter ones are dots or the ends of thick ones, in
# points (the first is pdfplumber's own default); a straight rule leans no further.
_SNAP, _SHORTEST, _LEAN = 3.0, 3.0, 1.0
# More rules than any table has are a drawing.
_MOST_RULES = 50_000
# Of the rows of a table this share has text; the grid behind a chart has none.
_FILLED = 0.5


def find_tables(rules: NDArray[np.floating]) -> list[list[Box]]:
    """Return the cells of each ruled table, as boxes like the rules.

    `rules` are (n, 4) straight lines in points from the top left corner of the page: left, top,
    right, bottom. A table has two rows and two columns at least.
    """
    edges = _edges(rules)
    if not 6 <= len(edges) <= _MOST_RULES:
        return []
    # pdfplumber would read the whole page again, at a tenth of PDFium's speed, to find the rules:
    # its search for cells is all that is wanted.
    from pdfplumber.table import (
        cells_to_tables,
        edges_to_intersections,
        intersections_to_cells,
        merge_edges,
    )

    merged = merge_edges(edges, _SNAP, _SNAP, _SNAP, _SNAP)
    crossings = edges_to_intersections(merged, _SNAP, _SNAP)
    tables = cells_to_tables(intersections_to_cells(crossings))
    return [cells for cells in tables if all(len(places) > 2 for places in _places(cells))]


def _edges(rules: NDArray[np.floating]) -> list[dict[str, Any]]:
    """Return the level and the upright rules as pdfplumber's edges."""
    width, height = rules[:, 2] - rules[:, 0], rules[:, 3] - rules[:, 1]
    level = (height <= _LEAN) & (width >= _SHORTEST)
    upright = (width <= _LEAN) & (height >= _SHORTEST)
    edges = []
    for (x0, top, x1, bottom), is_level in zip(
        rules[level | upright].tolist(), level[level | upright], strict=True
    ):
        sides = {"top": top, "bottom": top} if is_level else {"top": top, "bottom": bottom}
        ends = {"x0": x0, "x1": x1} if is_level else {"x0": x0, "x1": x0}
        lengths = {"width": ends["x1"] - x0, "height": sides["bottom"] - top, "doctop": top}
        edges.append({**ends, **sides, **lengths, "orientation": "h" if is_level else "v"})
    return edges


def _places(cells: Sequence[Box]) -> tuple[list[float], list[float]]:
    """Return where the columns and the rows of a table begin and end."""
    across = sorted({x for left, _, right, _ in cells for x in (left, right)})
    down = sorted({y for _, top, _, bottom in cells for y in (top, bottom)})
    return across, down


def cell_of(boxes: NDArray[np.floating], cells: Sequence[Box]) -> NDArray[np.integer]:
    """Return (n,) for each of (n, 4) boxes the index of the cell that its middle lies in, or -1."""
    found = np.full(len(boxes), -1)
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    for at, (left, top, right, bottom) in enumerate(cells):
        found[(left <= x) & (x < right) & (top <= y) & (y < bottom)] = at
    return found


def fill_tables(
    tables: Sequence[Sequence[Box]], lines: Iterable[tuple[int, TextLine]]
) -> tuple[tuple[TextLine, ...], tuple[Table, ...]]:
    """Return the lines outside of tables, and the tables with their text.

    `lines` come with the index of their cell, counted through all tables, or -1. A cell stands in
    all the places that it is merged of. The lines of a grid that is hardly filled are no table's.
    """
    inside: dict[int, list[TextLine]] = defaultdict(list)
    for cell, line in lines:
        inside[cell].append(line)
    outside = inside.pop(-1, [])
    filled = []
    first = 0
    for cells in tables:
        here = {at - first: inside[at] for at in range(first, first + len(cells)) if at in inside}
        first += len(cells)
        table = _filled(cells, {at: _cell_text(lines) for at, lines in here.items()})
        if sum(any(row) for row in table.rows) >= len(table.rows) * _FILLED and len(here) > 1:
            filled.append(table)
        else:
            outside += [line for lines in here.values() for line in lines]
    return tuple(outside), tuple(filled)


def _filled(cells: Sequence[Box], texts: dict[int, str]) -> Table:
    across, down = _places(cells)
    rows = [[""] * (len(across) - 1) for _ in down[1:]]
    for at, (left, top, right, bottom) in enumerate(cells):
        for row in rows[down.index(top) : down.index(bottom)]:
            for column in range(across.index(left), across.index(right)):
                row[column] = texts.get(at, "")
    return Table(tuple(map(tuple, rows)), across[0], down[0], across[-1], down[-1])


def _cell_text(lines: Sequence[TextLine]) -> str:
    """Return the lines of a cell, one below the other."""
    rows: list[list[TextLine]] = []
    for line in sorted(lines, key=lambda line: line.bottom):
        if rows and line.bottom - rows[-1][0].bottom < line.size / 2:
            rows[-1].append(line)
        else:
            rows.append([line])
    return "\n".join(
        " ".join(line.text for line in sorted(row, key=lambda line: line.left)) for row in rows
    )
