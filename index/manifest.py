"""The description of one generation of an index: what made it, from what, and its files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from itertools import accumulate
from pathlib import Path
from typing import Any

from index.errors import IndexDamaged, IndexMismatch

# Raised whenever the files on disk, the tokenizer or the chunking change what they mean.
SCHEMA = 5
# Raised whenever a file would be read differently: documents read before are then read again.
READING = 3
FILE = "manifest.json"
_CHECKSUM = "checksum"
_BLOCK = 2**20
# No index has so many rows, and no model gives vectors so long.
_MOST, _LONGEST = 2**40, 2**16


@dataclass(frozen=True, slots=True)
class Manifest:
    """`sources` maps each path below the corpus root to the id of its bytes; `reading` is
    the version of the loaders; `sizes` maps each file of the generation to its size in bytes and
    `sums` to its SHA-256 in hexadecimal; `built_at` is ISO 8601 with the time zone. `rows` is the
    number of rows given to chunks so far: the next chunk gets this one. `vectors` tells of each
    file of vectors how it is searched and how many it holds."""

    schema: int
    model: str
    fingerprint: str
    dimension: int
    reading: int
    chunk_limit: int
    documents: int
    chunks: int
    built_at: str
    sources: dict[str, str]
    sizes: dict[str, int]
    sums: dict[str, str] = field(default_factory=dict)
    rows: int = 0
    vectors: dict[str, str] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write the manifest, with a checksum of itself, into the folder of its generation."""
        record = asdict(self)
        record[_CHECKSUM] = _checksum(record)
        text = json.dumps(record, ensure_ascii=False, indent=1)
        (folder / FILE).write_text(text + "\n", encoding="utf-8")


def _checksum(record: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest in `folder`. Its files are another matter: see `damage`.

    Raises IndexDamaged or, where another version of Wenju wrote it, IndexMismatch.
    """
    try:
        stated = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        message = f"索引已损坏：读不出 {folder / FILE}。请重新运行 wenju build。"
        raise IndexDamaged(message) from error
    if not isinstance(stated, dict) or stated.get("schema") != SCHEMA:
        found = stated.get("schema") if isinstance(stated, dict) else None
        message = (
            f"{folder} 中的索引是另一个版本建立的（格式 {found}，现用格式 {SCHEMA}）。"
            "请重新运行 wenju build。"
        )
        raise IndexMismatch(message)
    checksum = stated.pop(_CHECKSUM, None)
    whole = set(stated) == {field.name for field in fields(Manifest)}
    if not whole or checksum != _checksum(stated) or not _is_sound(stated):
        message = f"索引已损坏：{folder / FILE} 与写入时不同。请重新运行 wenju build。"
        raise IndexDamaged(message)
    return Manifest(**stated)


def _is_sound(stated: Mapping[str, Any]) -> bool:
    """Return whether each value is of its kind: the checksum may be right and the author a liar."""
    numbers = ("dimension", "reading", "chunk_limit", "documents", "chunks", "rows")
    names = ("model", "fingerprint", "built_at")
    tables = {"sources": str, "sizes": int, "sums": str, "vectors": str}
    return (
        all(type(stated[name]) is int and 0 <= stated[name] < _MOST for name in numbers)
        and 0 < stated["dimension"] <= _LONGEST
        and all(isinstance(stated[name], str) for name in names)
        and all(
            isinstance(stated[name], dict)
            and all(type(value) is kind for value in stated[name].values())
            for name, kind in tables.items()
        )
    )


def require_files(folder: Path, manifest: Manifest, unread: Container[str] = ()) -> None:
    """Raise IndexDamaged unless the files of a generation are as they were written; of those
    `unread` only the size is looked at."""
    for sentence in damage(folder, manifest, unread):
        message = f"索引已损坏：{sentence}。请重新运行 wenju build。"
        raise IndexDamaged(message)


def beyond(manifest: Manifest, most: int) -> list[str]:
    """Return the names of the largest files, without which the others have at most so many bytes
    together."""
    names = sorted(manifest.sizes, key=manifest.sizes.__getitem__)
    together = accumulate(manifest.sizes[name] for name in names)
    return [name for name, size in zip(names, together, strict=True) if size > most]


def damage(folder: Path, manifest: Manifest, unread: Container[str] = ()) -> Iterator[str]:
    """Yield what is wrong with each file of a generation that is not as it was written; of those
    `unread` only the size is looked at."""
    inside = folder.resolve()
    yield from (f"{path} 是一个链接" for path in folder.rglob("*") if path.is_symlink())
    for name, size in manifest.sizes.items():
        path = folder / name
        if not path.resolve().is_relative_to(inside):
            yield f"{folder / FILE} 提到这个文件夹以外的文件 {name}"
            continue
        try:
            actual = path.stat().st_size
            if actual != size:
                yield f"{path} 应为 {size} 字节，实为 {actual} 字节"
            elif name not in unread and sha256(path) != manifest.sums.get(name):
                yield f"{path} 的内容与写入时不同"
        except FileNotFoundError:
            yield f"{path} 不见了"
        except OSError as error:
            yield f"{path} 读不出（{error.strerror}）"


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    found = hashlib.sha256()
    block = memoryview(bytearray(_BLOCK))
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(block):
            found.update(block[:size])
    return found.hexdigest()


def file_sizes(folder: Path) -> dict[str, int]:
    """Return the size in bytes of every file below `folder`, by its path relative to it."""
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
