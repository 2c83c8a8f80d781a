"""A line of text at its place on a page: what PDF text and OCR have in common."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line and its box, in points (1/72 inch) from the top left corner of the page.

    `size` is the height of its characters in points.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float
