"""Which paragraphs of a laid out page are headings, by number, size, weight and place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from index.headings import article_number, heading_level
from index.load.layout.flow import Paragraph, Part

_LONGEST, _LONGEST_TITLE = 40, 80
_SENTENCE_END = tuple("。；;，,、！!？?：:")
# What may stand out and still is no heading: dates, remarks in brackets, captions, entries of a
# table of contents, numbers.
_NO_HEADING = re.compile(
    r"[（(].*[）)]|[\d〇零一二三四五六七八九十]{2,4}\s*年.{0,9}"
    r"|续?(?:图|表)\s*[\d一二三四五六七八九十].*|(?:计量)?单位[:：].*|(?:注|资料来源|数据来源)[:：].*"
    r"|.*(?:[.．·•…]\s*){3,}\d*|[^a-zA-Z\u4e00-\u9fff]*|——.*"
)
# A letterhead names the body that issues a document above the document's number and title
# (GB/T 9704): it is no title.
_LETTERHEAD = re.compile(r".{2,30}文\s*件")
_DOCUMENT_NUMBER = re.compile(r".{1,20}[〔\[【(（]\s*\d{4}\s*[〕\]】)）]\s*\d+\s*号")
# Unnumbered headings that may follow the title at once; other lines there name who and when.
_OPENER = re.compile(
    r"(?:内容)?(?:摘要|提要|前言|引言|导言|序言|序|概述|综述|目[ 　]*[录錄次]|编者按|导读)"
)

# Sizes of one style differ by less than this factor.
_SAME_STYLE = 0.93


def heading_levels(parts: Sequence[Part], bold_text: bool) -> dict[int, int]:
    """Return the levels of the headings among the parts of a file, by their index.

    The title of the file alone has level 1; a file without one has no heading of that level.
    Numbered headings in the style of the text are left out: `index.headings` knows them.
    `bold_text` is True where the text itself is bold, which then says nothing.
    """
    found = {
        at: part
        for at, part in enumerate(parts)
        if isinstance(part, Paragraph) and _stands_out(parts, at, bold_text)
    }
    title = _title(parts, found)
    if title is not None:
        for at in _byline(parts, found, title):
            del found[at]
    ranks = _ranks([(at, part) for at, part in found.items() if at != title])
    return {at: 1 if at == title else ranks[at] + 2 for at in found}


def _stands_out(parts: Sequence[Part], at: int, bold_text: bool) -> bool:
    """True for a short paragraph that is larger than the text, bold, or centred in the text."""
    part = parts[at]
    text, first = part.text, part.lines[0]
    if len(text) > _LONGEST_TITLE or text.endswith(_SENTENCE_END) or _NO_HEADING.fullmatch(text):
        return False
    if first.large:
        return len(text) <= _LONGEST or first.centered
    if len(text) > _LONGEST or len(part.lines) > 1 or first.note:
        return False
    if first.bold and not bold_text:
        return not first.alone
    return first.centered and _is_text(parts, at - 1) and _is_text(parts, at + 1)


def _is_text(parts: Sequence[Part], at: int) -> bool:
    """True where a part is a paragraph of running text."""
    if not 0 <= at < len(parts):
        return False
    part = parts[at]
    return isinstance(part, Paragraph) and (
        len(part.lines) > 1 or part.text.endswith(_SENTENCE_END)
    )


def _title(parts: Sequence[Part], found: dict[int, Paragraph]) -> int | None:
    """Return the index of the title: the largest heading above the text of the first page."""
    top = []
    for at, part in enumerate(parts):
        if part.page > parts[0].page or (at not in found and _is_text(parts, at)):
            break
        if at in found and _may_be_title(parts, at):
            top.append(at)
    if not top:
        return None
    largest = max(found[at].lines[0].size for at in top)
    return next(at for at in top if found[at].lines[0].size > largest * _SAME_STYLE)


def _may_be_title(parts: Sequence[Part], at: int) -> bool:
    part = parts[at]
    first, text = part.lines[0], part.text
    if not (first.large or first.centered) or heading_level(text) or article_number(text):
        return False
    behind = [other.text for other in parts[at + 1 : at + 4] if isinstance(other, Paragraph)]
    return not (
        _OPENER.fullmatch(text)
        or (_LETTERHEAD.fullmatch(text) and any(map(_DOCUMENT_NUMBER.match, behind)))
    )


def _byline(parts: Sequence[Part], found: dict[int, Paragraph], title: int) -> list[int]:
    """Return the indexes of the lines before and below a title that name its issuer or author."""
    byline = [at for at in found if at < title]
    for at in range(title + 1, len(parts)):
        if at not in found or heading_level(parts[at].text) or _OPENER.fullmatch(parts[at].text):
            break
        byline.append(at)
    return byline


def _ranks(headings: Sequence[tuple[int, Paragraph]]) -> dict[int, int]:
    """Return the depth of each heading, 0 the highest, by its index: larger ones above smaller
    ones, bold above plain, and within a style in the order of their numbers."""
    classes = _size_classes(part.lines[0].size for _, part in headings)
    styles = {
        at: (classes[part.lines[0].size], not part.lines[0].bold, heading_level(part.text))
        for at, part in headings
    }
    first = {}
    for size, plain, number in styles.values():
        if number is not None:
            first[size, plain] = min(number, first.get((size, plain), number))
    # An unnumbered heading stands beside the highest numbered ones of its style.
    keys = {
        at: (size, plain, first.get((size, plain), 0) if number is None else number)
        for at, (size, plain, number) in styles.items()
    }
    order = sorted(set(keys.values()))
    return {at: order.index(key) for at, key in keys.items()}


def _size_classes(sizes: Iterable[float]) -> dict[float, int]:
    """Return a number for each size, 0 for the largest; nearly equal ones share it."""
    classes: dict[float, int] = {}
    number, smallest = -1, float("inf")
    for size in sorted(set(sizes), reverse=True):
        if size < smallest:
            number, smallest = number + 1, size * _SAME_STYLE
        classes[size] = number
    return classes
