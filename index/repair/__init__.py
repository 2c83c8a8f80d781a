"""Repairing text that went through bad converters. Clean text passes through unchanged.

Every repair returns the repaired text and how many places it changed, so that the build report can
say so; what only changes white space counts none.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from index.repair.compatibility import replace_lookalikes
from index.repair.entities import decode_entities
from index.repair.furniture import remove_furniture
from index.repair.invisible import remove_invisible
from index.repair.lines import join_broken_lines
from index.repair.mojibake import repair_mojibake
from index.repair.pinyin import remove_pinyin_notes
from index.repair.slipped import repair_slipped_bytes
from index.repair.spacing import close_letter_spacing

Repair = Callable[[str], tuple[str, int]]

_LINE_END = re.compile("\r\n?|[\x0b\u2028\u2029]")
# No-break spaces, and spaces of a certain width but for the ideographic one, which is seen.
_SPACE = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f]")

# The beginning of a page, or of several, up to its first character.
_PAGE = re.compile("\f[\f\n \t\u3000]*")


def squeeze_blank(text: str) -> str:
    """Return a text whose line ends are all "\\n", without white space before them. How lines are
    indented tells which belong together, so that is kept for the repairs."""
    return "\n".join(line.rstrip(" \t\u3000") for line in _LINE_END.sub("\n", text).split("\n"))


def even_spaces(text: str) -> tuple[str, int]:
    """Return a text with plain spaces and line ends for the others that HTML has."""
    return _SPACE.sub(" ", text).replace("\x85", "\n"), 0


def tidy(text: str) -> tuple[str, int]:
    """Drop white space at both ends of the lines and of the text, and repeated empty lines; a page
    begins with text."""
    text = _PAGE.sub(_text_first, text)
    lines = [line.strip(" \t\u3000") for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n"), 0


def _text_first(blank: re.Match[str]) -> str:
    return "\n" * blank[0].count("\n") + "\f" * blank[0].count("\f")


# In this order. The text of a file is cleaned block by block, but for its tables of contents, whose
# lines may be blocks: they go between both.
CONTENTS = "目录行"
REPAIRS_OF_CHARACTERS = (
    ("乱码", repair_mojibake),
    ("错位字节", repair_slipped_bytes),
    ("HTML 字符", decode_entities),
    ("不可见字符", remove_invisible),
    ("空白", even_spaces),
    ("形近字符", replace_lookalikes),
    ("拼音注音", remove_pinyin_notes),
    ("网页部件", remove_furniture),
)
REPAIRS_OF_LINES = (
    ("字间空格", close_letter_spacing),
    ("句中断行", join_broken_lines),
    ("空白", tidy),
)
