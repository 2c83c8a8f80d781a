"""Fits the weights of `rag/confidence.py` to questions of which the right answers are known.

    python tools/fit_confidence.py QUESTIONS.jsonl INDEX [QUESTIONS.jsonl INDEX …]

Prints the constants for that module and, from a five-fold cross-validation, how well they hold on
questions left out: for several thresholds, how many unanswerable questions are refused and how many
right answers are lost. Questions are put into folds by the hash of their id: no seed is needed.
"""

from __future__ import annotations

import sys
from dataclasses import astuple, fields
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from index import Index, open_index
from rag.cite import cite
from rag.confidence import Signals, signals
from rag.extract import choose, gather, rarities
from rag.filters import Filter
from rag.gold import Task, read_tasks
from rag.measures import Passage, Prediction, judge
from rag.refuse import reason_to_refuse
from rag.retrieve import CANDIDATES, read_and_embed, search

_FOLDS, _STRENGTH = 5, 0.3


def observed(task: Task, index: Index) -> tuple[Signals, bool, bool] | None:
    """Return the signals of a question's sentences, whether these answer it and whether anything
    does; None where the question is refused for another reason."""
    generation = index.generation
    question, vector = read_and_embed(task.question, generation, index.embedder)
    hits = search(generation, question, vector, 10, CANDIDATES, Filter())
    chosen = choose(question, gather(generation, index.embedder, question, vector, hits))
    if task.gold is None or reason_to_refuse(question, generation, chosen, confidence=1.0):
        return None
    citations = [cite(n, part, generation, "verified") for n, part in enumerate(chosen, 1)]
    prediction = Prediction(
        task.id,
        "\n".join(part.text for part in chosen),
        True,
        tuple(Passage(c.path, c.quote) for c in citations),
        tuple(Passage(hit.chunk.path, hit.chunk.text) for hit in hits),
        None,
    )
    mark = judge(task.gold, prediction)
    right = mark.answerable and mark.found == 1.0 and mark.cited
    found = signals(question, rarities(generation, question), hits, chosen)
    return found, bool(right), mark.answerable


def fitted(x: NDArray, right: NDArray) -> tuple[float, NDArray]:
    """Return constant and weights, on the scale of the signals, for (n, signals) and (n,)."""
    model = make_pipeline(StandardScaler(), LogisticRegression(C=_STRENGTH, max_iter=1000))
    model.fit(x, right)
    scaler, regression = model
    weights = regression.coef_[0] / scaler.scale_
    return float(regression.intercept_[0] - weights @ scaler.mean_), weights


def main() -> None:
    """Fit, cross-validate, print."""
    seen, folds, skipped = [], [], [0, 0]
    for questions, folder in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
        index = open_index(folder)
        for task in read_tasks(Path(questions), index):
            found = observed(task, index)
            if found is None:
                skipped[bool(task.gold and task.gold.answerable)] += 1
                continue
            seen.append(found)
            folds.append(int(sha256(task.id.encode()).hexdigest(), 16) % _FOLDS)
    x = np.array([astuple(found) for found, _, _ in seen])
    right, answerable = (np.array([one[n] for one in seen]) for n in (1, 2))
    fold = np.array(folds)
    sure = np.zeros(len(seen))
    for left_out in range(_FOLDS):
        constant, weights = fitted(x[fold != left_out], right[fold != left_out])
        sure[fold == left_out] = 1 / (1 + np.exp(-constant - x[fold == left_out] @ weights))
    print(f"{len(seen)} questions, {right.sum()} right, {(~answerable).sum()} unanswerable;")
    print(f"refused before: {skipped[0]} unanswerable, {skipped[1]} answerable")
    print(f"AUC {roc_auc_score(right, sure):.3f}")
    for least in (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6):
        low = sure < least
        kept = right[~low].mean()
        print(
            f"below {least}: {(low & ~answerable).sum()} unanswerable, {(low & right).sum()} right,"
            f" {(low & ~right & answerable).sum()} wrong; of the rest right {kept:.2f}"
        )
    edges = np.quantile(sure, np.linspace(0, 1, 6))
    for low, high in zip(edges, edges[1:], strict=False):
        part = (sure >= low) & (sure <= high)
        print(f"confidence {low:.2f}-{high:.2f}: right {right[part].mean():.2f} of {part.sum()}")
    constant, weights = fitted(x, right)
    stated = ", ".join(
        f"{field.name}={weight:.2f}" for field, weight in zip(fields(Signals), weights, strict=True)
    )
    print(f"CONSTANT, WEIGHTS = {constant:.2f}, Signals({stated})")


if __name__ == "__main__":
    main()
