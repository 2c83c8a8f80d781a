"""Where a quote stands on a scanned page of a PDF, to show it there: OCR reads the page again."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from index.load.page import TextLine
from index.load.pdf import opened, read_scan
from index.load.pdf_boxes import Box

_SPACE = re.compile(r"\s+")
# So many characters in a row are no chance; of a shorter line, all.
_RUN = 4
# A line of which this share is in the quote belongs to it; else it holds its beginning or its end.
_SHARE = 0.6


def scan_boxes(data: bytes, page: int, quote: str) -> list[Box]:
    """Return the boxes of the lines in which a quote of a document stands on a scanned page of its
    file: left, top, right, bottom in points from the top left corner of the upright page.

    `page` counts from 1. Takes seconds. Raises UnreadableFile as `load_pdf` does.
    """
    with opened(data) as pdf:
        if not 1 <= page <= len(pdf):
            return []
        read, _ = read_scan(pdf, page)
    sought = _SPACE.sub("", quote)
    return [box for line in read.lines if (box := _part(line, sought))]


def _part(line: TextLine, quote: str) -> Box | None:
    """Return the box of the part of a line that is in the quote."""
    text = _SPACE.sub("", line.text)
    match = SequenceMatcher(None, text, quote, autojunk=False).find_longest_match()
    if not text or match.size < min(_RUN, len(text)):
        return None
    at_edge = match.b == 0 or match.b + match.size == len(quote)
    if match.size < _SHARE * len(text) and not at_edge:
        return None
    width = (line.right - line.left) / len(text)
    start = line.left + match.a * width
    return start, line.top, start + match.size * width, line.bottom
