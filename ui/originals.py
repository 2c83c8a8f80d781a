"""The files that the documents of an index were read from, as long as they are what they were."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path, PurePosixPath
from threading import Lock

from index.errors import UnreadableFile
from index.types import Document

SIDE_FILE = ".meta.json"
# Bytes of files kept at hand, so that turning a page reads none again.
_KEPT = 64 * 2**20


class Originals:
    """Finds files inside one folder of reports, and nowhere else."""

    def __init__(self, corpus: Path | None) -> None:
        self._root = corpus.resolve() if corpus else None
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def place(self, path: str) -> Path | None:
        """Return the file on disk that holds the document with a path below the corpus: itself, or
        the archive it is in. None where there is none or a link leads out of the corpus."""
        if self._root is None:
            return None
        relative = PurePosixPath(path)
        if relative.is_absolute() or ".." in relative.parts:
            return None
        for part in (relative, *relative.parents[:-1]):
            file = self._root / part
            if file.is_file() and file.resolve() == file:
                return file
        return None

    def data(self, document: Document) -> bytes | None:
        """Return the bytes a document was read from; None where they are gone or have changed."""
        with self._lock:
            if document.id in self._kept:
                self._kept.move_to_end(document.id)
                return self._kept[document.id]
        data = self._read(document)
        if data is not None:
            self._keep(document.id, data)
        return data

    def _read(self, document: Document) -> bytes | None:
        from index.load import document_id

        file = self.place(document.path)
        if self._root is None or file is None:
            return None
        inner = PurePosixPath(document.path).relative_to(file.relative_to(self._root).as_posix())
        try:
            found = _inside(file.read_bytes(), inner) if inner.parts else _with_side(file)
        except (OSError, UnreadableFile):
            return None
        data, side = found
        return data if data is not None and document_id(data, side) == document.id else None

    def _keep(self, name: str, data: bytes) -> None:
        with self._lock:
            self._kept[name] = data
            while len(self._kept) > 1 and sum(map(len, self._kept.values())) > _KEPT:
                self._kept.popitem(last=False)


def _with_side(file: Path) -> tuple[bytes, bytes]:
    """Return the bytes of a file and of the one that states its title, if there is one."""
    side = file.with_name(file.name + SIDE_FILE)
    return file.read_bytes(), side.read_bytes() if side.is_file() else b""


def _inside(data: bytes, path: PurePosixPath) -> tuple[bytes | None, bytes]:
    """Return the bytes of a file in an archive and of the one that states its title."""
    from index.load.archive import members

    wanted = (path, path.with_name(path.name + SIDE_FILE))
    found = {
        member.path: member.data
        for member in members(data, lambda inner: inner in wanted)
        if member.data is not None
    }
    return found.get(path), found.get(wanted[1], b"")
