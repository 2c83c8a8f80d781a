"""Fitting the weights of `rag.weights` to questions of which the right answers are known.

What is fitted is taken only where it does better than the project's own weights on questions left
out, by more than the standard error. The five folds go by the hash of a question's id: no seed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from hashlib import sha256
from itertools import product

import numpy as np
from numpy.typing import NDArray

from index import Index
from index.generation import Generation
from rag.confidence import Signals, confidence
from rag.findings import Findings, find
from rag.gold import Task
from rag.measures import DEPTH, Gold, Passage, Prediction, judge
from rag.refuse import reason_to_refuse
from rag.retrieve import Ordering, Ranking, Scope, rank, read_and_embed
from rag.weights import Weights

FOLDS = 5
# Fewer questions than this, or fewer right or wrong answers among them, tell nothing.
LEAST_RANKED, LEAST_EACH = 40, 20
# Of the log loss, so that a model with few questions to learn from stays near to saying the same of
# all; scikit-learn's C.
_STRENGTH = 0.3
_DENSE = tuple(round(0.1 * n, 1) for n in range(1, 10))
_PERIOD = (0.0, 0.25, 0.5, 0.75, 1.0)
# Passages of each question whose order is tried.
_TRIED = 60


@dataclass(frozen=True, slots=True)
class Trial:
    """How the project's own weights (`before`) and the fitted ones (`after`) do on questions left
    out, of which there are `questions`; both None where these are too few. `taken` says that the
    fitted ones are better."""

    questions: int
    before: float | None = None
    after: float | None = None
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Fitted:
    """The weights, and of the two parts how they did: the order of passages by their mean
    reciprocal rank (higher is better), the confidence by its log loss (lower is better)."""

    weights: Weights
    order: Trial
    sure: Trial


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen of a question: its fold, its signals, and whether its answer is right."""

    fold: int
    signals: Signals
    right: bool
    answerable: bool


def fit(tasks: Sequence[Task], index: Index, told: Callable[[int, int], None]) -> Fitted:
    """Return the weights for an index, fitted to questions with gold. `told` hears how many of the
    steps are done."""
    generation = index.generation
    known = [task for task in tasks if task.gold is not None]
    ranked = []
    for done, task in enumerate(known):
        told(done, 2 * len(known))
        ranked += _ranked(task, generation)
    weights, order = fit_order(ranked)
    seen = []
    for done, task in enumerate(known, start=len(known)):
        told(done, 2 * len(known))
        seen += observe(task, generation, weights)
    weights, sure = fit_confidence(seen, weights)
    told(2 * len(known), 2 * len(known))
    return Fitted(weights, order, sure)


# --- the order of passages -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ranked:
    """The signs of the candidates of a question, (n, 3): cosine, words, years, each from 0 to 1,
    and which of them hold the evidence, (n,), in the order of the project's own weights."""

    fold: int
    signs: NDArray[np.float64]
    good: NDArray[np.bool_]


def _ranked(task: Task, generation: Generation) -> list[Ranked]:
    """Return the candidates of a question; none where the cosine has to decide alone, or where the
    question is not answered in one place."""
    question, vector = read_and_embed(task.question, generation, generation.embedder)
    gold = task.gold
    if not gold or not gold.answerable or gold.type == "multi" or not question.has_chinese_words:
        return []
    own = Weights()
    ranking = rank(generation, question, vector, Scope(), Ordering())
    rows = ranking.rows[:_TRIED]
    counted = np.array([own.dense, 1 - own.dense, own.period])
    signs = np.array([ranking.terms[row] for row in rows]).reshape(-1, 3) / counted
    return [Ranked(fold_of(task.id), signs, _good(generation, ranking, gold))]


def _good(generation: Generation, ranking: Ranking, gold: Gold) -> NDArray[np.bool_]:
    rows = ranking.rows[:_TRIED]
    chunks = generation.records.chunks(rows)
    passages = (Passage(chunks[row].path, chunks[row].text) for row in rows)
    alone = (Prediction("", "", False, (), (passage,), None) for passage in passages)
    return np.array([judge(gold, one).rank is not None for one in alone], dtype=bool)


def fit_order(ranked: Sequence[Ranked]) -> tuple[Weights, Trial]:
    """Return the weights with the best mean reciprocal rank, if they keep it on other questions."""
    own = Weights()
    if len(ranked) < LEAST_RANKED:
        return own, Trial(len(ranked))
    tried = list(product(_DENSE, _PERIOD))
    ranks = np.array([[_reciprocal(one, *pair) for pair in tried] for one in ranked])
    folds = np.array([one.fold for one in ranked])
    mine = tried.index((own.dense, own.period))
    after = np.zeros(len(ranked))
    for fold in np.unique(folds):
        out = folds == fold
        after[out] = ranks[out, ranks[~out].mean(axis=0).argmax()]
    before = ranks[:, mine]
    taken = _is_more_than_chance(after - before)
    dense, period = tried[int(ranks.mean(axis=0).argmax())] if taken else tried[mine]
    trial = Trial(len(ranked), float(before.mean()), float(after.mean()), taken)
    return replace(own, dense=dense, period=period), trial


def _reciprocal(one: Ranked, dense: float, period: float) -> float:
    scores = one.signs @ np.array([dense, 1 - dense, period])
    order = np.argsort(-scores, kind="stable")
    found = np.flatnonzero(one.good[order[:DEPTH]])
    return 1 / (1 + int(found[0])) if len(found) else 0.0


# --- the confidence ------------------------------------------------------------------------------


def observe(task: Task, generation: Generation, weights: Weights) -> list[Observed]:
    """Return the signals of a question's answer and whether it is right; nothing where the question
    is refused for another reason than being unsure."""
    found = find(generation, task.question, Scope(), Ordering(weights))
    refused = reason_to_refuse(found.question, generation, found.chosen, confidence=1.0)
    if task.gold is None or found.signals is None or refused:
        return []
    mark = judge(task.gold, _shown(task, found))
    right = mark.answerable and mark.found == 1.0 and mark.cited
    return [Observed(fold_of(task.id), found.signals, right, mark.answerable)]


def _shown(task: Task, found: Findings) -> Prediction:
    return Prediction(
        task.id,
        "\n".join(part.text for part in found.chosen),
        grounded=True,
        citations=tuple(Passage(part.hit.chunk.path, part.text) for part in found.chosen),
        hits=tuple(Passage(hit.chunk.path, hit.chunk.text) for hit in found.hits),
        seconds=None,
    )


def fit_confidence(seen: Sequence[Observed], weights: Weights) -> tuple[Weights, Trial]:
    """Return `weights` with a logistic regression of their own, if it is nearer to the truth on
    other questions."""
    right = np.array([one.right for one in seen], dtype=bool)
    if min(right.sum(), (~right).sum()) < LEAST_EACH:
        return weights, Trial(len(seen))
    before = _log_loss(np.array([confidence(one.signals, weights) for one in seen]), right)
    after = _log_loss(left_out(seen, weights), right)
    taken = _is_more_than_chance(before - after)
    trial = Trial(len(seen), float(before.mean()), float(after.mean()), taken)
    return regression(seen, weights) if taken else weights, trial


def left_out(seen: Sequence[Observed], weights: Weights) -> NDArray[np.float64]:
    """Return, (n,), how sure each answer is by what the other folds tell."""
    sure = np.zeros(len(seen))
    for fold in {one.fold for one in seen}:
        learned = regression([one for one in seen if one.fold != fold], weights)
        for n, one in enumerate(seen):
            if one.fold == fold:
                sure[n] = confidence(one.signals, learned)
    return sure


def regression(seen: Sequence[Observed], weights: Weights) -> Weights:
    """Return `weights` with the logistic regression of right answers over signals."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=_STRENGTH, max_iter=1000))
    model.fit(np.array([astuple(one.signals) for one in seen]), [one.right for one in seen])
    scaler, logistic = model
    slopes = logistic.coef_[0] / scaler.scale_
    similarity, agreement, clause = map(float, slopes)
    constant = float(logistic.intercept_[0] - slopes @ scaler.mean_)
    return replace(
        weights, constant=constant, similarity=similarity, agreement=agreement, clause=clause
    )


def _log_loss(sure: NDArray[np.float64], right: NDArray[np.bool_]) -> NDArray[np.float64]:
    return -np.log(np.where(right, sure, 1 - sure).clip(1e-9))


def _is_more_than_chance(gains: NDArray[np.float64]) -> bool:
    """Return whether the mean gain of the questions, (n,), is more than its standard error."""
    return bool(gains.mean() > gains.std() / len(gains) ** 0.5)


def fold_of(name: str) -> int:
    """Return the fold of a question: the same wherever it is asked."""
    return int(sha256(name.encode("utf-8", "surrogatepass")).hexdigest(), 16) % FOLDS
