"""Where a quote stands on a scanned page of a PDF, to show it there: OCR reads the page again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from index.load.layout.page import TextLine
from index.load.pdf.boxes import Box
from index.load.pdf.loader import opened, read_scan

_SPACE = re.compile(r"\s+")
# So many characters in a row are no chance, and so many more or fewer than in the quote may have
# been read or mended.
_RUN, _SLACK = 4, 5
# A line of which less than this share is in the quote, though it stands amid it, is of another
# column.
_SHARE = 0.5


def scan_boxes(data: bytes, page: int, quote: str) -> list[Box]:
    """Return the boxes of the lines in which a quote of a document stands on a scanned page of its
    file: left, top, right, bottom in points from the top left corner of the upright page.

    `page` counts from 1. Takes seconds. Raises UnreadableFile as `load_pdf` does.
    """
    with opened(data) as pdf:
        if not 1 <= page <= len(pdf):
            return []
        read, _ = read_scan(pdf, page)
    lines = sorted(read.lines, key=lambda line: (round(line.top / max(line.size, 1)), line.left))
    return quote_boxes(lines, quote)


def quote_boxes(lines: Sequence[TextLine], quote: str) -> list[Box]:
    """Return the boxes of the parts of lines, in reading order, that are in the quote."""
    texts = [_SPACE.sub("", line.text) for line in lines]
    owners = [number for number, text in enumerate(texts) for _ in text]
    shared = _shared("".join(texts), _SPACE.sub("", quote))
    boxes = []
    for number, (line, text) in enumerate(zip(lines, texts, strict=True)):
        first = owners.index(number) if text else 0
        inside = [at - first for at in shared if owners[at] == number]
        if not inside:
            continue
        start, end = inside[0], inside[-1] + 1
        at_edge = shared[0] == first + start or shared[-1] == first + end - 1
        if at_edge or len(inside) >= _SHARE * len(text):
            width = (line.right - line.left) / len(text)
            boxes.append(
                (line.left + start * width, line.top, line.left + end * width, line.bottom)
            )
    return boxes


def _shared(text: str, quote: str) -> list[int]:
    """Return the places in `text` of what it has in common with the quote, around the longest
    piece that is the same."""
    found = SequenceMatcher(None, text, quote, autojunk=False).find_longest_match()
    if found.size < min(_RUN, len(quote)):
        return []
    start = max(0, found.a - found.b - _SLACK)
    part = text[start : found.a - found.b + len(quote) + _SLACK]
    blocks = SequenceMatcher(None, part, quote, autojunk=False).get_matching_blocks()
    return [start + block.a + at for block in blocks if block.size > 1 for at in range(block.size)]
