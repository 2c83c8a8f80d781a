"""Repairing text that was read one byte off.

In GBK a Chinese character is two bytes. Where the first byte of one was lost, each character after
it was read from the second byte of one and the first of the next, until a byte that stands alone
put it right: of `。“新縣` (A1A3 A1B0 D0C2 BF68) the first A1 became `?`, and the rest was read as
A3A1 B0D0 C2BF 68, `！靶驴h`. Full-width marks were then folded to ASCII (`!`), and readings were
written behind characters, also where a character only seemed to stand (`度?zī)用嫱七M` was
度層面推進: the second byte of 度 and the first of 層 are 葘, zī).

Every way in which the bytes may have stood is tried, and a model of which character follows which
chooses. A place is changed only where one way is clearly better than the damaged text and than
every other way; the others are left as they are.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from index.fold import simplify
from index.repair.characters import CharacterModel
from index.repair.readings import SYLLABLE, readings

_HAN = re.compile("[?\ufffd\u3400-\u9fff]")
# What stands for a byte that could not be read, before a character that may be the damage.
_SUSPECT = re.compile(rf"[?\ufffd](?=!|[?\ufffd]*[^\x00-\x7f]|({SYLLABLE})\))")
# A lost byte may have taken the opening bracket of a reading with it.
_ITEM = re.compile(rf"[?\ufffd](?:({SYLLABLE})\))?|[(（]{SYLLABLE}[)）]|.|\n")
_DAMAGE = re.compile(rf"{_SUSPECT.pattern}.{{0,12}}")
_NOTE = re.compile(rf"[(（]{SYLLABLE}[)）]")
# The byte that waits for its second: none, or one that was lost.
_NONE, _ANY = -1, 0
_FIRST, _SECOND = range(0x81, 0xFF), (*range(0x40, 0x7F), *range(0x80, 0xFF))
# Ways that are followed at the same time; the longest run of damage, in characters; and how far,
# in nats, a way may fall behind the best before it no longer counts.
_BEAM, _LONGEST, _BEHIND = 80, 120, 20.0
# Characters tried in the place of one that is followed by another lost one.
_FEW = 10
# What thinking of a lost byte, or of a lost character, costs in nats.
_SLIP, _LOST_CHARACTER = 6.0, 9.0
# Characters on either side that a repair is judged with.
_AROUND = 6
# A term in quotation marks has no full stop; this and a rare variant of a character cost, in nats:
_STOP_IN_TERM = re.compile("[“「《][^“”「」《》]{0,6}。[”」》]")
_UNLIKELY = 6.0
# A character that cannot be told, and how many characters must be known for each such.
_UNKNOWN, _KNOWN = "\ufffd", 3
# The least log probability of a character, on average, of text that makes sense.
_SOUND = -9.0
# How much better a repair must be, in nats, than the text as it is and than every other repair.
BETTER, CLEARER = 12.0, 4.0


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to read the text so far: its characters, the last of them that is not part of a
    note, its log probability, the byte that waits for its second (-1: none), and for how many
    items none has waited."""

    text: str
    last: str
    score: float
    waiting: int = _NONE
    steady: int = 0
    slipped: bool = False


def repair_slipped_bytes(text: str) -> tuple[str, int]:
    """Put right what was read one byte off. Returns the text and the number of places."""
    pieces: list[str] = []
    done = count = unclear = 0
    model: CharacterModel | None = None
    for match in _SUSPECT.finditer(text):
        # What follows damage that could not be put right may be part of it.
        if match.start() < done or (match.start() < unclear and not match[1]):
            continue
        model = model or CharacterModel(_undamaged(text))
        repaired, end = _repair(text, match.start(), model)
        if repaired is None:
            unclear = end + _AROUND
        else:
            pieces += text[done : match.start()], repaired
            count += 1
            done = end
    return "".join(pieces) + text[done:], count


def _undamaged(text: str) -> str:
    """Return the text without readings, and without what stands behind a lost byte."""
    return _NOTE.sub("", _DAMAGE.sub("\n", text))


def _repair(text: str, start: int, model: CharacterModel) -> tuple[str | None, int]:
    """Return what stood from `start` on, or None where that is not clear, and where in the
    damaged text it ends."""
    before = _NOTE.sub("", text[max(0, start - _AROUND * 8) : start])[-_AROUND:] or "\n"
    ways = [_Way("", before[-1], 0.0)]
    position = start
    for match in _ITEM.finditer(text, start, min(len(text), start + _LONGEST)):
        following = [new for way in ways for new in _go_on(way, match, model)]
        if match[0] == "\n" or not following:
            break
        position = match.end()
        ways = _best(following)
        if all(way.steady > 1 for way in ways):
            break
    after = _NOTE.sub("", text[position : position + _AROUND * 8])[:_AROUND]
    judged = sorted(((_judge(way, before, after, model), way) for way in ways), key=_score)
    score, best = judged[0]
    as_is = [other for other, way in judged if not way.slipped] or [score - _BEHIND]
    sound = best.score > _SOUND * len(_NOTE.sub("", best.text))
    whole = best.slipped and best.steady and sound and "?" not in best.text
    if not whole or score - max(as_is) < BETTER:
        return None, position
    return _agreed([way.text for other, way in judged if other > score - CLEARER]), position


def _agreed(texts: list[str]) -> str | None:
    """Return the first of `texts` with U+FFFD for each character on which they do not agree, or
    None where they agree on too little."""
    if len({len(text) for text in texts}) > 1:
        return None
    columns = zip(*map(simplify, texts), strict=True)
    agreed = "".join(
        char if len(set(column)) == 1 else _UNKNOWN
        for char, column in zip(texts[0], columns, strict=True)
    )
    unknown = agreed.count(_UNKNOWN)
    return agreed if unknown * _KNOWN < len(_NOTE.sub("", agreed)) else None


def _score(judged: tuple[float, _Way]) -> float:
    return -judged[0]


def _judge(way: _Way, before: str, after: str, model: CharacterModel) -> float:
    """Return the log probability of a whole way: of its characters, and of its words with the
    text around them."""
    text = before + _NOTE.sub("", way.text) + after
    unlikely = _UNLIKELY * (len(_STOP_IN_TERM.findall(text)) + sum(map(_is_variant, way.text)))
    return way.score + model.log_probability_of_words(text) - unlikely


@cache
def _is_variant(char: str) -> bool:
    """True for a character that neither Simplified nor Traditional text uses."""
    return not char.encode("gb2312", "ignore") and char.encode("big5", "ignore")[:1] >= b"\xc9"


def _best(ways: list[_Way]) -> list[_Way]:
    """Return the ways worth following, best first."""
    ways.sort(key=lambda way: -way.score)
    return [way for way in ways[:_BEAM] if way.score > ways[0].score - _BEHIND]


def _go_on(way: _Way, match: re.Match[str], model: CharacterModel) -> Iterator[_Way]:
    """Yield the ways in which a way goes on with the next item of the damaged text."""
    item, syllable = match[0], match[1]
    is_lost = item[0] in "?\ufffd"
    if way.waiting == _NONE:
        if len(item) > 1 and not is_lost:
            yield _Way(way.text + item, way.last, way.score, _NONE, way.steady + 1, way.slipped)
        else:
            yield _literal(way, item, model)
        if is_lost:
            yield _Way(way.text, way.last, way.score - _SLIP, _ANY, 0, True)
        if syllable:
            yield from _lost_character(way, syllable, model)
    elif is_lost:
        # Without a reading, text is put right only by what is not a character of two bytes.
        if syllable or not _HAN.match(match.string, match.end()):
            yield from _lost_second(way, syllable, model)
    elif len(item) == 1:
        yield from _shifted(way, item, model)


def _literal(way: _Way, item: str, model: CharacterModel) -> _Way:
    """Go on with the characters as they stand."""
    score = way.score
    for before, char in pairwise(way.last + item):
        score += model.log_probability(before, char)
    return _Way(way.text + item, item[-1], score, _NONE, way.steady + 1, way.slipped)


def _add(way: _Way, char: str, model: CharacterModel, waiting: int, cost: float = 0.0) -> _Way:
    score = way.score + model.log_probability(way.last, char[-1]) - cost
    steady = way.steady + 1 if waiting == _NONE else 0
    return _Way(way.text + char, char[-1], score, waiting, steady, way.slipped or cost > 0)


def _shifted(way: _Way, char: str, model: CharacterModel) -> Iterator[_Way]:
    """Yield how the bytes of `char` complete the byte that waits."""
    if ord(char) > 0x7F:
        pair = char.encode("gbk", "ignore")
        if len(pair) == 2:
            yield from _completed(way, pair[0], model, pair[1])
    elif char > " ":
        # A full-width mark, A3 and its ASCII code above 80, folded to ASCII; or one byte as it is.
        yield from _completed(way, 0xA3, model, ord(char) + 0x80)
        if char >= "@":
            yield from _completed(way, ord(char), model, _NONE)


def _completed(way: _Way, second: int, model: CharacterModel, waiting: int) -> Iterator[_Way]:
    """Yield the characters whose first byte waits and whose second is `second`."""
    for first in _FIRST if way.waiting == _ANY else (way.waiting,):
        if char := _decode(first, second):
            yield _add(way, char, model, waiting)


def _lost_second(way: _Way, syllable: str | None, model: CharacterModel) -> Iterator[_Way]:
    """Yield the characters whose first byte waits and whose second was lost; `syllable` is the
    reading of the character, where one is noted."""
    candidates = [char for second in _SECOND if (char := _decode(way.waiting, second))]
    if syllable is None:
        for char in candidates or [_UNKNOWN]:
            yield _add(way, char, model, _NONE)
        return
    fitting = [char for char in candidates if syllable in readings(char)]
    for char in fitting if candidates else _read_as().get(syllable, ()):
        yield _add(way, char, model, _NONE)
    if candidates and not fitting:
        # The reading is that of a further character, of which nothing is left.
        for further in _best([_add(way, char, model, _NONE) for char in candidates])[:_FEW]:
            yield from _lost_character(further, syllable, model)


def _lost_character(way: _Way, syllable: str, model: CharacterModel) -> Iterator[_Way]:
    """Yield the characters read `syllable`, one of which was lost."""
    for char in _read_as().get(syllable, ()):
        yield _add(way, char, model, _NONE, _LOST_CHARACTER)


def _decode(first: int, second: int) -> str:
    """Return the character of two bytes, or "" if they are none."""
    if first not in _FIRST:
        return ""
    char = bytes((first, second)).decode("gbk", "ignore")
    return char if len(char) == 1 else ""


@cache
def _read_as() -> dict[str, list[str]]:
    """Return the characters of GBK by reading."""
    found: dict[str, list[str]] = defaultdict(list)
    for first in _FIRST:
        for second in _SECOND:
            for syllable in readings(_decode(first, second) or "a"):
                found[syllable].append(_decode(first, second))
    return found
