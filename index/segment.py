"""jieba, ready in a tenth of a second: its dictionary is read word by word as it is needed.

jieba looks up only what begins with a character of the text it cuts, so a dictionary that holds
the words of these characters gives the same cut as the whole one. Loading the whole one takes most
of a second and leaves a cache in the shared temporary folder; a question needs a thousandth of it.
Runs of Han characters, nearly all of a report, are cut here: the same words in a third of the time.
"""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby
from math import log
from operator import itemgetter

import jieba

# The sum of the frequencies in the dictionary of jieba 0.42.1; adding them up takes as long as all
# the rest of the start.
TOTAL = 60_101_967
_LOG_TOTAL = log(TOTAL)
# What jieba takes for Han characters.
_HAN = re.compile("[\u4e00-\u9fd5]+")


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
        self._tags: dict[str, str] = {}

    def cut_for_search(self, text: str) -> Iterable[str]:
        """Return the words of `text`, and the shorter words within the long ones."""
        self._learn_all(text)
        if not _HAN.fullmatch(text):
            return self._tokenizer.cut_for_search(text, HMM=False)
        found: list[str] = []
        for word in self._cut(text):
            if len(word) > 2:
                found += self._shorter(word)
            found.append(word)
        return found

    def _cut(self, run: str) -> list[str]:
        """Return the words of a run of Han characters: the likeliest way to cut it, where the
        probability of a word is its share of all words, and of two as likely the longer word."""
        count_of = self._tokenizer.FREQ.get
        length = len(run)
        # Of the characters from each position on: the best logarithm, and where its word ends.
        best, ends = [0.0] * (length + 1), [0] * length
        for start in range(length - 1, -1, -1):
            end = start + 1
            count = count_of(run[start])
            top = log(count or 1) - _LOG_TOTAL + best[end]
            for stop in range(end + 1, length + 1) if count is not None else ():
                count = count_of(run[start:stop])
                if count is None:
                    break  # no word begins like this
                if count and (value := log(count) - _LOG_TOTAL + best[stop]) >= top:
                    top, end = value, stop
            best[start], ends[start] = top, end
        words = []
        start = 0
        while start < length:
            words.append(run[start : ends[start]])
            start = ends[start]
        return words

    def _shorter(self, word: str) -> list[str]:
        """Return the words of two and three characters within a longer one."""
        count_of = self._tokenizer.FREQ.get
        sizes = (2, 3) if len(word) > 3 else (2,)
        parts = (word[at : at + size] for size in sizes for at in range(len(word) - size + 1))
        return [part for part in parts if count_of(part)]

    def tag(self, word: str) -> str:
        """Return jieba's part of speech of a word (`ns` a place, `nt` a body, …), "" if unknown."""
        self._learn_all(word[:1])
        return self._tags.get(word, "")

    def frequency(self, word: str) -> int:
        """Return how often jieba counted a word, of 60 million in all; 0 if unknown."""
        self._learn_all(word[:1])
        return self._tokenizer.FREQ.get(word) or 0

    def _learn_all(self, chars: str) -> None:
        if not self._known.issuperset(chars):
            new = set(chars) - self._known
            with self._lock:
                for char in new:
                    self._learn(char)
                self._known |= new

    def _learn(self, char: str) -> None:
        """Add the words that begin with `char`; their beginnings count 0, as in jieba."""
        frequency = self._tokenizer.FREQ
        for line in self._waiting.pop(char, ()):
            word, count, tag = line.split(" ", 2)
            frequency[word] = int(count)
            self._tags[word] = tag
            for length in range(1, len(word)):
                frequency.setdefault(word[:length], 0)
