"""Characters that a converter left written as in HTML: `&ldquo;`, `&nbsp;`, `&#19968;`."""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from html.entities import html5

_ENTITY = re.compile(r"&(?:#\d{2,7}|#[xX][0-9a-fA-F]{2,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# A line that speaks of HTML, or shows some.
_ABOUT_HTML = re.compile(
    r"HTML|XML|转义|轉義|实体字符|字符实体|實體字元|`|</?[A-Za-z][^<>]*>"
    r"|&lt;/?[A-Za-z][^&]*(?:&(?!lt;)[^&]*)*&gt;",
    re.IGNORECASE,
)
# How often the ampersand itself may have been written so: `&amp;ldquo;` is two.
_DEPTH = 3


def decode_entities(text: str) -> tuple[str, int]:
    """Return a text with HTML's known entities as the characters that they stand for, and how many
    were there. Lines about HTML are kept."""
    if not _ENTITY.search(text):
        return text, 0
    lines, count = text.split("\n"), 0
    for number, line in enumerate(lines):
        if not _ABOUT_HTML.search(line):
            for _ in range(_DEPTH):
                entities = _ENTITY.findall(lines[number])
                count += sum(_character(entity) != entity for entity in entities)
                lines[number] = _ENTITY.sub(lambda match: _character(match[0]), lines[number])
    return "\n".join(lines), count


def _character(entity: str) -> str:
    """Return what an entity stands for; itself where it is none: `R&D;`, `&#0;`."""
    if entity[1] != "#" and entity[1:] not in html5:
        return entity
    char = unescape(entity)
    unusable = char == "\ufffd" or unicodedata.category(char[0]) in {"Cc", "Cn", "Co", "Cs"}
    return entity if unusable else char
