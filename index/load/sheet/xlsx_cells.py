"""What `.xlsx` files say of cells beside their values: number formats, formulas without result."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.load.office.number_format import BUILT_IN
from index.load.office.package import Package, whole
from index.load.sheet.grid import MOST_CELLS

if TYPE_CHECKING:
    from lxml.etree import _Element

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_LETTERS = re.compile("[A-Z]{1,3}")
_NUMBERS = {"n", ""}


@dataclass(frozen=True, slots=True)
class Marks:
    """Of a sheet: the number formats of its numbers by (row, column) from 0, how many formulas
    were stored without their result, whether its cells stand close enough to be read, and the part
    that holds its drawings."""

    formats: dict[tuple[int, int], str]
    uncached: int
    is_compact: bool
    drawing: str


def read_marks(package: Package) -> dict[str, Marks]:
    """Return what an `.xlsx` file says of the cells of its sheets, by the names of these; nothing
    of an `.xlsb` file. Raises UnreadableFile if a part is damaged."""
    main = package.part("officeDocument")
    if not main.endswith(".xml"):
        return {}
    related = package.related(main)
    styles = next((part for kind, part in related.values() if kind == "styles"), "")
    formats = _formats(package.tree(styles)) if styles else []
    return {
        item.get("name", ""): _marks(package, related[item.get(_REL + "id", "")][1], formats)
        for item in package.tree(main).iter(_S + "sheet")
        if item.get(_REL + "id") in related
    }


def _formats(styles: _Element) -> list[str]:
    """Return the number format of each cell style; "" for the general one."""
    stated = {
        whole(item.get("numFmtId")): item.get("formatCode", "")
        for item in styles.iter(_S + "numFmt")
    }
    codes = BUILT_IN | stated
    cells = styles.find(_S + "cellXfs")
    return [] if cells is None else [codes.get(whole(xf.get("numFmtId")), "") for xf in cells]


def _marks(package: Package, part: str, formats: list[str]) -> Marks:
    found: dict[tuple[int, int], str] = {}
    uncached = height = width = 0
    for y, x, cell in _placed(package, part):
        value, kind = cell.findtext(_S + "v"), cell.get("t", "")
        formula = cell.find(_S + "f") is not None
        uncached += formula and (value is None or (not value and kind != "str"))
        if value is None and kind != "inlineStr":
            continue
        height, width = max(height, y + 1), max(width, x + 1)
        style = whole(cell.get("s"))
        if kind in _NUMBERS and style < len(formats) and formats[style]:
            found[y, x] = formats[style]
    return Marks(found, uncached, height * width <= MOST_CELLS, package.part("drawing", part))


def _placed(package: Package, part: str) -> Iterator[tuple[int, int, _Element]]:
    """Yield each cell of a sheet behind its row and column, from 0. What does not state its place
    stands behind the one before it."""
    y = -1
    for row in package.elements(part, _S + "row"):
        x = -1
        y = whole(row.get("r"), y + 2) - 1
        for cell in row.iterchildren(_S + "c"):
            letters = _LETTERS.match(cell.get("r", ""))
            x = _column(letters[0]) if letters else x + 1
            yield y, x, cell


def _column(letters: str) -> int:
    """Return the number of a column, from 0: A is 0, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
