"""Documents that share most of their sentences: draft and final, before and after a correction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from index.sentences import sentence_spans
from index.types import Document

HASH = np.dtype("<u8")
Sentences = NDArray[np.uint64]

# Two documents are similar from this share of the sentences of the shorter one on.
SHARE = 0.8
# Fewer sentences say too little; what is shorter than a sentence is a heading, a name, a number.
_FEWEST, _SHORTEST = 4, 8
# A sentence in more documents than this is a formula and brings none of them together.
_COMMON = 20
# So much of the shorter document must be shared sentences that are no formulas.
_CLOSE = 0.2
_NO_WORD = re.compile(r"[\W_]+")
# What a title or a file's name says of the state that a document is in.
_DRAFT = re.compile("征求意见|讨论稿|送审稿|草案|草稿|初稿")
_CORRECTED = re.compile("更正|勘误|修订|修正|定稿|终稿")


@dataclass(frozen=True, slots=True)
class Alike:
    """Two documents, by their ids, that share most of their sentences. `is_older` is True where
    the other is known to be the older one; where nothing tells, they stand by path."""

    one: str
    other: str
    is_older: bool


def sketch(text: str) -> Sentences:
    """Return the 64-bit hashes of the different sentences of a text, ascending. Spaces and
    punctuation make no difference."""
    sentences = {_NO_WORD.sub("", text[start:end]) for start, end in sentence_spans(text)}
    hashes = [
        int.from_bytes(
            blake2b(sentence.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little"
        )
        for sentence in sentences
        if len(sentence) >= _SHORTEST
    ]
    return np.sort(np.array(hashes, HASH))


def similar(sketches: Mapping[str, Sentences]) -> dict[str, list[str]]:
    """Return, for the path of a document, the paths of those like it that come after it in
    `sketches`."""
    long = {path: found for path, found in sketches.items() if len(found) >= _FEWEST}
    pairs = [
        (one, other) for one, other in _candidates(long) if _shared(long[one], long[other]) >= SHARE
    ]
    alike: dict[str, list[str]] = {}
    for one, other in sorted(pairs):
        alike.setdefault(one, []).append(other)
    return alike


def alike(described: Iterable[tuple[Document, Sentences]]) -> list[Alike]:
    """Return the pairs of documents that are similar, the newer of the two first."""
    known = sorted(described, key=lambda entry: entry[0].path)
    at = {document.path: document for document, _ in known}
    pairs = []
    for path, others in similar({document.path: found for document, found in known}).items():
        for other in (at[name] for name in others):
            newer, older = (other, at[path]) if _is_newer(other, at[path]) else (at[path], other)
            pairs.append(Alike(newer.id, older.id, _is_newer(newer, older)))
    return pairs


def _is_newer(one: Document, other: Document) -> bool:
    """Return whether a document is known to be newer than another: by the dates that they state, as
    far as both do, then by what their names say of them. When a file was written tells nothing: it
    may have been copied."""
    dates = [entry.published or str(entry.year or "") for entry in (one, other)]
    told = min(map(len, dates))
    if dates[0][:told] != dates[1][:told]:
        return dates[0] > dates[1]
    return _state(one) > _state(other)


def _state(document: Document) -> int:
    named = document.title + document.path
    return bool(_CORRECTED.search(named)) - bool(_DRAFT.search(named))


def _shared(one: Sentences, other: Sentences) -> float:
    """Return the share of the sentences of the shorter document that the other has, too."""
    both = np.intersect1d(one, other, assume_unique=True)
    return len(both) / min(len(one), len(other))


def _candidates(sketches: Mapping[str, Sentences]) -> list[tuple[str, str]]:
    """Return the pairs of documents, in their order, that share enough to be looked at closely."""
    names, sizes = list(sketches), np.array([len(found) for found in sketches.values()], int)
    if len(names) < 2:
        return []
    hashes = np.concatenate(list(sketches.values()))
    owners = np.repeat(np.arange(len(names)), sizes)
    _, group, spread = np.unique(hashes, return_inverse=True, return_counts=True)
    telling = (spread[group] > 1) & (spread[group] <= _COMMON)
    order = np.argsort(group[telling], kind="stable")
    group, owners = group[telling][order], owners[telling][order]
    pairs = [
        owners[:-step][same] * len(names) + owners[step:][same]
        for step in range(1, _COMMON)
        for same in [group[:-step] == group[step:]]
    ]
    codes, shared = np.unique(np.concatenate(pairs), return_counts=True)
    one, other = np.divmod(codes, len(names))
    close = shared >= _CLOSE * np.minimum(sizes[one], sizes[other])
    return [
        (names[a], names[b])
        for a, b in zip(one[close].tolist(), other[close].tolist(), strict=True)
    ]
