"""Writing a generation of an index beside the one in force, and putting it in force."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import faiss

from index.embed import Vectors
from index.lexical import LexicalIndex
from index.manifest import Manifest, file_sizes
from index.records import write_records
from index.store import CURRENT, GENERATIONS, LEXICAL, RECORDS, VECTORS
from index.types import Chunk, Document

# Generations kept: the one in force and the one before it.
_KEPT = 2


@dataclass(frozen=True, slots=True)
class Contents:
    """Documents with their chunks and, chunk by chunk in this order, the name of the embedded text
    and the (n, dimension) vectors."""

    documents: Sequence[tuple[Document, Sequence[Chunk]]]
    keys: Sequence[str]
    vectors: Vectors


def publish(folder: Path, manifest: Manifest, contents: Contents) -> None:
    """Write a generation below `folder`, put it in force, and remove those no longer kept.

    Until the last step the old generation is in force; that step is one atomic replacement.
    """
    generations = folder / GENERATIONS
    generations.mkdir(exist_ok=True)
    numbers = sorted(int(path.name) for path in generations.iterdir() if path.name.isdigit())
    target = generations / _name(numbers[-1] + 1 if numbers else 1)
    unfinished = generations / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    write_records(unfinished / RECORDS, contents.documents, contents.keys)
    chunks = (part for _, parts in contents.documents for part in parts)
    LexicalIndex.write(unfinished / LEXICAL, chunks)
    flat = faiss.IndexFlatIP(manifest.dimension)
    flat.add(contents.vectors)
    faiss.write_index(flat, str(unfinished / VECTORS))
    manifest.sizes.update(file_sizes(unfinished))
    manifest.write(unfinished)
    for path in [path for path in unfinished.rglob("*") if path.is_file()]:
        _sync(path)
    unfinished.rename(target)
    _sync(generations)
    pointer = folder / f"{CURRENT}.new"
    pointer.write_text(target.name + "\n", encoding="utf-8")
    _sync(pointer)
    pointer.replace(folder / CURRENT)
    _sync(folder)
    for number in numbers[: -(_KEPT - 1)]:
        shutil.rmtree(generations / _name(number), ignore_errors=True)


def _name(number: int) -> str:
    return f"{number:06d}"


def _sync(path: Path) -> None:
    """Make sure that a file or folder is on disk before going on."""
    if os.name == "nt" and path.is_dir():
        return  # Windows cannot open a folder and needs no such call.
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
