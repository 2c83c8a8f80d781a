"""Question to passages: BM25 over words and cosine over meanings, fused, with the right year first.

    score = DENSE * dense + (1 - DENSE) * lexical + PERIOD * period

`dense` is the cosine scaled to 0..1 between the last candidate and the best, `lexical` the BM25
score as a share of the best, `period` how well the report's year fits the years in the question.
The weights were chosen on one half of a set of questions over work reports and news and kept
because the other half agreed.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from index.embed import Embedder, Vectors
from index.fold import simplify
from index.store import Generation, Index
from rag.period import passage_fit
from rag.question import Question, read_question
from rag.types import Hit

CANDIDATES = 200
DENSE, PERIOD = 0.5, 0.5
# Of a question without Han characters only names and numbers can match a Chinese report.
DENSE_ALONE = 0.9
# A word in the title or a heading counts this much of a word in the text.
LABEL = 1.0


class Retriever:
    """Finds the passages of an index that answer a question."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def search(self, query: str, top_k: int = 10, *, candidates: int = CANDIDATES) -> list[Hit]:
        """Return the `top_k` best passages, best first; none for a question without words.

        Each side of the search considers its best `candidates`. Raises ValueError if `top_k` or
        `candidates` is below 1.
        """
        if top_k < 1 or candidates < 1:
            message = f"top_k and candidates must be at least 1, not {top_k} and {candidates}"
            raise ValueError(message)
        question, vector = read_and_embed(query, self._index.embedder)
        if not question.weights:
            return []
        return search(self._index.generation, question, vector, top_k, max(candidates, top_k))


def read_and_embed(query: str, embedder: Embedder) -> tuple[Question, Vectors]:
    """Return what a question asks for and its (dimension,) embedding.

    The first question loads a dictionary for the one and a model for the other: at the same time.
    """
    with ThreadPoolExecutor(1) as pool:
        embedding = pool.submit(lambda: embedder.embed_query(simplify(query)))
        question = read_question(query)
        return question, embedding.result()


def search(
    generation: Generation, question: Question, vector: Vectors, top_k: int, candidates: int
) -> list[Hit]:
    """Return the `top_k` best passages of a generation for a question and its embedding."""
    lexical = dict(generation.search_lexical(question.weights, candidates, LABEL))
    dense = dict(generation.search_dense(vector, candidates))
    rows = list(lexical.keys() | dense.keys())
    if not rows:
        return []
    floor = min(dense.values())
    missing = [row for row in rows if row not in dense]
    if missing:
        dense |= zip(missing, (generation.vectors(missing) @ vector).tolist(), strict=True)
    chunks = generation.records.chunks(rows)
    fits = {
        row: passage_fit(question.years, question.report_year, part.year, part.heading)
        for row, part in chunks.items()
    }
    scores = fuse(lexical, dense, fits, floor, DENSE if question.is_chinese else DENSE_ALONE)
    best = sorted(rows, key=lambda row: (-scores[row], row))[:top_k]
    return [Hit(chunks[row], scores[row], dense[row], lexical.get(row)) for row in best]


def fuse(
    lexical: Mapping[int, float],
    dense: Mapping[int, float],
    fits: Mapping[int, float],
    floor: float,
    weight: float = DENSE,
) -> dict[int, float]:
    """Return the fused score of each row of `dense`, whose cosines count `weight` and the words
    the rest. A cosine of `floor` or less counts nothing."""
    best_word = max(lexical.values(), default=0.0) or 1.0
    span = max(max(dense.values()) - floor, np.finfo(np.float32).eps)
    return {
        row: weight * max(0.0, (cosine - floor) / span)
        + (1 - weight) * lexical.get(row, 0.0) / best_word
        + PERIOD * fits[row]
        for row, cosine in dense.items()
    }
