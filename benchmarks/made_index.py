"""A made-up index: passages and vectors from anywhere, written as a build writes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from itertools import accumulate
from pathlib import Path

from index.chunk import LIMIT, chunk_id
from index.embed import BUNDLED, Vectors, load_embedder
from index.load import document_id
from index.manifest import READING, SCHEMA, Manifest
from index.publish import Contents, publish
from index.types import Chunk, Document

Passages = tuple[Document, list[Chunk]]


def report(title: str, year: int, texts: Sequence[str]) -> Passages:
    """Return a report whose passages are `texts`, each with its line end, in two sections."""
    path, text = f"{title}.txt", "".join(texts)
    name = document_id(text.encode())
    ends = accumulate(map(len, texts))
    chunks = [
        Chunk(
            chunk_id(name, end - len(part), part),
            *(name, path, title, year),
            heading="一、去年工作回顾" if n < len(texts) / 2 else "二、今年工作安排",
            page=None,
            paragraph=n + 1,
            start=end - len(part),
            end=end,
            text=part,
        )
        for n, (part, end) in enumerate(zip(texts, ends, strict=True))
    ]
    return Document(name, path, title, year, text), chunks


def write_index(folder: Path, reports: Sequence[Passages], vectors: Vectors) -> None:
    """Write an index of reports with the (n, dimension) vectors of their passages, in order, in the
    name of the bundled model."""
    folder.mkdir(parents=True, exist_ok=True)
    keys = [part.id for _, parts in reports for part in parts]
    embedder = load_embedder()
    manifest = Manifest(
        schema=SCHEMA,
        model=BUNDLED,
        fingerprint=embedder.fingerprint,
        dimension=embedder.dimension,
        reading=READING,
        chunk_limit=LIMIT,
        documents=len(reports),
        chunks=len(keys),
        built_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        sources={document.path: document.id for document, _ in reports},
        sizes={},
    )
    publish(folder, manifest, Contents(reports, keys, vectors))
