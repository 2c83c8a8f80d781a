"""The vectors of chunks: on disk in parts that never change, in memory in one faiss index.

A part is a file of little-endian float32, named after the row of its first vector; the vectors
follow one another row by row. Each build that adds chunks adds a part, so that the parts before it
can be shared with the generation before. Vectors of chunks that are gone stay in their part and are
left out when it is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from index.embed import Vectors

Rows = NDArray[np.int64]

_SUFFIX = ".f32"
_TYPE = np.dtype("<f4")
# A part is joined with the one before it unless that is so many times its size: the number of parts
# then grows with the logarithm of the number of vectors.
_RATIO = 2


class VectorIndex:
    """Finds chunks by their vectors, each of which is compared. `row` is the position of a chunk in
    its index; there may be gaps between the rows."""

    def __init__(self, flat: faiss.IndexFlatIP, rows: Rows) -> None:
        """Take (n,) rows, ascending, and the vectors of their chunks in this order."""
        self._flat = flat
        self._rows = rows

    @staticmethod
    def write(folder: Path, first: int, vectors: Vectors) -> None:
        """Add the (n, dimension) vectors of the chunks from row `first` on to a folder that holds
        those of all rows before it."""
        folder.mkdir(exist_ok=True)
        if not len(vectors):
            return
        parts = _parts(folder)
        size = vectors.shape[1] * _TYPE.itemsize
        joined = [vectors]
        while parts and parts[-1].stat().st_size < _RATIO * size * sum(map(len, joined)):
            file = parts.pop()
            joined.insert(0, np.fromfile(file, _TYPE).reshape(-1, vectors.shape[1]))
            first = int(file.stem)
            file.unlink()
        with (folder / f"{first:09d}{_SUFFIX}").open("wb") as file:
            for part in joined:
                file.write(np.ascontiguousarray(part, _TYPE).data)

    @classmethod
    def open(cls, folder: Path, dimension: int, rows: Rows) -> VectorIndex:
        """Open the vectors of the chunks at `rows`. Raises ValueError if one is missing."""
        flat = faiss.IndexFlatIP(dimension)
        for file in _parts(folder):
            part = np.memmap(file, _TYPE, "r").reshape(-1, dimension)
            first = int(file.stem)
            start, stop = np.searchsorted(rows, (first, first + len(part)))
            # Without gaps this takes no copy.
            whole = stop - start == len(part)
            flat.add(part if whole else part[rows[start:stop] - first])
        if flat.ntotal != len(rows):
            message = f"应有 {len(rows)} 个向量，实有 {flat.ntotal} 个"
            raise ValueError(message)
        return cls(flat, rows)

    def search(
        self, vector: Vectors, count: int, within: Sequence[range] | None = None
    ) -> list[tuple[int, float]]:
        """Return up to `count` (row, cosine) pairs, best first, for a (dimension,) unit vector;
        `within` are the rows to search, None for all."""
        wanted = None if within is None else self._only(within)
        scores, found = self._flat.search(vector[np.newaxis], count, params=wanted)
        hits = found[0] >= 0
        rows = self._rows[found[0][hits]]
        return list(zip(rows.tolist(), scores[0][hits].tolist(), strict=True))

    def at(self, rows: Sequence[int]) -> Vectors:
        """Return the (len(rows), dimension) vectors of chunks."""
        return self._flat.reconstruct_batch(np.searchsorted(self._rows, rows))

    def _only(self, within: Sequence[range]) -> faiss.SearchParameters:
        """Return what keeps a search to some rows."""
        wanted = np.zeros(len(self._rows), dtype=bool)
        for rows in within:
            start, stop = np.searchsorted(self._rows, (rows.start, rows.stop))
            wanted[start:stop] = True
        bits = np.packbits(wanted, bitorder="little")
        return faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bits))


def _parts(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{_SUFFIX}"))
