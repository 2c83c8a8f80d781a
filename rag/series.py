"""An indicator over several years: one point a year, each from a sentence that states it.

Each year is searched for by itself. A number becomes a point only where nothing but the indicator
stands before it in its clause, its sentence speaks of this year and no other, and no other sentence
gives another number. All points are of one unit and of reports of one name: a line never joins two
places. A plan is told from a result; where both are there, the result stands.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from index.fold import fold, simplify
from index.generation import Generation
from index.quantity import Quantity, quantities
from index.sentences import sentence_spans, strip_span
from index.store import Index
from index.words import words
from rag.cite import cite
from rag.extract import Evidence, heading_above
from rag.filters import Filter
from rag.followup import complete
from rag.period import is_plan, plans_ahead, years_asked, years_spoken_of
from rag.retrieve import Ordering, Scope, read_and_embed, search
from rag.types import Citation, Hit, Turn

# A line has at least so many points; more years than MOST are not asked for.
LEAST, MOST = 3, 12
# Passages that are read for a year.
_READ = 10

_GROWTH = re.compile("增长率|增长速度|增速|增幅|增长了?")
# What a question over several years says beside the indicator.
_ASKED = re.compile(
    "(?:(?:变化|发展|增减)(?:情况|趋势)?|走势|趋势|情况|数据|折线图?|曲线图?|画|图|历年|每年|逐年|各年|分别|"
    "各自?|是|为|有|达到|多少|几何|怎么样|怎样|如何|人数|[的呢吗，,？?。 ])+"
)
_YEAR = r"(?:19|20)?\d{2}年"
# What may stand before a number beside the indicator without making it another one.
_NEUTRAL = re.compile(
    f"{_YEAR}(?:全年)?|过去一年|一年来|全年|[今去上当本]年|年[末底]|全[国省市县区]|[我本][国省市县区]|"
    "预期|预计|力争|确保|争取|计划|目标|拟|按|安排|要|控制|达到|达|完成|实现|突破|超过|超|不[低少]于|"
    '将|共|总|约|近|逾|为|是|在|到|至|的|了|人数|数量|[、：:“”"（）() ]'
)
_AROUND = (
    re.compile("(?:约|近|超过|超|突破|逾|不足|不到|不低于|不少于)$"),
    re.compile("^(?:以上|左右|以内|以下|多|余)"),
)
# The number of a part of the year, of several years or of a part of the whole.
_ANOTHER_SCOPE = re.compile(
    "季度|半年|(?<!年)\\d{1,2}(?:[—–~至到-]\\d{1,2})?月|累计|年均|平均|五年|十年|三年|两年|其中|分别|每"
)
# A review of several years at once.
_SEVERAL_YEARS = re.compile("[三四五十两]年|届")
_CLAUSE = re.compile("[，,；;。！？!?\n]")
_OF_ITS_OWN_YEAR = re.compile("公报|年报|年鉴|总结")


@dataclass(frozen=True, slots=True)
class Point:
    """What an indicator was, or was planned to be, in a year. `value` is in ones of the unit of its
    series, `words` the number as its source writes it."""

    year: int
    value: Decimal
    words: str
    planned: bool
    citation: Citation


@dataclass(frozen=True, slots=True)
class Series:
    """An indicator over the years, in their order; `missing` are those asked for without a point.
    `unit` is as in `index.quantity`."""

    unit: str
    points: tuple[Point, ...]
    missing: tuple[int, ...]


def read_series(question: str, index: Index, keep: Filter | None = None) -> Series | None:
    """Return the series that a question asks for, from the reports to `keep` to; None where it asks
    for none, or too little is stated without doubt."""
    generation = index.generation
    known = {entry.year for entry in generation.documents if entry.year}
    asked = yearly_questions(question, known)
    found = {
        year: (_named(text), list(_sentences(text, index, generation, keep or Filter())))
        for year, text in asked.items()
    }
    return series_of(found)


def _sentences(
    question: str, index: Index, generation: Generation, keep: Filter
) -> Iterator[Citation]:
    """Yield the sentences of the passages that are nearest to a question."""
    asked, vector = read_and_embed(question, generation, index.embedder)
    for hit in search(generation, asked, vector, Scope(_READ, keep=keep), Ordering()):
        yield from _sentences_of(hit, generation)


def _sentences_of(hit: Hit, generation: Generation) -> Iterator[Citation]:
    chunk = hit.chunk
    headings = [
        heading
        for heading in generation.records.headings(chunk.document_id)
        if chunk.start <= heading.start < chunk.end
    ]
    for span in sentence_spans(chunk.text):
        start, end = (chunk.start + offset for offset in strip_span(chunk.text, *span))
        if start < end and not any(h.start < end and start < h.end for h in headings):
            above = heading_above(chunk, headings, start)
            yield cite(0, Evidence(hit, above, start, end, 0.0, 0.0), generation, "verified")


def yearly_questions(question: str, known: Iterable[int] = ()) -> dict[int, str]:
    """Return what to ask for each year of a question about one indicator over several years; {}
    where it is no such question. `known` are the years of the reports."""
    years = sorted(years_asked(question, frozenset(known)))
    if not LEAST <= len(years) <= MOST:
        return {}
    single = {year: complete(f"那{year}年呢？", [Turn(question, "")]) for year in years}
    # What still names a span, or nothing beside the year, cannot be asked year by year.
    if any(years_asked(text) != (year,) or not _named(text) for year, text in single.items()):
        return {}
    return {year: _asking(text) for year, text in single.items()}


def _asking(text: str) -> str:
    return text if re.search("多少|几", text) else f"{text.rstrip('？?。 ')}是多少"


def _named(question: str) -> list[str]:
    """Return the words that name the indicator, and the place if there is one."""
    plain = re.sub(_YEAR, " ", simplify(fold(question)))
    grown = _GROWTH.search(plain)
    plain = _ASKED.sub(" ", _GROWTH.sub(" ", plain))
    named = [word for word in words(plain) if word.strip()]
    return [*named, "增长"] if grown and named else named


def series_of(found: Mapping[int, tuple[Sequence[str], Sequence[Citation]]]) -> Series | None:
    """Return the series that sentences make, None where there are too few points. `found` gives
    for each year the words that name the indicator, and the sentences that may state it."""
    lines: dict[tuple[str, str], list[Point]] = defaultdict(list)
    for year, (named, sentences) in found.items():
        points = [
            (_series_name(citation), unit, point)
            for citation in sentences
            for unit, point in _points(year, named, citation)
        ]
        for line in dict.fromkeys(point[:2] for point in points):
            point = _agreed([point for *key, point in points if tuple(key) == line])
            if point:
                lines[line].append(point)
    best = sorted(lines.items(), key=lambda line: -len(line[1]))
    if not best or len(best[0][1]) < LEAST:
        return None
    if len(best) > 1 and len(best[1][1]) == len(best[0][1]):
        return None  # of two places or units, neither is meant more than the other
    (_, unit), points = best[0]
    there = {point.year for point in points}
    return Series(
        unit,
        tuple(sorted(points, key=lambda point: point.year)),
        tuple(year for year in found if year not in there),
    )


def _series_name(citation: Citation) -> str:
    return re.sub(r"\d{4}年?度?", "", fold(citation.title))


def _points(year: int, named: Sequence[str], citation: Citation) -> Iterator[tuple[str, Point]]:
    """Yield the unit and the point of each number that a sentence states of the indicator."""
    stated = _stated(citation, named)
    planned = _is_planned(citation, year) if stated else None
    if planned is not None:
        for quantity in stated:
            written = _in_words(citation.quote, quantity)
            yield quantity.unit, Point(year, quantity.value, written, planned, citation)


def _agreed(points: Sequence[Point]) -> Point | None:
    """Return the point that all results, or where there are none all plans, agree on."""
    told = [point for point in points if not point.planned] or points
    return told[0] if len({point.value for point in told}) == 1 else None


def _is_planned(citation: Citation, year: int) -> bool | None:
    """Return whether a sentence states a plan for this year, or its result; None where it speaks of
    another year too or leaves open which of the two it is."""
    if years_spoken_of(citation.quote, citation.heading, citation.year) != {year}:
        return None
    if _SEVERAL_YEARS.search(citation.heading):
        return None
    plan = is_plan(citation.quote)
    if citation.year == year and not _OF_ITS_OWN_YEAR.search(citation.title):
        return True if plan or plans_ahead(citation.heading) else None
    return None if plan else False


def _stated(citation: Citation, named: Sequence[str]) -> list[Quantity]:
    """Return the quantities of a sentence before which nothing but the indicator stands."""
    quote = simplify(fold(citation.quote))
    title = simplify(fold(citation.title))
    # Where folding changes the length, offsets would not fit the source.
    if len(quote) != len(citation.quote):
        return []
    stated: list[Quantity] = []
    # A number that belongs to a date stands within what is said.
    found = [part for part in quantities(citation.quote) if part.kind == "amount"]
    for at, part in enumerate(found):
        begin = found[at - 1].end if at else 0
        begin = max([begin, *(gap.end() for gap in _CLAUSE.finditer(quote, begin, part.start))])
        before = quote[begin : part.start]
        if part.unit and part.high is None and _is_indicator(before, named, title):
            scope = quote[: part.start]
            if not _ANOTHER_SCOPE.search(scope):
                stated.append(part)
    return stated


def _is_indicator(said: str, named: Sequence[str], title: str) -> bool:
    """Return whether `said` names the indicator alone; a place may stand in the title."""
    if not all(word in said or word in title for word in named):
        return False
    for word in sorted(named, key=len, reverse=True):
        said = said.replace(word, " ", 1)
    return not _NEUTRAL.sub("", said).strip()


def _in_words(quote: str, quantity: Quantity) -> str:
    """Return a quantity as it is written, with what makes it a round one."""
    before = _AROUND[0].search(quote[: quantity.start])
    behind = _AROUND[1].search(quote[quantity.end :])
    start = before.start() if before else quantity.start
    return quote[start : quantity.end + (behind.end() if behind else 0)]
