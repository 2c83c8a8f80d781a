"""Plain text: UTF-8 or GB18030."""

from __future__ import annotations

from pathlib import PurePosixPath

from index.load.content import Content
from index.load.decode import decode
from index.load.metadata import title_of, year_of


def load_text(path: PurePosixPath, data: bytes) -> Content:
    """Return the text of the file, with its title and year.

    Raises UnreadableFile if it is not text.
    """
    text, _ = decode(data)
    return Content(title_of(path.stem, text), year_of(path.stem, text=text), text)
