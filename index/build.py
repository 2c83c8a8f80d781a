"""From a folder of reports to a new generation of the index."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from index.address import milvus_address
from index.chunk import LIMIT
from index.context import passage
from index.embed import BUNDLED, Embedder, load_embedder
from index.embed.bulk import Workers
from index.embedded import embed, key
from index.errors import IndexUnavailable, WenjuError
from index.generation import Generation, Store, StoredRecords
from index.local import RECORDS, LocalGeneration, LocalStore, current_generation
from index.lock import only_builder
from index.manifest import READING, SCHEMA, Manifest
from index.publish import Contents, publish, told_if_unwritable
from index.records import Records
from index.similar import Alike, alike, sketch
from index.store import store_at
from index.types import BuildReport, Document, Failure
from index.unfinished import unfinished

if TYPE_CHECKING:
    from index.corpus import Reading

Progress = Callable[[str, int, int], None]

# Removed chunks leave gaps; from this share of all on, everything is written anew.
_GAPS = 0.2


def build(  # noqa: PLR0913 - each is a wish of its own, and most are left out
    corpus: str | Path,
    index_dir: str | Path,
    *,
    model: str = BUNDLED,
    progress: Progress | None = None,
    dry_run: bool = False,
    wait: bool = False,
    workers: Workers | None = None,
) -> BuildReport:
    """Build the index of the reports below `corpus`, or bring it up to date: in the folder
    `index_dir`, or at `milvus://…`, as `index.address` says.

    Files that have not changed are not read again, and passages that were embedded before are not
    embedded again, also where a build was interrupted. `model` is "bundled"
    or the name or folder of a sentence-transformers model. `progress(stage, done, total)` is
    called with the stages "wait", "read", "embed" and "write". With `dry_run` nothing is embedded
    or written: the report tells what would happen. With `wait` another build at work is waited for.
    `workers` says how many processes embed, and where.

    Raises CorpusError if there is nothing to index, the index cannot be written or another build is
    at work, and EmbedderUnavailable. A damaged index is built anew. The index in force is untouched
    until the new one is complete.
    """
    # Imported here: asking a question reads no files and need not wait for their parsers.
    from index.corpus import require_folder

    started = time.perf_counter()
    root, store = Path(corpus), store_at(index_dir)
    folder = store.folder
    say = progress or _silent
    require_folder(root)
    if dry_run:
        plan = _plan(root, store, False, say)
        documents, pairs = _foreseen(plan)
        return _report(plan, documents, pairs, 0, time.perf_counter() - started)
    embedder = load_embedder(model)
    with only_builder(folder, wait, lambda: say("wait", 0, 1)):
        plan = _plan(root, store, True, say)
        with told_if_unwritable(folder):
            embedded = 0 if plan.leaves(embedder) else _write(store, plan, embedder, say, workers)
            for path in unfinished(folder):
                path.unlink()
        records = _records(store)
        documents, pairs = [document for document, _ in records.described()], records.alike()
    return _report(plan, documents, pairs, embedded, time.perf_counter() - started)


def _silent(stage: str, done: int, total: int) -> None:
    """Report no progress."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What there was and what there is to be."""

    old: Generation | None
    reading: Reading

    @property
    def kept(self) -> set[str]:
        """The ids of the documents that stay as they are."""
        return set(self.reading.sources.values()) - self.reading.documents.keys()

    @property
    def before(self) -> dict[str, str]:
        """The sources of the old generation."""
        return self.old.manifest.sources if self.old else {}

    def fits(self, embedder: Embedder) -> bool:
        """Return whether the same embedder made the old generation."""
        return self.old is not None and self.old.manifest.fingerprint == embedder.fingerprint

    @property
    def chunks(self) -> int:
        """The number of chunks that there are to be."""
        new = sum(len(parts) for _, parts in self.reading.documents.values())
        return new + (_count(self.old, self.kept) if self.old else 0)

    def leaves(self, embedder: Embedder) -> bool:
        """Return whether the old generation can stay as it is."""
        return (
            self.fits(embedder)
            and not self.reading.documents
            and self.reading.sources == self.before
        )


def _plan(root: Path, store: Store, keep: bool, say: Progress) -> _Plan:
    """Read what is new in the corpus, and keep what took long in case the build is interrupted."""
    from index.corpus import read_corpus

    old = _previous(store)
    known = old.manifest.sources if old and _is_current(old.manifest) else {}
    return _Plan(old, read_corpus(root, store.folder, known, keep, say))


def _is_current(manifest: Manifest) -> bool:
    """Return whether the same loaders and the same chunking made a generation."""
    return (manifest.reading, manifest.chunk_limit) == (READING, LIMIT)


def _records(store: Store) -> StoredRecords:
    """Return the records in force."""
    if isinstance(store, LocalStore):
        return Records(current_generation(store.folder) / RECORDS)  # the rest need not be opened
    return store.open().records


def _previous(store: Store) -> Generation | None:
    """Return the generation in force, or None if there is none that can be used: it is damaged or
    of another version, and what it held is built anew from the corpus."""
    try:
        generation = store.open()
        generation.require_whole()
    except IndexUnavailable:
        raise  # what is written would not arrive either
    except WenjuError:
        return None
    return generation


def _count(generation: Generation, ids: Collection[str]) -> int:
    """Return the number of chunks of some documents."""
    return sum(entry.chunks for entry in generation.documents if entry.id in ids)


def _has_few_gaps(old: Generation, kept: Collection[str]) -> bool:
    rows = old.manifest.rows
    return rows - _count(old, kept) <= _GAPS * rows


def _write(store: Store, plan: _Plan, embedder: Embedder, say: Progress, workers: Workers) -> int:
    """Write the generation that is planned, and return how many passages were embedded."""
    old, kept = plan.old, plan.kept
    base = None
    # Milvus gets each generation whole, so that its counts of words are those of this generation.
    if isinstance(old, LocalGeneration) and plan.fits(embedder) and _has_few_gaps(old, kept):
        base = old
    documents = list(plan.reading.documents.values())
    if base is None and old is not None:
        records = old.records
        documents += [(records.document(id_), records.chunks_of(id_)) for id_ in kept]
        documents.sort(key=lambda entry: entry[0].path)
    texts = [passage(part) for _, parts in documents for part in parts]
    keys = [key(text) for text in texts]
    named = dict(zip(keys, texts, strict=True))
    vectors, embedded = embed(embedder, named, store.folder, old, say, workers)
    matrix = np.empty((len(keys), embedder.dimension), np.float32)
    for row, name in enumerate(keys):
        matrix[row] = vectors[name]
    say("write", 0, 1)
    manifest = Manifest(
        schema=SCHEMA,
        model=embedder.name,
        fingerprint=embedder.fingerprint,
        dimension=embedder.dimension,
        reading=READING,
        chunk_limit=LIMIT,
        documents=len(plan.reading.sources),
        chunks=plan.chunks,
        built_at=datetime.now().astimezone().isoformat(timespec="seconds"),
        sources=plan.reading.sources,
        sizes={},
    )
    removed = set(plan.before.values()) - kept if base else set()
    contents = Contents(documents, keys, matrix)
    address = milvus_address(store.place)
    if address is None:
        publish(store.folder, manifest, contents, base, removed)
    else:
        from index.milvus.publish import publish as publish_in_milvus

        publish_in_milvus(address, manifest, contents)
    say("write", 1, 1)
    return embedded


def _foreseen(plan: _Plan) -> tuple[list[Document], list[Alike]]:
    """Return the documents that there are to be, by path, known ones without their text, and which
    of them are alike."""
    kept = plan.kept
    old = plan.old.records.described() if plan.old else ()
    new = (document for document, _ in plan.reading.documents.values())
    described = [
        *(entry for entry in old if entry[0].id in kept),
        *((document, sketch(document.text)) for document in new),
    ]
    documents = sorted((document for document, _ in described), key=lambda entry: entry.path)
    return documents, alike(described)


def _report(
    plan: _Plan,
    documents: Sequence[Document],
    pairs: Sequence[Alike],
    embedded: int,
    seconds: float,
) -> BuildReport:
    before, now, reading = plan.before, plan.reading.sources, plan.reading
    at = {id_: path for path, id_ in now.items()}
    moved = {path: at[id_] for path, id_ in before.items() if path not in now and id_ in at}
    arrived = set(moved.values())
    repairs: dict[str, int] = {}
    for kind, count in (repair for document in documents for repair in document.repairs):
        repairs[kind] = repairs.get(kind, 0) + count
    return BuildReport(
        added=[path for path in now if path not in before and path not in arrived],
        changed=[path for path in now if path in before and before[path] != now[path]],
        removed=[path for path in before if path not in now and path not in moved],
        unchanged=[path for path in now if before.get(path) == now[path]],
        moved=moved,
        failed=reading.failed,
        ignored=reading.ignored,
        duplicates=reading.duplicates,
        similar=_by_path(pairs, at),
        problems=[Failure(d.path, problem) for d in documents for problem in d.problems],
        repairs=repairs,
        encodings={d.path: d.encoding for d in documents if d.encoding not in {"", "utf-8"}},
        scanned={
            d.path: (len(d.scanned), fmean(confidence for _, confidence in d.scanned))
            for d in documents
            if d.scanned
        },
        documents=len(now),
        chunks=plan.chunks,
        embedded=embedded,
        seconds=seconds,
    )


def _by_path(pairs: Sequence[Alike], at: Mapping[str, str]) -> dict[str, list[str]]:
    """Return, for the path of a document, the paths of those like it. `at` maps ids to paths."""
    paths: dict[str, list[str]] = {}
    for one, other in sorted((at[pair.one], at[pair.other]) for pair in pairs):
        paths.setdefault(one, []).append(other)
    return paths
