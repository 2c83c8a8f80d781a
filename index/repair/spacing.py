"""Spaces between the characters of a word, taken out: 国 务 院 总 理."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from index.fold import simplify
from index.repair.dictionary import words

_HAN = "\u3400-\u9fff"
_MARK = "，。、；：！？“”（）《》,;:!?()"
_PIECE = rf"(?:[{_HAN}]{{1,2}}|\d[\d.]*(?:\1?[%％])?)"
# Characters and figures with one and the same space between them, or a mark in its place; two may
# stand together, as where text was read from an image.
_SPACED = re.compile(
    rf"(?<![{_HAN}\w])(?=[{_HAN}\d.]+([ \u3000])){_PIECE}"
    rf"(?:(?:\1|\1?[{_MARK}]+\1?){_PIECE})+(?:\1[{_MARK}]+)?(?![{_HAN}])"
)
# It begins with what is rare, so that looking for it is quick.
_SIGN = re.compile(rf"[ \u3000](?<=[{_HAN}].)[{_HAN}][ \u3000](?=[{_HAN}])")
_RUN = re.compile(rf"[{_HAN}]+(?:[ \u3000][{_HAN}]+)*")
# So many characters must stand apart; fewer where they are all of a line.
_FEWEST, _FEWEST_OF_LINE = 5, 3
# A text with so many such runs is set with spaces throughout: there two characters are enough.
_OFTEN = 3
# At most this share of the pieces is of two characters; at least this share of the characters, in
# a short line all, stands in words that a space cuts; and at least this share is different.
_TOGETHER, _CUT, _DIFFERENT = 0.34, 0.7, 0.5
_SHORT = 20
_LONGEST_WORD = 4

# What the parts of a report are called, set apart to be as wide as other titles.
_TITLES = re.findall(
    "..",
    "目录目次前言序言引言导言摘要提要概述综述总则附则正文附件附录附表附图后记结语结论索引通知公告公报通报"
    "通告报告决定决议命令意见批复请示纪要说明注释目錄導言總則附則附件附錄結論決定決議命令意見說明註釋",
)
_APART = "|".join("[ \u3000]+".join(title) for title in _TITLES)
_TITLE = re.compile(f"^([ \u3000\f]*)({_APART})(?=[ \u3000\\d：:]*$)", re.MULTILINE)
_TITLE_SIGN = re.compile(
    f"[ \u3000][{''.join(title[1] for title in _TITLES)}][ \u3000\\d：:]*$", re.M
)
# Members of a series stand apart, although together some are words.
_SERIES = re.compile(
    "[甲乙丙丁戊己庚辛壬癸]+|[东東南西北中]+|[春夏秋冬]+|[上中下大小左右]+|[金木水火土日月]+"
)


def close_letter_spacing(text: str) -> tuple[str, int]:
    """Return a text without the spaces that stand inside words, and how many runs of characters
    were closed up. Names, lists and columns keep theirs: their spaces stand between words."""
    count = 0
    if _TITLE_SIGN.search(text):
        text, count = _TITLE.subn(lambda match: match[1] + re.sub("[ \u3000]", "", match[2]), text)
    if _SIGN.search(text):
        text, runs = _close(text, _FEWEST, _FEWEST_OF_LINE)
        count += runs
        if runs >= _OFTEN:
            text, runs = _close(text, 2, 2)
            count += runs
    return text, count


def _close(text: str, fewest: int, fewest_of_line: int) -> tuple[str, int]:
    """Close up the runs of at least so many pieces; fewer where they are all of a line."""
    lines, count = text.split("\n"), 0
    for number, line in enumerate(lines):
        for run in reversed(list(_SPACED.finditer(line)) if "\t" not in line else []):
            whole = run[0] == line.strip(" \u3000\f")
            if _is_torn(run[0], fewest_of_line if whole else fewest):
                lines[number] = (
                    lines[number][: run.start()] + _closed(run) + lines[number][run.end() :]
                )
                count += 1
    return "\n".join(lines), count


def _closed(run: re.Match[str]) -> str:
    """Return a run without its spaces, those between figures of several digits excepted."""
    pieces = run[0].split(run[1])
    closed = pieces[0]
    for before, piece in pairwise(pieces):
        figures = before[-1:].isdigit() and piece[:1].isdigit() and len(before) + len(piece) > 2
        closed += run[1] + piece if figures else piece
    return closed


def _is_torn(run: str, fewest: int) -> bool:
    """Return whether the spaces of a run of at least so many pieces stand inside words."""
    pieces = re.findall(f"[{_HAN}]+", run)
    chars = "".join(pieces)
    if len(pieces) < fewest:
        return False
    if sum(len(piece) > 1 for piece in pieces) > len(pieces) * _TOGETHER:
        return False
    series = len(set(chars)) <= len(chars) * _DIFFERENT or _SERIES.fullmatch(chars)
    if len(chars) < _SHORT and series:
        return False
    cut = sum(_cut_words(part) for part in _RUN.findall(run))
    return cut >= len(chars) * (_CUT if len(pieces) >= _FEWEST else 1)


def _cut_words(run: str) -> int:
    """Return how many characters of a run stand in words with a space inside."""
    pieces = run.replace("\u3000", " ").split(" ")
    chars = simplify("".join(pieces))
    gaps = set(_ends(pieces))
    start = cut = 0
    while start < len(chars):
        length = next(
            (
                length
                for length in range(_LONGEST_WORD, 1, -1)
                if chars[start : start + length] in words()
                and gaps.intersection(range(start + 1, start + length))
            ),
            0,
        )
        cut += length
        start += max(1, length)
    return cut


def _ends(pieces: list[str]) -> Iterator[int]:
    end = 0
    for piece in pieces:
        end += len(piece)
        yield end
