"""Tables of contents, taken out: their lines name what stands elsewhere and answer nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from index.headings import heading_level
from index.repair.lines import drop_lines

_BLANK = " \u3000\t\f\xa0"
# A title, dots or, below the title of the table, white space, and the number of a page.
_ENTRY = re.compile(
    r"(?P<name>.{2,80}?)\s*"
    r"(?:(?:[…⋯]{2,}|\.{4,}|·{4,}|．{3,}|(?:[.·…] ){4,}[.·…]?)\s*|(?P<gap>\s+))"
    r"[（(]?(?P<page>\d{1,4}|[ivxIVX]{1,5})[）)]?"
)
_TITLE = re.compile("目[ \u3000]*[录錄次][：:]?|CONTENTS", re.IGNORECASE)
_SIGN = re.compile(r"[…⋯.·．\t\u3000 ][（(]?(?:\d{1,4}|[ivxIVX]{1,5})[）)]?[ \t\u3000]*$")
# A table has at least so many lines; without its title so many, or all of them are numbered.
_FEWEST, _MANY = 3, 6
# A title of two lines has its page in the second: the first is no longer than this.
_LONGEST = 40


def remove_contents(texts: Sequence[str]) -> tuple[list[str], int]:
    """Take tables of contents out of texts that follow each other, of one line or several, and
    count the lines. A text of which no line is left is empty, but for the beginnings of pages.

    The numbers of pages never go down: in a table of data with leaders they do.
    """
    pieces = [text.split("\n") for text in texts]
    lines = [line for piece in pieces for line in piece]
    dropped = _contents(lines) if sum(map(_may_be_entry, lines)) >= _FEWEST else set()
    if not dropped:
        return list(texts), 0
    numbered = iter(range(len(lines)))
    kept = [
        drop_lines(
            piece,
            {at for at, number in enumerate(islice(numbered, len(piece))) if number in dropped},
        )
        for piece in pieces
    ]
    return kept, len(dropped)


def _may_be_entry(line: str) -> bool:
    return _SIGN.search(line) is not None


def _contents(lines: Sequence[str]) -> set[int]:
    """Return the numbers, from 0, of the lines that belong to tables of contents."""
    written = [number for number, line in enumerate(lines) if line.strip(_BLANK)]
    shown = [lines[number] for number in written]
    entries = [_ENTRY.fullmatch(line.strip(_BLANK)) for line in shown]
    dropped: set[int] = set()
    start = 0
    while start < len(written):
        titled = start > 0 and _TITLE.fullmatch(shown[start - 1].strip(_BLANK)) is not None
        end = _run_end(start, entries, shown, titled=titled)
        if _is_table([entry for entry in entries[start:end] if entry], titled=titled):
            dropped.update(written[start - titled : end])
        start = max(end, start + 1)
    return dropped


def _run_end(
    start: int, entries: list[re.Match[str] | None], lines: list[str], *, titled: bool
) -> int:
    """Return where the entries from `start` on end, whose pages never go down; an entry may have
    begun in the line before it."""
    end, page = start, 0
    while end < len(entries):
        first = end
        if (
            start < end
            and entries[end] is None
            and end + 1 < len(entries)
            and _may_begin(lines[end])
        ):
            end += 1
        entry = entries[end]
        if entry is None or (entry["gap"] is not None and not titled):
            return first
        if entry["page"].isdecimal():
            if int(entry["page"]) < page:
                return first
            page = int(entry["page"])
        end += 1
    return end


def _may_begin(line: str) -> bool:
    return len(line) <= _LONGEST and not line.rstrip().endswith("。")


def _is_table(entries: list[re.Match[str]], *, titled: bool) -> bool:
    numbered = all(heading_level(entry["name"]) is not None for entry in entries)
    return len(entries) >= _FEWEST and (titled or numbered or len(entries) >= _MANY)
