"""Naming the places at which a text is damaged beyond repair."""

from __future__ import annotations

import re

# One damaged place, however many characters were lost there.
_DAMAGED = re.compile("\ufffd+")
# Characters shown before and behind the first one.
_AROUND = 8


def describe_damage(text: str) -> str:
    """Return how many places of a text are damaged (U+FFFD stands there) and what stands around
    the first, in words for the user; "" where none is."""
    places = len(_DAMAGED.findall(text))
    if not places:
        return ""
    first = text.index("\ufffd")
    around = text[max(0, first - _AROUND) : first + _AROUND]
    return (
        f"有 {places} 处文字损坏、无法还原（文中以 � 标出），第一处在“{' '.join(around.split())}”"
    )
