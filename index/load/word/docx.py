"""Word documents: paragraphs and tables in order, with the numbers that Word writes before them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.errors import UnreadableFile
from index.load.content import Block, Content
from index.load.office.graphic import chart_blocks, diagram_blocks
from index.load.office.package import Package, whole
from index.load.paragraph import join_lines
from index.load.table.blocks import table_blocks, unit_above
from index.load.word.inline import W, children, is_on, read_inline, value
from index.load.word.numbering import Numbering
from index.load.word.styles import Style, outline_level, read_styles

if TYPE_CHECKING:
    from lxml.etree import _Element

_TITLE = "{http://purl.org/dc/elements/1.1/}title"
# Longest heading, in characters. Some writers give whole paragraphs a heading's style.
_LONGEST_HEADING = 80
# Pictures beside less text than this are what the document consists of, in characters.
_LITTLE_TEXT = 100
# A title stands in the text before this many characters.
_NEAR = 1000
# More columns than a table of Word can have.
_WIDEST = 100
_NOTES = {"footnotes": "注", "endnotes": "尾注"}


def load_docx(data: bytes) -> Content:
    """Return the text of the document, with its list numbers and notes, without deleted and hidden
    text, comments, headers, footers and the table of contents. It has no pages.

    The title is the paragraph in the style of titles, or that in the properties where the text
    says it too (a template leaves its own there), or the first heading. Raises UnreadableFile if
    the file is damaged, locked or no Word document.
    """
    package = Package.open(data, ".docx")
    main = package.part("officeDocument")
    body = package.tree(main).find(W + "body") if main else None
    if body is None:
        message = "内容不是 Word 文档，请用 Word 或 WPS 打开后另存为 .docx 再重试"
        raise UnreadableFile(message)
    reader = _Reader.open(package, main)
    try:
        blocks = reader.body(body)
    except RecursionError as error:
        message = "文档的内容嵌套过深，无法读出，请用 Word 或 WPS 另存后重试"
        raise UnreadableFile(message) from error
    title = join_lines(reader.title) or _title(package, blocks)
    return Content(tuple(blocks), title=title, problems=reader.problems(blocks))


def _title(package: Package, blocks: list[Block]) -> str:
    part = package.part("core-properties")
    stated = package.tree(part).findtext(_TITLE, "").strip() if part else ""
    opening = "".join(block.text for block in blocks[:_NEAR])[:_NEAR]
    if stated and re.sub(r"\s", "", stated) in re.sub(r"\s", "", opening):
        return stated
    return next((block.text.strip() for block in blocks if block.level), "")


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell of a table: its first column, from 0, and how many it spans. `goes_on` is True where
    it belongs to the cell above, `nests` where it holds a table."""

    column: int
    span: int
    goes_on: bool
    nests: bool
    blocks: list[Block]

    @property
    def text(self) -> str:
        return "\n".join(block.text for block in self.blocks)


@dataclass(slots=True)
class _Reader:
    """A document being read: what its body refers to, and how far its numbers and notes are.

    `title` are the first paragraphs in the style of titles; `titled` is True behind them.
    `unmarked` is the text of paragraphs whose end was deleted: it goes on in the next one. `cited`
    are the notes of the paragraph or table being read, `counts` how many were read of each kind.
    """

    package: Package
    related: dict[str, tuple[str, str]]
    styles: dict[str, Style]
    numbering: Numbering
    notes: dict[str, dict[str, _Element]]
    hidden: frozenset[str]
    title: list[str] = field(default_factory=list)
    titled: bool = False
    unmarked: str = ""
    cited: list[tuple[str, str]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    pictures: int = 0
    embedded: int = 0

    @classmethod
    def open(cls, package: Package, main: str) -> _Reader:
        related = package.related(main)
        parts = dict(related.values())
        trees = {
            kind: package.tree(parts[kind])
            for kind in ("styles", "numbering", *_NOTES)
            if kind in parts
        }
        styles = read_styles(trees["styles"]) if "styles" in trees else {}
        numbering = Numbering.read(trees["numbering"]) if "numbering" in trees else Numbering()
        notes = {
            kind: {note.get(W + "id", ""): note for note in trees[kind]}
            for kind in _NOTES
            if kind in trees
        }
        hidden = frozenset(name for name, style in styles.items() if style.hidden)
        return cls(package, related, styles, numbering, notes, hidden)

    def body(self, body: _Element) -> list[Block]:
        """Return all blocks of the document; a note stands behind the paragraph or the table that
        carries its mark."""
        blocks: list[Block] = []
        for element in children(body):
            blocks += self._element(element, blocks)
            blocks += self._cited_notes()
        return blocks

    def problems(self, blocks: list[Block]) -> tuple[str, ...]:
        problems = []
        if self.pictures and sum(len(block.text) for block in blocks) < _LITTLE_TEXT:
            problems.append(f"文档里有 {self.pictures} 张图片，图中文字没有读出")
        if self.embedded:
            problems.append(f"文档里嵌有 {self.embedded} 个其他文件，其中内容没有读出")
        return tuple(problems)

    def _blocks(self, container: _Element) -> list[Block]:
        blocks: list[Block] = []
        for element in children(container):
            blocks += self._element(element, blocks)
        return blocks

    def _element(self, element: _Element, above: list[Block]) -> list[Block]:
        if element.tag == W + "p":
            return self._paragraph(element)
        if element.tag == W + "tbl":
            return self._table(element, unit_above(block.text for block in reversed(above[-2:])))
        self.embedded += element.tag == W + "altChunk"
        return []

    def _paragraph(self, paragraph: _Element) -> list[Block]:
        """Return a paragraph, and behind it what its text boxes, charts and diagrams hold."""
        properties = paragraph.find(W + "pPr")
        name = value(properties, "pStyle") or ""
        style = self.styles.get(name) or self.styles.get("") or Style()
        inline = read_inline(paragraph, self.hidden)
        self.pictures += inline.pictures
        self.cited += inline.notes
        blocks = []
        if value(properties, "rPr", "del") is not None:
            self.unmarked += inline.text
        elif not (style.hidden or style.is_contents):
            text, self.unmarked = self.unmarked + inline.text, ""
            number = self._number(properties, name, style)
            if text:
                text = number + text.lstrip() if number else text
                blocks = [Block(text, self._level(properties, style, text))]
        for box in inline.boxes:
            blocks += self._blocks(box)
        for relation in inline.graphics:
            blocks += self._graphic(relation)
        return blocks

    def _number(self, properties: _Element | None, name: str, style: Style) -> str:
        """Count a paragraph in its list, and return its number with the space behind it."""
        own = value(properties, "numPr", "numId")
        number_id = style.number if own is None else own
        if number_id is None:
            return ""
        place = value(properties, "numPr", "ilvl")
        if place is not None:
            return self.numbering.next(number_id, whole(place))
        linked = self.numbering.level_of(number_id, name)
        return self.numbering.next(number_id, linked if style.place is None else style.place)

    def _level(self, properties: _Element | None, style: Style, text: str) -> int | None:
        """Return the depth of a heading; None for other text. Takes note of the title."""
        if style.is_title and not self.titled:
            self.title.append(text.strip())
        self.titled = bool(self.title) and not style.is_title
        if len(text) > _LONGEST_HEADING:
            return None
        stated = outline_level(value(properties, "outlineLvl"))
        level = style.level if stated is None else stated
        return 1 if style.is_title else level or None

    def _table(self, table: _Element, unit: str) -> list[Block]:
        """Return the rows of a table, or where it only serves the lay-out, one cell wide or around
        other tables, what its cells hold."""
        rows = [row for row in children(table) if row.tag == W + "tr"]
        rows = [row for row in rows if value(row, "trPr", "del") is None]
        cells = [self._row(row) for row in rows]
        width = max((cell.column + cell.span for row in cells for cell in row), default=0)
        if width < 2 or any(cell.nests for row in cells for cell in row):
            return [block for row in cells for cell in row for block in cell.blocks]
        repeated = [bool(is_on(row, "trPr", "tblHeader")) for row in rows]
        header = repeated.index(False) if False in repeated else 0
        return table_blocks(_grid(cells, width), unit, header_rows=header or None)

    def _row(self, row: _Element) -> list[_Cell]:
        column = _columns(value(row, "trPr", "gridBefore"))
        cells = []
        for item in children(row):
            if item.tag == W + "tc":
                merged = value(item, "tcPr", "vMerge")
                cell = _Cell(
                    column,
                    span=max(_columns(value(item, "tcPr", "gridSpan")), 1),
                    goes_on=merged is not None and merged != "restart",
                    nests=any(child.tag == W + "tbl" for child in children(item)),
                    blocks=self._blocks(item),
                )
                cells.append(cell)
                column += cell.span
        return cells

    def _graphic(self, relation: str) -> list[Block]:
        kind, part = self.related.get(relation, ("", ""))
        if kind == "chart":
            return chart_blocks(self.package.tree(part))
        return diagram_blocks(self.package.tree(part)) if kind == "diagramData" else []

    def _cited_notes(self) -> list[Block]:
        cited, self.cited = self.cited, []
        blocks = []
        for kind, key in cited:
            note = self.notes.get(kind, {}).get(key)
            if note is not None:
                self.counts[kind] = self.counts.get(kind, 0) + 1
                text = join_lines(block.text for block in self._blocks(note))
                blocks.append(Block(f"{_NOTES[kind]}{self.counts[kind]}：{text}"))
        return blocks


def _columns(count: str | None) -> int:
    return min(max(whole(count), 0), _WIDEST)


def _grid(rows: list[list[_Cell]], width: int) -> list[list[str]]:
    """Return the texts of a table; a merged cell's stands in the first column of each of its rows,
    and in all columns where it spans them all."""
    grid: list[list[str]] = []
    for row in rows:
        texts = [""] * width
        for cell in row:
            text = grid[-1][cell.column] if cell.goes_on and grid else cell.text
            spanned = cell.span if cell.span == width else 1
            texts[cell.column : cell.column + spanned] = [text] * spanned
        grid.append(texts)
    return grid
