"""Presentations: each slide a page, its title a heading, its texts in the order of reading."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from index.errors import UnreadableFile
from index.load.content import PAGE_BREAK, Block, Content
from index.load.office.counting import counted
from index.load.office.graphic import chart_blocks, diagram_blocks, drawn_line
from index.load.office.package import Package, whole
from index.load.paragraph import join_lines
from index.load.table.blocks import table_blocks, unit_above, unit_of

if TYPE_CHECKING:
    from lxml.etree import _Element

_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"

_TITLES = {"title", "ctrTitle"}
_FOOTERS = {"dt", "ftr", "hdr", "sldNum"}
# Longest text of a slide without a title that is taken for one, in characters.
_LONGEST_TITLE = 30
# Ways of numbering paragraphs by the name that DrawingML gives them (ECMA-376 Part 1, 20.1.10.61).
_NUMBERED = re.compile(
    "(arabic|alphaLc|alphaUc|romanLc|romanUc|circleNum|ea1Chs|ea1Cht)(?:Db|Wd(?:Black|White))?"
    "(Period|ParenR|ParenBoth|Plain)"
)
_COUNTED = {
    "arabic": "decimal",
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
    "circleNum": "decimalEnclosedCircle",
    "ea1Chs": "chineseCounting",
    "ea1Cht": "chineseCounting",
}
_PATTERNS = {"Period": "{}. ", "ParenR": "{})", "ParenBoth": "({})", "Plain": "{} "}


_HOLDERS = {_P + "sp", _P + "pic", _P + "graphicFrame", _P + "grpSp"}


@dataclass(frozen=True, slots=True)
class _Box:
    """Where a shape stands, in EMU (1/914400 inch) from the top left corner."""

    top: int = 0
    left: int = 0
    height: int = 0

    @property
    def middle(self) -> float:
        return self.top + self.height / 2


@dataclass(frozen=True, slots=True)
class _Slide:
    """What a slide holds; `opens` is True for one that opens a part of the presentation."""

    title: str
    body: list[Block]
    notes: list[Block]
    pictures: int
    opens: bool


def load_pptx(data: bytes) -> Content:
    """Return the text of all slides, hidden ones too, each with its notes behind it as `备注：…`.

    Title is that of the first slide that has one. Raises UnreadableFile if the file is damaged,
    locked or no presentation.
    """
    package = Package.open(data, ".pptx")
    main = package.part("officeDocument")
    root = package.tree(main) if main else None
    if root is None or root.tag != _P + "presentation":
        message = "内容不是演示文稿，请用 PowerPoint 或 WPS 打开后另存为 .pptx 再重试"
        raise UnreadableFile(message)
    related = package.related(main)
    names = [
        related.get(item.get(_REL + "id", ""), ("", ""))[1] for item in root.iter(_P + "sldId")
    ]
    try:
        slides = [_read(package, name) for name in names if name]
    except RecursionError as error:
        message = "演示文稿的内容嵌套过深，无法读出，请用 PowerPoint 或 WPS 另存后重试"
        raise UnreadableFile(message) from error
    parted = any(slide.opens for slide in slides)
    blocks = [b for slide in slides for b in _page(slide, 2 if parted and not slide.opens else 1)]
    title = next((slide.title for slide in slides if slide.title), "")
    return Content(tuple(blocks), title=title, problems=_problems(slides))


def _problems(slides: list[_Slide]) -> tuple[str, ...]:
    pages = [str(i) for i, slide in enumerate(slides, 1) if slide.pictures and not slide.body]
    return (f"第 {'、'.join(pages)} 页只有图片，图中文字没有读出",) if pages else ()


def _page(slide: _Slide, level: int) -> list[Block]:
    title = [Block(slide.title, level)] if slide.title else []
    first, *rest = [*title, *slide.body, *slide.notes] or [Block("")]
    return [replace(first, text=PAGE_BREAK + first.text), *rest]


def _read(package: Package, name: str) -> _Slide:
    related = package.related(name)
    parts = dict(related.values())
    layout = package.tree(parts["slideLayout"]) if "slideLayout" in parts else None
    tree = package.tree(name).find(f"{_P}cSld/{_P}spTree")
    shapes = [] if tree is None else _ordered(tree, _places(package, parts))
    titles = [shape for shape in shapes if _placeholder(shape) in _TITLES] or _standing_in(shapes)
    notes = package.tree(parts["notesSlide"]).iter(_P + "sp") if "notesSlide" in parts else ()
    return _Slide(
        title=join_lines(
            line for shape in titles for text in _paragraphs(shape) for line in text.split("\n")
        ),
        body=_body([shape for shape in shapes if shape not in titles], package, related),
        notes=[
            Block(f"备注：{text}")
            for shape in notes
            if _placeholder(shape) == "body"
            for text in _paragraphs(shape)
        ],
        pictures=sum(next(shape.iter(_A + "blip"), None) is not None for shape in shapes),
        opens=layout is not None and layout.get("type") == "secHead",
    )


def _standing_in(shapes: list[_Element]) -> list[_Element]:
    """Return the text box that stands in for a title on a slide without one: the first shape, one
    short paragraph and no unit, with something below it."""
    texts = _paragraphs(shapes[0]) if len(shapes) > 1 and shapes[0].tag == _P + "sp" else []
    short = len(texts) == 1 and len(texts[0]) <= _LONGEST_TITLE
    return shapes[:1] if short and not unit_of(texts[0]) else []


# Shapes and where they stand.


def _ordered(tree: _Element, places: dict[str, _Box]) -> list[_Element]:
    """Return the shapes below an element that are shown and hold something, from top to bottom and
    those beside each other from left to right; a group is one thing."""
    placed = []
    for shape in _shapes(tree):
        found = _box(shape) or places.get(_key(shape)) or places.get(_placeholder(shape)) or _Box()
        inner = _ordered(shape, {}) if shape.tag == _P + "grpSp" else [shape]
        placed.append((found, inner))
    rows: list[list[tuple[_Box, list[_Element]]]] = []
    for box, inner in sorted(placed, key=lambda item: item[0].top):
        if not rows or box.top > rows[-1][0][0].middle:
            rows.append([])
        rows[-1].append((box, inner))
    return [
        shape
        for row in rows
        for _, inner in sorted(row, key=lambda item: item[0].left)
        for shape in inner
    ]


def _shapes(tree: _Element) -> Iterator[_Element]:
    for shape in tree:
        if shape.tag == _MC:
            yield from _shapes(shape[0]) if len(shape) else ()
        elif shape.tag in _HOLDERS and not _is_left_out(shape):
            yield shape


def _is_left_out(shape: _Element) -> bool:
    properties = next(shape.iter(_P + "cNvPr"), None)
    hidden = properties is not None and properties.get("hidden") in {"1", "true"}
    return hidden or _placeholder(shape) in _FOOTERS


def _placeholder(shape: _Element) -> str:
    """Return the kind of a placeholder, `obj` where none is stated; "" for other shapes."""
    found = None if shape.tag == _P + "grpSp" else next(shape.iter(_P + "ph"), None)
    return "" if found is None else found.get("type", "obj")


def _key(shape: _Element) -> str:
    """Return the number of a placeholder, which it shares with that of the layout."""
    found = None if shape.tag == _P + "grpSp" else next(shape.iter(_P + "ph"), None)
    return "" if found is None else f"#{found.get('idx', '0')}"


def _places(package: Package, parts: dict[str, str]) -> dict[str, _Box]:
    """Return where placeholders stand that a slide does not place itself, by kind and by number."""
    places: dict[str, _Box] = {}
    layout = parts.get("slideLayout", "")
    master = package.part("slideMaster", layout) if layout else ""
    for name in filter(None, (master, layout)):
        for shape in package.tree(name).iter(_P + "sp"):
            if _placeholder(shape) and (box := _box(shape)):
                places |= {_placeholder(shape): box, _key(shape): box}
    return places


def _box(shape: _Element) -> _Box | None:
    form = next(shape.iter(_A + "xfrm", _P + "xfrm"), None)
    offset = None if form is None else form.find(_A + "off")
    extent = None if form is None else form.find(_A + "ext")
    if offset is None or extent is None:
        return None
    return _Box(whole(offset.get("y")), whole(offset.get("x")), whole(extent.get("cy")))


# What shapes hold.


def _body(
    shapes: list[_Element], package: Package, related: dict[str, tuple[str, str]]
) -> list[Block]:
    """Return the blocks of shapes; the unit stated last above a table is that of its values."""
    blocks: list[Block] = []
    for shape in shapes:
        unit = unit_above(block.text for block in blocks[-1:])
        blocks += _blocks(shape, unit, package, related)
    return blocks


def _blocks(
    shape: _Element, unit: str, package: Package, related: dict[str, tuple[str, str]]
) -> list[Block]:
    if (table := next(shape.iter(_A + "tbl"), None)) is not None:
        return table_blocks(_grid(table), unit)
    chart, diagram = next(shape.iter(_CHART), None), next(shape.iter(_DIAGRAM), None)
    if chart is not None:
        _, part = related.get(chart.get(_REL + "id", ""), ("", ""))
        return chart_blocks(package.tree(part)) if part else []
    if diagram is not None:
        _, part = related.get(diagram.get(_REL + "dm", ""), ("", ""))
        return diagram_blocks(package.tree(part)) if part else []
    return [Block(text) for text in _paragraphs(shape)]


def _grid(table: _Element) -> list[list[str]]:
    """Return the texts of a table; a merged cell's stands in the first column of each of its rows,
    and in all columns where it spans them all."""
    grid: list[list[str]] = []
    for row in table.iterchildren(_A + "tr"):
        texts: list[str] = []
        for column, cell in enumerate(row.iterchildren(_A + "tc")):
            above = grid[-1][column] if grid and column < len(grid[-1]) else ""
            goes_on = cell.get("vMerge") in {"1", "true"}
            texts.append(above if goes_on else "\n".join(_paragraphs(cell)))
        spans = row.find(_A + "tc")
        if spans is not None and spans.get("gridSpan") == str(len(texts)):
            texts = texts[:1] * len(texts)
        grid.append(texts)
    return grid


def _paragraphs(shape: _Element) -> list[str]:
    """Return the paragraphs of a shape or a cell that are not empty, with their numbers."""
    counts: dict[int, tuple[str, int]] = {}
    texts = []
    for paragraph in shape.iter(_A + "p"):
        text = drawn_line(paragraph)
        if text:
            texts.append(_number(paragraph.find(_A + "pPr"), counts) + text)
    return texts


def _number(properties: _Element | None, counts: dict[int, tuple[str, int]]) -> str:
    """Return the number of a paragraph with the space behind it; `counts` holds how far each level
    of the list is, and in which way it is numbered."""
    place = 0 if properties is None else whole(properties.get("lvl"))
    for deeper in [level for level in counts if level > place]:
        del counts[deeper]
    numbered = None if properties is None else properties.find(_A + "buAutoNum")
    way = "" if numbered is None else numbered.get("type", "")
    form = _NUMBERED.fullmatch(way)
    if numbered is None or form is None:
        counts.pop(place, None)
        return ""
    before, count = counts.get(place, ("", 0))
    count = count + 1 if before == way else whole(numbered.get("startAt"), 1)
    counts[place] = (way, count)
    return _PATTERNS[form[2]].format(counted(count, _COUNTED[form[1]]))
