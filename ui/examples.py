"""Questions to offer on the empty page, made from the collection itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Protocol

from index.types import Document

# Documents looked at, spread over the collection: a large one costs no more than a small one.
LOOKED_AT = 12
LONGEST_TITLE, LONGEST_AUTHOR = 24, 14

_HAN = "\u4e00-\u9fff"
# A statement of a number: its subject stands at the beginning of a clause.
_FIGURE = re.compile(
    rf"(?:^|[。；，\n])(?:\d{{4}}年|今年|全年|全市|全省|全国)*，?"
    rf"(?!今年|全年|全市|全省|全国)([{_HAN}]{{3,14}}?)(?:拟按|达到|完成|实现|达|为|共)\d[\d.,]*(?:[%亿万千百]|[{_HAN}])",
    re.MULTILINE,
)
# Words that make a subject depend on the clause before it.
_DEPENDENT = re.compile(
    r"其中|比上年|同比|增长|分别|以上|占|其|该|这|已|将|由|从|累计|总数|年底|年末|超过|平均"
)


class Entry(Protocol):
    """What is known of a document without reading it."""

    id: str
    title: str
    year: int | None


def example_questions(
    entries: Sequence[Entry], document: Callable[[str], Document]
) -> Iterator[str]:
    """Yield questions about figures of different documents, then about their titles.

    `document` returns the document with an id, as `Index.document` does.
    """
    step = max(1, len(entries) // LOOKED_AT)
    looked_at = list(islice(entries, 0, None, step))[:LOOKED_AT]
    seen: set[str] = set()
    for entry in looked_at:
        subject = _subject(document(entry.id).text, seen) if entry.year else None
        if subject:
            seen.add(subject)
            yield f"{_author(entry)}{entry.year}年{subject}是多少？"
    for entry in looked_at:
        if len(entry.title) <= LONGEST_TITLE:
            yield f"《{entry.title}》主要讲了什么？"


def _author(entry: Entry) -> str:
    """Return what stands before the year in a title: whose report it is."""
    author, year, _ = entry.title.partition(str(entry.year))
    return author if year and len(author) <= LONGEST_AUTHOR else ""


def _subject(text: str, seen: set[str]) -> str | None:
    for match in _FIGURE.finditer(text):
        subject = match.group(1)
        if subject not in seen and not _DEPENDENT.search(subject):
            return subject
    return None
