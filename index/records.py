"""Documents and chunks of one generation, in SQLite.

A document's text is not stored beside its chunks: the chunks, in order, are its text.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.types import Chunk, Document, Heading

_TABLES = """
CREATE TABLE document (
    id TEXT PRIMARY KEY, path TEXT NOT NULL, title TEXT NOT NULL, year INTEGER,
    published TEXT NOT NULL, issuer TEXT NOT NULL, encoding TEXT NOT NULL,
    pages TEXT NOT NULL, headings TEXT NOT NULL, repairs TEXT NOT NULL, problems TEXT NOT NULL,
    scanned TEXT NOT NULL, first_row INTEGER NOT NULL, chunks INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE chunk (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document_id TEXT NOT NULL,
    heading TEXT NOT NULL, page INTEGER, paragraph INTEGER NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL, embedded TEXT NOT NULL
);
"""
_CHUNK = """
SELECT c.row, c.id, c.document_id, d.path, d.title, d.year, c.heading, c.page, c.paragraph,
       c.start, c."end", c.text
FROM chunk c JOIN document d ON d.id = c.document_id
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A document as listed: everything but its text. `chunks` is their number."""

    id: str
    path: str
    title: str
    year: int | None
    chunks: int


def write_records(
    file: Path, documents: Iterable[tuple[Document, Sequence[Chunk]]], keys: Sequence[str]
) -> None:
    """Write documents and their chunks; `keys[row]` names the embedded text of a chunk."""
    connection = sqlite3.connect(file)
    connection.executescript(_TABLES)
    row = 0
    for document, chunks in documents:
        connection.execute(
            "INSERT INTO document VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(document.id, document.path, document.title, document.year),
                *(document.published, document.issuer, document.encoding),
                json.dumps(document.pages),
                json.dumps([(h.start, h.end, h.level) for h in document.headings]),
                json.dumps(document.repairs, ensure_ascii=False),
                json.dumps(document.problems, ensure_ascii=False),
                json.dumps(document.scanned),
                *(row, len(chunks)),
            ),
        )
        connection.executemany(
            "INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (n, c.id, c.document_id, c.heading, c.page, c.paragraph, c.start, c.end, c.text, k)
                for n, (c, k) in enumerate(zip(chunks, keys[row:], strict=False), row)
            ],
        )
        row += len(chunks)
    connection.commit()
    connection.close()


class Records:
    """Reads documents and chunks; may be shared by threads."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(
            f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        self._lock = threading.Lock()

    def _all(self, query: str, values: Sequence[object] = ()) -> list[tuple]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def entries(self) -> tuple[Entry, ...]:
        """Return every document as listed, by path."""
        rows = self._all("SELECT id, path, title, year, chunks FROM document ORDER BY path")
        return tuple(Entry(*row) for row in rows)

    def document(self, document_id: str) -> Document:
        """Return a document with its text. Raises KeyError if there is none with this id."""
        found = self._all("SELECT * FROM document WHERE id = ?", (document_id,))
        if not found:
            raise KeyError(document_id)
        *plain, pages, headings, repairs, problems, scanned, first, count = found[0]
        *plain, published, issuer, encoding = plain
        pieces = self._all(
            "SELECT text FROM chunk WHERE row >= ? AND row < ? ORDER BY row", (first, first + count)
        )
        return Document(
            *plain,
            text="".join(text for (text,) in pieces),
            published=published,
            issuer=issuer,
            pages=tuple(json.loads(pages)),
            headings=tuple(Heading(*heading) for heading in json.loads(headings)),
            repairs=tuple((kind, number) for kind, number in json.loads(repairs)),
            problems=tuple(json.loads(problems)),
            encoding=encoding,
            scanned=tuple((page, confidence) for page, confidence in json.loads(scanned)),
        )

    def page(self, document_id: str, offset: int) -> int | None:
        """Return the page, from 1, at an offset of a document; None where it has no pages."""
        ((stored,),) = self._all("SELECT pages FROM document WHERE id = ?", (document_id,))
        return bisect_right(json.loads(stored), offset) or None

    def headings(self, document_id: str) -> tuple[Heading, ...]:
        """Return the headings of a document, in order."""
        ((stored,),) = self._all("SELECT headings FROM document WHERE id = ?", (document_id,))
        return tuple(Heading(*heading) for heading in json.loads(stored))

    def chunks(self, rows: Iterable[int]) -> dict[int, Chunk]:
        """Return the chunks at `rows`."""
        wanted = json.dumps(list(rows))
        found = self._all(f"{_CHUNK} WHERE c.row IN (SELECT value FROM json_each(?))", (wanted,))
        return {row: Chunk(*values) for row, *values in found}

    def chunks_of(self, document_id: str) -> list[Chunk]:
        """Return the chunks of a document in order."""
        found = self._all(f"{_CHUNK} WHERE c.document_id = ? ORDER BY c.row", (document_id,))
        return [Chunk(*values) for _, *values in found]

    def keys(self) -> dict[str, int]:
        """Return the row of a chunk for each name of an embedded text."""
        return dict(self._all("SELECT embedded, row FROM chunk"))

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
