"""Answers to HTML. Pure functions: nothing here reads a file, an index or a clock.

Whatever comes from a report, a question or a model goes through `inert` on its way out. The result
is one line of block HTML, which a Markdown renderer passes through untouched: no text of a report
can become a tag, a link or a picture, whichever of the two it is written in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from index.types import Chunk
from rag.types import Answer, Citation, Hit
from ui.labels import Labels

ELLIPSIS = "……"

# Characters shown on either side of a quotation: about two lines of a card each.
CONTEXT = 70
# Characters shown of a passage that was found but not cited: about four lines of a card.
PASSAGE = 140
# Passages offered beside a refusal.
NEAREST = 3

_MARK = re.compile(r"\[(\d{1,4})\]")
_BLANK_LINES = re.compile(r"\s*\n\s*")
_SENTENCE_END = re.compile(r"[。！？；!?;]")
_FOLDERS = re.compile(r"(?<![\w./])(?:[A-Za-z]:\\|/)(?:[^\s/\\：，。；、（）()“”\"'<>]+[/\\])+")
# The signs of HTML and of Markdown, and line ends, which end a block in Markdown.
_SIGNS = {ord(sign): f"&#{ord(sign)};" for sign in "&<>\"'[]()!*_`~#|\\$"}
_SIGNS |= {ord("\n"): "<br>", ord("\r"): None}


@dataclass(frozen=True, slots=True)
class Passage:
    """A quotation within its paragraph; `before` and `after` are shortened by …… where long."""

    before: str
    quote: str
    after: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and what came of it; `answer` grows while it is being written.

    `passages` are the quotations of its citations, in their order. They are kept here because a
    newer index may no longer hold the document that an older answer cites.
    """

    question: str
    answer: Answer | None = None
    passages: tuple[Passage, ...] = ()
    error: str | None = None
    seconds: float | None = None
    stopped: bool = False

    @property
    def done(self) -> bool:
        """True once nothing more is to come."""
        return self.stopped or self.error is not None or self.seconds is not None


def inert(text: str) -> str:
    """Return the text as HTML that neither a browser nor Markdown can read as anything but text."""
    return text.translate(_SIGNS)


def paragraph_around(text: str, start: int, end: int, context: int = CONTEXT) -> Passage:
    """Return `text[start:end]` and what surrounds it in its paragraph.

    A paragraph is what stands between two line ends. At most `context` characters are kept on
    either side, cut where a sentence begins or ends if that leaves something to show.
    """
    if not 0 <= start <= end <= len(text):
        message = f"need 0 <= start <= end <= {len(text)}, got {start} and {end}"
        raise ValueError(message)
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    last = len(text) if last < 0 else last
    before, after = text[first:start].lstrip(" #>"), text[end:last].rstrip()
    return Passage(_end_of(before, context), text[start:end], _start_of(after, context))


def _end_of(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    kept = text[-length:]
    sentence = _SENTENCE_END.search(kept)
    if sentence and sentence.end() < len(kept):
        kept = kept[sentence.end() :]
    return ELLIPSIS + kept


def _start_of(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    kept = text[:length]
    ends = [match.end() for match in _SENTENCE_END.finditer(kept)]
    if ends and ends[-1] > 1:
        kept = kept[: ends[-1]]
    return kept + ELLIPSIS


def without_local_paths(message: str) -> str:
    """Return the message with the folders of this machine left out: /home/me/reports is …/reports.

    For whoever reads the page may sit at another machine.
    """
    return _FOLDERS.sub("…/", message)


def hint_html(message: str) -> str:
    """Return the line below the box, read out by a screen reader when it appears."""
    return f'<p role="status">{inert(message)}</p>' if message else ""


def question_html(question: str) -> str:
    """Return the bubble of a question."""
    return f'<div class="wj-question">{inert(question)}</div>'


def exchange_html(exchange: Exchange, turn: int, labels: Labels) -> str:
    """Return the bubble that answers the question of this turn, in whatever state it is."""
    if exchange.error is not None:
        message = f"{inert(labels.failed)}{inert(exchange.error)}"
        return f'<div class="wj-answer wj-error" role="alert"><p>{message}</p></div>'
    if exchange.answer is None or not exchange.answer.text:
        waiting = labels.stopped if exchange.stopped else labels.searching
        return f'<div class="wj-answer wj-waiting"><p>{inert(waiting)}</p></div>'
    return answer_html(exchange.answer, turn, labels, _notes(exchange, turn, labels))


def answer_html(answer: Answer, turn: int, labels: Labels, notes: Sequence[str] = ()) -> str:
    """Return an answer with its marks as links to the cards of the same turn.

    A mark without a citation stays the plain text it is. `notes` are HTML, for the line below.
    """
    known = {citation.number for citation in answer.citations}
    lines = [_with_marks(line, known, turn, labels) for line in answer.text.splitlines()]
    body = "".join(f"<p>{line}</p>" for line in lines if line.strip())
    kind = "wj-answer" if answer.grounded else "wj-answer wj-refusal"
    foot = "".join(f"<span>{note}</span>" for note in notes)
    foot = f'<div class="wj-notes">{foot}</div>' if foot else ""
    return f'<div class="{kind}">{body}{foot}</div>'


def _with_marks(line: str, known: set[int], turn: int, labels: Labels) -> str:
    parts: list[str] = []
    position = 0
    for match in _MARK.finditer(line):
        number = int(match.group(1))
        if number not in known:
            continue
        parts.append(inert(line[position : match.start()]))
        parts.append(_mark(turn, number, labels))
        position = match.end()
    parts.append(inert(line[position:]))
    return "".join(parts)


def _mark(turn: int, number: int, labels: Labels) -> str:
    title = inert(labels.source.format(number=number))
    return (
        f'<sup class="wj-mark"><a href="#{card_id(turn, number)}" id="{mark_id(turn, number)}" '
        f'title="{title}">&#91;{number}&#93;</a></sup>'
    )


def card_id(turn: int, number: int) -> str:
    """Return the element id of a source card: unique among all turns of a conversation."""
    return f"source-{turn}-{number}"


def mark_id(turn: int, number: int) -> str:
    """Return the element id of the mark that points to a card."""
    return f"mark-{turn}-{number}"


def _notes(exchange: Exchange, turn: int, labels: Labels) -> list[str]:
    answer = exchange.answer
    if answer is None:
        return []
    notes: list[str] = []
    count = len(answer.citations)
    verified = sum(citation.verdict == "verified" for citation in answer.citations)
    if exchange.seconds is not None and count:
        wording = labels.all_verified if verified == count else labels.some_verified
        kind = "verified" if verified == count else "partial"
        note = inert(wording.format(count=count, verified=verified))
        notes.append(f'<b class="wj-{kind}">{note}</b>')
    if answer.question != exchange.question:
        notes.append(inert(labels.searched_as.format(question=answer.question)))
    if not answer.grounded and answer.hits:
        notes.append(inert(labels.nearest_are) + " · ".join(_nearest_links(answer, turn, labels)))
    if exchange.stopped:
        notes.append(inert(labels.stopped))
    elif exchange.seconds is not None:
        notes.append(inert(labels.extracted_in.format(seconds=exchange.seconds)))
    return notes


def _nearest_links(answer: Answer, turn: int, labels: Labels) -> list[str]:
    return [
        f'<a class="wj-near" href="#{card_id(turn, number)}">{inert(hit.chunk.title)} '
        f"{inert(labels.paragraph.format(paragraph=hit.chunk.paragraph))}</a>"
        for number, hit in enumerate(answer.hits[:NEAREST], start=1)
    ]


def sources_html(exchanges: Sequence[Exchange], labels: Labels) -> str:
    """Return the cards of all turns; those of the last one are shown, the others wait hidden."""
    groups = [
        _group(exchange, turn, turn == len(exchanges), labels)
        for turn, exchange in enumerate(exchanges, start=1)
    ]
    return "".join(groups) or _group(Exchange(""), 0, True, labels)


def _group(exchange: Exchange, turn: int, shown: bool, labels: Labels) -> str:
    answer, heading = exchange.answer, labels.sources
    cards: list[str] = []
    if answer is not None and answer.grounded:
        pairs = zip(answer.citations, exchange.passages, strict=True)
        ordered = sorted(pairs, key=lambda pair: pair[0].number)
        cards = [citation_card(citation, passage, turn, labels) for citation, passage in ordered]
    elif answer is not None and answer.hits:
        heading = labels.nearest
        nearest = enumerate(answer.hits[:NEAREST], start=1)
        cards = [hit_card(hit, turn, number, labels) for number, hit in nearest]
    body = "".join(cards) or f'<p class="wj-none">{inert(labels.no_sources)}</p>'
    kind = "wj-group wj-shown" if shown else "wj-group"
    return f'<section class="{kind}" data-turn="{turn}"><h2>{inert(heading)}</h2>{body}</section>'


def citation_card(citation: Citation, passage: Passage, turn: int, labels: Labels) -> str:
    """Return the card of a citation, its sentence marked within the passage."""
    back = inert(labels.back.format(number=citation.number))
    badge = (
        f'<a class="wj-number" href="#{mark_id(turn, citation.number)}" title="{back}" '
        f'aria-label="{back}">{citation.number}</a>'
    )
    verdict = {
        "verified": labels.verified,
        "partial": labels.partial,
        "unverified": labels.unverified,
    }[citation.verdict]
    return _card(
        card_id(turn, citation.number),
        f"{badge}<h3>{inert(citation.title)}</h3>"
        f'<span class="wj-verdict wj-{citation.verdict}">{inert(verdict)}</span>',
        citation,
        f"{inert(passage.before)}<mark>{inert(passage.quote)}</mark>{inert(passage.after)}",
        labels,
    )


def hit_card(hit: Hit, turn: int, number: int, labels: Labels) -> str:
    """Return the card of a passage that was found but not cited; it bears no number."""
    chunk = hit.chunk
    return _card(
        card_id(turn, number),
        f"<h3>{inert(chunk.title)}</h3>"
        f'<span class="wj-verdict wj-uncited">{inert(labels.not_cited)}</span>',
        chunk,
        inert(_start_of(_BLANK_LINES.sub("\n", chunk.text.strip()), PASSAGE)),
        labels,
    )


def _card(element_id: str, head: str, spot: Citation | Chunk, body: str, labels: Labels) -> str:
    return (
        f'<article class="wj-card" id="{element_id}" tabindex="-1" '
        f'aria-label="{inert(spot.title)}"><div class="wj-head">{head}</div>'
        f'<div class="wj-place">{_place(spot, labels)}</div><p class="wj-passage">{body}</p>'
        f'<div class="wj-path">{inert(spot.path)}</div></article>'
    )


def _place(spot: Citation | Chunk, labels: Labels) -> str:
    """Return year, page, heading path and paragraph of a citation or a chunk, those it has."""
    parts: list[str] = []
    if has_own_year(spot):
        parts.append(_bit(labels.year.format(year=spot.year)))
    if spot.page is not None:
        parts.append(_bit(labels.page.format(page=spot.page)))
    heading = below_title(spot)
    if heading:
        parts.append(inert(heading))
    parts.append(_bit(labels.paragraph.format(paragraph=spot.paragraph)))
    return " · ".join(parts)


def has_own_year(spot: Citation | Chunk) -> bool:
    """Whether the year of a place is known and not said by its title already."""
    return spot.year is not None and str(spot.year) not in spot.title


def below_title(spot: Citation | Chunk) -> str:
    """Return the heading path without the title, which the card says already."""
    path = spot.heading.split(" › ") if spot.heading else []
    return " › ".join(path[1:] if path[:1] == [spot.title] else path)


def _bit(text: str) -> str:
    return f'<span class="wj-bit">{inert(text)}</span>'


def collection_line(
    count: int, years: Sequence[int], built_at: datetime, now: datetime, labels: Labels
) -> str:
    """Return one line of plain text: how many reports, from which years, and how fresh."""
    parts = [labels.reports.format(count=count)]
    if years:
        first, last = min(years), max(years)
        parts.append(str(first) if first == last else f"{first}–{last}")
    parts.append(labels.updated.format(when=_when(built_at, now, labels)))
    return " · ".join(parts)


def _when(moment: datetime, now: datetime, labels: Labels) -> str:
    days = {now.date(): labels.today, now.date() - timedelta(days=1): labels.yesterday}
    day = days.get(moment.date())
    return f"{day} {moment:%H:%M}" if day else f"{moment:%Y-%m-%d}"


def header_html(line: str, labels: Labels) -> str:
    """Return the name of the program and the line about its collection."""
    return (
        f'<div class="wj-brand"><h1>{inert(labels.name)}</h1>'
        f'<span class="wj-collection">{inert(line)}</span></div>'
    )
