"""What the styles of a Word document say of its paragraphs: headings, titles, numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from index.load.office.package import whole
from index.load.word.inline import W, is_on, value

if TYPE_CHECKING:
    from lxml.etree import _Element

# Names of styles as programs write them; Word itself stores the English ones in every language.
_HEADING = re.compile(r"(?:heading|标题|標題|見出し)\s*([1-9])", re.IGNORECASE)
_TITLE = re.compile(r"title|标题|標題|文档标题|大标题", re.IGNORECASE)
_CONTENTS = re.compile(r"(?:toc|目录|目錄)\s*\d", re.IGNORECASE)
# The outline level of running text.
_BODY = 9

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Style:
    """`level` is the depth of a heading, 1 the highest, None for other text; `number` the id of the
    list that numbers the style's paragraphs, None where it says nothing, and `place` their level in
    it, from 0. `is_contents` marks the lines of a table of contents."""

    level: int | None = None
    is_title: bool = False
    is_contents: bool = False
    hidden: bool = False
    number: str | None = None
    place: int | None = None


def read_styles(root: _Element) -> dict[str, Style]:
    """Return the styles in `word/styles.xml` by id, the style of paragraphs without one by ""."""
    items = {item.get(W + "styleId", ""): item for item in root.iterchildren(W + "style")}
    styles = {key: _style(item, items) for key, item in items.items()}
    for key, item in items.items():
        if item.get(W + "type") == "paragraph" and item.get(W + "default") in {"1", "true", "on"}:
            styles[""] = styles[key]
    return styles


def outline_level(stated: str | None) -> int | None:
    """Return the depth of a heading, 1 the highest, of an outline level counted from 0; 0 for that
    of running text, None where none is stated."""
    if stated is None:
        return None
    level = whole(stated, _BODY)
    return level + 1 if 0 <= level < _BODY else 0


def _style(item: _Element, items: dict[str, _Element]) -> Style:
    line = _ancestry(item, items)
    names = [value(style, "name") or "" for style in line]
    place = _first(value(style, "pPr", "numPr", "ilvl") for style in line)
    levels = [_level(style, name) for style, name in zip(line, names, strict=True)]
    return Style(
        level=next((level for level in levels if level is not None), 0) or None,
        is_title=bool(_TITLE.fullmatch(names[0])),
        is_contents=bool(_CONTENTS.fullmatch(names[0])),
        hidden=bool(_first(is_on(style, "rPr", "vanish") for style in line)),
        number=_first(value(style, "pPr", "numPr", "numId") for style in line),
        place=None if place is None else whole(place),
    )


def _ancestry(item: _Element, items: dict[str, _Element]) -> list[_Element]:
    """Return a style and those that it is based on, nearest first."""
    line = [item]
    while (base := items.get(value(line[-1], "basedOn") or "")) is not None and base not in line:
        line.append(base)
    return line


def _first(found: Iterable[_T | None]) -> _T | None:
    return next((one for one in found if one is not None), None)


def _level(style: _Element, name: str) -> int | None:
    stated = outline_level(value(style, "pPr", "outlineLvl"))
    heading = _HEADING.fullmatch(name)
    return int(heading[1]) if stated is None and heading else stated
