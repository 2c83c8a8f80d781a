"""Lines in reading order to paragraphs, also over columns and pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from index.headings import article_number, heading_level
from index.load.layout.columns import Column
from index.load.layout.page import Table, TextLine
from index.load.paragraph import join_lines
from index.load.table.blocks import unit_above

# A line that begins with one of these may open a paragraph: items of a list beside what
# `heading_level` and `article_number` know.
_ITEM = re.compile(
    r"[（(]?[\d一二三四五六七八九十]{1,3}[)）、．]|\d{1,2}\.(?!\d)|[①-⑳●○■□◆◇▪•★☆✓➢]|[-–—]\s"
)
_SENTENCE_END = re.compile(r"[。！？!?；;：:…][”’」』）)]?$")
# An entry in a table of contents ends with dots and the number of its page.
_ENTRY = re.compile(r"(?:[.．·•…]\s*){3,}\d*$")
# The first word of a line, which had no room on the line before: with the marks that cannot begin
# a line.
_FIRST_WORD = re.compile(r"[（(《“‘「『【〈]*(?:[!-~]+|.)[，。；：、！？）》”’％%]*")

# What stands below a title and is no part of it: a date, a remark in brackets.
_NO_TITLE = re.compile(r"[（(]|[\d一二三四五六七八九〇零]{4}\s*年.{0,9}$|——")
# A hyphen that the next line goes on from: COVID-19.
_PARTED = re.compile(r"[A-Za-z\d]-$")

# In characters of the line: an indent at least, and one too wide to be that of a paragraph.
_INDENT, _SET_RIGHT = 1.2, 6.0
# Notes at the foot of a page are smaller than this share of the body text, headings larger than
# that.
_NOTE, _LARGE = 0.9, 1.12
# Lines of one paragraph and those of one heading differ by no more than these factors. OCR measures
# the height of letters, which tells little of a line of fewer than so many.
_SAME_SIZE, _SAME_HEADING, _MEASURED = 1.2, 1.08, 4
# Paragraphs are set apart by more than this multiple of the usual step between lines, and no
# sentence goes on over more than that one; the step is known in a column of so many.
_APART, _FAR, _ENOUGH_STEPS = 1.2, 1.6, 8


@dataclass(frozen=True, slots=True)
class Line:
    """A line with what tells whether a paragraph begins or ends there; lengths in points.

    `column` counts the columns of the file. `indent` and `room` are how far it stays from the
    margins of its column, `above` how far its foot is below that of the line above, as a multiple
    of what is usual there (0 on top of a column). `alone` is True for a line that is no part of a
    paragraph: the cells of a row, an entry of a table of contents; `large` for one larger than
    the body text, `note` for one of a foot note.
    """

    text: str
    page: int
    column: int
    indent: float
    room: float
    above: float
    size: float
    bold: bool
    large: bool
    alone: bool
    note: bool

    @property
    def balanced(self) -> bool:
        return abs(self.indent - self.room) < 1.5 * self.size

    @property
    def centered(self) -> bool:
        return self.balanced and self.indent > (0.5 if self.large else 3) * self.size


@dataclass(frozen=True, slots=True)
class Paragraph:
    """The lines of a paragraph."""

    lines: tuple[Line, ...]

    @property
    def page(self) -> int:
        return self.lines[0].page

    @property
    def text(self) -> str:
        text = self.lines[0].text
        for before, line in pairwise(self.lines):
            text += between(before, line) + line.text
        return text


@dataclass(frozen=True, slots=True)
class PlacedTable:
    """The rows of a table, its edges in points, the number of its page and the unit stated above
    it (or "")."""

    rows: tuple[tuple[str, ...], ...]
    left: float
    right: float
    page: int
    unit: str


Part = Paragraph | PlacedTable
Piece = Line | PlacedTable
Row = tuple[TextLine | Table, ...]


def paragraphs(columns: Sequence[Column], size: float) -> list[Part]:
    """Return the paragraphs and tables of columns in reading order, for body text of `size` points.

    A paragraph goes on over the end of a column, and over tables and foot notes in between.
    """
    pieces = list(_pieces(columns, size))
    lines = [piece for piece in pieces if isinstance(piece, Line)]
    indented = sum(_is_indented(line) for line in lines) > len(lines) * 0.05
    parts: list[Part] = []
    opened: list[Line] = []
    # What stands behind the last line, and behind the lines before it.
    held: list[Piece] = []
    later: list[Piece] = []
    for piece in pieces:
        if not isinstance(piece, Line) or (opened and piece.note):
            held.append(piece)
        elif (
            opened
            and _goes_on(opened, piece, indented)
            and (not held or _may_stand_apart(opened, held, piece))
            and all(part.page == piece.page for part in later)
        ):
            # Pages must stay in order: what stands on the first page goes before the paragraph.
            parts += _parts([part for part in held if part.page == opened[0].page])
            later += [part for part in held if part.page != opened[0].page]
            opened.append(piece)
            held = []
        else:
            parts += _closed(opened, later + held)
            opened, held, later = [piece], [], []
    return parts + _closed(opened, later + held)


def between(line: Line, below: Line) -> str:
    """Return what stands between two lines of a paragraph: a space between words, or nothing."""
    if _PARTED.search(line.text):
        return ""
    joined = join_lines((line.text, below.text))
    return joined[len(line.text) : -len(below.text)]


def _closed(opened: list[Line], behind: list[Piece]) -> list[Part]:
    return ([Paragraph(tuple(opened))] if opened else []) + _parts(behind)


def _parts(pieces: Sequence[Piece]) -> list[Part]:
    """Return tables and foot notes as parts."""
    parts: list[Part] = []
    for piece in pieces:
        before = parts[-1] if parts else None
        if isinstance(piece, PlacedTable):
            parts.append(piece)
        elif isinstance(before, Paragraph) and _goes_on(before.lines, piece, indented=True):
            parts[-1] = Paragraph((*before.lines, piece))
        else:
            parts.append(Paragraph((piece,)))
    return parts


def _may_stand_apart(opened: list[Line], held: list[Piece], line: Line) -> bool:
    """True where a sentence goes on behind tables and notes, and they can be put before or behind
    the paragraph without leaving their pages."""
    return not _SENTENCE_END.search(opened[-1].text) and all(
        part.page == opened[0].page or part.page == line.page for part in held
    )


def _goes_on(opened: Sequence[Line], below: Line, indented: bool) -> bool:
    """True where the paragraph of these lines goes on in the line below. `indented` is True in a
    file whose paragraphs begin with an indent."""
    line = opened[-1]
    sizes = sorted((line.size, below.size))
    large = line.large and below.large
    differ = sizes[1] > sizes[0] * (_SAME_HEADING if large else _SAME_SIZE)
    if differ and min(len(line.text), len(below.text)) >= _MEASURED:
        return False
    if line.alone or below.alone:
        return False
    if large and line.balanced and below.balanced:
        # A title in several lines, but not the date below it.
        return not _NO_TITLE.match(below.text)
    if line.centered or below.centered or _is_short(line, below):
        return False
    if any(each.indent > _SET_RIGHT * each.size for each in (line, below)):
        return False
    item = _opens_item(below.text)
    ended = bool(_SENTENCE_END.search(line.text))
    if line.column == below.column and below.above > (_APART if ended or item else _FAR):
        return False
    if below.indent > line.indent + 0.8 * below.size:
        return not ended and not item and _hangs(line, below)
    if _is_indented(below):
        # Set in as a whole, or a paragraph of one line before another.
        return not item and (not ended or len(opened) > 1)
    if line.column == below.column:
        return not (ended and item)
    return not ended or (indented and not item)


def _is_indented(line: Line) -> bool:
    return _INDENT * line.size < line.indent < _SET_RIGHT * line.size


def _is_short(line: Line, below: Line) -> bool:
    """True where the first word of the line below would have had room on this one."""
    word = _FIRST_WORD.match(below.text)
    width = sum(0.55 if char < "\u2e80" else 1.0 for char in word[0]) if word else 1.0
    return line.room > (width + 1) * line.size


def _opens_item(text: str) -> bool:
    return bool(_ITEM.match(text) or heading_level(text) or article_number(text))


def _hangs(line: Line, below: Line) -> bool:
    """True where a line is set in below the mark of the list item that it belongs to."""
    mark = _ITEM.match(line.text)
    return bool(mark) and below.indent - line.indent < (len(mark[0]) + 1.5) * line.size


def _pieces(columns: Sequence[Column], size: float) -> Iterator[Piece]:
    """Yield the lines and tables of all columns."""
    last = {column.page: number for number, column in enumerate(columns)}
    steps = [_steps(column) for column in columns]
    usual = _usual([step for each in steps for step in each.values()]) or 1.0
    above: list[Row] = []
    for number, column in enumerate(columns):
        known = list(steps[number].values())
        usual_here = (len(known) >= _ENOUGH_STEPS and _usual(known)) or usual
        notes = _first_note(column, size) if last[column.page] == number or column.split else None
        for at, row in enumerate(column.rows):
            first = row[0]

            if isinstance(first, Table):
                unit = _unit_above(above)
                yield PlacedTable(first.rows, first.left, first.right, column.page, unit)
                above = []
                continue
            above = [*above[-1:], row]
            yield Line(
                text=_row_text(row),
                page=column.page,
                column=number,
                indent=first.left - column.left,
                room=column.right - row[-1].right,
                above=steps[number].get(at, 0.0) / usual_here,
                size=first.size,
                bold=all(part.bold for part in row),
                large=first.size > size * _LARGE,
                alone=_stands_alone(row, column),
                note=notes is not None and at >= notes,
            )


def _steps(column: Column) -> dict[int, float]:
    """Return how far the foot of each row of text is below that of the row above, in the height of
    its letters, by the index of the row."""
    return {
        at: (below[0].bottom - above[0].bottom) / max(above[0].size, below[0].size)
        for at, (above, below) in enumerate(pairwise(column.rows), 1)
        if isinstance(above[0], TextLine) and isinstance(below[0], TextLine)
    }


def _usual(steps: list[float]) -> float:
    """Return the step between lines of one paragraph: a small one, for those between paragraphs
    are larger."""
    return sorted(steps)[len(steps) // 3] if steps else 0.0


def _first_note(column: Column, size: float) -> int | None:
    """Return the index of the row at which foot notes begin in a column, or None."""
    small = list(takewhile(lambda row: _is_small(row[0], size), reversed(column.rows)))
    return len(column.rows) - len(small) if 0 < len(small) < len(column.rows) else None


def _is_small(item: TextLine | Table, size: float) -> bool:
    return (
        isinstance(item, TextLine)
        and item.size < size * _NOTE
        and len(item.text.strip()) >= _MEASURED
    )


def _stands_alone(row: Row, column: Column) -> bool:
    """True for the cells of a row, the unit of a table, its title with the unit, and an entry of a
    table of contents."""
    gaps = [right.left - left.right for left, right in pairwise(row)]
    if _ENTRY.search(row[-1].text) or unit_above(part.text for part in row):
        return True
    return any(gap > 2 * row[0].size for gap in gaps)


def _row_text(row: Row) -> str:
    texts = [part.text.strip() for part in row]
    # Letters set wide apart are one word.
    wide = len(texts) > 1 and all(len(text) == 1 and text >= "\u2e80" for text in texts)
    return ("" if wide else " ").join(texts)


def _unit_above(rows: Sequence[Row]) -> str:
    """Return the unit stated in the rows above a table, or ""."""
    parts = [part for row in reversed(rows) for part in row if isinstance(part, TextLine)]
    return unit_above(part.text for part in parts)
