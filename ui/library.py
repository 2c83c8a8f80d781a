"""Adding reports to the folder they are read from, and taking them out of it so that they can be
put back. Nothing is written outside this folder, nothing is overwritten and nothing destroyed."""

from __future__ import annotations

import os
import re
import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path, PurePosixPath

from index.errors import UnreadableFile
from ui.originals import SIDE_FILE, Originals

# Bytes of a report that is added, and of a name in UTF-8 beside what is put behind it.
LARGEST, _NAME = 200 * 2**20, 200
# Hidden: a build leaves out what begins with a dot.
REMOVED, _INCOMING = ".removed", ".incoming-"
# Shown of what was removed, the latest first.
_SHOWN = 100

# Signs that a file system or a shell takes for something else, what cannot be seen, and what turns
# the direction of writing.
_UNSAFE = re.compile(
    '[\x00-\x1f\x7f-\x9f<>:"/\\\\|?*\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+'
)
# Names that Windows keeps for devices.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
_UNNAMED = "未命名"


class Why(str, Enum):
    """Why something is not done: the name of the sentence in `CollectionLabels`."""

    not_there = "not_there"
    name_taken = "name_taken"
    is_readme = "is_readme"
    wrong_kind = "wrong_kind"
    unreadable = "unreadable"
    cannot_write = "cannot_write"
    too_large = "too_large"
    empty = "empty"


class Refused(Exception):
    """Something is not done; `values` are to be filled in where the sentence says why."""

    def __init__(self, why: Why, **values: object) -> None:
        super().__init__(why, values)
        self.why, self.values = why, values


@dataclass(frozen=True, slots=True)
class Removed:
    """A report that was taken out: `key` finds it again, `path` is where it was."""

    key: str
    path: str


class Library:
    """One folder of reports that may be changed."""

    def __init__(self, corpus: Path) -> None:
        self.corpus = corpus.resolve()
        self._originals = Originals(corpus)

    @contextmanager
    def incoming(self) -> Iterator[Path]:
        """Give a file to write to, in the folder but not read by a build; gone afterwards."""
        path = self.corpus / f"{_INCOMING}{secrets.token_hex(8)}"
        try:
            yield path
        except OSError as error:
            raise Refused(Why.cannot_write, reason=error.strerror or "?") from error
        finally:
            path.unlink(missing_ok=True)

    def add(self, arrived: Path, name: str) -> str:
        """Put a file that has arrived into the folder under its name, and return this.

        Raises Refused where the name is taken, or what is in it cannot be read.
        """
        safe = safe_name(name)
        if PurePosixPath(safe).stem.lower() == "readme":
            raise Refused(Why.is_readme, name=safe)
        _require_readable(arrived, safe)
        try:
            _move(arrived, self.corpus / safe)
        except FileExistsError as error:
            raise Refused(Why.name_taken, name=safe) from error
        return safe

    def remove(self, path: str) -> Removed:
        """Take the file that holds a document out, with what states its title, to where it can be
        put back from. A document in an archive takes the archive with it."""
        file = self._originals.place(path)
        if file is None:
            raise Refused(Why.not_there, path=path)
        inside = file.relative_to(self.corpus)
        batch = f"{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        key = PurePosixPath(batch, inside.as_posix())
        target = self.corpus / REMOVED / key
        with _told():
            target.parent.mkdir(parents=True)
            _move(file, target)
            side = file.with_name(file.name + SIDE_FILE)
            if side.is_file():
                _move(side, target.with_name(side.name))
        return Removed(key.as_posix(), inside.as_posix())

    def restore(self, key: str) -> str:
        """Put back what was taken out, and return its path. Raises Refused where it cannot be."""
        known = {removed.key: removed for removed in self.removed()}
        if key not in known:
            raise Refused(Why.not_there, path=PurePosixPath(key).name)
        source, target = self.corpus / REMOVED / key, self.corpus / known[key].path
        with _told():
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                _move(source, target)
            except FileExistsError as error:
                raise Refused(Why.name_taken, name=known[key].path) from error
            side = source.with_name(source.name + SIDE_FILE)
            if side.is_file():
                _move(side, target.with_name(side.name))
            _prune(source.parent, self.corpus / REMOVED)
        return known[key].path

    def removed(self) -> list[Removed]:
        """Return what was taken out, the latest first."""
        root = self.corpus / REMOVED
        found = [
            Removed(inside.as_posix(), PurePosixPath(*inside.parts[1:]).as_posix())
            for file in root.rglob("*")
            if file.is_file() and not file.is_symlink() and not file.name.endswith(SIDE_FILE)
            if len((inside := file.relative_to(root)).parts) > 1
        ]
        return sorted(found, key=lambda removed: removed.key, reverse=True)[:_SHOWN]


def safe_name(name: str) -> str:
    """Return the name of a file without folders and without anything that leads elsewhere, is not
    seen, or means something to a file system; shortened where it is too long for one."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    try:
        last.encode("utf-8")
    except UnicodeEncodeError:
        last = last.encode("utf-8", "replace").decode()
    clean = " ".join(_UNSAFE.sub(" ", last).split()).strip(". ~$")
    path = PurePosixPath(clean or _UNNAMED)
    suffix, stem = path.suffix, path.name.removesuffix(path.suffix).rstrip(" .")
    if _DEVICE.fullmatch(stem):
        stem += "_"
    room = _NAME - len(suffix.encode())
    stem = stem.encode()[: max(room, 1)].decode(errors="ignore").rstrip()
    return (stem or _UNNAMED) + suffix


def _require_readable(file: Path, name: str) -> None:
    """Raise Refused unless a file is of a kind that can be read."""
    from index.load import READABLE
    from index.load.kind import suffix_of

    try:
        suffix = suffix_of(PurePosixPath(name), file.read_bytes())
    except UnreadableFile as error:
        raise Refused(Why.unreadable, name=name, reason=str(error)) from error
    if suffix not in READABLE:
        raise Refused(Why.wrong_kind, name=name, kinds="、".join(sorted(READABLE)))


def _move(source: Path, target: Path) -> None:
    """Give a file another place. Raises FileExistsError where something is there already."""
    try:
        # Unlike a renaming, a link never takes the place of what is there.
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        # This file system has no links.
        if target.exists():
            raise FileExistsError(target) from None
        source.rename(target)
    else:
        source.unlink()


def _prune(folder: Path, root: Path) -> None:
    """Remove folders that have become empty, from `folder` up to `root`."""
    while folder != root and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


@contextmanager
def _told() -> Iterator[None]:
    """Turn what the file system says into Refused."""
    try:
        yield
    except OSError as error:
        raise Refused(Why.cannot_write, reason=error.strerror or "?") from error
