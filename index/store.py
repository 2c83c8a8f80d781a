"""An index on disk, opened for reading.

    DIR/CURRENT                    the name of the generation in force
    DIR/generations/NAME/
        manifest.json              what made it, from what, and the sizes of its files
        records.sqlite             documents and chunks
        vectors.faiss              one vector a chunk, row by row
        lexical/                   BM25

A build writes a new generation beside the old one and then replaces CURRENT in one step; readers
keep the generation that they opened.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import faiss
import numpy as np

from index.embed import Embedder, Vectors, load_embedder
from index.errors import IndexDamaged, IndexMismatch, IndexNotFound
from index.lexical import LexicalIndex
from index.manifest import Manifest, read_manifest
from index.records import Entry, Records
from index.types import Document

CURRENT, GENERATIONS = "CURRENT", "generations"
RECORDS, VECTORS, LEXICAL = "records.sqlite", "vectors.faiss", "lexical"


class Generation:
    """One generation's parts, open for reading; never changes, and may be shared by threads.

    A row is the position of a chunk in its generation, the same in all parts.
    """

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self.manifest = read_manifest(folder)
        try:
            self.records = Records(folder / RECORDS)
            self.documents = self.records.entries()
            self._lexical = LexicalIndex.open(folder / LEXICAL)
            self._vectors = faiss.read_index(str(folder / VECTORS))
        except (sqlite3.DatabaseError, ValueError, RuntimeError) as error:
            message = f"索引已损坏：{folder} 打不开（{error}）。请重新运行 wenju build。"
            raise IndexDamaged(message) from error
        if self._vectors.ntotal != self.manifest.chunks:
            message = (
                f"索引已损坏：应有 {self.manifest.chunks} 个向量，实有 {self._vectors.ntotal} 个。"
                "请重新运行 wenju build。"
            )
            raise IndexDamaged(message)

    def search_dense(self, vector: Vectors, count: int) -> list[tuple[int, float]]:
        """Return up to `count` (row, cosine) pairs, best first, for a (dimension,) unit vector."""
        scores, rows = self._vectors.search(vector[np.newaxis], count)
        return [(int(row), float(s)) for row, s in zip(rows[0], scores[0], strict=True) if row >= 0]

    def vectors(self, rows: Sequence[int]) -> Vectors:
        """Return the (len(rows), dimension) vectors of chunks."""
        return self._vectors.reconstruct_batch(np.asarray(rows, dtype=np.int64))

    def search_lexical(
        self, weights: Mapping[str, float], count: int, label_weight: float
    ) -> list[tuple[int, float]]:
        """Return up to `count` (row, BM25) pairs, best first, for tokens and their weights."""
        return self._lexical.search(weights, count, label_weight)

    def frequency(self, token: str) -> int:
        """Return the number of chunks whose text holds a token."""
        return self._lexical.frequency(token)


class Index:
    """A searchable set of documents. Made by `open_index`; may be shared by threads."""

    def __init__(self, folder: Path, generation: Generation) -> None:
        self.folder = folder
        self.generation = generation

    @property
    def manifest(self) -> Manifest:
        """What made this index, from what and when."""
        return self.generation.manifest

    @property
    def documents(self) -> tuple[Entry, ...]:
        """Every document, without its text, by path."""
        return self.generation.documents

    def document(self, document_id: str) -> Document:
        """Return a document with its text. Raises KeyError if the index does not hold it."""
        return self.generation.records.document(document_id)

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

    def refresh(self) -> bool:
        """Take up a newer generation if there is one, and say whether there was."""
        folder = current_generation(self.folder)
        if folder.name == self.generation.name:
            return False
        newer = Generation(folder)
        if newer.manifest.fingerprint != self.manifest.fingerprint:
            self.__dict__.pop("embedder", None)
        self.generation = newer
        return True


def current_generation(folder: Path) -> Path:
    """Return the folder of the generation in force. Raises IndexNotFound or IndexDamaged."""
    pointer = folder / CURRENT
    if not pointer.is_file():
        message = f"{folder} 中没有索引。请先运行：wenju build 报告文件夹 -o {folder}"
        raise IndexNotFound(message)
    name = pointer.read_text(encoding="utf-8", errors="replace").strip()
    generation = folder / GENERATIONS / name
    if not name or "/" in name or not generation.is_dir():
        message = f"索引已损坏：{pointer} 指向的“{name}”不存在。请重新运行 wenju build。"
        raise IndexDamaged(message)
    return generation


def open_index(index_dir: str | Path) -> Index:
    """Open the index in `index_dir`.

    Raises IndexNotFound, IndexDamaged, or IndexMismatch if another version of Wenju made it.
    """
    folder = Path(index_dir)
    return Index(folder, Generation(current_generation(folder)))
