"""The places, and those who report every year, that a question names."""

from __future__ import annotations

import re
from collections.abc import Iterable

from index.dictionary import part_of_speech, usual
from index.fold import fold
from index.types import Document
from index.words import words

# What every report of a country is about.
_EVERYWHERE = frozenset(("中国", "我国", "全国"))
# 三区, 城市 and 大桥 are of no particular place.
_GENERIC = re.compile(
    "[一二三四五六七八九十两几各本该全东西南北中部内外上下大小新老城市县区乡镇村省州国家地山沿海滩桥]+"
    "|[东西南北中][欧亚美非]"
)
_SUFFIX = re.compile("(?<=..)[省市县区州国城镇乡村旗]$")
_UNITS = frozenset("省市县区州镇乡村旗")
_HAN = re.compile("[\u3400-\u9fff]+")
# 两个县, 在沙县, 的乡: what cannot be the name of a place, by jieba's parts of speech.
_NO_NAME = frozenset(("m", "mq", "q", "r", "u", "uj", "ul", "p", "c", "d", "f", "v", "zg"))
_LONGEST_NAME = 4  # characters with 县 or the like


def places_in(question: str) -> tuple[str, ...]:
    """Return the places that a question names, folded, without 省, 市 or 县 behind longer names, so
    that 江苏省 is found where a report says 江苏."""
    found = words(fold(question))
    named = [*_unlisted(fold(question)), *_listed(found)]
    return tuple(dict.fromkeys(_SUFFIX.sub("", word) for word in named))


def reporters_in(question: str, reporters: Iterable[str]) -> tuple[str, ...]:
    """Return what a question has of the folded names of `reporters`: 中国石化 of
    中国石化股份有限公司, and then not 中国 of 中国石油."""
    asked = fold(question)
    names = {_beginning(name, asked) for name in reporters} - {""}
    return tuple(sorted(n for n in names if not any(n != other and n in other for other in names)))


def speaks_of(document: Document, name: str) -> bool:
    """Return whether a document, its title or its path holds a folded name."""
    # The text last: it is long.
    return any(name in fold(text) for text in (document.title, document.path, document.text))


def _beginning(name: str, text: str) -> str:
    """Return the longest beginning of a name, two characters at least, that stands in a text."""
    lengths = range(len(name), 1, -1)
    return next((name[:length] for length in lengths if name[:length] in text), "")


def _listed(found: list[str]) -> list[str]:
    """Return the places among words that jieba's dictionary has."""
    return [
        word
        for word in found
        if part_of_speech(word) == "ns"
        and len(word) > 1
        and word not in _EVERYWHERE
        and (usual(word) or _SUFFIX.search(word))
        and not _GENERIC.fullmatch(word)
        # 克兰 in 乌克兰 is no name.
        and not any(word in longer and not longer.startswith(word) for longer in found)
    ]


def _unlisted(question: str) -> list[str]:
    """Return the places that jieba cuts to pieces, which only 县 or the like behind them tells:
    云|溪|镇, 红|沙县."""
    named = []
    for run in _HAN.findall(question):
        parts = _side_by_side(run)
        for at, last in enumerate(parts):
            if (
                last[-1] not in _UNITS
                or len(last) > 2
                or (part_of_speech(last) != "ns" and last[1:])
            ):
                continue
            name = last
            for before in reversed(parts[:at]):
                if (
                    part_of_speech(before) in _NO_NAME
                    or before[-1] in _UNITS
                    or len(before + name) > _LONGEST_NAME
                ):
                    break
                name = before + name
            if name != last and len(name) > 2 and not _GENERIC.fullmatch(name):
                named.append(name)
    return named


def _side_by_side(run: str) -> list[str]:
    """Return the words of a run of characters, of those that overlap the longest, which stands
    behind the others."""
    parts: list[str] = []
    for word in reversed(words(run)):
        if run.endswith(word):
            parts.append(word)
            run = run.removesuffix(word)
    return parts[::-1]
