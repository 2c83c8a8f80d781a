"""What a loader reads out of a file, before cleaning."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text that its format marks as a heading of depth `level` (1 highest)."""

    text: str
    level: int


@dataclass(frozen=True, slots=True)
class Content:
    """Title, year and raw text of a file. `headings` are the lines its format marks as such, in
    the order in which they stand in `text`."""

    title: str
    year: int | None
    text: str
    headings: tuple[Line, ...] = ()
