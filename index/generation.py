"""What searching needs of an index, wherever it is stored."""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol

from index.embed import Embedder, Vectors, load_embedder
from index.errors import IndexMismatch
from index.manifest import Manifest
from index.records import Entry
from index.reporters import reporters
from index.similar import Alike, Sentences
from index.types import Chunk, Document, Heading


class StoredRecords(Protocol):
    """The documents and chunks of a generation. `index.records.Records` says what each returns."""

    def described(self) -> Iterator[tuple[Document, Sentences]]: ...
    def alike(self) -> list[Alike]: ...
    def document(self, document_id: str) -> Document: ...
    def page(self, document_id: str, offset: int) -> int | None: ...
    def headings(self, document_id: str) -> tuple[Heading, ...]: ...
    def chunks(self, rows: Iterable[int]) -> dict[int, Chunk]: ...
    def chunks_of(self, document_id: str) -> list[Chunk]: ...
    def places(self, rows: Iterable[int]) -> dict[int, tuple[int | None, str]]: ...
    def context(self, chunk_id: str, count: int) -> str: ...
    def embedded(self, keys: Sequence[str]) -> dict[str, int]: ...


class Generation(Protocol):
    """One generation of an index, open for reading; never changes, and may be shared by threads.

    A row is the position of a chunk in its generation, the same in all parts. `outdated` are the
    rows of documents of which there is a newer version, a range a document, ascending. `is_read`
    says whether all of it has been compared with what was written.
    """

    name: str
    manifest: Manifest
    documents: tuple[Entry, ...]
    outdated: Sequence[range]
    is_read: bool

    @property
    @abstractmethod
    def records(self) -> StoredRecords:
        """Its documents and chunks."""

    @abstractmethod
    def is_kept(self) -> bool:
        """Return whether it is still stored: builds remove old ones."""

    @abstractmethod
    def require_whole(self) -> None:
        """Read all of it, unless opening has. Raises IndexDamaged if a part is not as it was
        written."""

    @abstractmethod
    def search_dense(
        self, vector: Vectors, count: int, documents: Collection[str] | None = None
    ) -> list[tuple[int, float]]:
        """Return up to `count` (row, cosine) pairs, best first, for a (dimension,) unit vector.

        `documents` are the ids of those to search, None for all.
        """

    @abstractmethod
    def vectors(self, rows: Sequence[int]) -> Vectors:
        """Return the (len(rows), dimension) vectors of chunks."""

    @abstractmethod
    def search_lexical(
        self,
        weights: Mapping[str, float],
        count: int,
        label_weight: float,
        documents: Collection[str] | None = None,
    ) -> list[tuple[int, float]]:
        """Return up to `count` (row, BM25) pairs, best first, for tokens and their weights.

        `documents` are the ids of those to search, None for all.
        """

    @abstractmethod
    def lexical_shares(
        self, weights: Mapping[str, float], rows: Collection[int], label_weight: float
    ) -> dict[int, list[tuple[str, float, float]]]:
        """Return, for each of `rows`, (token, BM25 of its text, BM25 of its label) for the tokens
        that it holds: the parts of its score in `search_lexical` with the same weights."""

    @abstractmethod
    def frequency(self, token: str) -> int:
        """Return the number of chunks whose text holds a token."""

    @cached_property
    def embedder(self) -> Embedder:
        """The embedder that made the vectors.

        Raises EmbedderUnavailable if it cannot be loaded, IndexMismatch if it has changed.
        """
        embedder = load_embedder(self.manifest.model)
        if embedder.fingerprint != self.manifest.fingerprint:
            message = (
                f"索引是用另一个向量模型建立的（{self.manifest.fingerprint}，"
                f"现为 {embedder.fingerprint}）。请重新运行 wenju build。"
            )
            raise IndexMismatch(message)
        return embedder

    @cached_property
    def reporters(self) -> frozenset[str]:
        """The folded names of those whose yearly reports it holds."""
        return reporters(entry.title for entry in self.documents)

    def adopt_embedder(self, other: Generation) -> None:
        """Use the embedder that `other` has loaded, if it has and it is the same."""
        if other.manifest.fingerprint == self.manifest.fingerprint and "embedder" in vars(other):
            self.embedder = other.embedder

    def superseded(self, rows: Iterable[int]) -> set[int]:
        """Return those of `rows` that are of a document of which there is a newer version."""
        if not self.outdated:
            return set()
        starts = [span.start for span in self.outdated]
        return {row for row in rows if row in self.outdated[bisect_right(starts, row) - 1]}

    def context(self, chunk: Chunk, n: int = 1) -> str:
        """See `Index.context`."""
        if n < 0:
            message = f"n must be at least 0, not {n}"
            raise ValueError(message)
        return self.records.context(chunk.id, n)


class Store(Protocol):
    """Where the generations of an index are kept. `folder` is where builds leave what they have
    done, and what belongs to this index alone; `place` is what `open_index` takes."""

    @property
    def folder(self) -> Path: ...

    @property
    def place(self) -> str: ...

    def current(self) -> str:
        """Return the name of the generation in force. Raises IndexNotFound or IndexDamaged."""
        ...

    def open(self) -> Generation:
        """Open the generation in force. Raises IndexNotFound, IndexDamaged, or IndexMismatch."""
        ...
