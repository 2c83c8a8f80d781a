"""From a folder of reports to a new generation of the index."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from statistics import fmean

import numpy as np
from filelock import FileLock, Timeout

from index.chunk import LIMIT, chunk
from index.context import passage
from index.embed import BUNDLED, Embedder, Vectors, load_embedder
from index.errors import CorpusError, IndexMismatch, IndexNotFound, UnreadableFile, WenjuError
from index.load import READING, document_id, load
from index.manifest import SCHEMA, Manifest
from index.publish import Contents, publish
from index.store import Generation, current_generation
from index.types import BuildReport, Chunk, Document, Failure

Progress = Callable[[str, int, int], None]

# Passages embedded between two reports of progress.
_BATCH = 256
# A file `NAME.meta.json` states title, year, date or issuer of the report `NAME` beside it.
SIDE_FILE = ".meta.json"


@dataclass(slots=True)
class _Reading:
    """What reading the corpus found so far."""

    documents: dict[str, tuple[Document, list[Chunk]]] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    failed: list[Failure] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    duplicates: dict[str, str] = field(default_factory=dict)


def build(
    corpus: str | Path,
    index_dir: str | Path,
    *,
    model: str = BUNDLED,
    progress: Progress | None = None,
) -> BuildReport:
    """Build the index of the reports below `corpus`, or bring it up to date.

    Files that have not changed are not read again, and passages that the index in force already
    holds are not embedded again. `model` is "bundled"
    or the name or folder of a sentence-transformers model. `progress(stage, done, total)` is
    called with the stages "read", "embed" and "write".

    Raises CorpusError if there is nothing to index or the index cannot be written, and
    EmbedderUnavailable. A damaged index is built anew. The index in force is untouched until the
    new one is complete.
    """
    started = time.perf_counter()
    root, folder = Path(corpus), Path(index_dir)
    say = progress or _silent
    files, ignored = _scan(root, folder)
    embedder = load_embedder(model)
    with _lock(folder):
        old = _previous(folder)
        reading = _read(root, files, old, say)
        reading.ignored = ignored
        _require_documents(root, reading)
        chunked = list(reading.documents.values())
        texts = [passage(part) for _, parts in chunked for part in parts]
        keys = [hashlib.sha256(t.encode("utf-8", "surrogatepass")).hexdigest() for t in texts]
        vectors, embedded = _embed(embedder, texts, keys, old, say)
        say("write", 0, 1)
        manifest = Manifest(
            schema=SCHEMA,
            model=model,
            fingerprint=embedder.fingerprint,
            dimension=embedder.dimension,
            reading=READING,
            chunk_limit=LIMIT,
            documents=len(chunked),
            chunks=len(texts),
            built_at=datetime.now().astimezone().isoformat(timespec="seconds"),
            sources=reading.sources,
            sizes={},
        )
        publish(folder, manifest, Contents(chunked, keys, vectors))
        say("write", 1, 1)
    return _report(reading, old, manifest, embedded, time.perf_counter() - started)


def _silent(stage: str, done: int, total: int) -> None:
    """Report no progress."""


def _lock(folder: Path) -> FileLock:
    """Return the acquired lock of the one writer.

    Raises CorpusError if another build holds it or the folder cannot be written.
    """
    lock = FileLock(folder / "build.lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout as error:
        message = f"另一个 wenju build 正在更新 {folder}，请等它结束后再试。"
        raise CorpusError(message) from error
    except OSError as error:
        message = f"无法写入索引文件夹 {folder}（{error.strerror}），请换一个位置。"
        raise CorpusError(message) from error
    return lock


def _scan(root: Path, index_dir: Path) -> tuple[list[PurePosixPath], list[str]]:
    """Return the files below `root` to read and those left out, by path relative to it."""
    if not root.is_dir():
        state = "不是文件夹" if root.exists() else "不存在"
        message = f"报告文件夹 {root} {state}。"
        raise CorpusError(message)
    files, ignored = [], []
    for path in sorted(root.rglob("*")):
        relative = PurePosixPath(path.relative_to(root).as_posix())
        if index_dir.resolve() in path.resolve().parents or path.is_dir():
            continue
        if _is_left_out(path, relative):
            ignored.append(relative.as_posix())
        else:
            files.append(relative)
    if not files:
        message = f"报告文件夹 {root} 是空的，没有可以建立索引的文件。"
        raise CorpusError(message)
    return files, ignored


def _is_left_out(path: Path, relative: PurePosixPath) -> bool:
    """True for hidden files, office programs' lock files, a folder's own README, and links, which
    may lead out of the corpus."""
    hidden = any(part.startswith((".", "~$")) for part in relative.parts)
    return hidden or relative.stem.lower() == "readme" or path.is_symlink()


def _read(
    root: Path, files: Sequence[PurePosixPath], old: Generation | None, say: Progress
) -> _Reading:
    reading = _Reading()
    names = set(files)
    for done, path in enumerate(files):
        say("read", done, len(files))
        name = path.as_posix()
        try:
            if path.name.endswith(SIDE_FILE):
                if path.with_name(path.name.removesuffix(SIDE_FILE)) not in names:
                    reading.failed.append(Failure(name, "旁边没有它所说明的报告"))
                continue
            side_file = path.with_name(path.name + SIDE_FILE)
            stated = (root / side_file).read_bytes() if side_file in names else b""
            _read_one(reading, path, (root / path).read_bytes(), stated, old)
        except UnreadableFile as error:
            reading.failed.append(Failure(name, str(error)))
        except OSError as error:
            reading.failed.append(Failure(name, f"无法读取（{error.strerror}）"))
    say("read", len(files), len(files))
    return reading


def _read_one(
    reading: _Reading, path: PurePosixPath, data: bytes, stated: bytes, old: Generation | None
) -> None:
    """Read one file, unless the same bytes were read before."""
    name, document = path.as_posix(), document_id(data, stated)
    if document in reading.documents:
        reading.duplicates[name] = reading.documents[document][0].path
        return
    if old is not None and old.manifest.sources.get(name) == document and _is_current(old):
        records = old.records
        reading.documents[document] = records.document(document), records.chunks_of(document)
    else:
        loaded = load(path, data, stated)
        reading.documents[document] = loaded, chunk(loaded)
    reading.sources[name] = document


def _is_current(old: Generation) -> bool:
    """Return whether the same loaders and the same chunking made a generation."""
    return (old.manifest.reading, old.manifest.chunk_limit) == (READING, LIMIT)


def _require_documents(root: Path, reading: _Reading) -> None:
    if reading.documents:
        return
    reasons = "\n".join(f"  {failure}" for failure in reading.failed[:5])
    more = f"\n  …… 共 {len(reading.failed)} 个" if len(reading.failed) > 5 else ""
    message = f"报告文件夹 {root} 中没有一个文件能读：\n{reasons}{more}"
    raise CorpusError(message)


def _previous(folder: Path) -> Generation | None:
    """Return the generation in force, or None if there is none that can be used."""
    try:
        return Generation(current_generation(folder))
    except (IndexNotFound, IndexMismatch):
        return None
    except WenjuError:
        # Damaged: what it held is built anew from the corpus.
        return None


def _embed(
    embedder: Embedder,
    texts: Sequence[str],
    keys: Sequence[str],
    old: Generation | None,
    say: Progress,
) -> tuple[Vectors, int]:
    """Return the (n, dimension) vectors of `texts` and how many had to be computed."""
    vectors = np.empty((len(texts), embedder.dimension), dtype=np.float32)
    known: dict[str, int] = {}
    if old is not None and old.manifest.fingerprint == embedder.fingerprint:
        known = old.records.keys()
    kept = [row for row, key in enumerate(keys) if key in known]
    if kept and old is not None:
        vectors[kept] = old.vectors([known[keys[row]] for row in kept])
    new = [row for row, key in enumerate(keys) if key not in known]
    for start in range(0, len(new), _BATCH):
        say("embed", start, len(new))
        rows = new[start : start + _BATCH]
        vectors[rows] = embedder.embed_documents([texts[row] for row in rows])
    say("embed", len(new), len(new))
    return vectors, len(new)


def _report(
    reading: _Reading, old: Generation | None, manifest: Manifest, embedded: int, seconds: float
) -> BuildReport:
    before = old.manifest.sources if old is not None else {}
    now = reading.sources
    documents = [document for document, _ in reading.documents.values()]
    repairs: dict[str, int] = {}
    for kind, count in (repair for document in documents for repair in document.repairs):
        repairs[kind] = repairs.get(kind, 0) + count
    return BuildReport(
        added=[path for path in now if path not in before],
        changed=[path for path in now if path in before and before[path] != now[path]],
        removed=[path for path in before if path not in now],
        unchanged=[path for path in now if before.get(path) == now[path]],
        failed=reading.failed,
        ignored=reading.ignored,
        duplicates=reading.duplicates,
        problems=[Failure(d.path, problem) for d in documents for problem in d.problems],
        repairs=repairs,
        encodings={d.path: d.encoding for d in documents if d.encoding not in {"", "utf-8"}},
        scanned={
            d.path: (len(d.scanned), fmean(confidence for _, confidence in d.scanned))
            for d in documents
            if d.scanned
        },
        documents=manifest.documents,
        chunks=manifest.chunks,
        embedded=embedded,
        seconds=seconds,
    )
