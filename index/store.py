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

import logging
import re
import sqlite3
import threading
import time
from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from index.embed import Embedder, Vectors, load_embedder
from index.errors import IndexDamaged, IndexMismatch, IndexNotFound, WenjuError
from index.lexical import LexicalIndex
from index.manifest import Manifest, read_manifest, require_files
from index.records import Entry, Records
from index.types import Chunk, Document
from index.vectors import VectorIndex

CURRENT, GENERATIONS = "CURRENT", "generations"
RECORDS, VECTORS, LEXICAL = "records.sqlite", "vectors", "lexical"
# An open index looks for a new generation at most once in so many seconds, and in so many where the
# new one could not be opened.
PAUSE, PAUSE_AFTER_FAILURE = 0.5, 10.0

# Bytes that are read to compare them with what was written before an index is used. What a large
# index has beyond that is read while it is used already: reading all would take seconds.
READ_ON_OPENING = 2**28

_NAME = re.compile(r"[0-9]+")

logger = logging.getLogger(__name__)


class Generation:
    """One generation's parts, open for reading; never changes, and may be shared by threads.

    A row is the position of a chunk in its generation, the same in all parts.
    """

    def __init__(self, folder: Path) -> None:
        """Open the generation in `folder`, after checking that its files are as they were written:
        all of a small one, and of the large files of a large one first of all their size. See
        `require_whole`.

        Raises IndexDamaged or, where another version of Wenju wrote it, IndexMismatch.
        """
        self.folder = folder
        self.name = folder.name
        self.manifest = read_manifest(folder)
        self.is_read = require_files(folder, self.manifest, READ_ON_OPENING)
        try:
            self.records = Records(folder / RECORDS)
            self.documents = self.records.entries()
            self._superseded = self.records.superseded()
            self._lexical = LexicalIndex.open(folder / LEXICAL)
            self._vectors = VectorIndex.open(
                folder / VECTORS, self.manifest.dimension, self.records.listed_rows()
            )
        except (sqlite3.DatabaseError, OSError, ValueError) as error:
            message = f"索引已损坏：{folder} 打不开（{error}）。请重新运行 wenju build。"
            raise IndexDamaged(message) from error

    def require_whole(self) -> None:
        """Read all files, unless opening has. Raises IndexDamaged if one is not as it was
        written."""
        if self.is_read:
            return
        require_files(self.folder, self.manifest)
        self.is_read = True

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

    def adopt_embedder(self, other: Generation) -> None:
        """Use the embedder that `other` has loaded, if it has and it is the same."""
        if other.manifest.fingerprint == self.manifest.fingerprint and "embedder" in vars(other):
            self.embedder = other.embedder

    def search_dense(
        self, vector: Vectors, count: int, documents: Collection[str] | None = None
    ) -> list[tuple[int, float]]:
        """Return up to `count` (row, cosine) pairs, best first, for a (dimension,) unit vector.

        `documents` are the ids of those to search, None for all.
        """
        within = None if documents is None else self.records.rows_of(documents)
        return self._vectors.search(vector, count, within)

    def vectors(self, rows: Sequence[int]) -> Vectors:
        """Return the (len(rows), dimension) vectors of chunks."""
        return self._vectors.at(rows)

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
        return self._lexical.search(weights, count, label_weight, documents)

    def lexical_shares(
        self, weights: Mapping[str, float], rows: Collection[int], label_weight: float
    ) -> dict[int, list[tuple[str, float, float]]]:
        """Return, for each of `rows`, (token, BM25 of its text, BM25 of its label) for the tokens
        that it holds: the parts of its score in `search_lexical` with the same weights."""
        return self._lexical.shares(weights, rows, label_weight)

    def frequency(self, token: str) -> int:
        """Return the number of chunks whose text holds a token."""
        return self._lexical.frequency(token)

    def lexical_rows(self) -> list[int]:
        """Return the rows of the chunks that the words lead to, in no order."""
        return self._lexical.rows()

    def superseded(self, rows: Iterable[int]) -> set[int]:
        """Return those of `rows` that are of a document of which there is a newer version."""
        if not self._superseded:
            return set()
        starts = [span.start for span in self._superseded]
        return {row for row in rows if row in self._superseded[bisect_right(starts, row) - 1]}

    def context(self, chunk: Chunk, n: int = 1) -> str:
        """See `Index.context`."""
        if n < 0:
            message = f"n must be at least 0, not {n}"
            raise ValueError(message)
        return self.records.context(chunk.id, n)


class Index:
    """A searchable set of documents. Made by `open_index`; may be shared by threads.

    It takes up a new generation by itself, so that two calls may be answered by different ones; who
    needs the same for several keeps `generation`.
    """

    def __init__(self, folder: Path, generation: Generation) -> None:
        self.folder = folder
        self._generation = generation
        self._earlier: Records | None = None
        self._damage: IndexDamaged | None = None
        self._next_look = time.monotonic() + PAUSE
        self._renewing = threading.Lock()
        self._read_the_rest()

    @property
    def generation(self) -> Generation:
        """The generation in force, no more than half a second ago.

        While one thread opens a new generation, the others go on with the one that is open. So do
        all where the new one cannot be opened; `refresh` tells why. Raises IndexDamaged once a file
        of a large index has turned out not to be as it was written.
        """
        if time.monotonic() >= self._next_look and self._renewing.acquire(blocking=False):
            try:
                pause = PAUSE if self._renewed_quietly() else PAUSE_AFTER_FAILURE
                self._next_look = time.monotonic() + pause
            finally:
                self._renewing.release()
        if self._damage:
            raise self._damage
        return self._generation

    @property
    def manifest(self) -> Manifest:
        """What made this index, from what and when."""
        return self.generation.manifest

    @property
    def documents(self) -> tuple[Entry, ...]:
        """Every document, without its text, by path."""
        return self.generation.documents

    def document(self, document_id: str) -> Document:
        """Return a document with its text. One that the last new generation no longer holds is
        still found: it may have been cited a moment ago. Raises KeyError if there is none."""
        generation, earlier = self.generation, self._earlier
        try:
            return generation.records.document(document_id)
        except KeyError:
            if earlier is None:
                raise
            return earlier.document(document_id)

    def context(self, chunk: Chunk, n: int = 1) -> str:
        """Return the text of a chunk with up to `n` chunks on either side of it in its document:
        a verbatim piece of the document's text. Raises KeyError if the index does not hold it, and
        ValueError if `n` is negative."""
        return self.generation.context(chunk, n)

    @property
    def embedder(self) -> Embedder:
        """The embedder that made the vectors.

        Raises EmbedderUnavailable if it cannot be loaded, IndexMismatch if it has changed.
        """
        return self.generation.embedder

    def refresh(self) -> bool:
        """Take up a new generation at once if there is one, and say whether there was.

        Raises IndexNotFound, IndexDamaged or IndexMismatch if it cannot be opened; what is open
        stays so.
        """
        with self._renewing:
            return self._renew()

    def _renewed_quietly(self) -> bool:
        try:
            self._renew()
        except WenjuError:
            # What is open stays usable; the reason is for whoever runs the program.
            logger.warning("不能换用新的索引，继续使用已打开的索引", exc_info=True)
            return False
        return True

    def _renew(self) -> bool:
        if current_generation(self.folder).name == self._generation.name:
            return False
        newer = _open_current(self.folder)
        newer.adopt_embedder(self._generation)
        self._earlier, self._generation, self._damage = self._generation.records, newer, None
        self._read_the_rest()
        return True

    def _read_the_rest(self) -> None:
        """Read the large files that were not read on opening, while others search already."""
        generation = self._generation

        def read() -> None:
            try:
                generation.require_whole()
            except IndexDamaged as error:
                # Another may be in force by now; builds remove the files of old ones.
                if generation is self._generation and generation.folder.exists():
                    self._damage = error

        if not generation.is_read:
            threading.Thread(target=read, name="wenju-checksums", daemon=True).start()


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


def _open_current(folder: Path) -> Generation:
    """Open the generation in force: if builds replace it twice meanwhile, the one that is then."""
    while True:
        current = current_generation(folder)
        try:
            return Generation(current)
        except WenjuError:
            if current_generation(folder) == current:
                raise


def open_index(index_dir: str | Path) -> Index:
    """Open the index in `index_dir`.

    Raises IndexNotFound, IndexDamaged, or IndexMismatch if another version of Wenju made it.
    """
    folder = Path(index_dir)
    return Index(folder, _open_current(folder))
