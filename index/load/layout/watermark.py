"""Upright watermarks: large words that stand at one place of most pages, over or under the text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from index.load.layout.page import Page, TextLine

# How much larger than the text a watermark is, and on how many pages it stands at least: a
# heading may stand on two by chance.
_LARGER, _REPEATED = 1.5, 3
# Lines stand at the same place in a grid this wide, in points.
_GRID = 4.0
# Beyond, as a share of the height of the page, are running headers and titles.
_MARGIN = 0.12


def without_watermarks(pages: Sequence[Page], body_size: float) -> list[Page]:
    """Return the pages without what is larger than the text, of `body_size` points, and stands
    with the same words at the same place of most pages, their margins not counted."""
    seen = Counter(
        place for page in pages for place in {_place(line) for line in _large(page, body_size)}
    )
    needed = max(_REPEATED, sum(bool(page.lines) for page in pages) / 2)
    gone = {place for place, count in seen.items() if count >= needed}
    if not gone:
        return list(pages)
    return [_without(page, gone, body_size) for page in pages]


def _without(page: Page, gone: set[tuple[str, int, int]], body_size: float) -> Page:
    marks = {line for line in _large(page, body_size) if _place(line) in gone}
    return replace(page, lines=tuple(line for line in page.lines if line not in marks))


def _large(page: Page, body_size: float) -> list[TextLine]:
    top, bottom = page.height * _MARGIN, page.height * (1 - _MARGIN)
    return [
        line
        for line in page.lines
        if line.size > body_size * _LARGER and top < line.top and line.bottom < bottom
    ]


def _place(line: TextLine) -> tuple[str, int, int]:
    return line.text, round(line.left / _GRID), round(line.top / _GRID)
