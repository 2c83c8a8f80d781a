"""Lines that were broken inside a sentence, joined."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from index.headings import LONGEST, heading_level

_BLANK = " \u3000\t\xa0"
_INDENT = re.compile("[ \u3000\xa0]{2,}|\u3000")
_OPENING, _CLOSING = "（(“‘「『《〈【", "）)”’」』》〉】"
_NEVER_FIRST = re.compile(f"[，。；：、！？,;:!?%％{_CLOSING}]|的(?![确確士])")
_SENTENCE_END = tuple("。！？!?；;…" + _CLOSING)
_FULL_STOP = re.compile("[。！？!?：:]”?$")
# A line is complete where a sentence ends or a list below it begins.
_COMPLETE = (*_SENTENCE_END, "：", ":")
_SENTENCE = re.compile("[。；！？].")
_UNFINISHED = re.compile(
    "(?:[，、是]|——|以及|或者|根据|按照|(?<![目标標])的|[一二三四五六七八九十]要)$"
)
# What stands in a line of its own: the date below a signature, an item of a list, a named field.
_ITEM = re.compile(
    r"[（(]?[\d〇零一二三四五六七八九十]{4}年.{0,8}日?[）)]?$|[·•●○■□◆◇▲★※*+—－\-①-⑳]"
    r"|[一二三四五六七八九十]+、|[（(][\d一二三四五六七八九十]+[）)]|\d{1,2}(?:[、．]|\.(?!\d))"
)
_FIELD = re.compile(r"[^\s，。；、：:]{2,8}[：:]")
_SALUTATION = re.compile("尊敬|亲爱|親愛|各位")
# Lines of verse are as long as each other and no longer than this, in characters.
_VERSE = 16

# In text of fixed width, lines are 18 to 65 Chinese characters wide; in columns of half of one:
_NARROWEST, _WIDEST = 36, 130
# Fewer lines than this do not show a width.
_LINES = 5
_WIDE = re.compile(
    "[\u2014\u2018-\u2026\u2e80-\ua4cf\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff60\uffe0-\uffe6\U00020000-\U0003ffff]"
)
# What a line is broken before as a whole: a word or number, or a character with the marks that
# cannot begin a line.
_UNIT = re.compile(f"[!-~]+|.[，。；：、！？,;:!?%％{_CLOSING}]*")


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the lines of a text are set: whether paragraphs are `spaced` by empty lines or
    `indented`, and at which `width`, in half characters, lines are broken; 0 if at none."""

    spaced: bool
    indented: bool
    width: int

    @staticmethod
    def of(lines: list[str]) -> _Layout:
        """Return the layout of the lines of a text."""
        full = [line.rstrip(_BLANK) for line in lines if line.strip(_BLANK)]
        ends = [
            not following.strip(_BLANK)
            for line, following in zip(lines, [*lines[1:], ""], strict=True)
            if line.rstrip(_BLANK).endswith(_SENTENCE_END)
        ]
        indented = sum(bool(_INDENT.match(line)) for line in full)
        return _Layout(
            spaced=sum(ends) > len(ends) * 0.6,
            indented=2 <= indented <= len(full) * 0.6,
            width=_width_of(full),
        )


def join_broken_lines(text: str) -> tuple[str, int]:
    """Join lines that were broken inside a sentence, and count the breaks.

    A line goes on in the next one

    - where a bracket is still open or the next line begins with what cannot begin one;
    - where it ends in a comma;
    - in text of fixed width, where the next line's first word would not have fitted in;
    - in text whose paragraphs stand between empty lines, where a sentence has begun and not ended.

    Verse, lists, headings, and rows of tables keep their lines.
    """
    if "\n" not in text:
        return text, 0
    lines = text.split("\n")
    layout = _Layout.of(lines)
    joined: list[str] = []
    for written, group in groupby(lines, key=lambda line: bool(line.strip(_BLANK + "\f"))):
        group = list(group)
        joined += _join_group(group, layout) if written and not _is_verse(group) else group
    return "\n".join(joined), len(lines) - len(joined)


def drop_lines(lines: list[str], dropped: set[int]) -> str:
    """Return the text of all lines but those of the numbers in `dropped`, from 0. A page that
    begins in one begins in the next line."""
    kept: list[str] = []
    breaks = ""
    for number, line in enumerate(lines):
        if number in dropped:
            breaks += "\f" * line.count("\f")
        else:
            kept.append(breaks + line)
            breaks = ""
    return "\n".join([*kept, breaks] if breaks else kept)


def _join_group(group: list[str], layout: _Layout) -> Iterator[str]:
    """Yield the lines of a group between empty lines, those joined that belong together."""
    ends = group[-1].rstrip(_BLANK).endswith(_SENTENCE_END)
    flows = layout.spaced and ends
    line, last, pieces = group[0], group[0], 1
    for following in group[1:]:
        # Of the first line of a group this may be a heading, if nothing shows that it is not.
        begun = (
            pieces > 1
            or len(line) > LONGEST
            or _SENTENCE.search(line)
            or (len(group) > 2 and "，" in line)
        )
        if (
            _cannot_end(line, following)
            or (layout.width and _is_full(last, following, layout))
            or (flows and begun and _may_go_on(line, following))
        ):
            line = _glued(line, following)
            pieces += 1
        else:
            yield line
            line, pieces = following, 1
        last = following
    yield line


def _is_verse(group: list[str]) -> bool:
    lengths = [len(line.strip(_BLANK)) for line in group]
    return max(lengths) <= _VERSE and max(lengths) - min(lengths) <= 1


def _cannot_end(line: str, following: str) -> bool:
    """Return whether a line cannot end before the following one, in any layout."""
    first = following.strip(_BLANK + "\f")
    line = line.strip(_BLANK + "\f")
    if "\t" in line + first:
        return False
    if _NEVER_FIRST.match(first) or (_is_open(line) and not line.endswith(_SENTENCE_END)):
        return True
    return (
        _UNFINISHED.search(line) is not None
        and not _SALUTATION.match(line)
        and not _is_item(first)
        and not _FIELD.match(first)
    )


def _may_go_on(line: str, following: str) -> bool:
    """Return whether a line may go on: neither it nor the following one is complete in itself."""
    complete = line.rstrip(_BLANK).endswith(_COMPLETE)
    first = following.strip(_BLANK + "\f")
    apart = "\t" in line + following or heading_level(line) or _is_item(first)
    return not (complete or apart or _FIELD.match(first))


def _is_item(line: str) -> bool:
    return heading_level(line) is not None or _ITEM.match(line) is not None


def _is_open(line: str) -> bool:
    """Return whether the last bracket or quote of the line is still open."""
    last = max(line.rfind(mark) for mark in _OPENING)
    return last >= 0 and not any(mark in line[last:] for mark in _CLOSING)


def _width_of(lines: list[str]) -> int:
    """Return the width at which lines are broken: many are as wide and hardly one is wider, and
    most of these end inside a sentence. 0 if there is none."""
    if len(lines) < _LINES or sum(len(line) > _WIDEST for line in lines) > len(lines) * 0.05:
        return 0
    widths = sorted(map(_width, lines))
    width = widths[int(len(widths) * 0.95) - 1]
    full = [line for line in lines if width - 4 <= _width(line) <= width + 2]
    inside = sum(not line.endswith(_COMPLETE) for line in full)
    wrapped = len(full) > len(lines) * 0.4 and inside > len(full) * 0.6
    return width if wrapped and _NARROWEST <= width <= _WIDEST else 0


def _width(line: str) -> int:
    """Return how wide a line is, in half characters."""
    return len(line) + len(_WIDE.findall(line))


def _is_full(line: str, following: str, layout: _Layout) -> bool:
    """Return whether a line was broken because the first word of the following did not fit in."""
    first = following.lstrip("\f")
    if "\t" in line + first or _INDENT.match(first) or _is_item(first.strip(_BLANK)):
        return False
    if _FULL_STOP.search(line.rstrip(_BLANK)):
        # A full line that ends a sentence may also end a paragraph: before a signature, and
        # wherever nothing else sets paragraphs apart.
        prose = first.rstrip(_BLANK).endswith(_COMPLETE) or _width(first) >= layout.width - 4
        if not prose or not (layout.indented or layout.spaced):
            return False
    unit = _UNIT.match(first)
    return _width(line.rstrip(_BLANK)) + _width(unit[0]) > layout.width - 2 if unit else False


def _glued(line: str, following: str) -> str:
    """Return two lines as one, with a space between the words of Latin text."""
    line, following = line.rstrip(_BLANK), following.lstrip(_BLANK)
    words = re.search(r"[!-~] [!-~]+$", line) or re.match(r"\f?[!-~]+ [!-~]", following)
    space = words and re.search(r"[!-,.-~]$", line) and re.match(r"\f?[!-~]", following)
    return f"{line} {following}" if space else line + following
