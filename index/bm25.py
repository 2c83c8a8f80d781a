"""BM25 as tantivy reckons it, for a store that adds up what it is given (k1 = 1.2, b = 0.75).

The score of a chunk for a token is `rarity(n, N) * saturation(count, length, mean)`: the first
factor goes into the question, the second into the chunk. Tantivy (and Lucene) keep a length in one
byte, so `rounded` lengths are what makes the figures of both stores agree.
"""

from __future__ import annotations

import math

K1, B = 1.2, 0.75
# Lengths up to this one are kept as they are, the others with four binary digits.
_EXACT = 40
_OFFSET = 24


def rarity(holding: int, chunks: int) -> float:
    """Return the weight of a token that `holding` of `chunks` chunks hold."""
    return math.log(1 + (chunks - holding + 0.5) / (holding + 0.5))


def saturation(count: int, length: int, mean: float) -> float:
    """Return what `count` tokens are worth in a chunk of `length` where the mean is `mean`."""
    norm = K1 * (1 - B + B * rounded(length) / mean) if mean else K1
    return (1 + K1) * count / (count + norm)


def rounded(length: int) -> int:
    """Return a length as it is kept in a byte.

    >>> [rounded(n) for n in (39, 41, 55, 57, 63, 100)]
    [39, 40, 54, 56, 60, 96]
    """
    if length < _EXACT:
        return length
    above = length - _OFFSET
    shift = above.bit_length() - 4
    return _OFFSET + (above >> shift << shift)
