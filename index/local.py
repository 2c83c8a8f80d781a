"""An index on disk, opened for reading.

    DIR/CURRENT                    the name of the generation in force
    DIR/generations/NAME/
        manifest.json              what made it, from what, and the checksums of its files
        records.sqlite             documents and chunks
        vectors/                   one vector a chunk, row by row
        lexical/                   BM25

A build writes a new generation beside the old one, with which it shares the files that stay as they
are, and then replaces CURRENT in one step. Readers keep the generation that they opened, also when
its files have been removed.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.embed import Vectors
from index.errors import IndexDamaged, IndexNotFound, WenjuError
from index.generation import Generation
from index.lexical import LexicalIndex
from index.manifest import beyond, read_manifest, require_files
from index.records import Records
from index.vectors import VectorIndex

CURRENT, GENERATIONS = "CURRENT", "generations"
RECORDS, VECTORS, LEXICAL = "records.sqlite", "vectors", "lexical"

# Bytes that are read to compare them with what was written before an index is used. What a large
# index has beyond that is read while it is used already: reading all would take seconds.
READ_ON_OPENING = 2**28

_NAME = re.compile(r"[0-9]+")


class LocalGeneration(Generation):
    """A generation in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        """Open the generation in `folder`, after checking that its files are as they were written:
        all of a small one, and of the large files of a large one first of all their size. See
        `require_whole`.

        Raises IndexDamaged or, where another version of Wenju wrote it, IndexMismatch.
        """
        self.folder = folder
        self.name = folder.name
        self.manifest = read_manifest(folder)
        self._unread = beyond(self.manifest, READ_ON_OPENING)
        self.is_read = not self._unread
        require_files(folder, self.manifest, self._unread)
        try:
            self._records = Records(folder / RECORDS)
            self.documents = self._records.entries()
            self.outdated = self._records.superseded()
            self._lexical = LexicalIndex.open(folder / LEXICAL)
            self._vectors = VectorIndex.open(
                folder / VECTORS, self.manifest.dimension, self._records.listed_rows()
            )
        except (sqlite3.DatabaseError, OSError, ValueError) as error:
            message = f"索引已损坏：{folder} 打不开（{error}）。请重新运行 wenju build。"
            raise IndexDamaged(message) from error

    @property
    def records(self) -> Records:
        return self._records

    def is_kept(self) -> bool:
        return self.folder.exists()

    def require_whole(self) -> None:
        if self.is_read:
            return
        require_files(self.folder, self.manifest, self.manifest.sizes.keys() - self._unread)
        self.is_read = True

    def search_dense(
        self, vector: Vectors, count: int, documents: Collection[str] | None = None
    ) -> list[tuple[int, float]]:
        within = None if documents is None else self._records.rows_of(documents)
        return self._vectors.search(vector, count, within)

    def vectors(self, rows: Sequence[int]) -> Vectors:
        return self._vectors.at(rows)

    def search_lexical(
        self,
        weights: Mapping[str, float],
        count: int,
        label_weight: float,
        documents: Collection[str] | None = None,
    ) -> list[tuple[int, float]]:
        return self._lexical.search(weights, count, label_weight, documents)

    def lexical_shares(
        self, weights: Mapping[str, float], rows: Collection[int], label_weight: float
    ) -> dict[int, list[tuple[str, float, float]]]:
        return self._lexical.shares(weights, rows, label_weight)

    def frequency(self, token: str) -> int:
        return self._lexical.frequency(token)

    def lexical_rows(self) -> list[int]:
        """Return the rows of the chunks that the words lead to, in no order."""
        return self._lexical.rows()


@dataclass(frozen=True, slots=True)
class LocalStore:
    """The generations of the index in `folder`."""

    folder: Path

    @property
    def place(self) -> str:
        return str(self.folder)

    def current(self) -> str:
        """Return the name of the generation in force. Raises IndexNotFound or IndexDamaged."""
        return current_generation(self.folder).name

    def open(self) -> LocalGeneration:
        """Open the generation in force: if builds replace it twice meanwhile, the one that is
        then. Raises IndexNotFound, IndexDamaged, or IndexMismatch."""
        while True:
            current = current_generation(self.folder)
            try:
                return LocalGeneration(current)
            except WenjuError:
                if current_generation(self.folder) == current:
                    raise


def current_generation(folder: Path) -> Path:
    """Return the folder of the generation in force. Raises IndexNotFound or IndexDamaged."""
    pointer = folder / CURRENT
    if not pointer.is_file():
        message = f"{folder} 中没有索引。请先运行：wenju build 报告文件夹 -o {folder}"
        raise IndexNotFound(message)
    name = pointer.read_text(encoding="utf-8", errors="replace").strip()
    generation = folder / GENERATIONS / name
    if not _NAME.fullmatch(name) or generation.is_symlink() or not generation.is_dir():
        message = f"索引已损坏：{pointer} 指向的“{name[:40]}”不存在。请重新运行 wenju build。"
        raise IndexDamaged(message)
    return generation
