"""Which lines of a report are headings, and at which depth."""

from __future__ import annotations

import re
from collections.abc import Iterable

from index.types import Heading

_LINE = re.compile(r"[^\n]+")
_NUMBER = "一二三四五六七八九十百零〇"
# The order of a Chinese report's own levels. A number with its point alone does not make a heading:
# the line must also be short and not end as a sentence does.
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"第[{_NUMBER}\d]+[编篇部]",
        rf"第[{_NUMBER}\d]+章",
        rf"第[{_NUMBER}\d]+节",
        rf"[{_NUMBER}]+、",
        rf"[（(][{_NUMBER}]+[）)]",
        r"\d{1,2}(?:[．、]|\.(?!\d))",
        r"[（(]\d{1,2}[）)]",
    )
)
_ARTICLE = re.compile(rf"(第[{_NUMBER}\d]+条)[\s\u3000]")
# Longest line that is taken for a heading, in characters. Of the numbered lines in fifty work
# reports, those above it were paragraphs.
LONGEST = 40
_SENTENCE_END = "。；;！!？?，,：:"


def heading_level(line: str) -> int | None:
    """Return the depth of a numbered heading (1 the highest), or None if the line is not one."""
    line = line.strip()
    if not line or len(line) > LONGEST or line[-1] in _SENTENCE_END:
        return None
    for level, form in enumerate(_FORMS, 1):
        if form.match(line):
            return level
    return None


def article_number(line: str) -> str | None:
    """Return `第三条` of a line that opens an article, whose text goes on in the same line."""
    match = _ARTICLE.match(line.strip())
    return match[1] if match else None


def find_headings(text: str, marked: Iterable[Heading]) -> tuple[Heading, ...]:
    """Return all headings of a text in order: those that its format marks, and numbered lines,
    which stand below the deepest marked one."""
    lines = list(_LINE.finditer(text))
    levels = [heading_level(line.group()) for line in lines]
    by_start = {heading.start: heading for heading in marked}
    deepest = max((heading.level for heading in by_start.values()), default=0)
    listed, before = False, None
    for line, level, following in zip(lines, levels, levels[1:], strict=False):
        # Numbered lines of one level that follow each other are a list: a heading has text below.
        listed = level is not None and (level == following or (listed and level == before))
        before = level
        if level is not None and not listed and line.start() not in by_start:
            by_start[line.start()] = Heading(line.start(), line.end(), deepest + level)
    return tuple(by_start[start] for start in sorted(by_start))
