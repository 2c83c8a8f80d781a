"""Answers to HTML. Pure functions: nothing here reads a file, an index or a clock.

Whatever comes from a report, a question or a model goes through `inert` on its way out. The result
is one line of block HTML, which a Markdown renderer passes through untouched: no text of a report
can become a tag, a link or a picture, whichever of the two it is written in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from index.types import Chunk
from rag.feedback import REASONS, Feedback, Reason
from rag.filters import Filter
from rag.series import Series
from rag.types import Answer, Citation, Hit
from ui.inert import card_id, inert, mark_id
from ui.labels import Labels, language_of
from ui.plot import plot_html
from ui.why import why_html
from ui.wording import answer_in, said_in

ELLIPSIS = "……"

# Characters shown on either side of a quotation: about two lines of a card each.
CONTEXT = 70
# Characters shown of a passage that was found but not cited: about four lines of a card.
PASSAGE = 140
# Passages offered beside a refusal.
NEAREST = 3

# A span of years that is open at one end reaches to here.
FIRST, LAST = 0, 9999

_MARK = re.compile(r"\[(\d{1,4})\]")
_LAST_MARK = re.compile(r"\[(\d{1,4})\]\s*$")
_EMPHASIS = re.compile(r"\*\*(.+?)\*\*")
_BLANK_LINES = re.compile(r"\s*\n\s*")
_SENTENCE_END = re.compile(r"[。！？；!?;]")
_FOLDERS = re.compile(r"(?<![\w./])(?:[A-Za-z]:\\|/)(?:[^\s/\\：，。；、（）()“”\"'<>]+[/\\])+")


# What became of the source of a card since it was shown first.
State = Literal["", "changed", "gone"]
# What can be wrong with an answer, and with a refusal.
_WRONG_ANSWER = tuple(reason for reason in REASONS if reason != "answerable")
_WRONG_REFUSAL: tuple[Reason, ...] = ("answerable", "subject")


@dataclass(frozen=True, slots=True)
class Passage:
    """A quotation within its paragraph; `before` and `after` are shortened by …… where long."""

    before: str
    quote: str
    after: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and what came of it; `answer` grows while it is being written.

    `passages` are the quotations of what is `cited`, in their order. They are kept here because a
    newer index may no longer hold the document that an older answer cites; `states` says so, for
    the `places` of one that was opened again, in their order. `keep` are the reports that were
    searched. One asked `alone` takes nothing from the questions before it, nor do those behind it.
    `plot` goes with an answer about several years; `why` are its passages explained, once somebody
    wants to know.
    """

    question: str
    answer: Answer | None = None
    passages: tuple[Passage, ...] = ()
    error: str | None = None
    seconds: float | None = None
    stopped: bool = False
    keep: Filter = Filter()
    alone: bool = False
    id: str = ""
    plot: Series | None = None
    feedback: Feedback | None = None
    states: tuple[State, ...] = ()
    why: tuple[Hit, ...] = ()

    @property
    def cited(self) -> tuple[Citation, ...]:
        """What the answer cites, then what its plot cites beyond that."""
        own = self.answer.citations if self.answer and self.answer.grounded else ()
        numbers = {citation.number for citation in own}
        drawn = {p.citation.number: p.citation for p in self.plot.points} if self.plot else {}
        return (*own, *(drawn[number] for number in sorted(drawn.keys() - numbers)))

    @property
    def done(self) -> bool:
        """True once nothing more is to come."""
        return self.stopped or self.error is not None or self.seconds is not None


@dataclass(frozen=True, slots=True)
class Place:
    """A passage that a card shows: characters `start` to `end` of a document, under the number of
    its card."""

    number: int
    document_id: str
    start: int
    end: int


def places(exchange: Exchange) -> tuple[Place, ...]:
    """Return what the cards of an exchange show, in their order."""
    shown = spots(exchange)
    return tuple(Place(n, spot.document_id, spot.start, spot.end) for n, spot in shown)


def spots(exchange: Exchange) -> list[tuple[int, Citation | Chunk]]:
    """Return the number of each card of an exchange with what it shows."""
    answer = exchange.answer
    if answer is None:
        return []
    if answer.grounded:
        return [(c.number, c) for c in sorted(exchange.cited, key=lambda c: c.number)]
    return list(enumerate((hit.chunk for hit in answer.hits[:NEAREST]), start=1))


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


def editing_html(labels: Labels) -> str:
    """Return the line below the box while the last question is being changed."""
    return f'<p role="status">{inert(labels.editing)} {_action("cancel", 0, labels.cancel)}</p>'


def question_html(question: str, turn: int = 0, words: str = "") -> str:
    """Return the bubble of a question; with `words`, a link of these to change it."""
    edit = f'<div class="wj-edit">{_action("edit", turn, words)}</div>' if words else ""
    return f'<div class="wj-question">{inert(question)}</div>{edit}'


def exchange_html(exchange: Exchange, turn: int, labels: Labels, *, last: bool = False) -> str:
    """Return the bubble that answers the question of this turn, in whatever state it is; only the
    last can be asked again in its place."""
    again = _foot([_action("retry", turn, labels.retry)]) if last and exchange.done else ""
    if exchange.error is not None:
        said = said_in(exchange.error, language_of(labels))
        message = f"{inert(labels.failed)}{inert(said)}"
        return f'<div class="wj-answer wj-error" role="alert"><p>{message}</p>{again}</div>'
    if exchange.answer is None or not exchange.answer.text:
        waiting = labels.stopped if exchange.stopped else labels.searching
        return f'<div class="wj-answer wj-waiting"><p>{inert(waiting)}</p>{again}</div>'
    return _answer(exchange, exchange.answer, turn, labels, last)


def _foot(notes: Sequence[str]) -> str:
    spans = "".join(f"<span>{note}</span>" for note in notes)
    return f'<div class="wj-notes">{spans}</div>' if spans else ""


def _answer(exchange: Exchange, answer: Answer, turn: int, labels: Labels, last: bool) -> str:
    """Return an answer with its marks as links to the cards of the same turn.

    A mark without a citation stays the plain text it is.
    """
    known = {citation.number for citation in answer.citations}
    language = language_of(labels)
    text = answer_in(answer.text, language) if answer.grounded else said_in(answer.text, language)
    lines = [_with_marks(line, known, turn, labels) for line in text.splitlines()]
    body = "".join(f"<p>{line}</p>" for line in lines if line.strip())
    if answer.notice:
        notice = inert(said_in(answer.notice, language))
        body = f'<p class="wj-notice" role="status">{notice}</p>{body}'
    if exchange.keep and not answer.grounded:
        conditions = conditions_line(exchange.keep, labels)
        kept = inert(labels.refused_within.format(conditions=conditions))
        body = f'{body}<p class="wj-notice">{kept}</p>'
    kind = "wj-answer" if answer.grounded else "wj-answer wj-refusal"
    plot = plot_html(exchange.plot, turn, labels) if exchange.plot else ""
    foot = _foot(_notes(exchange, turn, labels, last))
    wish = _reasons(exchange.feedback, answer, turn, labels) if exchange.feedback else ""
    return f'<div class="{kind}">{body}{plot}{foot}{wish}</div>'


def _with_marks(line: str, known: set[int], turn: int, labels: Labels) -> str:
    parts: list[str] = []
    position = 0
    for match in _MARK.finditer(line):
        number = int(match.group(1))
        if number not in known:
            continue
        parts.append(_emphasized(line[position : match.start()]))
        parts.append(_mark(turn, number, labels))
        position = match.end()
    parts.append(_emphasized(line[position:]))
    return "".join(parts)


def _emphasized(text: str) -> str:
    """Return text as HTML, with what stands in `**` set off."""
    # Every second part stood between the signs.
    parts = map(inert, _EMPHASIS.split(text))
    return "".join(f"<strong>{part}</strong>" if n % 2 else part for n, part in enumerate(parts))


def _mark(turn: int, number: int, labels: Labels) -> str:
    title = inert(labels.source.format(number=number))
    return (
        f'<sup class="wj-mark"><a href="#{card_id(turn, number)}" id="{mark_id(turn, number)}" '
        f'title="{title}">&#91;{number}&#93;</a></sup>'
    )


def _notes(exchange: Exchange, turn: int, labels: Labels, last: bool) -> list[str]:
    answer = exchange.answer
    if answer is None:
        return []
    notes = [*_worth(exchange, answer, labels)]
    if answer.question != exchange.question:
        searched_as = inert(labels.searched_as.format(question=answer.question))
        changed = [_action("change", turn, labels.change)] if last and exchange.done else []
        undone = _action("again", turn, labels.as_typed)
        notes.append(
            "&ensp;".join((f'<i class="wj-completed">{searched_as}</i>', *changed, undone))
        )
    if exchange.keep and answer.grounded:
        conditions = conditions_line(exchange.keep, labels)
        notes.append(inert(labels.kept_to.format(conditions=conditions)))
    if not answer.grounded and answer.hits:
        notes.append(inert(labels.nearest_are) + " · ".join(_nearest_links(answer, turn, labels)))
    if exchange.stopped:
        notes.append(inert(labels.stopped))
    elif exchange.seconds is not None:
        notes.append(inert(labels.extracted_in.format(seconds=exchange.seconds)))
    if exchange.done:
        if answer.hits:
            notes.append(_action("why", turn, labels.why))
        notes.append(_actions(exchange.feedback, turn, labels, last))
    return notes


def _worth(exchange: Exchange, answer: Answer, labels: Labels) -> Iterator[str]:
    """Yield what kind of answer it is, and how many of its quotations were verified."""
    if exchange.done and (answer.grounded or answer.kind == "model"):
        kind = labels.model if answer.kind == "model" else labels.extract
        yield f'<span class="wj-kind">{inert(kind)}</span>'
    count = len(answer.citations)
    verified = sum(citation.verdict == "verified" for citation in answer.citations)
    if exchange.seconds is not None and count:
        wording = labels.all_verified if verified == count else labels.some_verified
        kind = "verified" if verified == count else "partial"
        yield f'<b class="wj-{kind}">{inert(wording.format(count=count, verified=verified))}</b>'


def _actions(feedback: Feedback | None, turn: int, labels: Labels, last: bool) -> str:
    """Return what can be done about an answer, at the end of its notes."""
    up, down = (feedback is not None and feedback.useful is useful for useful in (True, False))
    return "".join(
        (
            _action("retry", turn, labels.retry) if last else "",
            _action("copy", turn, labels.copy),
            _action("up", turn, labels.useful, chosen=up),
            _action("down", turn, labels.useless, chosen=down),
        )
    )


def _reasons(feedback: Feedback, answer: Answer, turn: int, labels: Labels) -> str:
    """Return what asks for the reasons of a judgement, with those given."""
    reasons = () if feedback.useful else _WRONG_ANSWER if answer.grounded else _WRONG_REFUSAL
    chips = "".join(
        _action(f"reason-{reason}", turn, labels.reasons[reason], reason in feedback.reasons)
        for reason in reasons
    )
    words = inert(labels.comment)
    return (
        f'<div class="wj-wish"><span role="status">{inert(labels.thanks)}</span>{chips}'
        f'<input type="text" id="comment-{turn}" class="wj-comment" maxlength="500" '
        f'placeholder="{words}" value="{inert(feedback.comment)}"></div>'
    )


def _action(name: str, turn: int, words: str, chosen: bool = False) -> str:
    """Return a link that does something about an answer; the page's script knows how."""
    kind = "wj-action wj-chosen" if chosen else "wj-action"
    return f'<a class="{kind}" href="#{name}-{turn}">{inert(words)}</a>'


def copy_text(answer: Answer, labels: Labels) -> str:
    """Return an answer with its question and sources as plain text, to be pasted elsewhere."""
    language = language_of(labels)
    text = answer_in(answer.text, language) if answer.grounded else said_in(answer.text, language)
    lines = [answer.question, "", _EMPHASIS.sub(r"\1", text)]
    if answer.citations:
        lines += ["", labels.sources]
    for citation in sorted(answer.citations, key=lambda citation: citation.number):
        place = " · ".join((citation.title, *_place(citation, labels), citation.path))
        quote = " ".join(citation.quote.split())
        lines += [f"[{citation.number}] {place}", f"“{quote}”"]
    return "\n".join(lines)


def conditions_line(keep: Filter, labels: Labels) -> str:
    """Return which reports a search is kept to, as plain text; "" where it is kept to none."""
    parts: list[str] = []
    if keep.years is not None:
        first, last = keep.years
        form = labels.years
        if first == last:
            form = labels.year.replace("{year}", "{first}")
        elif first == FIRST or last == LAST:
            form = labels.years_to if first == FIRST else labels.years_from
        parts.append(form.format(first=first, last=last))
    if keep.titles:
        titles = labels.either.join(f"“{title}”" for title in keep.titles)
        parts.append(labels.title_has.format(titles=titles))
    return " · ".join(parts)


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
    shown_places = (place.number for place in places(exchange))
    states = dict(zip(shown_places, exchange.states, strict=False))
    if answer is not None and answer.grounded:
        pairs = zip(exchange.cited, exchange.passages, strict=True)
        ordered = sorted(pairs, key=lambda pair: pair[0].number)
        telling = _quantities(answer.text)
        cards = [
            citation_card(
                c, passage, turn, labels, telling.get(c.number, ""), states.get(c.number, "")
            )
            for c, passage in ordered
        ]
    elif answer is not None and answer.hits:
        heading = labels.nearest
        nearest = enumerate(answer.hits[:NEAREST], start=1)
        cards = [hit_card(hit, turn, n, labels, states.get(n, "")) for n, hit in nearest]
    body = "".join(cards) or f'<p class="wj-none">{inert(labels.no_sources)}</p>'
    if answer is not None:
        # For the page's script; a <br> would be no line end to it.
        text = "&#10;".join(map(inert, copy_text(answer, labels).split("\n")))
        body += f'<pre class="wj-copy" hidden data-copied="{inert(labels.copied)}">{text}</pre>'
    if exchange.why:
        asked = answer.question if answer else exchange.question
        body += why_html(asked, exchange.why, exchange.cited, turn, labels)
    kind = "wj-group wj-shown" if shown else "wj-group"
    ids = f'data-turn="{turn}" data-exchange="{inert(exchange.id)}"'
    return f'<section class="{kind}" {ids}><h2>{inert(heading)}</h2>{body}</section>'


def _quantities(text: str) -> dict[int, str]:
    """Return what is set off in each line of an answer that ends in a mark, by its number."""
    lines = (line for line in text.splitlines() if len(_EMPHASIS.findall(line)) == 1)
    found = ((_EMPHASIS.search(line), _LAST_MARK.search(line)) for line in lines)
    return {int(mark[1]): emphasis[1] for emphasis, mark in found if emphasis and mark}


def citation_card(  # noqa: PLR0913 - what a card shows
    citation: Citation,
    passage: Passage,
    turn: int,
    labels: Labels,
    telling: str = "",
    state: State = "",
) -> str:
    """Return the card of a citation, its sentence marked within the passage and `telling`, the
    quantity that answers, set off where it stands there once."""
    quote = inert(passage.quote)
    if telling and passage.quote.count(telling) == 1:
        quote = f"<strong>{inert(telling)}</strong>".join(map(inert, passage.quote.split(telling)))
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
        f"{badge}{_title(citation, turn, citation.number, labels)}"
        f'<span class="wj-verdict wj-{citation.verdict}">{inert(verdict)}</span>',
        citation,
        f"{inert(passage.before)}<mark>{quote}</mark>{inert(passage.after)}",
        labels,
        state,
    )


def hit_card(hit: Hit, turn: int, number: int, labels: Labels, state: State = "") -> str:
    """Return the card of a passage that was found but not cited; it bears no number."""
    chunk = hit.chunk
    return _card(
        card_id(turn, number),
        f"{_title(chunk, turn, number, labels)}"
        f'<span class="wj-verdict wj-uncited">{inert(labels.not_cited)}</span>',
        chunk,
        inert(_start_of(_BLANK_LINES.sub("\n", chunk.text.strip()), PASSAGE)),
        labels,
        state,
    )


def _title(spot: Citation | Chunk, turn: int, number: int, labels: Labels) -> str:
    return (
        f'<h3><a class="wj-open" href="#open-{turn}-{number}" title="{inert(labels.open)}">'
        f"{inert(spot.title)}</a></h3>"
    )


def _card(  # noqa: PLR0913 - what a card shows
    element_id: str, head: str, spot: Citation | Chunk, body: str, labels: Labels, state: State
) -> str:
    place = " · ".join(f'<span class="wj-bit">{inert(bit)}</span>' for bit in _place(spot, labels))
    return (
        f'<article class="wj-card" id="{element_id}" tabindex="-1" '
        f'aria-label="{inert(spot.title)}"><div class="wj-head">{head}</div>'
        f'<div class="wj-place">{place}</div>{_state(state, labels)}'
        f'<p class="wj-passage">{body}</p>'
        f'<div class="wj-path">{inert(spot.path)}</div></article>'
    )


def _state(state: State, labels: Labels) -> str:
    told = {"": "", "changed": labels.source_changed, "gone": labels.source_gone}[state]
    return f'<p class="wj-state">{inert(told)}</p>' if told else ""


def _place(spot: Citation | Chunk, labels: Labels) -> list[str]:
    """Return year, page, heading path and paragraph of a citation or a chunk, those it has."""
    parts = [
        labels.year.format(year=spot.year) if has_own_year(spot) else "",
        labels.page.format(page=spot.page) if spot.page is not None else "",
        below_title(spot),
        labels.paragraph.format(paragraph=spot.paragraph),
    ]
    return [part for part in parts if part]


def has_own_year(spot: Citation | Chunk) -> bool:
    """Whether the year of a place is known and not said by its title already."""
    return spot.year is not None and str(spot.year) not in spot.title


def below_title(spot: Citation | Chunk) -> str:
    """Return the heading path without the title, which the card says already."""
    path = spot.heading.split(" › ") if spot.heading else []
    return " › ".join(path[1:] if path[:1] == [spot.title] else path)


def collection_line(
    count: int, years: Sequence[int], built_at: datetime, now: datetime, labels: Labels
) -> str:
    """Return one line of plain text: how many reports, from which years, and how fresh."""
    parts = [labels.reports.format(count=count)]
    if years:
        first, last = min(years), max(years)
        parts.append(str(first) if first == last else f"{first}–{last}")
    parts.append(labels.updated.format(when=moment_line(built_at, now, labels)))
    return " · ".join(parts)


def moment_line(moment: datetime, now: datetime, labels: Labels) -> str:
    """Return a moment in a few words: today and yesterday with the time of the day."""
    days = {now.date(): labels.today, now.date() - timedelta(days=1): labels.yesterday}
    day = days.get(moment.date())
    return f"{day} {moment:%H:%M}" if day else f"{moment:%Y-%m-%d}"


def header_html(line: str, labels: Labels) -> str:
    """Return the name of the program, its pages, and the line about its collection."""
    return (
        f'<div class="wj-brand"><h1>{inert(labels.name)}</h1>'
        f'<nav aria-label="{inert(labels.pages_of_app)}">'
        f'<a href="#ask">{inert(labels.ask_page)}</a>'
        f'<a href="#collection">{inert(labels.collection)}</a>'
        f'<a href="logout" hidden>{inert(labels.sign_out)}</a></nav>'
        f'<span class="wj-collection">{inert(line)}</span></div>'
    )
