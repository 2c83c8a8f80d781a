"""Answers without an LLM: the sentences of the best passages that answer the question.

A sentence is judged by how many of the question's words it holds (rare words count more), by how
near its meaning is to the question, by the passage it stands in, and by whether it gives the kind
of answer that is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.chunk import SEPARATOR
from index.context import label
from index.embed import Embedder, Vectors
from index.fold import fold, simplify
from index.generation import Generation
from index.sentences import sentence_spans, strip_span
from index.types import Chunk, Heading
from rag.expectation import gives
from rag.opposites import says_opposite
from rag.period import is_plan, plans_ahead, sentence_fit, years_of
from rag.question import Question
from rag.types import Hit

# Hits whose sentences are read, and how many of the sentences with the most matching words are
# embedded to compare their meaning.
READ, EMBEDDED = 8, 24
# An answer has at most this many sentences and, beyond the first, this many characters; a further
# sentence must score within MARGIN of the best, one of another report within ELSEWHERE. Where a
# number is asked for, it must cover as much of the question as the best but for NARROWER, and
# another row of its table as much: other rows give other numbers.
MOST, LONGEST, MARGIN, ELSEWHERE, NARROWER = 3, 200, 0.6, 0.3, 0.2
COVERAGE, SIMILARITY, PASSAGE, KIND, PERIOD, PLAN = 1.0, 1.0, 0.5, 0.5, 1.0, 0.15
# How well a sentence of the report that is named fits that does not name the other years asked for.
_IN_NAMED_REPORT = 0.7
_ASKS = ("？", "?")
# Who issued a report and when, in a line of its own, says nothing else.
_DATELINE = re.compile(r"[^\d，。；：]{0,30}\s*[（(]?\d{4}年\d{1,2}月\d{1,2}日[）)]?")
# A row of a table reads 品种：油料；产量（万吨）：8.1.
_COLUMNS = re.compile("([^；：]+)：")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence that may answer: its hit, the heading above it, its offsets in the document.

    `coverage` is the share (0..1) of the question's weighted words that stand in the sentence, or
    in the title and headings above it; `similarity` is the cosine of sentence and question;
    `period` says how well it speaks of the years in the question (0..1).
    """

    hit: Hit
    heading: str
    start: int
    end: int
    coverage: float
    period: float
    similarity: float = 0.0
    score: float = 0.0

    @property
    def text(self) -> str:
        """The sentence, verbatim."""
        offset = self.hit.chunk.start
        return self.hit.chunk.text[self.start - offset : self.end - offset]


def gather(
    generation: Generation,
    embedder: Embedder,
    question: Question,
    vector: Vectors,
    hits: Sequence[Hit],
) -> list[Evidence]:
    """Return the sentences of the first hits, best first; `vector` embeds the question."""
    found = [
        part
        for hit in hits[:READ]
        for part in _sentences(hit, generation.records.headings(hit.chunk.document_id), question)
    ]
    found.sort(key=lambda part: -(part.coverage * part.period))
    found = found[:EMBEDDED]
    if not found:
        return []
    vectors = embedder.embed_documents([simplify(part.text) for part in found])
    cosines = (vectors @ vector).tolist()
    low, high = min(cosines), max(cosines)
    best = hits[0].score or 1.0
    scored = []
    for part, cosine in zip(found, cosines, strict=True):
        score = (
            COVERAGE * part.coverage
            + SIMILARITY * (cosine - low) / max(high - low, 1e-6)
            + PASSAGE * part.hit.score / best
            + KIND * _is_kind(question, part.text)
            + PERIOD * part.period
            - PLAN * (question.wants_plan != is_plan(part.text))
        )
        scored.append(replace(part, similarity=cosine, score=score))
    return sorted(scored, key=lambda part: -part.score)


def _sentences(hit: Hit, headings: Sequence[Heading], question: Question) -> list[Evidence]:
    """Return the sentences of a hit, headings left out, with the share of the question's words
    that each covers. A word in the title or a heading counts half."""
    chunk = hit.chunk
    total = sum(question.rarity.values())
    above = question.tokens_of(label(chunk))
    inside = [h for h in headings if chunk.start <= h.start < chunk.end]
    asked = simplify(fold(question.searched))
    found = []
    for span in sentence_spans(chunk.text):
        start, end = strip_span(chunk.text, *span)
        text = chunk.text[start:end]
        start, end = chunk.start + start, chunk.start + end
        if (
            len(text) < 4
            or text.endswith(_ASKS)
            or (question.asks != "date" and _DATELINE.fullmatch(text))
            or any(h.start < end and start < h.end for h in inside)
        ):
            continue
        heading = heading_above(chunk, inside, start)
        if says_opposite(asked, simplify(fold(heading + text))):
            continue
        here = question.tokens_of(text)
        covered = sum(
            weight * (1.0 if token in here else 0.5)
            for token, weight in question.rarity.items()
            if token in here or token in above
        )
        period = _period(question, text, heading, chunk.year)
        found.append(Evidence(hit, heading, start, end, covered / total, period))
    return found


def _period(question: Question, sentence: str, heading: str, stated: int | None) -> float:
    """Return how well a sentence speaks of the years of the question. One that names a report asks
    for what stands there, of whatever time; best of the other years that it names."""
    if question.report_year is None or question.report_year != stated:
        return sentence_fit(question.years, sentence, heading, stated)
    others = set(question.years) - {stated}
    return 1.0 if not others or others & set(years_of(sentence)) else _IN_NAMED_REPORT


def heading_above(chunk: Chunk, inside: Sequence[Heading], start: int) -> str:
    """Return the path of headings above an offset; `inside` are those within the chunk."""
    own = [h for h in inside if h.end <= start]
    if not own:
        return chunk.heading
    innermost = chunk.text[own[-1].start - chunk.start : own[-1].end - chunk.start]
    path = [part for part in chunk.heading.split(SEPARATOR) if part and part != innermost]
    return SEPARATOR.join([*path, innermost])


def _is_kind(question: Question, sentence: str) -> float:
    """Return 1 where the sentence gives a number with the unit that is asked for, 0.5 where it
    gives one of the kind asked for, else 0."""
    if not question.asks or not gives(question.asks, "", sentence):
        return 0.0
    return 1.0 if question.unit and gives(question.asks, question.unit, sentence) else 0.5


def choose(question: Question, evidence: Sequence[Evidence]) -> list[Evidence]:
    """Return the sentences of the answer, in the order in which they are shown.

    A sentence about other years than the question's is never among them. A question about several
    years, or several of those who report, gets the best sentence for each.
    """
    usable = [part for part in evidence if part.period > 0]
    if question.separate_years or len(question.reporters) > 1:
        return _best_of_each(question, usable)
    usable = _result_first(question, usable)
    chosen: list[Evidence] = []
    length = 0
    for part in usable:
        if any(part.text == other.text for other in chosen):
            continue
        same = part.hit.chunk.document_id == usable[0].hit.chunk.document_id
        if chosen and (
            len(chosen) >= MOST
            or length + len(part.text) > LONGEST
            or part.score < usable[0].score - (MARGIN if same else ELSEWHERE)
            or (question.asks and part.coverage < _least_coverage(part, usable[0]))
        ):
            continue
        chosen.append(part)
        length += len(part.text)
    return chosen


def _result_first(question: Question, usable: list[Evidence]) -> list[Evidence]:
    """Put what came of a year before what was planned for it, where a number of that year is asked
    for and the result means as much the same as the question. The title of the report with the
    plan names the year, which makes all its passages score more."""
    if not (question.asks and question.years and usable) or question.wants_plan:
        return usable
    best = usable[0]
    if not _is_planned(best):
        return usable
    for part in usable[1:]:
        if (
            not _is_planned(part)
            and part.similarity >= best.similarity
            and part.period >= best.period
            and part.coverage >= best.coverage - NARROWER
            and _is_kind(question, part.text) >= _is_kind(question, best.text)
        ):
            return [part, *(other for other in usable if other is not part)]
    return usable


def _is_planned(part: Evidence) -> bool:
    return is_plan(part.text) or plans_ahead(part.heading)


def _least_coverage(part: Evidence, best: Evidence) -> float:
    """Return what a further sentence must cover of a question for a number."""
    columns = _COLUMNS.findall(part.text)
    is_row = len(columns) > 1 and columns == _COLUMNS.findall(best.text)
    return best.coverage - (0 if is_row else NARROWER)


def _best_of_each(question: Question, usable: Sequence[Evidence]) -> list[Evidence]:
    """Return the best sentence for each year, of each who reports, that has one; one that serves
    two stands once."""
    best: dict[str, Evidence] = {}
    for name in question.reporters if len(question.reporters) > 1 else ("",):
        own = [part for part in usable if name in fold(part.hit.chunk.title + part.text)]
        for year in question.separate_years or (None,):
            fits = {part: fit for part in own if (fit := _fit_of(part, year))}
            if fits:
                first = max(fits, key=lambda part: fits[part] + part.score)
                best.setdefault(first.text, first)
    return list(best.values())


def _fit_of(part: Evidence, year: int | None) -> float:
    if year is None:
        return part.period
    return sentence_fit((year,), part.text, part.heading, part.hit.chunk.year)
