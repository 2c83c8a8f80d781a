"""The vectors of a large part of an index: in half precision, in lists around centres, mapped.

Of a part this large not every vector can be compared: a question looks into the lists whose centres
are nearest to it (faiss IVF with SQfp16 codes). The file, little-endian throughout, holds

    the numbers of its lists and of its vectors          2 int64
    the number of vectors in each list                   int64
    the centres                                          lists x dimension float32
    for each list: its vectors, then their positions     float16, int64

Vectors are read from the file as they are needed; what is read may be dropped from memory again.
Half precision moves a cosine by some 1e-5, a hundredth of what the int8 weights of the model do.
"""

from __future__ import annotations

import os
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from index.embed import Vectors

Positions = NDArray[np.int64]
Wanted = NDArray[np.bool_]

# A list holds so many vectors in the mean, and so many lists are looked into, some 130,000 vectors
# whatever the size. Of a million vectors, made by varying those of real passages so that neighbours
# lie as far apart, .99 of the 10 and .97 of the 200 nearest to 270 questions were found with
# nearly this many (244, of centres trained longer).
LIST, PROBES = 512, 256
# A centre is the mean of so many vectors, found in so many rounds.
_SAMPLE, _ROUNDS = 48, 6
# Vectors that are given to their lists together.
_BLOCK = 65_536
_CODE, _NUMBER, _CENTRE = np.dtype("<f2"), np.dtype("<i8"), np.dtype("<f4")


class Inverted:
    """Finds vectors by their positions in a part, counted from 0. May be shared by threads, and
    stays usable when its file has been removed."""

    def __init__(self, file: Path, dimension: int) -> None:
        """Open a file. Raises ValueError or OSError if it is not as it should be."""
        data = np.asarray(np.memmap(file, np.uint8, "r"))
        sizes, centres, starts = _layout(data, dimension)
        self._data, self._dimension = data, dimension
        self._places = _places(data, sizes, starts, dimension)
        self._lists = _mapped_lists(file, len(data), sizes, starts, dimension)
        quantizer = faiss.IndexFlatIP(dimension)
        quantizer.add(centres)
        self._index = faiss.IndexIVFScalarQuantizer(
            quantizer,
            dimension,
            len(sizes),
            faiss.ScalarQuantizer.QT_fp16,
            faiss.METRIC_INNER_PRODUCT,
            False,  # codes are the vectors themselves, not their way to a centre
        )
        self._index.is_trained = True  # half precision has nothing to learn
        self._index.replace_invlists(self._lists, False)
        self._index.ntotal = len(self._places)

    def __len__(self) -> int:
        """Return the number of vectors."""
        return len(self._places)

    def search(
        self, vector: Vectors, count: int, wanted: Wanted | None, every: bool
    ) -> tuple[Positions, Vectors]:
        """Return up to `count` positions and their cosines, best first, for a (dimension,) unit
        vector. `wanted` says of each position whether it may be found, None for all. With `every`
        all lists are looked into, so that none of those wanted is missed."""
        probes = self._index.nlist if every else PROBES
        selector = None if wanted is None else faiss.IDSelectorBitmap(_bits(wanted))
        parameters = faiss.SearchParametersIVF(nprobe=probes, sel=selector)
        scores, found = self._index.search(vector[np.newaxis], count, params=parameters)
        hits = found[0] >= 0
        return found[0][hits], scores[0][hits]

    def at(self, positions: Positions | slice) -> Vectors:
        """Return the vectors at some positions, one a row."""
        size = self._dimension * _CODE.itemsize
        places = self._places[positions]
        found = np.empty((len(places), self._dimension), np.float32)
        for row, place in enumerate(places.tolist()):
            found[row] = self._data[place : place + size].view(_CODE)
        return found

    @staticmethod
    def write(file: Path, vectors: Vectors) -> None:
        """Write (n, dimension) vectors of unit length into a new file."""
        faiss.omp_set_num_threads(os.cpu_count() or 1)  # a search in this thread has set it to one
        lists = max(1, len(vectors) // LIST)
        centres = _centres(vectors, lists)
        nearest = _nearest(centres, vectors)
        sizes = np.bincount(nearest, minlength=lists)
        members = np.split(np.argsort(nearest, kind="stable"), np.cumsum(sizes)[:-1])
        with file.open("wb") as out:
            out.write(np.array([lists, len(vectors)], _NUMBER).data)
            out.write(sizes.astype(_NUMBER).data)
            out.write(centres.astype(_CENTRE).data)
            for positions in members:
                out.write(vectors[positions].astype(_CODE).tobytes())
                out.write(positions.astype(_NUMBER).tobytes())


def stated(file: Path) -> tuple[int, int]:
    """Return the numbers of lists and of vectors that a file states, which need not be true.

    Raises ValueError if it states none."""
    lists, count = np.fromfile(file, _NUMBER, 2).tolist()
    return lists, count


def kind(lists: int) -> str:
    """Return how so many lists are searched, in faiss's words."""
    return f"IVF{lists},SQfp16 nprobe={min(PROBES, lists)}"


def _centres(vectors: Vectors, lists: int) -> Vectors:
    chosen = np.random.default_rng(0).permutation(len(vectors))[: lists * _SAMPLE]
    clustering = faiss.Kmeans(
        vectors.shape[1],
        lists,
        niter=_ROUNDS,
        spherical=True,
        seed=1,
        max_points_per_centroid=_SAMPLE,
    )
    clustering.train(vectors[np.sort(chosen)])
    return clustering.centroids


def _nearest(centres: Vectors, vectors: Vectors) -> Positions:
    """Return the number of the nearest centre of each vector."""
    index = faiss.IndexFlatIP(centres.shape[1])
    index.add(centres)
    blocks = (vectors[start : start + _BLOCK] for start in range(0, len(vectors), _BLOCK))
    return np.concatenate([index.search(block, 1)[1][:, 0] for block in blocks])


def _layout(data: NDArray[np.uint8], dimension: int) -> tuple[Positions, Vectors, Positions]:
    """Return the sizes of the lists, their centres, and where each begins in the file. Raises
    ValueError where they would not fit into it: the file may come from anywhere."""
    head = 2 * _NUMBER.itemsize
    lists, count = data[:head].view(_NUMBER).tolist()
    if not 0 < lists <= count <= len(data):
        message = f"{lists} 个列表和 {count} 个向量放不进 {len(data)} 字节"
        raise ValueError(message)
    middle = head + lists * _NUMBER.itemsize
    body = middle + lists * dimension * _CENTRE.itemsize
    entry = dimension * _CODE.itemsize + _NUMBER.itemsize
    sizes = data[head:middle].view(_NUMBER)
    # Each is looked at before they are added up: a sum may run over.
    fits = len(sizes) == lists and bool(((sizes >= 0) & (sizes <= count)).all())
    if not fits or sizes.sum() != count or body + count * entry != len(data):
        message = f"列表的大小与文件的 {len(data)} 字节不符"
        raise ValueError(message)
    centres = data[middle:body].view(_CENTRE).reshape(lists, dimension)
    return sizes.astype(np.int64), centres, body + entry * (np.cumsum(sizes) - sizes)


def _places(
    data: NDArray[np.uint8], sizes: Positions, starts: Positions, dimension: int
) -> Positions:
    """Return at which byte the vector of each position stands. Raises ValueError unless each
    position occurs once."""
    size = dimension * _CODE.itemsize
    places = np.full(int(sizes.sum()), -1, np.int64)
    for start, count in zip(starts.tolist(), sizes.tolist(), strict=True):
        begin = start + count * size
        positions = data[begin : begin + count * _NUMBER.itemsize].view(_NUMBER)
        if count and not 0 <= positions.min() <= positions.max() < len(places):
            message = "向量的位置超出范围"
            raise ValueError(message)
        places[positions] = start + size * np.arange(count)
    if (places < 0).any():
        message = "向量的位置有缺失或重复"
        raise ValueError(message)
    return places


def _mapped_lists(
    file: Path, size: int, sizes: Positions, starts: Positions, dimension: int
) -> faiss.OnDiskInvertedLists:
    """Return the lists of a file of `size` bytes as faiss takes them, without a copy."""
    mapped = faiss.OnDiskInvertedLists(len(sizes), dimension * _CODE.itemsize, str(file.resolve()))
    mapped.read_only, mapped.totsize, mapped.prefetch_nthread = True, size, 0
    mapped.lists.clear()
    for start, count in zip(starts.tolist(), sizes.tolist(), strict=True):
        one = faiss.OnDiskOneList()
        one.size = one.capacity = count
        one.offset = start
        mapped.lists.push_back(one)
    try:
        mapped.do_mmap()
    except RuntimeError as error:  # what faiss makes of every trouble
        raise OSError(str(error)) from error
    return mapped


def _bits(wanted: Wanted) -> NDArray[np.uint8]:
    return np.packbits(wanted, bitorder="little")
