"""Whether an index is whole: its files, chunks and vectors, and what unfinished builds left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.address import MilvusAddress, milvus_address
from index.chunk import chunk_id
from index.errors import EmbedderUnavailable, IndexDamaged, IndexMismatch
from index.generation import Generation
from index.local import GENERATIONS, LocalGeneration, current_generation
from index.lock import holder, is_building
from index.manifest import FILE, damage, file_sizes, read_manifest
from index.publish import UNFINISHED, generation_before
from index.store import store_at
from index.unfinished import unfinished

# Cosines are trusted to about this much; float32 itself is a thousand times finer.
_LENGTH_TOLERANCE = 1e-3
# Vectors looked at together.
_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, in a sentence for the user, and the command that mends it, "" where there is
    nothing to do. `wrong` is False for what does no harm."""

    sentence: str
    command: str
    wrong: bool = True


def doctor(index_dir: str | Path) -> list[Finding]:
    """Return what there is to say about the index in `index_dir`: nothing if all is well.

    Reads every file of it. Raises IndexNotFound if there is no index.
    """
    address = milvus_address(index_dir)
    if address is not None:
        return list(_in_milvus(address))
    folder = Path(index_dir)
    rebuild = f"wenju build 报告文件夹 -o {folder}"
    try:
        current = current_generation(folder)
        findings = [Finding(sentence, rebuild) for sentence in _files(current)]
        if not findings:
            generation = LocalGeneration(current)
            findings += [Finding(sentence, rebuild) for sentence in _contents(generation)]
            findings += _embedder(generation, rebuild)
    except (IndexDamaged, IndexMismatch) as error:
        findings = [Finding(str(error), rebuild)]
    return [*findings, *_before(folder), *_leftovers(folder, rebuild)]


def _files(folder: Path) -> Iterator[str]:
    """Yield what is wrong with the files of a generation."""
    manifest = read_manifest(folder)
    yield from damage(folder, manifest)
    for name in file_sizes(folder).keys() - manifest.sizes.keys() - {FILE}:
        if not name.endswith(".lock"):
            yield f"{folder / name} 不属于这个索引"


def _in_milvus(address: MilvusAddress) -> Iterator[Finding]:
    """Yield what there is to say about an index in Milvus: that its parts agree."""
    rebuild = f"wenju build 报告文件夹 -o {address.shown}"
    try:
        generation = store_at(address.given).open()
    except (IndexDamaged, IndexMismatch) as error:
        yield Finding(str(error), rebuild)
        return
    rows = list(range(generation.manifest.rows))
    found = len(generation.records.chunks(rows))
    if found != len(rows):
        yield Finding(f"应有 {len(rows)} 个片段，实有 {found}", rebuild)
        return
    for entry in generation.documents:
        if not _stands(generation, entry.id):
            yield Finding(f"{entry.path} 的片段与原文对不上", rebuild)
    for sentence in _vectors(generation, rows):
        yield Finding(sentence, rebuild)
    yield from _embedder(generation, rebuild)


def _contents(generation: LocalGeneration) -> Iterator[str]:
    """Yield in what the parts of a generation disagree."""
    manifest, records = generation.manifest, generation.records
    rows = records.rows().tolist()
    ids = {entry.id for entry in generation.documents}
    for what, stated, found in (
        ("文档", manifest.documents, len(generation.documents)),
        ("片段", manifest.chunks, len(rows)),
        ("各文档的片段", manifest.chunks, sum(entry.chunks for entry in generation.documents)),
    ):
        if stated != found:
            yield f"应有 {stated} 份{what}，实有 {found}"
    if ids != set(manifest.sources.values()):
        yield "文档与清单所列的来源不符"
    if sorted(generation.lexical_rows()) != rows:
        yield "词语索引与片段不符"
    if records.listed_rows().tolist() != rows:
        yield "片段不在文档所列的位置"
        return
    for entry in generation.documents:
        if not _stands(generation, entry.id):
            yield f"{entry.path} 的片段与原文对不上"
    yield from _vectors(generation, rows)


def _stands(generation: Generation, document_id: str) -> bool:
    """Return whether the chunks of a document are its text, in order, and no more."""
    text = generation.records.document(document_id).text
    end = 0
    for part in generation.records.chunks_of(document_id):
        same = text[part.start : part.end] == part.text
        named = chunk_id(document_id, part.start, part.text) == part.id
        if part.start != end or not same or not named:
            return False
        end = part.end
    return end == len(text)


def _vectors(generation: Generation, rows: list[int]) -> Iterator[str]:
    """Yield how many vectors are not of unit length. Opening found that each chunk has one."""
    odd = 0
    for start in range(0, len(rows), _BLOCK):
        lengths = np.linalg.norm(generation.vectors(rows[start : start + _BLOCK]), axis=1)
        odd += int((~(np.abs(lengths - 1) <= _LENGTH_TOLERANCE)).sum())
    if odd:
        yield f"有 {odd} 个向量的长度不是 1"


def _embedder(generation: Generation, rebuild: str) -> Iterator[Finding]:
    model = generation.manifest.model
    try:
        generation.embedder  # noqa: B018 - loads it
    except EmbedderUnavailable as error:
        yield Finding(f"用不了建立索引的向量模型 {model}：{error}", f"{rebuild} --model 另一个模型")
    except IndexMismatch as error:
        yield Finding(str(error), f"{rebuild} --model {model}")


def _before(folder: Path) -> Iterator[Finding]:
    """Yield what is wrong with the generation that `rollback` would put back in force."""
    before = generation_before(folder)
    try:
        wrong = list(_files(before)) if before else []
    except (IndexDamaged, IndexMismatch) as error:
        wrong = [str(error)]
    for sentence in wrong:
        yield Finding(f"不能退回上一版索引：{sentence}", "", wrong=False)


def _leftovers(folder: Path, rebuild: str) -> Iterator[Finding]:
    """Yield what an unfinished build has left; a build at work is no reason to worry."""
    if is_building(folder):
        yield Finding(f"另一个 wenju build{holder(folder)}正在更新这个索引", "", wrong=False)
        return
    left = [path for path in (folder / GENERATIONS / UNFINISHED,) if path.exists()]
    left += unfinished(folder)
    if left:
        names = "、".join(path.name for path in left)
        sentence = f"上一次建立索引没有做完，留下了 {names}；重新运行会接着做，并清理干净"
        yield Finding(sentence, rebuild, wrong=False)
