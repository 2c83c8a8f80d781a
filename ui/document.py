"""A document to HTML, with the passages that an answer takes from it. Pure functions, as in
`render`; what stands in the document goes through `inert`.

The page's script finds its way by these: `data-turn` and `data-numbers` of the whole, `data-places`
of a highlighted piece, `data-leaf` where a page begins, `data-do` of a button. `data-spans` holds
`number:start:end:first page:last page` of each place in the document.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.types import Document, Heading
from ui.inert import inert
from ui.labels import Labels
from ui.render import Place

_LINE = re.compile(r"[^\n]+")
# Depths of HTML below the title of the document, which is an h2.
_HIGHEST, _LOWEST = 3, 6


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a document: `text[start:end]`, and its heading if it is one."""

    start: int
    end: int
    level: int | None


@dataclass(frozen=True, slots=True)
class Cited:
    """The places that an answer takes from documents: `current` is the one to be shown first,
    `turn` that of the answer."""

    places: Sequence[Place] = ()
    current: Place | None = None
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """What there is of a document beside its text: its file, and pictures of its pages."""

    file: bool = False
    pages: bool = False


def document_html(
    document: Document,
    labels: Labels,
    cited: Cited = Cited(),
    source: Source = Source(),
) -> str:
    """Return the whole document with those of the cited places that lie in it highlighted."""
    places, current, turn = cited.places, cited.current, cited.turn
    numbers = " ".join(str(place.number) for place in places)
    spans = " ".join(
        f"{place.number}:{place.start}:{place.end}:{document.page(place.start) or 1}:"
        f"{document.page(max(place.start, place.end - 1)) or 1}"
        for place in places
        if place.document_id == document.id
    )
    pages = len(document.pages) if source.pages else 0
    return (
        f'<div class="wj-doc" data-id="{inert(document.id)}" data-turn="{turn}" '
        f'data-numbers="{numbers}" data-current="{current.number if current else ""}" '
        f'data-spans="{spans}" data-pages="{pages}">{_head(document, source.file, labels)}'
        f"{_tools(pages, bool(places), labels)}"
        f'<div class="wj-both"><div class="wj-text" tabindex="0" role="document" '
        f'aria-label="{inert(labels.document_text)}">'
        f"{text_html(document, places, labels)}</div>{_sheet(pages, labels)}</div></div>"
    )


def text_html(document: Document, places: Sequence[Place], labels: Labels) -> str:
    """Return the text of a document, a line a paragraph or a heading."""
    own = [place for place in places if place.document_id == document.id]
    edges = {edge for place in own for edge in (place.start, place.end)}
    # Where to cut a line: at the edges of places and where a page begins.
    cuts = sorted(edges | set(document.pages))
    parts: list[str] = []
    page = 0
    for line in _lines(document):
        # A page may begin in the white space before a line.
        while page < len(document.pages) and document.pages[page] <= line.start:
            page += 1
            parts.append(_leaf(page, labels))
        tag = "p" if line.level is None else f"h{min(_HIGHEST + line.level - 1, _LOWEST)}"
        inside = cuts[bisect_left(cuts, line.start + 1) : bisect_left(cuts, line.end)]
        pieces: list[str] = []
        for start, end in pairwise((line.start, *inside, line.end)):
            if page < len(document.pages) and document.pages[page] == start:
                page += 1
                pieces.append(_leaf(page, labels))
            pieces.append(_piece(document.text[start:end], start, end, own))
        parts.append(f"<{tag}>{''.join(pieces)}</{tag}>")
    return "".join(parts)


def _lines(document: Document) -> Iterator[_Line]:
    headings: dict[int, Heading] = {heading.start: heading for heading in document.headings}
    for match in _LINE.finditer(document.text):
        heading = headings.get(match.start())
        # A heading that the text goes on behind, in its line, stands as text.
        whole = heading is not None and heading.end >= len(match[0].rstrip()) + match.start()
        if match[0].strip():
            yield _Line(match.start(), match.end(), heading.level if heading and whole else None)


def _piece(text: str, start: int, end: int, places: Sequence[Place]) -> str:
    """Return a piece of a line that lies wholly in each place or wholly outside of it."""
    here = [str(place.number) for place in places if place.start <= start and end <= place.end]
    return f'<mark data-places="{" ".join(here)}">{inert(text)}</mark>' if here else inert(text)


def _leaf(page: int, labels: Labels) -> str:
    # The words are put there by CSS: they are no part of the text that is searched and copied.
    words = inert(labels.page.format(page=page))
    return f'<span class="wj-leaf" data-leaf="{page}" data-page="{words}"></span>'


def _head(document: Document, has_file: bool, labels: Labels) -> str:
    known = [
        labels.year.format(year=document.year) if document.year else "",
        document.issuer,
        labels.published.format(date=document.published) if document.published else "",
        document.path,
    ]
    about = " · ".join(inert(part) for part in known if part)
    if has_file:
        # Below the page's own address, wherever that is.
        address = f"wenju/report/{inert(document.id)}/file"
        about += f' · <a href="{address}" download>{inert(labels.original)}</a>'
    return (
        f'<div class="wj-doc-head"><div><h2 id="wj-doc-title">{inert(document.title)}</h2>'
        f"<p>{about}</p></div>{_button('close', '✕', labels.close)}</div>"
    )


def _tools(pages: int, cited: bool, labels: Labels) -> str:
    find = inert(labels.find)
    places = (
        f'<div class="wj-doc-places">{_button("previous", "‹", labels.previous)}'
        f'<span class="wj-doc-at" role="status"></span>{_button("next", "›", labels.next)}</div>'
    )
    leaves = (
        f'<div class="wj-doc-leaves">{_button("page-back", "↑", labels.page_back)}'
        f'<span class="wj-doc-page" role="status"></span>{_button("page-on", "↓", labels.page_on)}'
        f'<button type="button" data-do="sheet" aria-pressed="true">{inert(labels.sheet)}</button>'
        "</div>"
    )
    return (
        f'<div class="wj-doc-tools">{places if cited else ""}{leaves if pages else ""}'
        f'<form role="search"><input type="search" placeholder="{find}" aria-label="{find}">'
        f'<span class="wj-doc-found" role="status"></span></form></div>'
    )


def _sheet(pages: int, labels: Labels) -> str:
    """Return where the picture of a page is shown, with boxes over it."""
    if not pages:
        return ""
    return (
        f'<div class="wj-sheet" tabindex="0" data-words="{inert(labels.page_of)}" '
        f'data-looking="{inert(labels.looking)}" data-no-place="{inert(labels.no_place)}" '
        f'data-no-page="{inert(labels.no_page)}"><figure><img alt="" hidden>'
        '<div class="wj-boxes"></div></figure><p class="wj-sheet-said" role="status"></p></div>'
    )


def _button(name: str, sign: str, words: str) -> str:
    said = inert(words)
    return (
        f'<button type="button" data-do="{name}" title="{said}" aria-label="{said}">{sign}</button>'
    )
