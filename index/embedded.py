"""Passages are embedded once: vectors are found again by the hash of their text.

They come from the generations on disk and from what an interrupted build had embedded: a file to
which each finished batch is appended and which is removed when the build is complete.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from index.embed import Embedder, Vectors
from index.errors import WenjuError
from index.manifest import read_manifest
from index.records import Records
from index.store import GENERATIONS, RECORDS, Generation

# Passages embedded between two reports of progress: what an interrupted build may lose.
_BATCH = 256
_PREFIX = "embedded-"


def key(text: str) -> str:
    """Return the name of an embedded text: its SHA-256 in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Log:
    """The vectors of finished batches, in a file named after the embedder.

    An entry is the 32 bytes of the key, the vector and a CRC-32 of both; those from the first on
    that is not whole are dropped.
    """

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        name = hashlib.sha256(embedder.fingerprint.encode()).hexdigest()[:16]
        self._file = folder / f"{_PREFIX}{name}-{embedder.dimension}"
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


def unfinished(folder: Path) -> list[Path]:
    """Return the files that interrupted builds have left."""
    return sorted(folder.glob(f"{_PREFIX}*"))


def embed(
    embedder: Embedder,
    texts: Mapping[str, str],
    folder: Path,
    inforce: Generation | None,
    say: Callable[[str, int, int], None],
) -> tuple[dict[str, Vectors], int]:
    """Return the (dimension,) vector of each of `texts`, which are given by their keys, and how
    many of them had to be computed. `inforce` is the generation of the index in `folder`."""
    log = Log(folder, embedder)
    vectors = {name: vector for name, vector in log.read() if name in texts}
    for recall in _generations(folder, inforce, embedder.fingerprint):
        if len(vectors) == len(texts):
            break
        vectors |= recall([name for name in texts if name not in vectors])
    new = [name for name in texts if name not in vectors]
    for start in range(0, len(new), _BATCH):
        say("embed", start, len(new))
        names = new[start : start + _BATCH]
        computed = embedder.embed_documents([texts[name] for name in names])
        log.append(names, computed)
        vectors |= zip(names, computed, strict=True)
    say("embed", len(new), len(new))
    return vectors, len(new)


Recall = Callable[[Sequence[str]], dict[str, Vectors]]


def _generations(folder: Path, inforce: Generation | None, fingerprint: str) -> Iterator[Recall]:
    """Yield what finds the vectors of those of some keys that a generation holds."""
    if inforce is not None and inforce.manifest.fingerprint == fingerprint:
        yield partial(_recall, inforce)
    for path in sorted((folder / GENERATIONS).glob("[0-9]*"), reverse=True):
        if inforce is None or path.name != inforce.name:
            yield partial(_recall_from, path, fingerprint)


def _recall(generation: Generation, names: Sequence[str]) -> dict[str, Vectors]:
    rows = generation.records.embedded(names)
    return dict(zip(rows, generation.vectors(list(rows.values())), strict=True))


def _recall_from(path: Path, fingerprint: str, names: Sequence[str]) -> dict[str, Vectors]:
    """Open a generation, which takes its time, only where it holds one of the keys."""
    try:
        same = read_manifest(path).fingerprint == fingerprint
        if same and Records(path / RECORDS).embedded(names):
            return _recall(Generation(path), names)
    except (WenjuError, sqlite3.DatabaseError):
        pass  # Damaged or of another version: there is nothing to be had from it.
    return {}
