"""BM25 over the tokens of chunks, on disk and memory-mapped by tantivy (k1 = 1.2, b = 0.75)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import tantivy

from index.context import label
from index.types import Chunk
from index.words import tokens

# One thread's share of memory while writing, in bytes; tantivy asks for at least 15 MB.
_WRITER_MEMORY = 64_000_000


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("row", fast=True)
    # Tokens are cut by `index.words` and only split at spaces here.
    builder.add_text_field("text", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("label", tokenizer_name="whitespace", index_option="freq")
    return builder.build()


class LexicalIndex:
    """Finds chunks by their words. `row` is the position of a chunk in its index."""

    def __init__(self, index: tantivy.Index) -> None:
        self._index = index
        self._schema = index.schema
        self._searcher = index.searcher()

    @classmethod
    def write(cls, folder: Path, chunks: Iterable[Chunk]) -> None:
        """Write the index of `chunks`, in order, into an empty folder."""
        folder.mkdir(parents=True)
        index = tantivy.Index(_schema(), path=str(folder))
        writer = index.writer(heap_size=_WRITER_MEMORY, num_threads=1)
        for row, chunk in enumerate(chunks):
            document = tantivy.Document(
                row=row, text=" ".join(tokens(chunk.text)), label=" ".join(tokens(label(chunk)))
            )
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()

    @classmethod
    def open(cls, folder: Path) -> LexicalIndex:
        """Open an index. Raises ValueError if the folder holds none or it is damaged."""
        return cls(tantivy.Index.open(str(folder)))

    def search(
        self, weights: Mapping[str, float], count: int, label_weight: float
    ) -> list[tuple[int, float]]:
        """Return up to `count` (row, BM25 score) pairs, best first, for tokens and their weights.

        The score of a chunk is that of its text plus `label_weight` times that of its label.
        """
        clauses = [
            (tantivy.Occur.Should, tantivy.Query.boost_query(self._term(field, token), weight))
            for token, weight_of_token in weights.items()
            for field, weight in (
                ("text", weight_of_token),
                ("label", weight_of_token * label_weight),
            )
        ]
        if not clauses:
            return []
        found = self._searcher.search(tantivy.Query.boolean_query(clauses), count, count=False)
        rows = self._searcher.fast_field_values("row", [address for _, address in found.hits])
        return [(int(row), score) for row, (score, _) in zip(rows, found.hits, strict=True)]

    def _term(self, field: str, token: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, token, index_option="freq")

    def frequency(self, token: str) -> int:
        """Return the number of chunks whose text holds `token`."""
        return self._searcher.doc_freq("text", token)
