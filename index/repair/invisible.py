"""Characters that cannot be seen, taken out."""

from __future__ import annotations

import re

# Controls, soft hyphens, fillers, zero-width and direction marks, byte order marks, and marks that
# stand for pictures. White space and form feeds, which part pages, are none of these.
_INVISIBLE = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    "\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffc\ufffe\uffff"
    "\U000e0100-\U000e01ef"
)
# The joiner and the selectors of form also make up pictures: 👨‍👩‍👧, ❤️.
_PICTURE = "\u2190-\u2bff\U0001f000-\U0001faff"
_STRAY = re.compile(
    f"[{_INVISIBLE}]|(?<![{_PICTURE}\ufe0f])[\u200d\ufe00-\ufe0f]|\u200d(?![{_PICTURE}])"
)
_SIGN = re.compile(f"[{_INVISIBLE}\u200d\ufe00-\ufe0f]")
# A line of nothing else stands for the end of a page, not of a paragraph.
_LINE = re.compile(f"(?<=\n)[ \t]*[{_INVISIBLE}\u200d][{_INVISIBLE}\u200d \t]*(?:\n|$)")


def remove_invisible(text: str) -> tuple[str, int]:
    """Take out what cannot be seen, and count the characters."""
    if not _SIGN.search(text):
        return text, 0
    cleaned = _STRAY.sub("", _LINE.sub("", text))
    return cleaned, sum(map(len, _STRAY.findall(text)))
