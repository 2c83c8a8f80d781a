"""The vectors of chunks, on disk in parts that never change.

A part is a file named after the row of its first vector; the others follow row by row. Each build
that adds chunks adds a part, so that the parts before it can be shared with the generation before.
Vectors of chunks that are gone stay in their part and are left out when it is searched.

A small part (`.f32`) holds little-endian float32; those of all small parts are held in memory and
each is compared: the result is exact. A large one (`.ivf`) is mapped, and searched as
`index.inverted` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from index.embed import Vectors
from index.inverted import LIST, PROBES, Inverted, Wanted, kind, stated

Rows = NDArray[np.int64]

# Of a part up to this size a question would look into every list: all are compared as they are.
LARGE = LIST * PROBES
_SMALL_SUFFIX, _LARGE_SUFFIX = ".f32", ".ivf"
_TYPE = np.dtype("<f4")
# A part is joined with the one before it unless that is so many times its size: the number of parts
# then grows with the logarithm of the number of vectors.
_RATIO = 2


@dataclass(frozen=True, slots=True)
class _Large:
    """A large part: the row of its first vector, and which of its vectors still have a chunk, None
    for all."""

    first: int
    vectors: Inverted
    kept: Wanted | None

    def holds(self, rows: Rows) -> NDArray[np.bool_]:
        return (rows >= self.first) & (rows < self.first + len(self.vectors))

    def search(
        self, vector: Vectors, count: int, within: Sequence[range] | None
    ) -> tuple[Rows, Vectors]:
        wanted = self.kept
        if within is not None:
            wanted = _mask(within, self.first, len(self.vectors))
            if self.kept is not None:
                wanted &= self.kept
        # Those wanted may all stand in lists that are far away.
        found, scores = self.vectors.search(vector, count, wanted, every=within is not None)
        return found + self.first, scores


class VectorIndex:
    """Finds chunks by their vectors. `row` is the position of a chunk in its index; there may be
    gaps between the rows."""

    def __init__(self, flat: faiss.IndexFlatIP, rows: Rows, large: Sequence[_Large] = ()) -> None:
        """Take the vectors of small parts, the (n,) rows, ascending, of their chunks in this order,
        and the large parts."""
        self._flat = flat
        self._rows = rows
        self._large = large

    @staticmethod
    def write(folder: Path, first: int, vectors: Vectors) -> None:
        """Add the (n, dimension) vectors of the chunks from row `first` on to a folder that holds
        those of all rows before it."""
        folder.mkdir(exist_ok=True)
        if not len(vectors):
            return
        dimension = vectors.shape[1]
        parts = _parts(folder)
        joined = [vectors]
        while parts and _length(parts[-1], dimension) < _RATIO * sum(map(len, joined)):
            file = parts.pop()
            joined.insert(0, _all(file, dimension))
            first = int(file.stem)
            file.unlink()
        if sum(map(len, joined)) > LARGE:
            Inverted.write(folder / f"{first:09d}{_LARGE_SUFFIX}", np.concatenate(joined))
            return
        with (folder / f"{first:09d}{_SMALL_SUFFIX}").open("wb") as file:
            for part in joined:
                file.write(np.ascontiguousarray(part, _TYPE).data)

    @classmethod
    def open(cls, folder: Path, dimension: int, rows: Rows) -> VectorIndex:
        """Open the vectors of the chunks at `rows`, ascending. Raises ValueError if one is
        missing."""
        flat, large = faiss.IndexFlatIP(dimension), []
        small: list[Rows] = []
        for file in _parts(folder):
            first, is_large = int(file.stem), file.suffix == _LARGE_SUFFIX
            part = Inverted(file, dimension) if is_large else _mapped(file, dimension)
            mine = rows[slice(*np.searchsorted(rows, (first, first + len(part))))]
            whole = len(mine) == len(part)
            if is_large:
                kept = None if whole else np.isin(np.arange(len(part)), mine - first)
                large.append(_Large(first, part, kept))
            else:
                # Without gaps this takes no copy.
                flat.add(part if whole else part[mine - first])
                small.append(mine)
        found = flat.ntotal + sum(
            len(part.vectors) if part.kept is None else int(part.kept.sum()) for part in large
        )
        if found != len(rows):
            message = f"应有 {len(rows)} 个向量，实有 {found} 个"
            raise ValueError(message)
        return cls(flat, np.concatenate(small) if small else rows[:0], large)

    def search(
        self, vector: Vectors, count: int, within: Sequence[range] | None = None
    ) -> list[tuple[int, float]]:
        """Return up to `count` (row, cosine) pairs, best first, for a (dimension,) unit vector;
        `within` are the rows to search, None for all."""
        # One question is one thread's work; waking others for it costs eight times as much, and
        # each thread that asks would get others of its own.
        faiss.omp_set_num_threads(1)
        found = [self._search_small(vector, count, within)]
        found += [part.search(vector, count, within) for part in self._large]
        rows, scores = map(np.concatenate, zip(*found, strict=True))
        best = np.argsort(-scores, kind="stable")[:count] if self._large else slice(None)
        return list(zip(rows[best].tolist(), scores[best].tolist(), strict=True))

    def at(self, rows: Sequence[int]) -> Vectors:
        """Return the (len(rows), dimension) vectors of chunks."""
        wanted = np.asarray(rows, np.int64)
        if not self._large:
            return self._flat.reconstruct_batch(np.searchsorted(self._rows, wanted))
        vectors = np.empty((len(wanted), self._flat.d), np.float32)
        small = np.ones(len(wanted), dtype=bool)
        for part in self._large:
            mine = part.holds(wanted)
            vectors[mine] = part.vectors.at(wanted[mine] - part.first)
            small &= ~mine
        if small.any():
            at = np.searchsorted(self._rows, wanted[small])
            vectors[small] = self._flat.reconstruct_batch(at)
        return vectors

    def _search_small(
        self, vector: Vectors, count: int, within: Sequence[range] | None
    ) -> tuple[Rows, Vectors]:
        wanted = None if within is None else self._only(within)
        scores, found = self._flat.search(vector[np.newaxis], count, params=wanted)
        hits = found[0] >= 0
        return self._rows[found[0][hits]], scores[0][hits]

    def _only(self, within: Sequence[range]) -> faiss.SearchParameters:
        """Return what keeps a search of the small parts to some rows."""
        wanted = np.zeros(len(self._rows), dtype=bool)
        for rows in within:
            start, stop = np.searchsorted(self._rows, (rows.start, rows.stop))
            wanted[start:stop] = True
        bits = np.packbits(wanted, bitorder="little")
        return faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bits))


def kinds(folder: Path, dimension: int) -> dict[str, str]:
    """Return of each part, by the name of its file, how it is searched and how many it holds."""
    told = {}
    for file in _parts(folder):
        how = kind(stated(file)[0]) if file.suffix == _LARGE_SUFFIX else "Flat float32"
        told[file.name] = f"{how}, {_length(file, dimension)}"
    return told


def _mask(within: Sequence[range], first: int, length: int) -> Wanted:
    """Return of each of the `length` rows from `first` on whether it is in one of some ranges."""
    wanted = np.zeros(length, dtype=bool)
    for rows in within:
        wanted[max(rows.start - first, 0) : max(rows.stop - first, 0)] = True
    return wanted


def _parts(folder: Path) -> list[Path]:
    named = "[0-9]" * 9
    return sorted([*folder.glob(named + _SMALL_SUFFIX), *folder.glob(named + _LARGE_SUFFIX)])


def _length(file: Path, dimension: int) -> int:
    """Return the number of vectors in a part."""
    if file.suffix == _LARGE_SUFFIX:
        return stated(file)[1]
    return file.stat().st_size // (dimension * _TYPE.itemsize)


def _mapped(file: Path, dimension: int) -> Vectors:
    """Return the vectors of a small part, which are read as they are needed."""
    return np.memmap(file, _TYPE, "r").reshape(-1, dimension)


def _all(file: Path, dimension: int) -> Vectors:
    """Return all vectors of a part, in memory: the file will go."""
    if file.suffix == _LARGE_SUFFIX:
        return Inverted(file, dimension).at(slice(None))
    return np.fromfile(file, _TYPE).reshape(-1, dimension)
