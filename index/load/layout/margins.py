"""What stands in the margins of pages: running headers, footers and page numbers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from index.load.layout.page import Page, TextLine
from index.load.table.blocks import unit_of

# Margins reach this far into the page, as a share of its height, and hold so many rows.
_MARGIN, _DEEPEST = 0.12, 3
# Lines stand at the same place where they are no further apart, in points.
_SAME_PLACE = 4.0
# A running line stands on so many pages at least: on two the same words may stand by chance.
_REPEATED = 3
_LONGEST = 40

_NUMBER = r"(?:\d{1,4}|[一二三四五六七八九十百零〇]{1,5})"
_DASH = r"[-—–―－─~～·•\s]"
# What is plainly a page number.
_PAGE_NUMBER = re.compile(
    rf"{_DASH}*第\s*{_NUMBER}\s*页{_DASH}*"
    rf"|第\s*{_NUMBER}\s*页[\s,，/／|（(]*共\s*{_NUMBER}\s*页[)）]?"
    r"|\d{1,4}\s*[/／]\s*\d{1,4}"
    rf"|{_DASH}+[\d¹²³ivxIVX]{{1,5}}{_DASH}+"
    r"|(?i:page|p\.?)\s*\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?"
)
# The page number of a running line stands at one of its ends, set apart.
_NUMBERED = re.compile(r"(\d{1,4})[\s|·—–-]+(\D.{4,})|(.{4,}\D)[\s|·—–-]+(\d{1,4})")
# Opens an attachment, a table or a chapter and may well stand at the top of several pages.
_OPENING = re.compile(r"[（(]?(?:附件|附表|附录|附图|续表|表|图|第.{1,4}[编章节])")


@dataclass(frozen=True, slots=True)
class _Place:
    """A line in a margin of the page with this number, and how far its middle is from the edge of
    the page, in points."""

    page: int
    top: bool
    offset: float
    line: TextLine

    @property
    def slot(self) -> int:
        return round(self.offset / _SAME_PLACE)


def without_margins(pages: Sequence[Page], body_size: float) -> list[Page]:
    """Return the pages without running headers, footers and page numbers.

    Taken out is what stands at the edge of a page and repeats at the same place of other pages,
    or counts the pages. Words larger than the body text, of `body_size` points, are kept.
    """
    margins = [
        (page, [_rows(page, top=True), _rows(page, top=False)]) for page in pages if page.lines
    ]
    places = [place for _, sides in margins for rows in sides for row in rows for place in row]
    running = _running(places, body_size * 1.1, len(pages))
    gone = {page.number: _outermost(sides, running) for page, sides in margins}
    return [
        replace(page, lines=tuple(line for line in page.lines if line not in gone[page.number]))
        if gone.get(page.number)
        else page
        for page in pages
    ]


def _rows(page: Page, top: bool) -> list[list[_Place]]:
    """Return the rows of lines in a margin, from the edge of the page inwards."""
    middles = [(line, (line.top + line.bottom) / 2) for line in page.lines]
    places = [
        _Place(page.number, top, middle if top else page.height - middle, line)
        for line, middle in middles
    ]
    rows: list[list[_Place]] = []
    for place in sorted(places, key=lambda place: place.offset):
        if place.offset > page.height * _MARGIN:
            break
        if rows and place.offset - rows[-1][0].offset < place.line.size / 2:
            rows[-1].append(place)
        elif len(rows) < _DEEPEST:
            rows.append([place])
    return rows


def _outermost(sides: list[list[list[_Place]]], running: set[_Place]) -> set[TextLine]:
    """Return the running lines that no other line parts from the edge of the page."""
    gone: set[TextLine] = set()
    for rows in sides:
        for row in rows:
            if not running.issuperset(row):
                break
            gone |= {place.line for place in row}
    return gone


def _running(places: list[_Place], largest: float, pages: int) -> set[_Place]:
    """Return the places whose lines count the pages or repeat on other ones."""
    found = {place for place in places if _is_page_number(place, pages)}
    alike = defaultdict(list)
    for place in places:
        for key in _keys(place, largest):
            alike[key].append(place)
    needed = max(2, min(_REPEATED, pages))
    for same in alike.values():
        found |= {place for place, count in _counted(same) if count >= needed}
    for top in (True, False):
        found |= _beside([place for place in places if place.top is top], found)
    return found


def _is_page_number(place: _Place, pages: int) -> bool:
    text = place.line.text.strip()
    return bool(_PAGE_NUMBER.fullmatch(text)) or (pages == 1 and text == str(place.page))


def _keys(place: _Place, largest: float) -> Iterator[tuple[bool, str, int | None]]:
    """Yield what a running line shares with that of other pages: its words, or the words beside a
    number and how far that number is from the page's own."""
    text = place.line.text.strip()
    if text.isdecimal():
        yield place.top, "", int(text) - place.page
    elif len(text) <= _LONGEST and place.line.size <= largest:
        if unit_of(text) or _OPENING.match(text):
            return
        yield place.top, text, None
        if match := _NUMBERED.fullmatch(text):
            yield place.top, match[2] or match[3], int(match[1] or match[4]) - place.page


def _counted(places: Iterable[_Place]) -> Iterator[tuple[_Place, int]]:
    """Yield each place with the number of pages that have one at about the same height."""
    pages = defaultdict(set)
    for place in places:
        pages[place.slot].add(place.page)
    for place in places:
        near = (pages.get(place.slot + step, set()) for step in (-1, 0, 1))
        yield place, len(set().union(*near))


def _beside(places: list[_Place], found: set[_Place]) -> set[_Place]:
    """Return the places of a margin where most lines are running ones: the name of a short chapter
    in the header, a page number that OCR misread."""
    here = dict(_counted(places))
    running = dict(_counted(place for place in places if place in found))
    slots = {
        place.slot: place.line.size
        for place, count in running.items()
        if count >= _REPEATED and count > here[place] / 2
    }
    return {
        place
        for place in places
        if abs(place.line.size / slots.get(place.slot, 1e9) - 1) < 0.05
        and len(place.line.text) <= _LONGEST
    }
