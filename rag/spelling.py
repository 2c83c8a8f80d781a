"""Words typed with another character of the same sound: 按磨椅 for 按摩椅.

An input method offers characters by sound, so the wrong one of several is the usual slip. A pair of
characters that no report holds is searched as the most frequent word that sounds the same, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache

from index.dictionary import part_of_speech

# What a word that is only supposed counts of one that was typed, and how many passages hold it.
_SUPPOSED, _LEAST = 0.7, 2
_TONES = str.maketrans("āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ", "aaaaeeeeiiiioooouuuuüüüünnnm")


def also_meant(weights: Mapping[str, float], frequency: Callable[[str], int]) -> dict[str, float]:
    """Return the weights of a question's tokens with those of the words that were probably meant.

    Only a pair whose characters the dictionary leaves standing alone is doubted. `frequency` tells
    how many passages hold a token.
    """
    found = dict(weights)
    for pair, weight in weights.items():
        if len(pair) != 2 or not set(pair) <= weights.keys() or frequency(pair):
            continue
        known = [word for word in _same_sound(pair) if part_of_speech(word)]
        meant = max(known, key=frequency, default="")
        if meant and frequency(meant) >= _LEAST:
            found[meant] = max(found.get(meant, 0.0), weight * _SUPPOSED)
    return found


def _same_sound(pair: str) -> list[str]:
    """Return the pairs that differ from `pair` in one character of the same sound."""
    first, second = pair
    return [char + second for char in _homophones(first)] + [
        first + char for char in _homophones(second)
    ]


def _homophones(char: str) -> list[str]:
    by_sound, sounds = _sounds()
    return sorted({other for sound in sounds.get(char, ()) for other in by_sound[sound]} - {char})


@cache
def _sounds() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return the characters of GB 2312 by their sounds without tones, and the sounds of each."""
    from pypinyin.constants import PINYIN_DICT

    by_sound: dict[str, list[str]] = defaultdict(list)
    sounds: dict[str, list[str]] = {}
    for code, readings in PINYIN_DICT.items():
        char = chr(code)
        if char.encode("gb2312", "ignore"):
            # The first reading is the usual one.
            sound = readings.split(",")[0].translate(_TONES)
            by_sound[sound].append(char)
            sounds[char] = [sound]
    return by_sound, sounds
