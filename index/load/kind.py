"""What a file is: by its first bytes where these tell, else by its suffix."""

from __future__ import annotations

from pathlib import PurePosixPath

# Other spellings of a suffix that a loader is listed under.
_SPELLINGS = {".text": ".txt", ".markdown": ".md"}


def suffix_of(path: PurePosixPath, data: bytes) -> str:
    """Return the suffix, in small letters, under which the file's loader is listed."""
    suffix = path.suffix.lower()
    return _SPELLINGS.get(suffix, suffix)
