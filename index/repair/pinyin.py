"""Readings that a converter wrote behind characters, taken out: 強(qiáng)化 becomes 強化.

Only what is a reading of the character before it is a note: 項(mù)目 keeps its brackets.
"""

from __future__ import annotations

import re

from index.repair.readings import is_reading

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
# With the tone in one character or, decomposed, in two; some fonts have ɑ and ɡ for a and g.
_TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ"
_TONE = "\u0300\u0301\u0304\u030c"
_VOWEL = "aeiouüɑ"
# One syllable with its tone mark. Without the tone it may be anything: 公式(a), 国内生产总值(gdp).
_NOTE = re.compile(
    rf"(?<=[{_HAN}])[(（](?=[a-züɑɡ]*(?:[{_TONED}]|[{_VOWEL}nm][{_TONE}]))"
    rf"(?:[bpmfdtnlgɡkhjqxrzcsyw]|[zcs]h)?[{_VOWEL}{_TONED}{_TONE}]{{1,6}}(?:n?[gɡ]|n|r)?[)）]"
)
_SIGN = re.compile(rf"[(（][a-züɑɡ]{{0,4}}[{_TONED}{_TONE}]")
# Text that speaks of readings means them: “为”在这里读作(wéi)。
_ABOUT_READINGS = re.compile(
    "(?:[读讀][音作为為成]|念[作成“‘]|[发發拼注]音|多音字|声调|聲調|轻声|輕聲)[^。！？!?；;\n]{0,20}$"
)
# How far before a note this is looked for, in characters.
_BEFORE = 24


def remove_pinyin_notes(text: str) -> tuple[str, int]:
    """Take out pinyin notes of one syllable behind ideographs, and count them."""
    if not _SIGN.search(text):
        return text, 0
    count = 0

    def take_out(note: re.Match[str]) -> str:
        nonlocal count
        if not is_reading(note[0][1:-1], text[note.start() - 1]):
            return note[0]
        if _ABOUT_READINGS.search(text, max(0, note.start() - _BEFORE), note.start()):
            return note[0]
        count += 1
        return ""

    return _NOTE.sub(take_out, text), count
