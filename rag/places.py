"""The places that a question names."""

from __future__ import annotations

import re

from index.fold import fold
from index.words import part_of_speech, usual, words

# What every report of a country is about.
_EVERYWHERE = frozenset(("中国", "我国", "全国"))
# 三区, 城市 and 大桥 are of no particular place.
_GENERIC = re.compile(
    "[一二三四五六七八九十两几各本该全东西南北中部内外上下大小新老城市县区乡镇村省州国家地山沿海滩桥]+"
    "|[东西南北中][欧亚美非]"
)
_SUFFIX = re.compile("(?<=..)[省市县区州国城]$")


def places_in(question: str) -> tuple[str, ...]:
    """Return the places that a question names, folded, without 省, 市 or 县 behind longer names, so
    that 江苏省 is found where a report says 江苏."""
    found = words(fold(question))
    named = [
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
    return tuple(dict.fromkeys(_SUFFIX.sub("", word) for word in named))
