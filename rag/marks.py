"""Reading what a language model writes, while it is being written: its sentences and their marks.

Every function takes the whole text so far. What may still change with the next token (an unfinished
tag or mark, the last sentence) is held back unless `finished`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.sentences import sentence_spans

_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)
# Some servers put the opening tag into the prompt, so that only the closing one arrives.
_THOUGHT_WITHOUT_START = re.compile(r"\A.*</think>", re.DOTALL | re.IGNORECASE)
_TAG_BEGUN = re.compile(r"</?(?:t(?:h(?:i(?:nk?)?)?)?)?\Z", re.IGNORECASE)

_MARKDOWN = re.compile(r"\*\*|^[ \t]*#{1,6}[ \t]+|`", re.MULTILINE)
_MARKDOWN_BEGUN = re.compile(r"(?:\*+|^[ \t]*#{1,6}[ \t]*)\Z", re.MULTILINE)
_LINE_END = re.compile(r"\s*\n\s*")

# [1] 【1】 ［1］ [1][2] [1]、[2] [1,2] [1、2] [1-3] [^1] [[1]] [资料1] （资料1） （来源：[1]）;
# not 〔1〕 (1) [2021].
_NAME = "(?:(?:资料|来源|出处|证据|文献)[:：]?)"
_LIST = rf"\^?{_NAME}?\s*\d{{1,3}}(?:\s*[,，、;；\-–—~～至]\s*\^?{_NAME}?\s*\d{{1,3}})*"
_SQUARE = rf"[\[［【]{{1,2}}\s*(?:{_LIST})\s*[\]］】]{{1,2}}"
_SQUARES = rf"{_SQUARE}(?:[ \t]*[,，、;；和]?[ \t]*{_SQUARE})*"
_MARK = re.compile(
    rf"[ \t]*(?:{_SQUARES}"
    rf"|[（(]\s*[参见依据]{{0,2}}(?:{_NAME}?\s*{_SQUARES}|{_NAME}\s*{_LIST})\s*[）)])"
)
_INSIDE = r"\s\d^,，、;；:：\-–—~～至和参见依据资料来源出处证文献"
_SQUARE_BEGUN = re.compile(rf"[ \t]*[\[［【]{{1,2}}[{_INSIDE}]*\Z")
_MARK_BEGUN = re.compile(
    # The second bracket of [[1]] may be still to come.
    rf"[ \t]*(?:[\[［【]{{2}}[{_INSIDE}]*[\]］】]|[（(][{_INSIDE}\[［【\]］】]*)\Z"
)
_ONE = re.compile(r"(\d+)(?:\s*[\-–—~～至]\s*\^?(?:资料)?\s*(\d+))?")


@dataclass(frozen=True, slots=True)
class Mark:
    """Numbers of evidence behind the first `offset` characters of a sentence."""

    offset: int
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence without its marks, and the marks. `final` is False while it may still grow."""

    text: str
    marks: tuple[Mark, ...]
    final: bool


def spoken(text: str, finished: bool) -> str:
    """Return what the model says: without its thoughts (`<think>…</think>`) and Markdown signs."""
    text = _THOUGHT_WITHOUT_START.sub("", _THOUGHT.sub("", text))
    if not finished:
        text = _TAG_BEGUN.sub("", text)
        text = _MARKDOWN_BEGUN.sub("", text)
    return without_blank_lines(_MARKDOWN.sub("", text)).lstrip()


def statements(text: str, finished: bool) -> list[Statement]:
    """Return the sentences of what the model says, in order; together they are all of it."""
    text = _SQUARE_BEGUN.sub("", text if finished else _MARK_BEGUN.sub("", text))
    plain, marks = _take_marks(text)
    spans = sentence_spans(plain)
    owned: list[list[Mark]] = [[] for _ in spans]
    for offset, numbers in marks:
        owner = _owner(plain, offset)
        for (start, end), own in zip(spans, owned, strict=True):
            if start <= owner < end:
                # A mark on a line of its own belongs to the sentence that ended before.
                length = len(plain[start:end].rstrip())
                own.append(Mark(min(max(offset - start, 0), length), numbers))
    last = len(plain.rstrip())
    return [
        Statement(plain[start:end], tuple(own), finished or end < last)
        for (start, end), own in zip(spans, owned, strict=True)
    ]


def _take_marks(text: str) -> tuple[str, list[tuple[int, tuple[int, ...]]]]:
    """Return the text without its marks, and the marks with their offsets in it."""
    pieces: list[str] = []
    marks: list[tuple[int, tuple[int, ...]]] = []
    position = length = 0
    for match in _MARK.finditer(text):
        pieces.append(text[position : match.start()])
        length += len(pieces[-1])
        marks.append((length, _numbers(match.group())))
        position = match.end()
    return "".join([*pieces, text[position:]]), marks


def _numbers(listed: str) -> tuple[int, ...]:
    """Return the numbers of a mark: `1、3` is 1 and 3, `1-3` is 1, 2 and 3."""
    found: list[int] = []
    for first, last in _ONE.findall(listed):
        found += range(int(first), int(last or first) + 1)
    return tuple(dict.fromkeys(found))


def _owner(plain: str, offset: int) -> int:
    """Return the offset of a character of the sentence to which a mark belongs: the one before it
    on its line, else the one after it, else, on a line of its own, the one above."""
    opened = plain.rfind("\n", 0, offset) + 1
    closed = plain.find("\n", offset)
    before = plain[opened:offset].rstrip()
    if before:
        return opened + len(before) - 1
    after = plain[offset : closed if closed >= 0 else None]
    if after.strip():
        return offset + len(after) - len(after.lstrip())
    return max(len(plain[:offset].rstrip()) - 1, 0)


def without_blank_lines(text: str) -> str:
    """Return a text without blank lines, and without white space around its line ends."""
    return _LINE_END.sub("\n", text)


def without_marks(text: str) -> str:
    """Return a text whose own `[1]` cannot be taken for a mark of the answer."""
    return re.sub(r"\[(\d+)\]", r"［\1］", text)
