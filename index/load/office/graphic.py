"""What can be read of the drawings in Office files: charts, diagrams, formulas."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING

from index.load.content import Block
from index.load.office.number_format import shown
from index.load.office.package import whole
from index.load.table.blocks import table_blocks

if TYPE_CHECKING:
    from lxml.etree import _Element

_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
# Parts of a formula, with what stands between them in one line of text.
_BETWEEN = {"f": "/", "sSup": "^", "sSub": "_", "sSubSup": "_^"}
# Points of a diagram that hold no text of their own.
_LINES = {"parTrans", "sibTrans", "pres"}


def chart_blocks(chart: _Element) -> list[Block]:
    """Return the title of a chart, and a row for each of its categories with the values of all
    series."""
    title = chart.find(f"{_CHART}chart/{_CHART}title")
    blocks = [] if title is None else [Block(text) for text in drawn_text(title)]
    series = list(chart.iter(_CHART + "ser"))
    values: list[dict[str, str]] = []
    categories: dict[str, str] = {}
    for one in series:
        categories |= _points(one, "cat", "xVal")
        values.append(_points(one, "val", "yVal"))
    header = ["类别", *("".join(_points(one, "tx").values()) for one in series)]
    places = sorted({place for points in (categories, *values) for place in points}, key=whole)
    rows = [
        [categories.get(place, ""), *(points.get(place, "") for points in values)]
        for place in places
    ]
    return blocks + (table_blocks([header, *rows], header_rows=1) if rows else [])


def _points(series: _Element, *names: str) -> dict[str, str]:
    """Return the text of each point of a series, by its number from 0, as the chart last showed
    it."""
    found = next((child for name in names for child in series.iterchildren(_CHART + name)), None)
    if found is None:
        return {}
    points = {}
    for point in found.iter(_CHART + "pt"):
        text = point.findtext(_CHART + "v", "").strip()
        code = point.get("formatCode") or point.getparent().findtext(_CHART + "formatCode", "")
        # Categories of several levels: the outer one stands further down.
        place = point.get("idx", "0")
        above = points.get(place, "")
        points[place] = f"{_number(text, code)} {above}".strip()
    return points


def _number(text: str, code: str) -> str:
    if not code:
        return text
    try:
        return shown(float(text), code)
    except ValueError:
        return text


def diagram_blocks(data: _Element) -> list[Block]:
    """Return the texts in the data part of a SmartArt diagram, one a paragraph."""
    points = (
        point for point in data.iter(_DIAGRAM + "pt") if point.get("type", "node") not in _LINES
    )
    return [Block(text) for point in points for text in drawn_text(point)]


def drawn_text(element: _Element) -> Iterator[str]:
    """Yield the paragraphs of DrawingML text that are not empty."""
    yield from filter(None, map(drawn_line, element.iter(_DRAWING + "p")))


def drawn_line(paragraph: _Element) -> str:
    """Return the text of a DrawingML paragraph."""
    return "".join(_run(node) for node in paragraph.iter() if isinstance(node.tag, str)).strip()


def _run(node: _Element) -> str:
    if node.tag == _DRAWING + "t":
        return node.text or ""
    if node.tag == _DRAWING + "br":
        return "\n"
    return formula_text(node) if node.tag == _MATH + "oMath" else ""


def formula_text(math: _Element) -> str:
    """Return a formula in one line of text: `a/b`, `x^2`, `√(x)`."""
    name = math.tag.rpartition("}")[2]
    if name == "t":
        return math.text or ""
    parts = [formula_text(child) for child in math if isinstance(child.tag, str)]
    if name in _BETWEEN:
        texts = [part if part.isalnum() else f"({part})" for part in parts if part]
        return "".join(map("".join, zip_longest(texts, _BETWEEN[name], fillvalue="")))
    text = "".join(parts)
    if name == "d":
        return _sign(math, "begChr", "(") + text + _sign(math, "endChr", ")")
    if name == "nary":
        return _sign(math, "chr", "∫") + text
    return f"√({text})" if name == "rad" else text


def _sign(math: _Element, name: str, usual: str) -> str:
    sign = math.find(f"{_MATH}{math.tag.rpartition('}')[2]}Pr/{_MATH}{name}")
    return usual if sign is None else sign.get(_MATH + "val", "")
