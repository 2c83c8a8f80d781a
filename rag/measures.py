"""What a set of answers is worth: recall, rank, right answers, their intervals, and what changed.

Shares of questions have Wilson's interval (E. B. Wilson, 1927), all other figures that of the
percentile bootstrap over questions (B. Efron, 1979); both at 95 %. Pure functions.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.fold import simplify

# Of an answer only so many characters are read: what stands at its end does not answer.
READ = 200
DEPTH = 10
RECALLS = (1, 5, 10)
# Of the character pairs of a quote, the share that a passage must have to hold it.
_HELD = 2 / 3
_MARKS = re.compile(r"[\[【]\d+(?:[,，]\s*\d+)*[\]】]")
_Z = 1.959964  # two-sided 95 % of the normal distribution
_RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Passage:
    """Words of a document, which is named by its path below the corpus root."""

    doc: str
    text: str


@dataclass(frozen=True, slots=True)
class Gold:
    """What a good answer is: `answers` holds each element that it must have, in all the forms in
    which that may be written, `evidence` the words of the reports that say so. Both are empty for a
    question that the reports do not answer. `type` is what questions are grouped by."""

    type: str
    answers: tuple[tuple[str, ...], ...]
    evidence: tuple[Passage, ...]
    answerable: bool


@dataclass(frozen=True, slots=True)
class Prediction:
    """What an assistant gave for a question: the answer shown, whether it is one (`grounded`), its
    citations, the passages found, best first, and the seconds it took (None where not known)."""

    id: str
    answer: str
    grounded: bool
    citations: tuple[Passage, ...]
    hits: tuple[Passage, ...]
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Mark:
    """How good one prediction is. `rank` counts from 1; None where nothing right was found. `found`
    is the share of required elements that the answer has; `cites` counts citations, `good_cites`
    those of a gold document, and `cited` says that one overlaps a gold quote."""

    type: str
    answerable: bool
    grounded: bool
    rank: int | None
    found: float
    cites: int
    good_cites: int
    cited: bool
    seconds: float | None

    @property
    def right(self) -> bool:
        """Whether all is there that was asked for, or nothing was claimed where nothing is to be
        had."""
        return self.found == 1 if self.answerable else not self.grounded


@dataclass(frozen=True, slots=True)
class Figure:
    """A value, its 95 % interval from `low` to `high`, and over how many questions it is taken."""

    value: float
    low: float
    high: float
    count: int


def comparable(text: str) -> str:
    """Return the letters, digits and `%.+` of a text, folded: what two wordings have in common."""
    folded = simplify(unicodedata.normalize("NFKC", text)).lower()
    return "".join(char for char in folded if char.isalnum() or char in "%.+")


def _pairs(text: str) -> set[str]:
    plain = comparable(text)
    return {plain[at : at + 2] for at in range(len(plain) - 1)} or {plain}


def holds(quote: str, text: str) -> bool:
    """Return whether two thirds of the character pairs of `quote` stand in `text`."""
    wanted = _pairs(quote)
    return len(wanted & _pairs(text)) >= _HELD * len(wanted)


def overlaps(quote: str, text: str) -> bool:
    """Return whether half of the character pairs of the shorter of two texts stand in the other."""
    one, other = _pairs(quote), _pairs(text)
    return len(one & other) >= min(len(one), len(other)) / 2


def judge(gold: Gold, prediction: Prediction) -> Mark:
    """Return how good a prediction is.

    Where several documents are needed (type `multi`), the rank is that of the last of them. What an
    assistant says while it declines counts nothing.
    """
    text = comparable(_MARKS.sub("", prediction.answer)[:READ]) if prediction.grounded else ""
    elements = [any(comparable(form) in text for form in forms) for forms in gold.answers]
    cites = prediction.citations if prediction.grounded and gold.answerable else ()
    documents = {quote.doc for quote in gold.evidence}
    return Mark(
        type=gold.type,
        answerable=gold.answerable,
        grounded=prediction.grounded,
        rank=_rank(gold, prediction.hits) if gold.answerable else None,
        found=sum(elements) / len(elements) if elements else 0.0,
        cites=len(cites),
        good_cites=sum(cite.doc in documents for cite in cites),
        cited=any(
            cite.doc == quote.doc and overlaps(quote.text, cite.text)
            for cite in cites
            for quote in gold.evidence
        ),
        seconds=prediction.seconds,
    )


def _rank(gold: Gold, hits: Sequence[Passage]) -> int | None:
    groups = [[quote] for quote in gold.evidence] if gold.type == "multi" else [gold.evidence]
    ranks = [_first(group, hits) for group in groups]
    known = [rank for rank in ranks if rank is not None]
    return max(known) if known and len(known) == len(ranks) else None


def _first(quotes: Sequence[Passage], hits: Sequence[Passage]) -> int | None:
    for rank, hit in enumerate(hits, start=1):
        if any(hit.doc == quote.doc and holds(quote.text, hit.text) for quote in quotes):
            return rank
    return None


def is_found(mark: Mark, depth: int) -> bool:
    """Return whether the first `depth` passages hold what is asked for."""
    return mark.rank is not None and mark.rank <= depth


def reciprocal_rank(mark: Mark) -> float:
    """Return 1 / rank; 0 where the first `DEPTH` passages hold nothing right."""
    return 1 / mark.rank if mark.rank is not None and mark.rank <= DEPTH else 0.0


def figures(marks: Sequence[Mark]) -> dict[str, Figure]:
    """Return the figures by name; those that nothing can be said of are left out.

    Of answerable questions: `recall@k`, `mrr@10`, `answer` (every required element is there),
    `element` (mean share of them), `cited` (a citation of a gold document overlaps a gold quote),
    `cite-prec` (of all citations, the share of gold documents), `declined`. Of the others
    `rejected`. Of all, in seconds: `p50`, `p95`.
    """
    asked = [mark for mark in marks if mark.answerable]
    others = [mark for mark in marks if not mark.answerable]
    cites, good = (
        _array(asked, lambda mark: mark.cites),
        _array(asked, lambda mark: mark.good_cites),
    )
    seconds = np.array([mark.seconds for mark in marks if mark.seconds is not None])
    found = {
        **{f"recall@{k}": share([is_found(mark, k) for mark in asked]) for k in RECALLS},
        f"mrr@{DEPTH}": _mean(_array(asked, reciprocal_rank)),
        "answer": share([mark.found == 1 for mark in asked]),
        "element": _mean(_array(asked, lambda mark: mark.found)),
        "cited": share([mark.cited for mark in asked]),
        "cite-prec": _ratio(good, cites) if cites.sum() else None,
        "declined": share([not mark.grounded for mark in asked]),
        "rejected": share([not mark.grounded for mark in others]),
        "p50": _quantile(seconds, 0.5),
        "p95": _quantile(seconds, 0.95),
    }
    return {name: figure for name, figure in found.items() if figure is not None}


def _array(marks: Sequence[Mark], value: Callable[[Mark], float]) -> NDArray[np.float64]:
    return np.array([value(mark) for mark in marks], dtype=np.float64)


def share(outcomes: Sequence[bool]) -> Figure | None:
    """Return the share of true outcomes with Wilson's score interval; None of none."""
    count = len(outcomes)
    if not count:
        return None
    value = sum(outcomes) / count
    scale = 1 + _Z**2 / count
    centre = (value + _Z**2 / (2 * count)) / scale
    half = _Z * math.sqrt(value * (1 - value) / count + _Z**2 / (4 * count**2)) / scale
    return Figure(value, max(0.0, centre - half), min(1.0, centre + half), count)


def _mean(values: NDArray[np.float64]) -> Figure | None:
    return _ratio(values, np.ones(len(values))) if len(values) else None


def _ratio(numerators: NDArray[np.float64], denominators: NDArray[np.float64]) -> Figure:
    """Return the quotient of two sums over questions."""
    drawn = _resamples(len(numerators))
    below = denominators[drawn].sum(axis=1)
    some = below > 0
    return _figure(
        numerators.sum() / denominators.sum(),
        numerators[drawn].sum(axis=1)[some] / below[some],
        len(numerators),
    )


def _quantile(values: NDArray[np.float64], part: float) -> Figure | None:
    if not len(values):
        return None
    at = int(len(values) * part)
    redrawn = np.sort(values[_resamples(len(values))], axis=1)[:, at]
    return _figure(np.sort(values)[at], redrawn, len(values))


def _resamples(count: int) -> NDArray[np.int64]:
    """Return the questions drawn, with replacement, for each resample: the same every time."""
    return np.random.default_rng(0).integers(count, size=(_RESAMPLES, count))


def _figure(value: float, redrawn: NDArray[np.float64], count: int) -> Figure:
    low, high = np.percentile(redrawn, (2.5, 97.5))
    return Figure(float(value), float(low), float(high), count)


def sign_test(better: int, worse: int) -> float:
    """Return how likely so uneven a split is by chance: the two-sided exact binomial test, for
    right and wrong answers that of McNemar (1947), for ranks the sign test."""
    changed = better + worse
    tail = sum(math.comb(changed, few) for few in range(min(better, worse) + 1))
    return min(1.0, 2 * tail / 2**changed)
