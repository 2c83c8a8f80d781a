"""How characters are read, in Hanyu Pinyin with tone marks."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# One syllable with its tone mark; the vowel that carries it may stand anywhere among the vowels.
TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ"
SYLLABLE = (
    rf"(?=[a-zü]*[{TONED}])(?:[bpmfdtnlgkhjqxrzcsyw]|[zcs]h)?[aeiouü{TONED}]{{1,3}}(?:ng|n|r)?"
)
_SYLLABLE = re.compile(SYLLABLE)


# Some fonts have other letters for a and g.
_LETTERS = str.maketrans("ɑɡ", "ag")


@cache
def readings(char: str) -> frozenset[str]:
    """Return the readings of a character; none for one that has no reading."""
    from pypinyin import pinyin

    (found,) = pinyin(char, heteronym=True)
    return frozenset(reading for reading in found if _SYLLABLE.fullmatch(reading))


def is_reading(syllable: str, char: str) -> bool:
    """Return whether a character may be read so."""
    return unicodedata.normalize("NFC", syllable.translate(_LETTERS)) in readings(char)
