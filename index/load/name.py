"""Names of files, which may be in another encoding, to names that can be stored and shown."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import PurePath, PurePosixPath

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_DRIVE = re.compile(r"[A-Za-z]:")
# From here on the characters of UTF-8 take three bytes, as Chinese ones do.
_THREE_BYTES = 0x800
_NAMELESS = "未命名"


def decode_name(raw: bytes) -> str:
    """Return a name as UTF-8, else as GB18030, as programs in China write it."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")
    if all(ord(char) < 0x80 for char in text) or any(ord(char) >= _THREE_BYTES for char in text):
        return text
    # Pairs of bytes of short Chinese names may be valid UTF-8 by chance.
    try:
        return raw.decode("gb18030")
    except UnicodeDecodeError:
        return text


def shown_path(path: PurePath) -> PurePosixPath:
    """Return the path of a file on disk as it is stored and shown: in Unicode, in one line."""
    return PurePosixPath(*map(_shown, path.parts))


def _shown(name: str) -> str:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        name = decode_name(os.fsencode(name))
    return _CONTROL.sub(" ", name)


def inner_path(name: str) -> PurePosixPath:
    """Return the path that a name in an archive stands for: one that does not lead out of it."""
    parts = _DRIVE.sub("", _CONTROL.sub(" ", name).replace("\\", "/"), count=1).split("/")
    kept = [part for part in parts if part.strip() not in {"", ".", ".."}]
    return PurePosixPath(*kept) if kept else PurePosixPath(_NAMELESS)


@dataclass(slots=True)
class Distinct:
    """Gives each path out once; the next ones get a number: `年报 (2).pdf`."""

    given: dict[PurePosixPath, int] = field(default_factory=dict)

    def __call__(self, path: PurePosixPath) -> PurePosixPath:
        """Return the path if it is free, else the first that is with a number."""
        candidate, number = path, self.given.get(path, 0)
        while candidate in self.given:
            number += 1
            candidate = path.with_name(f"{path.stem} ({number}){path.suffix}")
        self.given[path] = max(number, 1)
        self.given.setdefault(candidate, 1)
        return candidate
