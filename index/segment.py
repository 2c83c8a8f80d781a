"""jieba, ready in a tenth of a second: its dictionary is read word by word as it is needed.

jieba looks up only what begins with a character of the text it cuts, so a dictionary that holds
the words of these characters gives the same cut as the whole one. Loading the whole one takes most
of a second and leaves a cache in the shared temporary folder; a question needs a thousandth of it.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

import jieba

# The sum of the frequencies in the dictionary of jieba 0.42.1; adding them up takes as long as all
# the rest of the start.
TOTAL = 60_101_967


class Segmenter:
    """Cuts text into words as jieba does, without its hidden Markov model. May be shared by
    threads."""

    def __init__(self) -> None:
        self._tokenizer = jieba.Tokenizer()
        with self._tokenizer.get_dict_file() as file:
            data = file.read().decode("utf-8")
        # Lines are `word frequency part-of-speech`; those with one first character stand together.
        self._waiting: dict[str, list[str]] = defaultdict(list)
        for char, lines in groupby(data.splitlines(), itemgetter(0)):
            self._waiting[char] += lines
        self._tokenizer.total = TOTAL
        self._tokenizer.initialized = True
        self._lock = threading.Lock()
        self._known: set[str] = set()

    def cut_for_search(self, text: str) -> Iterable[str]:
        """Return the words of `text`, and the shorter words within the long ones."""
        new = set(text) - self._known
        if new:
            with self._lock:
                for char in new:
                    self._learn(char)
                self._known |= new
        return self._tokenizer.cut_for_search(text, HMM=False)

    def _learn(self, char: str) -> None:
        """Add the words that begin with `char`; their beginnings count 0, as in jieba."""
        frequency = self._tokenizer.FREQ
        for line in self._waiting.pop(char, ()):
            word, count, _ = line.split(" ", 2)
            frequency[word] = int(count)
            for length in range(1, len(word)):
                frequency.setdefault(word[:length], 0)
