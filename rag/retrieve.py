"""Question to passages: BM25 over words and cosine over meanings, fused, with the right year first.

    score = DENSE * dense + (1 - DENSE) * lexical + PERIOD * period + reranked

`dense` is the cosine scaled to 0..1 between the last candidate and the best, `lexical` the BM25
score as a share of the best, `period` how well the report's year fits the years in the question,
less for a report of which there is a newer version, and `reranked` what a cross-encoder thinks of
the first passages, where one is named. The weights are those of `rag.weights`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from index.context import passage
from index.embed import Embedder, Vectors
from index.errors import IndexDamaged
from index.fold import fold, simplify
from index.generation import Generation
from index.reporters import reporter
from index.store import Index
from rag.abbreviations import with_other_names
from rag.explain import passage_years, word_scores
from rag.filters import Filter, admitted
from rag.glossary import with_terms
from rag.period import passage_fit
from rag.question import Question, of_collection, read_question
from rag.rerank import Reranker
from rag.types import Explanation, Hit, WordScore, found_in
from rag.weights import Weights, read_weights

CANDIDATES = 200
# Of a question without Chinese words only names and numbers can match a Chinese report.
DENSE_ALONE = 0.9
# A passage of a report of which there is a newer version fits so much less: of two alike the newer
# comes first, and a question that names the older one's year still finds it first.
OLDER = 0.2
# A passage from a yearly report of another than the question names, which does not speak of it
# either, fits so much less: reports of two cities differ in little but the numbers.
OTHERS = 0.2
# A word in the title or a heading counts this much of a word in the text.
LABEL = 1.0
# Passages that a cross-encoder reads again: each takes it some hundredths of a second.
RERANKED = 30


# What a score is the sum of: dense, lexical, period.
Terms = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Scope:
    """How far to look: the passages that are wanted, the candidates that each side of the search
    considers for them, and the reports to keep to."""

    top_k: int = 10
    candidates: int = CANDIDATES
    keep: Filter = Filter()


@dataclass(frozen=True, slots=True)
class Ordering:
    """What decides which passage comes first: the weights, and who judges the first ones again."""

    weights: Weights = Weights()
    reranker: Reranker | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """The `rows` that were found, best first, and of each its cosine, its BM25 score (unless that
    side did not find it), the terms of its score and what reranking adds to it."""

    rows: Sequence[int]
    cosines: Mapping[int, float]
    bm25: Mapping[int, float]
    terms: Mapping[int, Terms]
    reranked: Mapping[int, float]

    def score(self, row: int) -> float:
        """Return the score of a row."""
        return sum(self.terms[row]) + self.reranked.get(row, 0.0)


_NOTHING = Ranking((), {}, {}, {}, {})


class Retriever:
    """Finds the passages of an index that answer a question."""

    def __init__(self, index: Index, *, reranker: Reranker | None = None) -> None:
        """Raises BadWeights if weights beside the index cannot be read."""
        self._index = index
        self.ordering = Ordering(read_weights(index.folder, index.manifest.fingerprint), reranker)

    def search(  # noqa: PLR0913 - each is a wish of its own, and most are left out
        self,
        query: str,
        top_k: int = 10,
        *,
        years: tuple[int, int] | None = None,
        titles: Sequence[str] = (),
        path: str | None = None,
        explain: bool = False,
        candidates: int = CANDIDATES,
    ) -> list[Hit]:
        """Return the `top_k` best passages, best first; none for a question without words.

        `years` (first and last, both included), `titles` (parts of a title, one of which must
        stand there) and `path` (a pattern for the path below the corpus root) keep the search to
        some of the reports, as `rag.filters.Filter` says; where these hold `top_k` passages, so
        many come back, and where there are no such reports, none. `explain` fills
        `Hit.explanation`. Each side of the search considers its best `candidates`.

        Raises ValueError if `query` is not text, `top_k` or `candidates` is below 1, or a
        condition makes no sense.
        """
        if not isinstance(query, str):
            message = f"问题应为一个字符串，收到的是 {type(query).__name__}。"
            raise ValueError(message)
        if top_k < 1 or candidates < 1:
            message = f"top_k and candidates must be at least 1, not {top_k} and {candidates}"
            raise ValueError(message)
        scope = Scope(top_k, max(candidates, top_k), Filter(years, titles, path))
        generation = self._index.generation
        question, vector = read_and_embed(query, generation, self._index.embedder)
        if not question.weights:
            return []
        ranking = rank(generation, question, vector, scope, self.ordering)
        words = _words(generation, question, ranking, top_k) if explain else None
        return _hits(generation, ranking, top_k, words)


def read_and_embed(
    query: str, generation: Generation, embedder: Embedder
) -> tuple[Question, Vectors]:
    """Return what a question asks for of the reports of a generation, and its (dimension,)
    embedding.

    The first question loads a dictionary for the one and a model for the other: at the same time.
    The longer part, embedding, stays in this thread: it waits for no other to be given a core.
    """
    with ThreadPoolExecutor(1) as pool:
        known = {entry.year for entry in generation.documents if entry.year}
        reading = pool.submit(read_question, query, known)
        vector = embedder.embed_query(simplify(with_terms(query)))
        question = reading.result()
    question = of_collection(question, generation)
    return with_other_names(question, generation), vector


def search(
    generation: Generation, question: Question, vector: Vectors, scope: Scope, ordering: Ordering
) -> list[Hit]:
    """Return the best passages of a generation for a question and its embedding."""
    return _hits(generation, rank(generation, question, vector, scope, ordering), scope.top_k)


def rank(
    generation: Generation, question: Question, vector: Vectors, scope: Scope, ordering: Ordering
) -> Ranking:
    """Return what both sides of the search find, best first. Raises IndexDamaged where no vector
    can be compared with the question's."""
    documents = admitted(scope.keep, generation.documents)
    if documents is not None and not documents:
        return _NOTHING
    candidates, weights = scope.candidates, ordering.weights
    lexical = dict(generation.search_lexical(question.weights, candidates, LABEL, documents))
    dense = dict(generation.search_dense(vector, candidates, documents))
    rows = list(lexical.keys() | dense.keys())
    if not rows:
        return _NOTHING
    if not dense:
        message = (
            "索引已损坏：没有一个段落的向量能用。请运行 wenju doctor 查明，再运行 wenju build。"
        )
        raise IndexDamaged(message)
    floor = min(dense.values())
    missing = [row for row in rows if row not in dense]
    if missing:
        dense |= zip(missing, (generation.vectors(missing) @ vector).tolist(), strict=True)
    fits = _fits(generation, question, rows)
    if not question.has_chinese_words:
        weights = replace(weights, dense=DENSE_ALONE)
    terms = fuse(lexical, dense, fits, floor, weights)
    best = sorted(rows, key=lambda row: (-sum(terms[row]), row))
    ranking = Ranking(best, dense, lexical, terms, {})
    return _reranked(generation, question, ranking, ordering.reranker)


def _reranked(
    generation: Generation, question: Question, ranking: Ranking, reranker: Reranker | None
) -> Ranking:
    """Return a ranking whose first rows were judged again."""
    if reranker is None:
        return ranking
    first = ranking.rows[:RERANKED]
    chunks = generation.records.chunks(first)
    scores = reranker.scores(simplify(question.text), [passage(chunks[row]) for row in first])
    # Those that were not judged stay behind those that were.
    added = dict(zip(first, scores.tolist(), strict=True))
    ranking = replace(ranking, reranked=added)
    best = sorted(first, key=lambda row: (-ranking.score(row), row))
    return replace(ranking, rows=[*best, *ranking.rows[RERANKED:]])


def _fits(generation: Generation, question: Question, rows: Sequence[int]) -> dict[int, float]:
    """Return how well each row speaks of the years of the question, from 0 to 1, less where there
    is a newer version of its report, or it is a report of another."""
    fits = _years_fit(generation, question, rows)
    fits |= {row: fits[row] - OLDER for row in generation.superseded(rows)}
    return fits | {row: fits[row] - OTHERS for row in _of_others(generation, question, rows)}


def _of_others(generation: Generation, question: Question, rows: Sequence[int]) -> list[int]:
    if not question.reporters:
        return []
    return [
        row
        for row, chunk in generation.records.chunks(rows).items()
        if (own := reporter(chunk.title))
        and not any(name in own or name in fold(chunk.text) for name in question.reporters)
    ]


def _years_fit(generation: Generation, question: Question, rows: Sequence[int]) -> dict[int, float]:
    if not question.years:
        return dict.fromkeys(rows, 0.0)
    places = generation.records.places(rows)
    # Many passages share a year and a heading.
    fits = {
        place: passage_fit(question.years, question.report_year, *place)
        for place in set(places.values())
    }
    return {row: fits[place] for row, place in places.items()}


def fuse(
    lexical: Mapping[int, float],
    dense: Mapping[int, float],
    fits: Mapping[int, float],
    floor: float,
    weights: Weights,
) -> dict[int, Terms]:
    """Return the terms of the score of each row of `dense`. A cosine of `floor` or less counts
    nothing."""
    best_word = max(lexical.values(), default=0.0) or 1.0
    span = max(max(dense.values()) - floor, float(np.finfo(np.float32).eps))
    return {
        row: (
            weights.dense * max(0.0, (cosine - floor) / span),
            (1 - weights.dense) * lexical.get(row, 0.0) / best_word,
            weights.period * fits[row],
        )
        for row, cosine in dense.items()
    }


def _words(
    generation: Generation, question: Question, ranking: Ranking, top_k: int
) -> dict[int, tuple[WordScore, ...]]:
    rows = [row for row in ranking.rows[:top_k] if row in ranking.bm25]
    return word_scores(generation.lexical_shares(question.weights, rows, LABEL))


def _hits(
    generation: Generation,
    ranking: Ranking,
    top_k: int,
    words: Mapping[int, tuple[WordScore, ...]] | None = None,
) -> list[Hit]:
    """Return the best rows as hits, explained where their words are given."""
    chunks = generation.records.chunks(ranking.rows[:top_k])
    hits = []
    for row in ranking.rows[:top_k]:
        chunk, terms = chunks[row], ranking.terms[row]
        reranked = ranking.reranked.get(row)
        hit = Hit(
            chunk,
            ranking.score(row),
            ranking.cosines[row],
            ranking.bm25.get(row),
            passage_years(chunk.heading, chunk.year),
            None if words is None else Explanation(*terms, words.get(row, ()), reranked),
        )
        hits.append(found_in(generation, hit))
    return hits
