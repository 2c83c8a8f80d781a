"""From a folder of reports to documents: which files there are, and what is in them."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from index.chunk import chunk
from index.errors import CorpusError, UnreadableFile
from index.load import document_id, load
from index.load.archive import members
from index.load.kind import ARCHIVES, check_size, suffix_of
from index.load.name import Distinct, shown_path
from index.types import Chunk, Document, Failure
from index.unfinished import Shelf

Progress = Callable[[str, int, int], None]
Files = Mapping[PurePosixPath, Path]

# A file `NAME.meta.json` states title, year, date or issuer of the report `NAME` beside it.
SIDE_FILE = ".meta.json"
# A document that took so many seconds to read, as scans do, is kept in case of an interruption.
SLOW = 1.0
# A file that changes while it is read is read so many times.
_ATTEMPTS = 3
_CHANGING = "读的时候文件还在变，请等它写完后再运行 wenju build"


@dataclass(slots=True)
class Reading:
    """What was found in the corpus. `sources` maps the path of each document to its id, and
    `documents` holds those that were read, by id: the others are known from before."""

    shelf: Shelf
    keep: bool
    sources: dict[str, str] = field(default_factory=dict)
    documents: dict[str, tuple[Document, list[Chunk]]] = field(default_factory=dict)
    failed: list[Failure] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    duplicates: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _File:
    """A file at hand: on disk, or a member of an archive. `stated` is its side file."""

    path: PurePosixPath
    data: bytes
    stated: bytes
    id: str


def _file(path: PurePosixPath, data: bytes, stated: bytes) -> _File:
    return _File(path, data, stated, document_id(data, stated))


def require_folder(root: Path) -> None:
    """Raise CorpusError if there is no such folder."""
    if not root.is_dir():
        state = "不是文件夹" if root.exists() else "不存在"
        message = f"报告文件夹 {root} {state}。"
        raise CorpusError(message)


def _require_still_there(root: Path) -> None:
    """Raise CorpusError if the folder of the reports, which has been read, is gone or holds nothing
    any more, as where a drive is taken away: its reports have not been removed one by one."""
    try:
        with os.scandir(root) as entries:
            if next(entries, None):
                return
        state = "已经空了"
    except OSError as error:
        state = _cause(error)
    message = f"报告文件夹 {root} 读到一半就不能读了（{state}）。索引没有变动；请检查后重新运行。"
    raise CorpusError(message)


def read_corpus(
    root: Path, index_dir: Path, known: Mapping[str, str], keep: bool, say: Progress
) -> Reading:
    """Return what is in the files below `root` but for those in `index_dir`.

    `known` maps the paths of documents that need not be read again to their ids. Documents that
    took long to read are found in `index_dir` again if a build was interrupted and, with `keep`,
    are kept there for this case. Raises CorpusError if there is no such folder, nothing in it,
    nothing that can be read, or if it is gone before all is read.
    """
    reading = Reading(Shelf(index_dir), keep)
    files = _scan(reading, root, index_dir)
    paths = _read(reading, files, known, say)
    _require_still_there(root)
    _settle(reading, files, known, paths)
    reading.failed.sort(key=lambda failure: failure.path)
    _require_documents(root, reading)
    return reading


def report_files(root: Path, index_dir: Path) -> Files:
    """Return the files below `root` that a build reads, archives as one, by the path it gives them.

    Raises CorpusError if there is no such folder or nothing in it.
    """
    return _scan(Reading(Shelf(index_dir), keep=False), root, index_dir)


def _scan(reading: Reading, root: Path, index_dir: Path) -> Files:
    """Return the files below `root` to read, by path relative to it as it is shown."""
    require_folder(root)
    files: dict[PurePosixPath, Path] = {}
    place = Distinct()
    whole = root.resolve()
    found = _walk(whole, index_dir.resolve(), reading)
    for path, entry in sorted(found.items()):
        relative = shown_path(path.relative_to(whole))
        if _is_left_out(relative) or entry.is_symlink():
            reading.ignored.append(relative.as_posix())
        elif not entry.is_file(follow_symlinks=False):
            reason = "不是普通文件（是管道、套接字或设备），没有读"
            reading.failed.append(Failure(relative.as_posix(), reason))
        else:
            files[place(relative)] = path
    if not files and not reading.failed:
        message = f"报告文件夹 {root} 是空的，没有可以建立索引的文件。"
        raise CorpusError(message)
    return files


def _walk(root: Path, index_dir: Path, reading: Reading) -> dict[Path, os.DirEntry[str]]:
    """Return everything below `root` but folders and what is in `index_dir`, both without links.
    Links are not followed; folders that cannot be opened are noted as failed."""
    found: dict[Path, os.DirEntry[str]] = {}
    folders = [root]
    while folders:
        folder = folders.pop()
        if folder == index_dir:
            continue
        try:
            entries = list(os.scandir(folder))
        except OSError as error:
            name = shown_path(folder.relative_to(root)).as_posix()
            reading.failed.append(Failure(name, f"文件夹打不开（{_cause(error)}）"))
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders.append(folder / entry.name)
            else:
                found[folder / entry.name] = entry
    return found


def _is_left_out(relative: PurePosixPath) -> bool:
    """True for hidden files, what macOS adds to archives, office programs' lock files and a
    folder's own README."""
    hidden = any(part.startswith((".", "~$", "__MACOSX")) for part in relative.parts)
    return hidden or relative.stem.lower() == "readme"


def _cause(error: OSError) -> str:
    known = {
        errno.EACCES: "没有权限",
        errno.ENAMETOOLONG: "路径太长",
        errno.EIO: "磁盘读取出错",
        errno.ENOENT: "读的时候已经不在了",
    }
    return known.get(error.errno or 0, error.strerror or str(error))


def _read(
    reading: Reading, files: Files, known: Mapping[str, str], say: Progress
) -> dict[str, list[PurePosixPath]]:
    """Read the files that are neither known nor copies of others, and return the paths of all by
    the id of what is in them."""
    at = {id_: PurePosixPath(path) for path, id_ in known.items()}
    paths: dict[str, list[PurePosixPath]] = {}
    for done, path in enumerate(files):
        say("read", done, len(files))
        for file in _contents(reading, files, path):
            before = at.get(file.id)
            # Its bytes may still be where they were, and this be a copy: `_settle` knows.
            may_be_copy = before is not None and any(p in files for p in (before, *before.parents))
            if file.id not in paths and not may_be_copy:
                _load(reading, file)
            paths.setdefault(file.id, []).append(file.path)
    say("read", len(files), len(files))
    return paths


def _settle(
    reading: Reading,
    files: Files,
    known: Mapping[str, str],
    paths: Mapping[str, list[PurePosixPath]],
) -> None:
    """Name the one path of each document and its copies, and read what has not been read though
    it should: a known file that has moved, and a copy of a file that its name made unreadable."""
    for id_, copies in paths.items():
        kept = [path.as_posix() for path in copies if known.get(path.as_posix()) == id_]
        failed = {failure.path for failure in reading.failed}
        rest = [path for path in copies if path.as_posix() not in failed]
        while rest and not kept and id_ not in reading.documents:
            _load_again(reading, files, rest.pop(0), id_)
        if kept or id_ in reading.documents:
            first = kept[0] if kept else reading.documents[id_][0].path
            reading.sources[first] = id_
            names = (path.as_posix() for path in rest)
            reading.duplicates |= {name: first for name in names if name != first}


def _load(reading: Reading, file: _File) -> None:
    with _noted(reading, file.path):
        reading.documents[file.id] = reading.shelf.take(file.path.as_posix(), file.id) or _made(
            reading, file
        )


def _made(reading: Reading, file: _File) -> tuple[Document, list[Chunk]]:
    """Return the document that a file is, and its chunks."""
    started = time.perf_counter()
    document = load(file.path, file.data, file.stated)
    chunks = chunk(document)
    if reading.keep and time.perf_counter() - started >= SLOW:
        reading.shelf.put(document, chunks)
    return document, chunks


def _load_again(reading: Reading, files: Files, path: PurePosixPath, id_: str) -> None:
    """Read a file that was seen before, if its bytes are still the same."""
    top = next(place for place in (path, *path.parents) if place in files)
    again = {file.path: file for file in _contents(Reading(reading.shelf, keep=False), files, top)}
    if path in again and again[path].id == id_:
        _load(reading, again[path])
    else:
        reading.failed.append(Failure(path.as_posix(), _CHANGING))


def _contents(reading: Reading, files: Files, path: PurePosixPath) -> Iterator[_File]:
    """Yield the file at `path`, those in it if it is an archive; note why one cannot be read."""
    if path.name.endswith(SIDE_FILE):
        _require_report(reading, path, files)
        return
    with _noted(reading, path):
        data = _bytes(path, files[path])
        if suffix_of(path, data) in ARCHIVES:
            yield from _archived(reading, path, data)
        else:
            side = _side(path)
            yield _file(path, data, _bytes(side, files[side]) if side in files else b"")


def _bytes(path: PurePosixPath, file: Path) -> bytes:
    """Return the bytes of a file as they are at one moment."""
    for _ in range(_ATTEMPTS):
        before = file.stat()
        check_size(path.suffix.lower(), before.st_size)
        data = file.read_bytes()
        after = file.stat()
        if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
            return data
    raise UnreadableFile(_CHANGING)


def _side(path: PurePosixPath) -> PurePosixPath:
    return path.with_name(path.name + SIDE_FILE)


def _require_report(reading: Reading, path: PurePosixPath, found: Container[PurePosixPath]) -> None:
    """Note a side file without the report that it is for."""
    if path.with_name(path.name.removesuffix(SIDE_FILE)) not in found:
        reading.failed.append(Failure(path.as_posix(), "旁边没有它所说明的报告"))


@contextmanager
def _noted(reading: Reading, path: PurePosixPath) -> Iterator[None]:
    """Note why a file cannot be read, and go on."""
    try:
        yield
    except UnreadableFile as error:
        reading.failed.append(Failure(path.as_posix(), str(error)))
    except OSError as error:
        reading.failed.append(Failure(path.as_posix(), f"无法读取（{_cause(error)}）"))


def _archived(reading: Reading, path: PurePosixPath, data: bytes) -> Iterator[_File]:
    """Yield the files in an archive, whose paths lie below its own."""
    sides = {
        member.path: member.data
        for member in members(data, lambda inner: inner.name.endswith(SIDE_FILE))
        if member.data is not None
    }
    inside: set[PurePosixPath] = set()
    for member in members(data, lambda inner: inner not in sides and not _is_left_out(inner)):
        inner = path / member.path
        inside.add(inner)
        if member.reason:
            reading.failed.append(Failure(inner.as_posix(), member.reason))
        elif member.data is not None:
            yield _file(inner, member.data, sides.get(_side(member.path), b""))
        elif member.path not in sides:
            reading.ignored.append(inner.as_posix())
    for side in sides:
        _require_report(reading, path / side, inside)


def _require_documents(root: Path, reading: Reading) -> None:
    if reading.sources:
        return
    reasons = "\n".join(f"  {failure}" for failure in reading.failed[:5])
    more = f"\n  …… 共 {len(reading.failed)} 个" if len(reading.failed) > 5 else ""
    message = f"报告文件夹 {root} 中没有一个文件能读：\n{reasons}{more}"
    raise CorpusError(message)
