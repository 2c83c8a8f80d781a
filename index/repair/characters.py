"""How likely one Chinese character is to follow another.

    P(b | a) = WITHIN * count(ab in words) / count(a in words)
             + HERE * count(ab here) / count(a here)
             + ALONE * (share of b in words + share of b here) / 2

and for a mark or a Latin letter, which stands in none of these words,

    P(b | a) = (1 - HERE) * share of b + HERE * count(ab here) / count(a here)

`in words` counts within the words of jieba's dictionary, each as often as its frequency says;
`here` counts in the text that is being repaired, whose names and terms no dictionary has.
"""

from __future__ import annotations

import math
import string
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from index.fold import simplify
from index.repair.dictionary import entries

WITHIN, HERE, ALONE = 0.4, 0.3, 0.3
# The share of a mark or letter among all characters of a report; jieba's dictionary has words only.
_MARKS = {
    **dict.fromkeys(string.ascii_letters, 0.001),
    **dict.fromkeys("，,", 0.05),
    **dict.fromkeys("。、", 0.02),
    **dict.fromkeys("“”；：《》（）;:()0123456789\n ", 0.006),
    **dict.fromkeys("·—…％%！？!.-", 0.001),
    # A character that cannot be told.
    "\ufffd": 0.0003,
}
# None of these follows another.
_POINTS = frozenset("，,。、；：;:！？!?·\n")
# Of any other character: one in ten million.
_LEAST = 1e-7
# Added to counts, so that a character or a text that is hardly seen proves little.
_FEW, _SHORT = 5, 1000
_LONGEST_WORD = 8


@dataclass(frozen=True, slots=True)
class _Counts:
    alone: Counter[str]
    pairs: Counter[str]
    words: dict[str, int]
    total: int


@cache
def _dictionary() -> _Counts:
    alone: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    words: dict[str, int] = {}
    for line in entries().splitlines():
        word, count, _ = line.split(" ", 2)
        words[word] = times = int(count)
        for char in word:
            alone[char] += times
        for first, second in pairwise(word):
            pairs[first + second] += times
    return _Counts(alone, pairs, words, alone.total())


@cache
def _simplified(char: str) -> str:
    return simplify(char)


class CharacterModel:
    """Log probabilities of characters in the neighbourhood of `text`."""

    def __init__(self, text: str) -> None:
        self._words = _dictionary()
        self._here = Counter(text)
        self._length = len(text) + _SHORT
        self._pairs_here = Counter(map("".join, pairwise(text)))

    def log_probability(self, before: str, char: str) -> float:
        """Return the natural logarithm of P(char | before)."""
        first, second = _simplified(before), _simplified(char)
        words = self._words
        if before in _POINTS and char in _POINTS:
            return math.log(_LEAST)
        here = HERE * self._pairs_here[before + char] / (self._here[before] + _FEW)
        if char in _MARKS:
            return math.log((1 - HERE) * _MARKS[char] + here)
        within = WITHIN * words.pairs[first + second] / (words.alone[first] + _FEW)
        share = words.alone[second] / words.total + self._here[char] / self._length
        return math.log(within + here + ALONE * (share / 2 + _LEAST))

    def log_probability_of_words(self, text: str) -> float:
        """Return the natural logarithm of the probability of the likeliest words of `text`."""
        simple = simplify(text)
        best = [0.0]
        for end in range(1, len(text) + 1):
            last = simple[end - 1]
            alone = _MARKS.get(last, _LEAST)
            ways = [best[end - 1] + math.log(alone)]
            for start in range(max(0, end - _LONGEST_WORD), end):
                count = self._words.words.get(simple[start:end])
                if count:
                    ways.append(best[start] + math.log(count / self._words.total))
            best.append(max(ways))
        return best[-1]
