"""What a loader reads out of a file, before cleaning."""

from __future__ import annotations

from dataclasses import dataclass

# Stands in a block's text before the first character of a page, the first page's too.
PAGE_BREAK = "\f"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a row of a table or, where `level` is set, a heading of that depth (1 highest).

    PAGE_BREAK stands in `text` where a page begins, so a paragraph may run over pages.
    """

    text: str
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """The blocks of a file in reading order, and what the file says of itself.

    `title`, `date` (of publication: 2023-02-28, 2023年2月28日 or a year) and `issuer` are empty
    where its format does not state them; `year` is set only where a person stated it. `problems`
    says, in words for the user, which parts could not be read. `encoding` is that of a text file.
    `scanned` gives the number of each page that was read by OCR with its mean confidence, 0 to 1.
    """

    blocks: tuple[Block, ...]
    title: str = ""
    year: int | None = None
    date: str = ""
    issuer: str = ""
    problems: tuple[str, ...] = ()
    encoding: str = ""
    scanned: tuple[tuple[int, float], ...] = ()
