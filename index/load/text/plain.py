"""Plain text, in any encoding that `decode` reads."""

from __future__ import annotations

from index.load.content import Block, Content
from index.load.text.decode import decode


def load_text(data: bytes) -> Content:
    """Return the text of the file as one block.

    Raises UnreadableFile if it is not text.
    """
    text, encoding = decode(data)
    return Content((Block(text),), encoding=encoding)
