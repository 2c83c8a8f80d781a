"""The description of one generation of an index: what made it, from what, and its files."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from index.errors import IndexDamaged, IndexMismatch

# Raised whenever the files on disk, the tokenizer or the chunking change what they mean.
SCHEMA = 2
FILE = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """`sources` maps each path below the corpus root to the id of its bytes; `reading` is
    the version of the loaders; `sizes` maps each
    file of the generation to its size in bytes; `built_at` is ISO 8601 with the time zone."""

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

    def write(self, folder: Path) -> None:
        """Write the manifest into the folder of its generation."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        (folder / FILE).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest in `folder`, after checking that its files are there at full size.

    Raises IndexDamaged or, where another version of Wenju wrote it, IndexMismatch.
    """
    try:
        stated = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"索引已损坏：读不出 {folder / FILE}。请重新运行 wenju build。"
        raise IndexDamaged(message) from error
    if not isinstance(stated, dict) or stated.get("schema") != SCHEMA:
        found = stated.get("schema") if isinstance(stated, dict) else None
        message = (
            f"{folder} 中的索引是另一个版本建立的（格式 {found}，现用格式 {SCHEMA}）。"
            "请重新运行 wenju build。"
        )
        raise IndexMismatch(message)
    if set(stated) != {field.name for field in fields(Manifest)}:
        message = f"索引已损坏：{folder / FILE} 内容不全。请重新运行 wenju build。"
        raise IndexDamaged(message)
    manifest = Manifest(**stated)
    for name, size in manifest.sizes.items():
        path = folder / name
        actual = path.stat().st_size if path.is_file() else None
        if actual != size:
            state = "不见了" if actual is None else f"应为 {size} 字节，实为 {actual} 字节"
            message = f"索引已损坏：{path} {state}。请重新运行 wenju build。"
            raise IndexDamaged(message)
    return manifest


def file_sizes(folder: Path) -> dict[str, int]:
    """Return the size in bytes of every file below `folder`, by its path relative to it."""
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
