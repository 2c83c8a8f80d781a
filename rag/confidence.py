"""How probable it is that sentences of the reports answer a question: three signals, weighed.

    confidence = 1 / (1 + exp(-(CONSTANT + sum of weight * signal)))

The weights are a logistic regression over questions of which it is known whether the answer was
right: see `rag.weights` and `rag.fit`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from index.words import tokens
from rag.expectation import answering_spans
from rag.extract import Evidence
from rag.question import Question
from rag.types import Hit
from rag.weights import Weights

# Hits that are looked at to see whether they agree on a report.
_FIRST = 5
_CLAUSE_END = re.compile("[，。；：,;]")


@dataclass(frozen=True, slots=True)
class Signals:
    """What tells a right answer from a neighbouring one.

    `similarity` is the cosine of the question and the best sentence; `agreement` the share of the
    first passages that are from its report; `clause` the share of the question's words, rare ones
    counting more, that stand in one clause with a quantity of the kind that is asked for.
    """

    similarity: float
    agreement: float
    clause: float


def signals(question: Question, hits: Sequence[Hit], chosen: Sequence[Evidence]) -> Signals:
    """Return the signals of the sentences `chosen` from `hits`, at least one of each."""
    source = chosen[0].hit.chunk.document_id
    first = hits[:_FIRST]
    # That a year is the right one, and a report of the one who is named, is judged elsewhere.
    named = {token for name in question.reporters for token in tokens(name)}
    rare = {
        token: weight
        for token, weight in question.rarity.items()
        if not token.isdigit() and token not in named
    }
    return Signals(
        similarity=chosen[0].similarity,
        agreement=sum(hit.chunk.document_id == source for hit in first) / len(first),
        clause=max(
            (_share(rare, question.tokens_of(clause)) for clause in _clauses(question, chosen)),
            default=0.0,
        ),
    )


def confidence(found: Signals, weights: Weights) -> float:
    """Return the probability, from 0 to 1, that sentences with these signals answer."""
    logit = (
        weights.constant
        + weights.similarity * found.similarity
        + weights.agreement * found.agreement
        + weights.clause * found.clause
    )
    # The same as 1 / (1 + exp(-logit)), which overflows where a logit is far below 0.
    return 0.5 * (1 + math.tanh(logit / 2))


def _clauses(question: Question, chosen: Sequence[Evidence]) -> list[str]:
    """Return the clauses that give a quantity of the kind that is asked for."""
    found = []
    for part in chosen:
        for start, end in answering_spans(question.asks, question.unit, part.text):
            before = [match.end() for match in _CLAUSE_END.finditer(part.text, 0, start)]
            behind = _CLAUSE_END.search(part.text, end)
            found.append(part.text[before[-1] if before else 0 : behind and behind.start()])
    return found


def _share(rare: Mapping[str, float], here: AbstractSet[str]) -> float:
    return sum(n for token, n in rare.items() if token in here) / (sum(rare.values()) or 1.0)
