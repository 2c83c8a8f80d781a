"""Where a quote stands on a page of a PDF, to show it there."""

from __future__ import annotations

import re
from contextlib import closing
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

import numpy as np

from index.load.pdf.characters import Frame, is_space, raw_characters
from index.load.pdf.loader import PDFIUM, opened
from index.repair.compatibility import replace_lookalikes

if TYPE_CHECKING:
    from numpy.typing import NDArray

Box = tuple[float, float, float, float]

# Of a quote that goes on over pages at least so many characters are looked for on this one.
_PART = 8
_SPACE = re.compile(r"\s+")
# The unit behind the row of a table, and the column before each of its cells.
_ROW_UNIT, _COLUMN = re.compile(r"（[^（）]*单位[:：][^（）]*）$"), re.compile(r"^[^：]*：")


def boxes(data: bytes, page: int, quote: str) -> list[Box]:
    """Return the boxes of the lines in which a quote of a document stands on a page of its file:
    left, top, right, bottom in points from the top left corner of the page as it is shown.

    `page` counts from 1. White space is not compared. Of a quote that goes on over pages the part
    on this page is found, of the row of a table the cells. Empty where nothing is found, as on a
    scanned page or one that the file does not have. Raises UnreadableFile as `load_pdf` does.
    """
    with opened(data) as pdf, PDFIUM:
        if not 1 <= page <= len(pdf):
            return []
        with closing(pdf[page - 1]) as source, closing(source.get_textpage()) as text:
            codes, raw = raw_characters(text)
            frame = Frame(source.get_bbox(), source.get_rotation())
    seen = np.flatnonzero(~is_space(codes))
    letters = [chr(code) for code in codes[seen]]
    start, end = _find(replace_lookalikes("".join(letters))[0], _squeezed(quote))
    return _lines(frame.place(raw[seen[start:end]])) if end > start else []


def _squeezed(quote: str) -> str:
    """Return a quote without white space, one character for each UTF-16 unit as PDFium has it."""
    units = _SPACE.sub("", quote).encode("utf-16-le", "surrogatepass")
    return "".join(map(chr, np.frombuffer(units, np.uint16)))


def _find(text: str, quote: str) -> tuple[int, int]:
    """Return the range of `text` that is the quote, or the part of it that is there."""
    for sought in (quote, *_cells(quote)):
        start = text.find(sought) if sought else -1
        if start >= 0:
            return start, start + len(sought)
    match = SequenceMatcher(None, text, quote, autojunk=False).find_longest_match()
    at_end = match.b == 0 or match.b + match.size == len(quote)
    return (match.a, match.a + match.size) if at_end and match.size >= _PART else (0, 0)


def _cells(quote: str) -> list[str]:
    """Return the cells of a row of a table as they stand side by side, at last without those on
    the left, which may be merged with the cells above."""
    parts = _ROW_UNIT.sub("", quote).split("；")
    cells = [_COLUMN.sub("", part) for part in parts]
    return ["".join(cells[first:]) for first in range(len(cells) - 1)]


def _lines(found: NDArray[np.floating]) -> list[Box]:
    """Return the boxes of characters that follow each other, merged line by line."""
    middles = (found[:, 1] + found[:, 3]) / 2
    heights = found[:, 3] - found[:, 1]
    reach = np.maximum(heights[1:], heights[:-1])
    breaks = (np.abs(np.diff(middles)) > reach * 0.6) | (found[1:, 0] < found[:-1, 0] - reach)
    return [
        (
            float(line[:, 0].min()),
            float(line[:, 1].min()),
            float(line[:, 2].max()),
            float(line[:, 3].max()),
        )
        for line in np.split(found, np.flatnonzero(breaks) + 1)
    ]
