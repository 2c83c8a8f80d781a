"""What a chunk is known by beside its own words: title, year and headings.

The one place where this is written, so that the lexical and the dense form of a chunk agree.
"""

from __future__ import annotations

from index.fold import simplify
from index.types import Chunk


def label(chunk: Chunk) -> str:
    """Return `title（year年）` and the headings of a chunk, one a line; the year only where the
    title does not name it."""
    year = "" if chunk.year is None or str(chunk.year) in chunk.title else f"（{chunk.year}年）"
    return f"{chunk.title}{year}\n{chunk.heading}" if chunk.heading else chunk.title + year


def passage(chunk: Chunk) -> str:
    """Return the text that is embedded for a chunk: its label, then its own words, in Simplified
    characters (the same sentence in the other script has another vector)."""
    return simplify(f"{label(chunk)}\n{chunk.text.strip()}")
