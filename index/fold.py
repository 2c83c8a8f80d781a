"""Folding text for search: width, case, and Traditional to Simplified.

Folding never changes the number of characters, so an offset into folded text is an offset into
the source. What is shown to a reader is always the source's own characters.
"""

from __future__ import annotations

import re
from functools import cache

from opencc import OpenCC

# Full-width ASCII U+FF01..U+FF5E stands 0xFEE0 above ASCII; U+3000 is the ideographic space.
_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
# Half of a character, as a broken paste leaves it, cannot be encoded by OpenCC.
_HALF = re.compile("[\ud800-\udfff]")


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


def simplify(text: str) -> str:
    """Return `text` in Simplified characters, of the same length."""
    if text.isascii():
        return text
    text = _HALF.sub("\ufffd", text)
    whole = _simplifier().convert(text)
    if len(whole) == len(text):
        return whole
    # A phrase was converted to one of another length: fall back to one character at a time.
    return "".join(_same_length(char, _simplifier().convert(char)) for char in text)


def fold(text: str) -> str:
    """Return `text` with width, case and script folded, of the same length."""
    narrow = text.translate(_NARROW)
    lower = narrow.lower()
    if len(lower) != len(narrow):
        lower = "".join(_same_length(char, char.lower()) for char in narrow)
    return simplify(lower)


def _same_length(char: str, converted: str) -> str:
    return converted if len(converted) == 1 else char
