"""Lines of one paragraph to its text."""

from __future__ import annotations

from collections.abc import Iterable


def join_lines(lines: Iterable[str]) -> str:
    """Return the lines as one: with a space between Latin words or numbers, without one where
    either side is Chinese or there is nothing."""
    text = ""
    for line in map(str.strip, lines):
        spaced = text and line and _is_latin(text[-1]) and _is_latin(line[0])
        text += " " + line if spaced else line
    return text


def _is_latin(char: str) -> bool:
    """True for what is set with spaces: letters, digits and marks below the Chinese blocks."""
    return char < "\u2e80" and not 0x2000 <= ord(char) < 0x2070
