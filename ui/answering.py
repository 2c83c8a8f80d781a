"""What the page asks of one collection: growing answers, documents to open, past conversations. No
screen here."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp
from threading import Event

from index import Index
from index.errors import WenjuError
from index.types import Chunk, Document
from rag import Assistant, Turn
from rag.export import cited_documents, to_docx, to_markdown
from rag.filters import Filter
from rag.series import Series, read_series
from rag.types import Answer, Citation, Hit
from ui.document import Cited, Source, document_html
from ui.examples import example_questions
from ui.history import History, HistoryUnavailable, history_file
from ui.labels import Labels
from ui.render import (
    FIRST,
    LAST,
    Exchange,
    Passage,
    State,
    collection_line,
    header_html,
    paragraph_around,
    places,
    spots,
    without_local_paths,
)

EXAMPLES = 4
# More than can be chosen from by eye, and few enough to be sent with the page.
TITLES = 500

logger = logging.getLogger(__name__)

Exchanges = tuple[Exchange, ...]
SourceOf = Callable[[Document], Source]


def _no_source(document: Document) -> Source:
    return Source()


class Chat:
    """One collection on one page; holds no conversation, those live in each visitor's session."""

    def __init__(self, index: Index, assistant: Assistant, source: SourceOf = _no_source) -> None:
        """`source` says what there is of a document beside its text."""
        self.index = index
        self.assistant = assistant
        self.source = source
        self.history = _open_history(index.folder)

    def header(self, labels: Labels) -> str:
        """Return the header for the collection as it is now."""
        manifest = self.index.manifest
        years = [entry.year for entry in self.index.documents if entry.year is not None]
        built_at = datetime.fromisoformat(manifest.built_at).astimezone()
        now = datetime.now().astimezone()
        return header_html(
            collection_line(manifest.documents, years, built_at, now, labels), labels
        )

    def examples(self) -> list[str]:
        """Return questions that the collection answers, asked once to be sure; no language model
        is asked for this."""
        extract = Assistant(self.index)
        candidates = islice(example_questions(self.index.documents, self.index.document), 12)
        answered = (question for question in candidates if extract.ask(question).grounded)
        return list(islice(answered, EXAMPLES))

    def titles(self) -> list[str]:
        """Return titles to choose from; any part of one can be written instead."""
        return list(dict.fromkeys(entry.title for entry in self.index.documents))[:TITLES]

    def ask(self, asked: Exchange, exchanges: Exchanges) -> Iterator[Exchanges]:
        """Yield the conversation as it grows by the answer to what is asked."""
        started = time.perf_counter()
        history = () if asked.alone else history_of(exchanges)
        current = asked
        yield (*exchanges, current)
        self.renew()
        known: dict[Citation, Passage] = {}
        try:
            for answer in self.assistant.stream(asked.question, history, keep=asked.keep):
                for citation in answer.citations:
                    known[citation] = known.get(citation) or self._passage(citation)
                passages = tuple(known[citation] for citation in answer.citations)
                current = replace(asked, answer=answer, passages=passages)
                yield (*exchanges, current)
            current = replace(current, seconds=time.perf_counter() - started)
            yield (*exchanges, current)
            yield (*exchanges, self._plotted(current))
        except WenjuError as error:
            current = replace(asked, error=without_local_paths(str(error)))
            yield (*exchanges, current)

    def kept(
        self, growing: Iterator[Exchanges], owner: str, conversation: str, halt: Event
    ) -> Iterator[Exchanges]:
        """Yield a growing conversation and keep its last exchange: as soon as it is asked, once a
        second while it grows, and at its end, whatever ends it. Once `halt` is set, whoever set it
        sees to that."""
        last: Exchange | None = None
        kept_at = 0.0
        try:
            for grown in growing:
                last = grown[-1]
                if last.done or time.monotonic() > kept_at + 1:
                    self.keep(owner, conversation, last)
                    kept_at = time.monotonic()
                yield grown
        finally:
            if last and not last.done and not halt.is_set():
                self.keep(owner, conversation, replace(last, stopped=True))

    def begin(self, owner: str, conversation: str, question: str) -> None:
        """Begin to keep a conversation if somebody is there to keep it for."""
        if not owner:
            return
        try:
            self.history.begin(owner, conversation, question)
        except HistoryUnavailable:
            logger.warning("这次对话没有存下来", exc_info=True)

    def keep(self, owner: str, conversation: str, exchange: Exchange) -> None:
        """Keep an exchange if somebody is there to keep it for."""
        if not owner:
            return
        try:
            self.history.save(owner, conversation, exchange)
        except HistoryUnavailable:
            # An answer is worth more than its record; whoever runs the program can mend that.
            logger.warning("这次问答没有存下来", exc_info=True)

    def reopened(self, owner: str, conversation: str) -> Exchanges:
        """Return a past conversation, with what has become of its sources."""
        exchanges = self.history.exchanges(owner, conversation)
        held = {entry.id for entry in self.index.documents}
        paths = {entry.path for entry in self.index.documents}
        return tuple(
            replace(exchange, states=tuple(self._state(spot, held, paths) for _, spot in shown))
            for exchange in exchanges
            for shown in (spots(exchange),)
        )

    def _state(
        self, spot: Citation | Chunk, held: AbstractSet[str], paths: AbstractSet[str]
    ) -> State:
        """Return whether the source of a card still says what stands there."""
        if spot.document_id not in held:
            return "changed" if spot.path in paths else "gone"
        quote = spot.quote if isinstance(spot, Citation) else spot.text
        text = self.index.document(spot.document_id).text
        return "" if text[spot.start : spot.end] == quote else "changed"

    def why(self, exchange: Exchange) -> tuple[Hit, ...]:
        """Return the passages for the question of an exchange, each explained."""
        if exchange.answer is None:
            return ()
        keep = exchange.keep
        found = self.assistant.retriever.search(
            exchange.answer.question,
            years=keep.years,
            titles=keep.titles,
            path=keep.path,
            explain=True,
        )
        return tuple(found)

    def _plotted(self, exchange: Exchange) -> Exchange:
        """Return an exchange with the plot that its question asks for, if it does."""
        answer = exchange.answer
        if answer is None or not answer.grounded:
            return exchange
        series = read_series(answer.question, self.index, exchange.keep)
        if series is None:
            return exchange
        drawn = replace(exchange, plot=_numbered(series, answer.citations))
        added = drawn.cited[len(answer.citations) :]
        return replace(drawn, passages=(*drawn.passages, *map(self._passage, added)))

    def document(self, exchange: Exchange, turn: int, number: int, labels: Labels) -> str:
        """Return the document at the place that has this number among those of an exchange, ""
        where the index does not hold it any more."""
        shown = places(exchange)
        try:
            place = next(place for place in shown if place.number == number)
            document = self.index.document(place.document_id)
        except (StopIteration, KeyError):
            return ""
        return document_html(document, labels, Cited(shown, place, turn), self.source(document))

    def export(self, kind: str, answers: Sequence[Answer]) -> bytes:
        """Return answers as a file of a kind: "md" or "docx"."""
        documents = cited_documents(answers, self.index)
        if kind == "docx":
            return to_docx(answers, documents)
        return to_markdown(answers, documents).encode("utf-8", errors="replace")

    def renew(self) -> None:
        """Take up a newer index, if there is one that can be opened."""
        try:
            self.index.refresh()
        except WenjuError:
            # What is open stays usable; the reason is for whoever runs the program.
            logger.warning("不能换用新的索引，继续使用已打开的索引", exc_info=True)

    def _passage(self, citation: Citation) -> Passage:
        try:
            text = self.index.document(citation.document_id).text
        except KeyError:
            # The index was renewed while this answer was being written.
            return Passage("", citation.quote, "")
        return paragraph_around(text, citation.start, citation.end)


def _open_history(index_dir: Path) -> History:
    """Return the conversations kept beside an index or, where nothing can be written there, a place
    to keep them until the program ends."""
    try:
        return History(history_file(index_dir))
    except HistoryUnavailable:
        logger.warning("对话只保留到程序结束", exc_info=True)
        return History(Path(mkdtemp()) / "history.sqlite")


def _numbered(series: Series, citations: Sequence[Citation]) -> Series:
    """Return a series whose citations have the numbers of the answer's own or go on behind them."""
    numbers = {(c.document_id, c.start, c.end): c.number for c in citations}
    points = []
    for point in series.points:
        place = point.citation.document_id, point.citation.start, point.citation.end
        number = numbers.setdefault(place, max(numbers.values(), default=0) + 1)
        points.append(replace(point, citation=replace(point.citation, number=number)))
    return replace(series, points=tuple(points))


def filter_of(first: str | None, last: str | None, titles: Sequence[str]) -> Filter:
    """Return the conditions written into the fields of the page; an empty one, or one that has not
    been unfolded yet, is no condition.

    Raises ValueError, with a sentence for the user, where they make no sense.
    """
    span = _year(first, FIRST), _year(last, LAST)
    written = tuple(title for title in titles if title.strip())
    return Filter(None if span == (FIRST, LAST) else span, written)


def _year(written: str | None, otherwise: int) -> int:
    written = (written or "").strip()
    if not written:
        return otherwise
    if len(written) != 4 or not written.isdecimal():
        message = f"年份应为四位数字，例如 2019，写的是“{written}”。"
        raise ValueError(message)
    return int(written)


def history_of(exchanges: Sequence[Exchange]) -> list[Turn]:
    """Return the turns that a follow-up may speak of: those since a question was asked alone.

    One that was stopped or failed is among them: its question was asked nevertheless.
    """
    turns: list[Turn] = []
    for exchange in exchanges:
        if exchange.alone:
            turns.clear()
        turns.append(Turn(exchange.question, exchange.answer or ""))
    return turns
