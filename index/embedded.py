"""Passages are embedded once: vectors are found again by the hash of their text.

They come from the generations on disk and from what an interrupted build had embedded.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from index.embed import Embedder, Vectors
from index.embed.bulk import Workers, computing
from index.errors import WenjuError
from index.generation import Generation
from index.local import GENERATIONS, RECORDS, LocalGeneration
from index.manifest import read_manifest
from index.records import Records
from index.unfinished import EmbeddedLog

# Passages embedded between two reports of progress: what an interrupted build may lose.
_BATCH = 256


def key(text: str) -> str:
    """Return the name of an embedded text: its SHA-256 in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def embed(  # noqa: PLR0913 - what is known of vectors, and who computes the others
    embedder: Embedder,
    texts: Mapping[str, str],
    folder: Path,
    inforce: Generation | None,
    say: Callable[[str, int, int], None],
    workers: Workers | None = None,
) -> tuple[dict[str, Vectors], int]:
    """Return the (dimension,) vector of each of `texts`, which are given by their keys, and how
    many of them `workers` had to compute. `inforce` is the generation of the index in `folder`."""
    log = EmbeddedLog(folder, embedder)
    vectors = {name: vector for name, vector in log.read() if name in texts}
    for recall in _generations(folder, inforce, embedder.fingerprint):
        if len(vectors) == len(texts):
            break
        vectors |= recall([name for name in texts if name not in vectors])
    new = [name for name in texts if name not in vectors]
    batches = [new[start : start + _BATCH] for start in range(0, len(new), _BATCH)]
    say("embed", 0, len(new))
    done = 0
    with computing(embedder, workers if batches else None) as compute:
        passages = ([texts[name] for name in names] for names in batches)
        for names, computed in zip(batches, compute(passages), strict=True):
            log.append(names, computed)
            vectors |= zip(names, computed, strict=True)
            done += len(names)
            say("embed", done, len(new))
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
            generation = LocalGeneration(path)
            generation.require_whole()
            return _recall(generation, names)
    except (WenjuError, sqlite3.DatabaseError):
        pass  # Damaged or of another version: there is nothing to be had from it.
    return {}
