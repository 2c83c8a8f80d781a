"""Lines of text and tables at their place on a page: what PDF text and OCR have in common."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line and its box, in points (1/72 inch) from the top left corner of the page.

    `size` is the height of its characters in points. `bold` is False where nothing tells. A line
    may be a part of one on the page: the cells of a row, the halves beside a column gap.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The cells of a table, row by row, and its box in points like that of a line.

    All rows are as long as the table is wide; its text is not among the lines of the page.
    """

    rows: tuple[tuple[str, ...], ...]
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Page:
    """A page, numbered from 1, its width and height in points, and what stands on it in any
    order."""

    number: int
    width: float
    height: float
    lines: tuple[TextLine, ...]
    tables: tuple[Table, ...] = ()
