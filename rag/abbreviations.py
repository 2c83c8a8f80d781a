"""Names that the reports themselves shorten: 新型农村合作医疗（以下简称“新农合”）.

A question with the one is to find the passages with the other. The passages that define short forms
are found by the word 简称, so that nothing is kept beside the index.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from index.dictionary import usual
from index.fold import fold, simplify
from index.generation import Generation
from index.words import tokens
from rag.question import Question

# The word that defines, and by how much it outweighs the question's own words.
_DEFINES, _OUTWEIGHS = "简称", 10.0
# Defining passages that are read, and names that are taken from them.
_READ, _MOST = 30, 4
_DEFINITION = re.compile(
    r"[”》]?[(,](?:以下|下)?(?:统|合)?简称(?:为|作)?[:“《]*(?P<short>[^\W_]{2,10})(?=[”》),。;])"
)
_QUOTES = str.maketrans('「『」』"', "““”””")
# What the words of another name count of those of the name that was asked for.
_OTHER = 0.7
# A name stands between such marks, and is not longer.
_AROUND, _LONGEST = re.compile("[(),。;:、“”《》\\s]"), 40


def with_other_names(question: Question, generation: Generation) -> Question:
    """Return a question with the other names of what it names, where the reports say them."""
    if not question.weights or not generation.frequency(_DEFINES):
        return question
    asked = _plain(question.searched)
    weights = {**question.weights, _DEFINES: _OUTWEIGHS}
    rows = [row for row, _ in generation.search_lexical(weights, _READ, 0.0)]
    found: dict[tuple[str, str], None] = {}
    for chunk in generation.records.chunks(rows).values():
        for short, full in short_forms(chunk.text):
            if full in asked:
                found[full, short] = None
            elif short in asked:
                found[short, full] = None
    names = tuple(found)[:_MOST]
    added = {token: _OTHER for _, other in names for token in tokens(other)}
    return replace(question, weights=added | question.weights, names=names)


def short_forms(text: str) -> Iterator[tuple[str, str]]:
    """Yield (short, full) of the names that a text shortens, folded and Simplified: 新农合 for
    新型农村合作医疗. One that is a piece of the full name is left out: searching finds it anyway;
    so is one that is a usual word."""
    plain = _plain(text)
    for match in _DEFINITION.finditer(plain):
        before = plain[max(0, match.start() - _LONGEST) : match.start()]
        *_, before = _AROUND.split(before)
        short = match["short"]
        full = _ending(before, short)
        if full and short not in full and not usual(short):
            yield short, full


def _ending(before: str, short: str) -> str:
    """Return the shortest end of a text that holds the characters of `short` in their order, "" if
    none does."""
    place = len(before)
    for char in reversed(short):
        place = before.rfind(char, 0, place)
        if place < 0:
            return ""
    return before[place:]


def _plain(text: str) -> str:
    return simplify(fold(text)).translate(_QUOTES)
