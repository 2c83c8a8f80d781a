"""Writing a generation of an index beside the one in force, and putting one in force."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from index.address import milvus_address
from index.embed import Vectors
from index.errors import CorpusError, IndexNotFound
from index.lexical import LexicalIndex
from index.local import CURRENT, GENERATIONS, LEXICAL, RECORDS, VECTORS, LocalGeneration
from index.lock import only_builder
from index.manifest import FILE, Manifest, file_sizes, sha256
from index.records import write_records
from index.types import Chunk, Document
from index.vectors import VectorIndex, kinds

UNFINISHED = "unfinished"
# Files of tantivy that are replaced in place, so that two generations cannot share them.
_OWN = frozenset({"meta.json", ".managed.json"})


@dataclass(frozen=True, slots=True)
class Contents:
    """Documents with their chunks and, chunk by chunk in this order, the name of the embedded text
    and the (n, dimension) vectors."""

    documents: Sequence[tuple[Document, Sequence[Chunk]]]
    keys: Sequence[str]
    vectors: Vectors


@contextmanager
def told_if_unwritable(folder: Path) -> Iterator[None]:
    """Turn what goes wrong in writing an index into CorpusError."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or error
        message = (
            f"索引写不进 {folder}（{reason}），可能是磁盘已满。原有的索引没有变动；"
            "请腾出空间后重新运行 wenju build，已算好的向量会接着用。"
        )
        raise CorpusError(message) from error


def publish(
    folder: Path,
    manifest: Manifest,
    contents: Contents,
    base: LocalGeneration | None = None,
    removed: Collection[str] = (),
) -> None:
    """Write a generation below `folder`, put it in force, and remove those no longer kept: all but
    it and the one that was in force.

    The generation holds `contents` and, if there is a `base`, what that holds without the documents
    `removed`. Until the last step the old generation is in force; that step is one atomic
    replacement.
    """
    generations = folder / GENERATIONS
    generations.mkdir(exist_ok=True)
    target = generations / f"{max(_numbers(folder), default=0) + 1:06d}"
    unfinished = generations / UNFINISHED
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    if base:
        _share(base.folder, unfinished)
    first = base.manifest.rows if base else 0
    write_records(unfinished / RECORDS, contents.documents, contents.keys, first, removed)
    chunks = (part for _, parts in contents.documents for part in parts)
    LexicalIndex.write(unfinished / LEXICAL, chunks, first, removed)
    VectorIndex.write(unfinished / VECTORS, first, contents.vectors)
    sizes = file_sizes(unfinished)
    shared = _shared(base, unfinished) if base else {}
    sums = {name: shared.get(name) or sha256(unfinished / name) for name in sizes}
    rows = first + len(contents.keys)
    parts = kinds(unfinished / VECTORS, manifest.dimension)
    replace(manifest, sizes=sizes, sums=sums, rows=rows, vectors=parts).write(unfinished)
    for name in {*sizes, FILE} - shared.keys():
        _sync(unfinished / name)
    for path in (unfinished / LEXICAL, unfinished / VECTORS, unfinished):
        _sync(path)
    before = _in_force(folder)
    unfinished.rename(target)
    _sync(generations)
    _put_in_force(folder, target.name)
    for path in generations.iterdir():
        if path.name not in (target.name, before):
            shutil.rmtree(path, ignore_errors=True)


def rollback(index_dir: str | Path) -> str:
    """Put the generation before the one in force back in force, and return its name. The next build
    goes on from it.

    Raises IndexNotFound where there is none before, IndexDamaged or IndexMismatch if it cannot be
    used (the one in force then stays so), and CorpusError while a build is at work.
    """
    address = milvus_address(index_dir)
    if address is not None:
        from index.milvus.publish import rollback as rollback_in_milvus

        with only_builder(address.folder):
            return rollback_in_milvus(address)
    folder = Path(index_dir)
    if not folder.is_dir():
        message = f"{folder} 中没有索引，无法退回。"
        raise IndexNotFound(message)
    with only_builder(folder), told_if_unwritable(folder):
        target = generation_before(folder)
        if target is None:
            message = f"{folder} 中没有上一版索引，无法退回；现有的这一版照常使用。"
            raise IndexNotFound(message)
        LocalGeneration(target).require_whole()  # only to hear if it cannot be used
        _put_in_force(folder, target.name)
        return target.name


def generation_before(folder: Path) -> Path | None:
    """Return the folder of the generation before the one in force; where that is not known, of the
    last one. None if there is none."""
    current = _in_force(folder)
    before = [n for n in _numbers(folder) if not current.isdecimal() or n < int(current)]
    return folder / GENERATIONS / f"{before[-1]:06d}" if before else None


def _numbers(folder: Path) -> list[int]:
    """Return the numbers of the generations, ascending. They count up: no clock is asked."""
    found = (folder / GENERATIONS).glob("[0-9]*")
    return sorted(int(path.name) for path in found if path.name.isdecimal())


def _in_force(folder: Path) -> str:
    """Return what CURRENT says, which need not be true; "" where there is none."""
    try:
        return (folder / CURRENT).read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return ""


def _put_in_force(folder: Path, name: str) -> None:
    pointer = folder / f"{CURRENT}.new"
    pointer.write_text(name + "\n", encoding="utf-8")
    _sync(pointer)
    pointer.replace(folder / CURRENT)
    _sync(folder)


def _share(base: Path, target: Path) -> None:
    """Give a new generation the files of `base`: as copies those that will be changed, the others
    as links."""
    for name in file_sizes(base):
        place = target / name
        place.parent.mkdir(exist_ok=True)
        changes = name == RECORDS or place.name in _OWN
        if name == FILE or name.endswith(".lock"):
            continue
        if changes or not _linked(base / name, place):
            shutil.copyfile(base / name, place)


def _shared(base: LocalGeneration, target: Path) -> dict[str, str]:
    """Return the checksums of the files that `target` has in common with `base`."""
    return {
        name: checksum
        for name, checksum in base.manifest.sums.items()
        if (target / name).is_file() and (target / name).samefile(base.folder / name)
    }


def _linked(source: Path, place: Path) -> bool:
    try:
        os.link(source, place)
    except OSError:
        return False  # The file system has no links; or the next attempt, to copy, tells more.
    return True


def _sync(path: Path) -> None:
    """Make sure that a file or folder is on disk before going on."""
    if os.name == "nt" and path.is_dir():
        return  # Windows cannot open a folder and needs no such call.
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
