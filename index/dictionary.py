"""What jieba's dictionary says of a word, read character by character as it is asked for: all of it
takes most of a second, and a question needs a thousandth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from itertools import groupby
from operator import itemgetter

import jieba

# jieba's dictionary counts 4256 times 广东, 92 times 义乌, and 15 times 加多, which is no place in
# 能加多少.
_USUAL = 30


def part_of_speech(word: str) -> str:
    """Return jieba's part of speech of a word (`ns` a place, `nt` a body, …), "" if unknown."""
    return _words(word[:1]).get(word, (0, ""))[1]


def usual(word: str) -> bool:
    """Return whether a word is so frequent that finding it in a text is no accident of cutting."""
    return _words(word[:1]).get(word, (0, ""))[0] >= _USUAL


@cache
def _words(first: str) -> Mapping[str, tuple[int, str]]:
    """Return the frequency and the part of speech of the words that begin with a character."""
    lines = (line.split(" ", 2) for line in _lines().get(first, ()))
    return {word: (int(count), tag) for word, count, tag in lines}


@cache
def _lines() -> Mapping[str, list[str]]:
    """Return the lines of the dictionary, `word frequency part-of-speech`, by first character."""
    with jieba.Tokenizer().get_dict_file() as file:
        data = file.read().decode("utf-8")
    lines: dict[str, list[str]] = defaultdict(list)
    # Those with one first character stand together but for a few.
    for first, group in groupby(data.splitlines(), itemgetter(0)):
        lines[first] += group
    return lines
