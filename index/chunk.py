"""Cutting a document into chunks: the stored, retrieved and embedded units.

A chunk is one or more whole paragraphs under one heading; a paragraph longer than the limit is cut
at sentence ends. The chunks of a document, in order, give back its text exactly.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from index.headings import article_number
from index.sentences import sentence_spans
from index.types import Chunk, Document

LIMIT = 400
SHORT = 120
SEPARATOR = " › "

_LINE = re.compile(r"[^\n]*\n+|[^\n]+")
# A sentence over the limit is cut behind the last of these before the limit.
_CLAUSE = re.compile(r"[；;，、：:）)”]|,(?!\d)")
_NUMERIC = re.compile(r"[\dA-Za-z.,%％一二三四五六七八九十百千万亿零〇]")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line with the line ends behind it: `text[start:end]`. `heading` is the path of headings
    above it; `opens` is True for a heading itself. `number` counts from 1."""

    start: int
    end: int
    number: int
    heading: tuple[str, ...]
    opens: bool


def chunk(document: Document, limit: int = LIMIT, short: int = SHORT) -> list[Chunk]:
    """Return the chunks of a document in order.

    `limit` and `short` are in characters: no chunk is longer than `limit` unless a single
    unbreakable run is, and a section shorter than `short` is joined with the next one.
    """
    found = []
    for group in _groups(list(paragraphs(document)), limit, short):
        heading = _common([p.heading for p in group if not p.opens] or [group[0].heading])
        start, end = group[0].start, group[-1].end
        for piece_start, piece_end in _cut(document.text, start, end, limit):
            paragraph = group[bisect_right([p.start for p in group], piece_start) - 1]
            found.append(_chunk(document, piece_start, piece_end, heading, paragraph.number))
    return found


def chunk_id(document_id: str, start: int, text: str) -> str:
    """Return the id of a chunk: 128 bits of SHA-256, in hexadecimal, of what it is and where."""
    identity = f"{document_id}:{start}:{text}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(identity).hexdigest()[:32]


def _common(paths: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the headings that stand above all of `paths`: joined sections may claim no more."""
    first, last = min(paths), max(paths)
    same = 0
    while same < min(len(first), len(last)) and first[same] == last[same]:
        same += 1
    return first[:same]


def paragraphs(document: Document) -> Iterator[Paragraph]:
    """Yield the paragraphs of a document in order, without gaps."""
    levels = {heading.start: heading.level for heading in document.headings}
    above: list[tuple[int, str]] = []
    article: tuple[str, ...] = ()
    for number, line in enumerate(_LINE.finditer(document.text), 1):
        text = line.group().strip()
        level = levels.get(line.start())
        if level is not None:
            above = [entry for entry in above if entry[0] < level] + [(level, text)]
            article = ()
        elif named := article_number(text):
            article = (named,)
        path = tuple(heading for _, heading in above) + article
        yield Paragraph(line.start(), line.end(), number, path, level is not None)


def _groups(lines: list[Paragraph], limit: int, short: int) -> Iterator[list[Paragraph]]:
    """Join neighbours: within a section up to `limit`, into the next section while `short`."""
    group: list[Paragraph] = []
    for line in lines:
        if group and not all(p.opens for p in group):
            size = group[-1].end - group[0].start
            fits = size + line.end - line.start <= limit
            if not (fits and (line.heading == group[-1].heading or size < short)):
                # A heading stays with the text below it.
                body = max(i for i, p in enumerate(group) if not p.opens) + 1
                yield group[:body]
                group = group[body:]
        group.append(line)
    if group:
        yield group


def _cut(text: str, start: int, end: int, limit: int) -> Iterator[tuple[int, int]]:
    """Cut a span at sentence ends into pieces of about equal size, none over `limit`."""
    target = (end - start) / -(-(end - start) // limit)
    opened = start
    for sentence in sentence_spans(text, start, end):
        for unit_start, unit_end in _clauses(text, *sentence, limit):
            if opened < unit_start and (unit_end - opened > limit or unit_start - opened >= target):
                yield opened, unit_start
                opened = unit_start
    yield opened, end


def _clauses(text: str, start: int, end: int, limit: int) -> Iterator[tuple[int, int]]:
    """Cut a sentence over `limit` behind its commas, or where it has none before a word that is
    not part of a number."""
    while end - start > limit:
        breaks = [match.end() for match in _CLAUSE.finditer(text, start, start + limit)]
        stop = breaks[-1] if breaks else start + limit
        if not breaks:
            while (
                stop > start + 1 and _NUMERIC.match(text[stop - 1]) and _NUMERIC.match(text[stop])
            ):
                stop -= 1
        yield start, stop
        start = stop
    yield start, end


def _chunk(
    document: Document, start: int, end: int, heading: tuple[str, ...], number: int
) -> Chunk:
    text = document.text[start:end]
    return Chunk(
        id=chunk_id(document.id, start, text),
        document_id=document.id,
        path=document.path,
        title=document.title,
        year=document.year,
        heading=SEPARATOR.join(heading),
        page=document.page(start),
        paragraph=number,
        start=start,
        end=end,
        text=text,
    )
