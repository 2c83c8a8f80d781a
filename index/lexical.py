"""BM25 over the tokens of chunks, on disk and memory-mapped by tantivy (k1 = 1.2, b = 0.75)."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from heapq import nsmallest
from pathlib import Path
from tempfile import TemporaryDirectory

import tantivy

from index.context import label
from index.types import Chunk
from index.words import tokens

# One thread's share of memory while writing, in bytes; tantivy asks for at least 15 MB.
_WRITER_MEMORY = 64_000_000
# Different tokens of a question that are looked up, the rarest: five times those of a long question
# (47 in the questions measured), so only a pasted page has more.
MOST_TOKENS = 256
_FIELDS = ("text", "label")


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("row", fast=True, indexed=True)
    builder.add_text_field("document", tokenizer_name="raw", index_option="basic")
    # Tokens are cut by `index.words` and only split at spaces here.
    builder.add_text_field("text", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("label", tokenizer_name="whitespace", index_option="freq")
    return builder.build()


def _document(row: int, chunk: Chunk) -> tantivy.Document:
    return tantivy.Document(
        row=row,
        document=chunk.document_id,
        text=" ".join(tokens(chunk.text)),
        label=_label_tokens(label(chunk)),
    )


@lru_cache(1024)  # the passages of a section, which follow one another, have the same
def _label_tokens(text: str) -> str:
    return " ".join(tokens(text))


class LexicalIndex:
    """Finds chunks by their words. `row` is the position of a chunk in its index."""

    def __init__(self, index: tantivy.Index) -> None:
        self._index = index
        self._schema = index.schema
        self._searcher = index.searcher()

    @classmethod
    def write(
        cls, folder: Path, chunks: Iterable[Chunk], first: int = 0, removed: Iterable[str] = ()
    ) -> None:
        """Write the index of `chunks`, whose rows count from `first`, into an empty folder; or add
        them to the index in `folder`, from which the chunks of the documents `removed` are taken.

        Chunks taken out still count in the BM25 of the others until tantivy joins segments. Raises
        OSError if the index cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        try:
            index = tantivy.Index(_schema(), path=str(folder))
            writer = index.writer(heap_size=_WRITER_MEMORY, num_threads=1)
            for document_id in removed:
                writer.delete_documents_by_term("document", document_id)
            for row, chunk in enumerate(chunks, first):
                writer.add_document(_document(row, chunk))
            writer.commit()
            writer.wait_merging_threads()
        except ValueError as error:  # what tantivy makes of every trouble
            raise OSError(str(error)) from error

    @classmethod
    def open(cls, folder: Path) -> LexicalIndex:
        """Open an index. Raises ValueError if the folder holds none or it is damaged."""
        if os.access(folder, os.W_OK):
            return cls(tantivy.Index.open(str(folder)))
        # Tantivy takes a lock in the folder that it opens; what is open needs the folder no more.
        with TemporaryDirectory(prefix="wenju-") as links:
            for file in folder.iterdir():
                if file.suffix != ".lock":
                    Path(links, file.name).symlink_to(file.resolve())
            return cls(tantivy.Index.open(links))

    @property
    def count(self) -> int:
        """The number of chunks."""
        return self._searcher.num_docs

    def rows(self) -> list[int]:
        """Return the rows of all chunks, in no order."""
        if not self.count:
            return []  # tantivy takes a search for 0 chunks as a mistake
        return [row for row, _ in self._found(tantivy.Query.all_query(), self.count)]

    def search(
        self,
        weights: Mapping[str, float],
        count: int,
        label_weight: float,
        documents: Collection[str] | None = None,
    ) -> list[tuple[int, float]]:
        """Return up to `count` (row, BM25 score) pairs, best first, for tokens and their weights.

        The score of a chunk is that of its text plus `label_weight` times that of its label.
        `documents` are the ids of those to search, None for all. Of more than `MOST_TOKENS` tokens
        only the rarest count.
        """
        clauses = [
            clause
            for token, weight in self._rarest(weights).items()
            for clause in self._clauses(token, weight, label_weight)
        ]
        if not clauses:
            return []
        query = tantivy.Query.boolean_query([(tantivy.Occur.Should, part) for part in clauses])
        return self._found(
            query if documents is None else self._within(query, "document", documents), count
        )

    def shares(
        self, weights: Mapping[str, float], rows: Collection[int], label_weight: float
    ) -> dict[int, list[tuple[str, float, float]]]:
        """Return, for each of `rows`, (token, BM25 of its text, BM25 of its label) for the tokens
        that it holds. They add up to its score in `search` with the same weights."""
        if not rows:
            return {}  # tantivy takes a search for 0 chunks as a mistake
        found: dict[int, list[tuple[str, float, float]]] = {row: [] for row in rows}
        for token, weight in self._rarest(weights).items():
            text, label_ = (
                dict(self._found(self._within(clause, "row", rows), len(rows)))
                for clause in self._clauses(token, weight, label_weight)
            )
            for row in text.keys() | label_.keys():
                found[row].append((token, text.get(row, 0.0), label_.get(row, 0.0)))
        return found

    def frequency(self, token: str) -> int:
        """Return the number of chunks whose text holds `token`."""
        return self._searcher.doc_freq("text", token)

    def _rarest(self, weights: Mapping[str, float]) -> Mapping[str, float]:
        """Return the tokens that are looked up, with their weights, in their order."""
        if len(weights) <= MOST_TOKENS:
            return weights
        return rarest(
            weights,
            {
                token: sum(self._searcher.doc_freq(field, token) for field in _FIELDS)
                for token in weights
            },
        )

    def _clauses(self, token: str, weight: float, label_weight: float) -> list[tantivy.Query]:
        """Return the queries of a token in the text and in the label."""
        return [
            tantivy.Query.boost_query(
                tantivy.Query.term_query(self._schema, field, token, index_option="freq"), boost
            )
            for field, boost in zip(_FIELDS, (weight, weight * label_weight), strict=True)
        ]

    def _within(
        self, query: tantivy.Query, field: str, values: Collection[str] | Collection[int]
    ) -> tantivy.Query:
        """Return `query` for the chunks only that hold one of `values`; scores stay the same."""
        one_of = tantivy.Query.term_set_query(self._schema, field, list(values))
        return tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Must, query),
                (tantivy.Occur.Must, tantivy.Query.const_score_query(one_of, 0.0)),
            ]
        )

    def _found(self, query: tantivy.Query, count: int) -> list[tuple[int, float]]:
        found = self._searcher.search(query, count, count=False)
        rows = self._searcher.fast_field_values("row", [address for _, address in found.hits])
        return [(int(row), score) for row, (score, _) in zip(rows, found.hits, strict=True)]


def rarest(weights: Mapping[str, float], counts: Mapping[str, int]) -> Mapping[str, float]:
    """Return the `MOST_TOKENS` rarest tokens that have a count, all of no more, in their order."""
    if len(weights) <= MOST_TOKENS:
        return weights
    known = [token for token in weights if counts.get(token)]
    kept = set(nsmallest(MOST_TOKENS, known, key=counts.__getitem__))
    return {token: weight for token, weight in weights.items() if token in kept}
