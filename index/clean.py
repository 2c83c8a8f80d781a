"""Repairing text that went through bad converters. Clean text passes through unchanged.

Every function returns the repaired text and how many places it changed, so that the build report
can say so.
"""

from __future__ import annotations

import re

from index.headings import heading_level

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_TONE = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ"
# A note is one pinyin syllable with its tone mark, in brackets, behind a Han character. Without
# the tone mark it may be anything: 公式(a), 国内生产总值(gdp).
_PINYIN_NOTE = re.compile(
    rf"(?<=[{_HAN}])[(（](?=[a-zü]*[{_TONE}])(?:[bpmfdtnlgkhjqxrzcsyw]|[zcs]h)?"
    rf"[aeiouü{_TONE}]{{1,3}}(?:ng|n|r)?[)）]"
)

# Where a paragraph goes on in the next line of the file.
_OPENING, _CLOSING = "（(“‘「『《〈【", "）)”’」』》〉】"
_NEVER_FIRST = set("，。；：、！？,;:!?%％") | set(_CLOSING)
_LINE_FINAL = set("。！？!?；;：:…") | set(_CLOSING)
# The date below a signature stands in a line of its own.
_DATE_LINE = re.compile(r"[（(]?[\d〇零一二三四五六七八九十]{4}年.{0,8}日?[）)]?")
_STRAY = re.compile("[\u200b-\u200f\u2060\ufeff\u202a-\u202e\x00-\x08\x0b\x0e-\x1f\x7f]")


def remove_pinyin_notes(text: str) -> tuple[str, int]:
    """Take out readings written behind characters: 強(qiáng)化 becomes 強化."""
    return _PINYIN_NOTE.subn("", text)


def remove_invisible(text: str) -> tuple[str, int]:
    """Take out zero-width, direction and control characters; form feeds part pages and stay."""
    return _STRAY.subn("", text)


def join_broken_lines(text: str) -> tuple[str, int]:
    """Join lines that were broken inside a sentence.

    A line goes on in the next one where a bracket is still open, where the next line begins with
    a mark that cannot begin one, or, in a text that sets its paragraphs apart by empty lines,
    where it does not end as a sentence does. Numbered headings and rows of tables are kept.
    """
    lines = text.split("\n")
    spaced = _paragraphs_are_spaced(lines)
    joined: list[str] = []
    count = 0
    for line in lines:
        before = joined[-1] if joined else ""
        if before.strip() and line.strip() and _goes_on(before.rstrip(), line.strip(), spaced):
            joined[-1] = before.rstrip() + line.strip()
            count += 1
        else:
            joined.append(line)
    return "\n".join(joined), count


def _paragraphs_are_spaced(lines: list[str]) -> bool:
    """True where most lines of text stand between empty lines."""
    full = [i for i, line in enumerate(lines) if line.strip()]
    apart = sum(i + 1 == len(lines) or not lines[i + 1].strip() for i in full)
    return apart > len(full) * 0.6


def _goes_on(line: str, following: str, spaced: bool) -> bool:
    if following[0] in _NEVER_FIRST:
        return True
    if _is_open(line):
        return True
    kept = (
        "\t" in line
        or heading_level(line)
        or heading_level(following)
        or _DATE_LINE.fullmatch(following)
    )
    return spaced and not kept and line[-1] not in _LINE_FINAL


def _is_open(line: str) -> bool:
    """True where the last bracket or quote of the line is still open."""
    last = max(line.rfind(mark) for mark in _OPENING)
    return last >= 0 and not any(mark in line[last:] for mark in _CLOSING)


def squeeze_blank(text: str) -> str:
    """Drop white space at the ends of lines and at both ends of the text, and repeated empty
    lines; line ends become "\\n". Nothing that can be seen changes, so this is not counted."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = [line.strip("\u3000 \t\xa0") for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


# In this order. The text of a file is cleaned block by block.
REPAIRS = (
    ("拼音注音", remove_pinyin_notes),
    ("不可见字符", remove_invisible),
    ("句中断行", join_broken_lines),
)
