"""A document to HTML, with the passages that an answer takes from it. Pure functions, as in
`render`; what stands in the document goes through `inert`.

The page's script finds its way by these: `data-turn` and `data-numbers` of the whole, `data-places`
of a highlighted piece, `data-page` where a page begins, `data-do` of a button.
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


def document_html(
    document: Document, places: Sequence[Place], current: Place, turn: int, labels: Labels
) -> str:
    """Return the whole document with those of `places` that lie in it highlighted.

    `current` is the place to be shown first; `turn` the one of the answer that has the places.
    """
    numbers = " ".join(str(place.number) for place in places)
    return (
        f'<div class="wj-doc" data-turn="{turn}" data-numbers="{numbers}" '
        f'data-current="{current.number}">{_head(document, labels)}{_tools(labels)}'
        f'<div class="wj-text" tabindex="0" role="document" '
        f'aria-label="{inert(labels.document_text)}">'
        f"{text_html(document, places, labels)}</div></div>"
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
    return f'<span class="wj-leaf" data-page="{words}"></span>'


def _head(document: Document, labels: Labels) -> str:
    known = [
        labels.year.format(year=document.year) if document.year else "",
        document.issuer,
        labels.published.format(date=document.published) if document.published else "",
        document.path,
    ]
    about = " · ".join(inert(part) for part in known if part)
    return (
        f'<div class="wj-doc-head"><div><h2 id="wj-doc-title">{inert(document.title)}</h2>'
        f"<p>{about}</p></div>{_button('close', '✕', labels.close)}</div>"
    )


def _tools(labels: Labels) -> str:
    find = inert(labels.find)
    return (
        f'<div class="wj-doc-tools"><div>{_button("previous", "‹", labels.previous)}'
        f'<span class="wj-doc-at" role="status"></span>{_button("next", "›", labels.next)}</div>'
        f'<form role="search"><input type="search" placeholder="{find}" aria-label="{find}">'
        f'<span class="wj-doc-found" role="status"></span></form></div>'
    )


def _button(name: str, sign: str, words: str) -> str:
    said = inert(words)
    return (
        f'<button type="button" data-do="{name}" title="{said}" aria-label="{said}">{sign}</button>'
    )
