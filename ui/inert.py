"""Text to HTML that can be nothing but text; the ids by which marks and cards find each other."""

from __future__ import annotations

# The signs of HTML and of Markdown, and line ends, which end a block in Markdown.
_SIGNS = {ord(sign): f"&#{ord(sign)};" for sign in "&<>\"'[]()!*_`~#|\\$"}
_SIGNS |= {ord("\n"): "<br>", ord("\r"): None}
# Marks that turn the direction of what stands behind them, as in a file name that ends otherwise.
_SIGNS |= dict.fromkeys((0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def inert(text: str) -> str:
    """Return the text as HTML that neither a browser nor Markdown can read as anything but text."""
    return text.translate(_SIGNS)


def card_id(turn: int, number: int) -> str:
    """Return the element id of a source card: unique among all turns of a conversation."""
    return f"source-{turn}-{number}"


def mark_id(turn: int, number: int) -> str:
    """Return the element id of the mark that points to a card."""
    return f"mark-{turn}-{number}"
