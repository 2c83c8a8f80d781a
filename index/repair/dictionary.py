"""What jieba's dictionary tells beside how to cut text: how often words and characters occur.

Reading it takes half a second, so only what repairs damaged text asks.
"""

from __future__ import annotations

import re
from functools import cache


@cache
def characters() -> tuple[dict[str, int], int]:
    """Return how often each Simplified character occurs, and the sum."""
    counts: dict[str, int] = {}
    for entry in entries().splitlines():
        word, frequency, _ = entry.split(" ", 2)
        for char in word:
            counts[char] = counts.get(char, 0) + int(frequency)
    return counts, sum(counts.values())


@cache
def words() -> frozenset[str]:
    """Return the words of two to four Simplified characters, without the names of people, the
    numbers, and those that occur less than ten times: these often are two words that meet."""
    return frozenset(re.findall(r"^(\S{2,4}) \d{2,} (?!nr|m)", entries(), re.MULTILINE))


def entries() -> str:
    """Return the dictionary, a line an entry: word, frequency, part of speech."""
    import jieba

    with jieba.Tokenizer().get_dict_file() as file:
        return file.read().decode("utf-8")
