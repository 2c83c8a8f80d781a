"""The numbers that Word writes before headings and items of lists but does not store as text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.load.office.counting import counted
from index.load.office.package import whole

if TYPE_CHECKING:
    from lxml.etree import _Element

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PLACE = re.compile(r"%([1-9])")
# Behind these a number needs no space before its text.
_CLOSED = tuple("、）)】．：:，")


@dataclass(frozen=True, slots=True)
class Level:
    """A level of a list: `pattern` is its number with `%1` in the place of the first level's.

    `form` names the way of counting, `style` the paragraph style that is numbered by this level.
    `restart` is the level, from 1, behind which counting starts anew; 0 if it never does, None
    for every level above this one. With `legal` all places are written in plain digits.
    """

    form: str = "decimal"
    pattern: str = ""
    start: int = 1
    restart: int | None = None
    legal: bool = False
    apart: bool = True
    style: str = ""


@dataclass(frozen=True, slots=True)
class _List:
    """`key` tells which lists count on together; `starts` are the levels, from 0, that start anew
    when this list is first used, and the numbers they start with."""

    key: str
    levels: dict[int, Level]
    starts: dict[int, int]


@dataclass(slots=True)
class Numbering:
    """The lists of a document, and how far each has been counted."""

    lists: dict[str, _List] = field(default_factory=dict)
    counts: dict[str, dict[int, int]] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, root: _Element) -> Numbering:
        """Return the lists in `word/numbering.xml`, none counted yet."""
        abstract = {item.get(_W + "abstractNumId"): item for item in root.iter(_W + "abstractNum")}
        styled = {
            link.get(_W + "val"): key
            for key, item in abstract.items()
            if (link := item.find(_W + "styleLink")) is not None
        }
        lists = {}
        for num in root.iter(_W + "num"):
            key = _value(num, "abstractNumId")
            if key in abstract and (link := _value(abstract[key], "numStyleLink")):
                key = styled.get(link, key)
            if key in abstract:
                lists[num.get(_W + "numId", "")] = _list(key, abstract[key], num)
        return cls(lists)

    def level_of(self, number_id: str, style: str) -> int:
        """Return the level, from 0, that numbers the paragraphs of a style."""
        levels = self.lists[number_id].levels if number_id in self.lists else {}
        return next((i for i, level in levels.items() if level.style == style), 0)

    def next(self, number_id: str, index: int) -> str:
        """Count one paragraph at level `index`, from 0, of a list and return what is written
        before it, with the space behind it; "" for a bullet."""
        found = self.lists.get(number_id)
        if found is None or index not in found.levels:
            return ""
        counts = self.counts.setdefault(found.key, {})
        if number_id not in self.begun:
            self.begun.add(number_id)
            counts.update({level: start - 1 for level, start in found.starts.items()})
        level = found.levels[index]
        counts[index] = counts.get(index, level.start - 1) + 1
        for deeper in [i for i in counts if i > index]:
            restart = found.levels[deeper].restart if deeper in found.levels else None
            if restart is None or index < restart:
                del counts[deeper]
        number = _PLACE.sub(lambda place: _place(found, counts, level, place), level.pattern)
        if level.form == "bullet" or not number.strip():
            return ""
        return number + (" " if level.apart and not number.rstrip().endswith(_CLOSED) else "")


def _place(found: _List, counts: dict[int, int], level: Level, place: re.Match[str]) -> str:
    index = int(place[1]) - 1
    other = found.levels.get(index, Level())
    if other.form == "none":
        return ""
    return counted(counts.get(index, other.start), "decimal" if level.legal else other.form)


def _list(key: str, abstract: _Element, num: _Element) -> _List:
    levels = dict(map(_level, abstract.iterchildren(_W + "lvl")))
    starts = {}
    for override in num.iterchildren(_W + "lvlOverride"):
        levels |= dict(map(_level, override.iterchildren(_W + "lvl")))
        if start := _value(override, "startOverride"):
            starts[whole(override.get(_W + "ilvl"))] = whole(start)
    return _List(key, levels, starts)


def _level(item: _Element) -> tuple[int, Level]:
    restart = _value(item, "lvlRestart")
    level = Level(
        form=_form(item),
        pattern=_value(item, "lvlText"),
        start=whole(_value(item, "start")),
        restart=whole(restart) if restart else None,
        legal=item.find(_W + "isLgl") is not None,
        apart=_value(item, "suff") != "nothing",
        style=_value(item, "pStyle"),
    )
    return whole(item.get(_W + "ilvl")), level


def _form(item: _Element) -> str:
    # Newer forms stand in an alternative beside an older one.
    form = next(item.iter(_W + "numFmt"), None)
    return "decimal" if form is None else form.get(_W + "val", "decimal")


def _value(item: _Element, name: str) -> str:
    child = item.find(_W + name)
    return "" if child is None else child.get(_W + "val", "")
