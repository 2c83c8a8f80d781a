"""What an interrupted build has done already, so that the next one need not do it again: vectors of
finished batches, and documents that took long to read. All of it goes when a build is complete."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.chunk import LIMIT
from index.embed import Embedder, Vectors
from index.errors import IndexDamaged
from index.manifest import READING
from index.records import Records, write_records
from index.types import Chunk, Document

_EMBEDDED, _READ = "embedded-", "read-"


class EmbeddedLog:
    """A file, named after the embedder, to which each finished batch is appended.

    An entry is the 32 bytes of the key, the vector and a CRC-32 of both; those from the first on
    that is not whole are dropped.
    """

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        name = hashlib.sha256(embedder.fingerprint.encode()).hexdigest()[:16]
        self._file = folder / f"{_EMBEDDED}{name}-{embedder.dimension}"
        self._entry = np.dtype(
            [("key", "u1", 32), ("vector", "<f4", embedder.dimension), ("sum", "<u4")]
        )

    def read(self) -> Iterator[tuple[str, Vectors]]:
        """Yield the keys and their (dimension,) vectors."""
        data = self._file.read_bytes() if self._file.exists() else b""
        size = self._entry.itemsize
        whole = 0
        for entry in np.frombuffer(data, self._entry, len(data) // size):
            if zlib.crc32(entry.tobytes()[:-4]) != entry["sum"]:
                break
            whole += size
            yield entry["key"].tobytes().hex(), entry["vector"]
        if whole < len(data):
            os.truncate(self._file, whole)

    def append(self, keys: Sequence[str], vectors: Vectors) -> None:
        """Add a finished batch."""
        entries = np.zeros(len(keys), self._entry)
        entries["vector"] = vectors
        for entry, name in zip(entries, keys, strict=True):
            entry["key"] = np.frombuffer(bytes.fromhex(name), np.uint8)
            entry["sum"] = zlib.crc32(entry.tobytes()[:-4])
        with self._file.open("ab") as file:
            file.write(entries.tobytes())


@dataclass(frozen=True, slots=True)
class Shelf:
    """Documents that were read, each in a file of its own in `folder`."""

    folder: Path

    def take(self, path: str, id_: str) -> tuple[Document, list[Chunk]] | None:
        """Return a document with its chunks if it is there and was read at this path, from which
        its title may have been taken."""
        file = self._file(id_)
        if not file.exists():
            return None
        try:
            records = Records(file)
            document = records.document(id_)
            return (document, records.chunks_of(id_)) if document.path == path else None
        except (IndexDamaged, sqlite3.DatabaseError, KeyError, ValueError):
            return None  # Damaged: it is read again.

    def put(self, document: Document, chunks: Sequence[Chunk]) -> None:
        """Keep a document with its chunks."""
        file = self._file(document.id)
        part = file.with_suffix(".part")
        part.unlink(missing_ok=True)
        write_records(part, [(document, chunks)], [""] * len(chunks))
        part.replace(file)

    def _file(self, id_: str) -> Path:
        return self.folder / f"{_READ}{READING}-{LIMIT}-{id_}.sqlite"


def unfinished(folder: Path) -> list[Path]:
    """Return the files that interrupted builds have left."""
    return sorted([*folder.glob(f"{_EMBEDDED}*"), *folder.glob(f"{_READ}*")])
