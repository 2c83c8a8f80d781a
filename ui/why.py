"""Why these sources: what the score of each passage is made of, in points that add up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from index.fold import fold, simplify
from index.words import words as words_in
from rag.types import Citation, Explanation, Hit, WordScore
from ui.inert import inert
from ui.labels import Labels

# Passages that are explained, and words that are named of each.
SHOWN, WORDS = 5, 6


def why_html(
    question: str, hits: Sequence[Hit], citations: Sequence[Citation], turn: int, labels: Labels
) -> str:
    """Return the panel for the passages found for a question, best first, of which `citations` took
    some."""
    # The search also counts pairs of characters, which mean nothing to a reader.
    known = {word for word in words_in(simplify(fold(question))) if len(word) > 1}
    best = max((hit.score for hit in hits), default=0.0) or 1.0
    rows = [
        _row(hit, known, _cited(hit, citations), best, labels)
        for hit in hits[:SHOWN]
        if hit.explanation
    ]
    return (
        f'<section class="wj-why" id="why-{turn}" tabindex="-1"><h2>{inert(labels.why)}</h2>'
        f'<p class="wj-none">{inert(labels.why_how)}</p>{"".join(rows)}</section>'
    )


def _row(
    hit: Hit, known: AbstractSet[str], numbers: Sequence[int], best: float, labels: Labels
) -> str:
    told = hit.explanation
    if told is None:
        return ""
    parts = points_of(told)
    names = (labels.why_meaning, labels.why_words, labels.why_years, labels.why_reranked)
    bars = "".join(
        f'<i class="wj-bar wj-bar-{n}" style="width:{max(0, share) * 100 / best:.1f}%"></i>'
        for n, share in enumerate(_terms(told))
    )
    sum_of = " + ".join(
        f'<span class="wj-part-{n}">{inert(name)} {part}</span>'
        for n, (name, part) in enumerate(zip(names, parts, strict=False))
    )
    total = inert(labels.why_total.format(points=sum(parts)))
    marks = "".join(f" [{number}]" for number in numbers)
    place = inert(f"{hit.chunk.title} · {labels.paragraph.format(paragraph=hit.chunk.paragraph)}")
    notes = "".join(f"<p>{inert(note)}</p>" for note in _notes(hit, known, labels))
    return (
        f'<div class="wj-reasons"><h3>{place}<span>{inert(marks)}</span></h3>'
        f'<div class="wj-bars">{bars}</div><p>{sum_of} = <b>{total}</b></p>{notes}</div>'
    )


def _terms(told: Explanation) -> tuple[float, ...]:
    """Return what a score is the sum of; the last only where a cross-encoder was asked."""
    terms = (told.dense, told.lexical, told.period)
    return terms if told.reranked is None else (*terms, told.reranked)


def points_of(told: Explanation) -> tuple[int, ...]:
    """Return the terms of a score in whole points, a hundredth each, that add up to the rounded
    score: what is cut off is given to those that lost most."""
    exact = [term * 100 for term in _terms(told)]
    whole = [math.floor(term) for term in exact]
    lost = sorted(range(len(exact)), key=lambda n: whole[n] - exact[n])
    for n in lost[: round(sum(exact)) - sum(whole)]:
        whole[n] += 1
    return tuple(whole)


def _cited(hit: Hit, citations: Sequence[Citation]) -> list[int]:
    chunk = hit.chunk
    return sorted(
        c.number
        for c in citations
        if c.document_id == chunk.document_id and chunk.start <= c.start < chunk.end
    )


def _notes(hit: Hit, known: AbstractSet[str], labels: Labels) -> list[str]:
    notes = []
    told = hit.explanation.words if hit.explanation else ()
    scored: list[WordScore] = [word for word in told if word.word in known]
    for wording, words in (
        (labels.why_in_text, _whole([w.word for w in scored if w.text > 0])),
        (labels.why_in_label, _whole([w.word for w in scored if w.label > 0])),
    ):
        if words:
            notes.append(wording.format(words=labels.why_between.join(words)))
    if hit.years:
        notes.append(
            labels.why_speaks_of.format(years=labels.why_between.join(map(str, hit.years)))
        )
    return notes


def _whole(words: Sequence[str]) -> list[str]:
    """Return the most telling words, without those that are a part of another."""
    whole = [w for w in words if not any(w != other and w in other for other in words)]
    return whole[:WORDS]
