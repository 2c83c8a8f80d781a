"""Fits the confidence of `rag/weights.py` to questions over several collections at once.

    python tools/fit_confidence.py QUESTIONS.jsonl INDEX [QUESTIONS.jsonl INDEX …]

Prints the constants for that module and, from a five-fold cross-validation, how well they hold on
questions left out: for several thresholds, how many unanswerable questions are refused and how many
right answers are lost.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from index import open_index
from rag.fit import Observed, left_out, observe, regression
from rag.gold import read_tasks
from rag.weights import Weights


def main() -> None:
    """Fit, cross-validate, print."""
    seen: list[Observed] = []
    skipped = 0
    for questions, folder in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
        index = open_index(folder)
        for task in read_tasks(Path(questions), index):
            found = observe(task, index.generation, Weights())
            skipped += not found
            seen += found
    right = np.array([one.right for one in seen])
    answerable = np.array([one.answerable for one in seen])
    sure = left_out(seen, Weights())
    print(
        f"{len(seen)} questions, {right.sum()} right, {(~answerable).sum()} unanswerable; "
        f"{skipped} refused before"
    )
    print(f"AUC {roc_auc_score(right, sure):.3f}")
    for least in (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6):
        low = sure < least
        print(
            f"below {least}: {(low & ~answerable).sum()} unanswerable, {(low & right).sum()} right,"
            f" {(low & ~right & answerable).sum()} wrong; "
            f"of the rest right {right[~low].mean():.2f}"
        )
    edges = np.quantile(sure, np.linspace(0, 1, 6))
    for low, high in zip(edges, edges[1:], strict=False):
        part = (sure >= low) & (sure <= high)
        print(f"confidence {low:.2f}-{high:.2f}: right {right[part].mean():.2f} of {part.sum()}")
    best = np.argsort(-sure)
    for share in range(10, 101, 10):
        answered = best[: len(best) * share // 100]
        print(f"the surest {share} %: right {right[answered].mean():.2f}")
    print(regression(seen, Weights()))


if __name__ == "__main__":
    main()
