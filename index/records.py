"""Documents and chunks of one generation, in SQLite.

A document's text is not stored beside its chunks: the chunks, in order, are its text. They stand in
rows one behind the other; between the documents there may be gaps.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from index.errors import IndexDamaged
from index.similar import HASH, Alike, Sentences, alike, sketch
from index.types import Chunk, Document, Heading
from index.vectors import Rows

_TABLES = """
CREATE TABLE document (
    id TEXT PRIMARY KEY, path TEXT NOT NULL, title TEXT NOT NULL, year INTEGER,
    published TEXT NOT NULL, issuer TEXT NOT NULL, encoding TEXT NOT NULL,
    pages TEXT NOT NULL, headings TEXT NOT NULL, repairs TEXT NOT NULL, problems TEXT NOT NULL,
    scanned TEXT NOT NULL, sentences BLOB NOT NULL, first_row INTEGER NOT NULL,
    chunks INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE chunk (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document_id TEXT NOT NULL,
    heading TEXT NOT NULL, page INTEGER, paragraph INTEGER NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL, embedded TEXT NOT NULL
);
CREATE TABLE alike (one TEXT NOT NULL, other TEXT NOT NULL, is_older INTEGER NOT NULL);
"""
_SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"
_CHUNK = """
SELECT c.row, c.id, c.document_id, d.path, d.title, d.year, c.heading, c.page, c.paragraph,
       c.start, c."end", c.text
FROM chunk c JOIN document d ON d.id = c.document_id
"""
_CHUNKS_OF = """
WHERE d.id = ? AND c.row >= d.first_row AND c.row < d.first_row + d.chunks ORDER BY c.row
"""
_REMOVE = """
DELETE FROM chunk WHERE row >= (SELECT first_row FROM document WHERE id = ?1)
    AND row < (SELECT first_row + chunks FROM document WHERE id = ?1)
"""
_PLACE = """
SELECT c.row, d.year, c.heading
FROM chunk c JOIN document d ON d.id = c.document_id
WHERE c.row IN (SELECT value FROM json_each(?))
"""
_PRAGMAS = "pragma_page_count(), pragma_page_size()"
_CONTEXT = """
SELECT near.text
FROM chunk c JOIN chunk near ON near.row BETWEEN c.row - ?2 AND c.row + ?2
WHERE c.id = ?1 AND near.document_id = c.document_id ORDER BY near.row
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
    file: Path,
    documents: Iterable[tuple[Document, Sequence[Chunk]]],
    keys: Sequence[str],
    first: int = 0,
    removed: Iterable[str] = (),
) -> None:
    """Write documents and their chunks, whose rows count from `first`, into a new file; or add them
    to the records in `file`, from which the documents `removed` are taken.

    `keys` names the embedded text of each of the chunks, in their order.
    """
    connection = sqlite3.connect(file)
    # The file is not in use yet: whoever writes it begins anew where this is broken off.
    connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
    if not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        connection.executescript(_TABLES)
    for document_id in removed:
        connection.execute(_REMOVE, (document_id,))
        connection.execute("DELETE FROM document WHERE id = ?", (document_id,))
    named = iter(keys)
    for document, chunks in documents:
        connection.execute(
            "INSERT INTO document VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(document.id, document.path, document.title, document.year),
                *(document.published, document.issuer, document.encoding),
                json.dumps(document.pages),
                json.dumps([(h.start, h.end, h.level) for h in document.headings]),
                json.dumps(document.repairs, ensure_ascii=False),
                json.dumps(document.problems, ensure_ascii=False),
                json.dumps(document.scanned),
                sketch(document.text).tobytes(),
                *(first, len(chunks)),
            ),
        )
        connection.executemany(
            "INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (row, c.id, c.document_id, c.heading, c.page, c.paragraph, c.start, c.end, c.text,
                 next(named))
                for row, c in enumerate(chunks, first)
            ],
        )  # fmt: skip
        first += len(chunks)
    connection.execute("DELETE FROM alike")
    pairs = alike(_described(row) for row in connection.execute("SELECT * FROM document"))
    connection.executemany("INSERT INTO alike VALUES (?, ?, ?)", map(astuple, pairs))
    connection.commit()
    connection.close()


@cache
def _own_schema() -> list[tuple]:
    """Return what stands in the schema of a file that was written here."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(_TABLES)
        return connection.execute(_SCHEMA).fetchall()


class Records:
    """Reads documents and chunks; may be shared by threads."""

    def __init__(self, file: Path) -> None:
        """Open a file. Raises sqlite3.DatabaseError if it is none of ours, and IndexDamaged, as any
        other method may, where it cannot be read."""
        self._file = file
        self._connection = sqlite3.connect(
            f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        self._lock = threading.Lock()
        # A view or a trigger in a file from elsewhere would run when it is read.
        if self._all(_SCHEMA) != _own_schema():
            message = "records.sqlite holds other tables than ours"
            raise sqlite3.DatabaseError(message)

    def _all(self, query: str, values: Sequence[object] = ()) -> list[tuple]:
        try:
            with self._lock:
                return self._connection.execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            message = f"索引已损坏：{self._file} 读不出（{error}）。请重新运行 wenju build。"
            raise IndexDamaged(message) from error

    def entries(self) -> tuple[Entry, ...]:
        """Return every document as listed, by path."""
        rows = self._all("SELECT id, path, title, year, chunks FROM document ORDER BY path")
        return tuple(Entry(*row) for row in rows)

    def document(self, document_id: str) -> Document:
        """Return a document with its text. Raises KeyError if there is none with this id."""
        found = self._all("SELECT * FROM document WHERE id = ?", (document_id,))
        if not found:
            raise KeyError(document_id)
        *_, first, count = found[0]
        pieces = self._all(
            "SELECT text FROM chunk WHERE row >= ? AND row < ? ORDER BY row", (first, first + count)
        )
        return _document(found[0], "".join(text for (text,) in pieces))

    def described(self) -> Iterator[tuple[Document, Sentences]]:
        """Yield every document by path, without its text, with the hashes of its sentences."""
        yield from map(_described, self._all("SELECT * FROM document ORDER BY path"))

    def alike(self) -> list[Alike]:
        """Return the pairs of documents that share most of their sentences."""
        return [Alike(one, other, bool(is_older)) for one, other, is_older in self._alike()]

    def superseded(self) -> list[range]:
        """Return the rows of the chunks of documents of which there is a newer one that shares most
        of their sentences, a range a document, ascending."""
        found = self.rows_of({other for _, other, is_older in self._alike() if is_older})
        return sorted(found, key=lambda rows: rows.start)

    def _alike(self) -> list[tuple[str, str, int]]:
        return self._all("SELECT one, other, is_older FROM alike")

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
        found = self._all(_CHUNK + _CHUNKS_OF, (document_id,))
        return [Chunk(*values) for _, *values in found]

    def places(self, rows: Iterable[int]) -> dict[int, tuple[int | None, str]]:
        """Return the year of the document and the headings above each of the chunks at `rows`."""
        found = self._all(_PLACE, (json.dumps(list(rows)),))
        return {row: (year, heading) for row, year, heading in found}

    def rows_of(self, document_ids: Iterable[str]) -> list[range]:
        """Return the rows of the chunks of documents, a range a document."""
        wanted = json.dumps(list(document_ids))
        found = self._all(
            "SELECT first_row, chunks FROM document WHERE id IN (SELECT value FROM json_each(?))",
            (wanted,),
        )
        return [range(first, first + count) for first, count in found]

    def listed_rows(self) -> Rows:
        """Return the rows that the documents say that their chunks have, ascending. Raises
        ValueError if they cannot be true."""
        query = "SELECT first_row, chunks FROM document ORDER BY first_row"
        firsts, counts = np.array(self._all(query), np.int64).reshape(-1, 2).T
        # No chunk takes less than a byte, and none stands in two documents.
        ((size,),) = self._all("SELECT page_count * page_size FROM " + _PRAGMAS)
        possible = ((firsts >= 0) & (counts >= 0) & (counts <= size)).all()
        if not possible or counts.sum() > size or (firsts[1:] < (firsts + counts)[:-1]).any():
            message = "各文档片段的位置有误"
            raise ValueError(message)
        before = np.cumsum(counts) - counts
        return np.repeat(firsts - before, counts) + np.arange(counts.sum())

    def rows(self) -> Rows:
        """Return the rows of all chunks, ascending. Reads every one."""
        return np.array([row for (row,) in self._all("SELECT row FROM chunk ORDER BY row")], int)

    def context(self, chunk_id: str, count: int) -> str:
        """Return the text of a chunk between the `count` chunks before it and the `count` behind it
        in its document. Raises KeyError if there is no chunk with this id."""
        found = self._all(_CONTEXT, (chunk_id, count))
        if not found:
            raise KeyError(chunk_id)
        return "".join(text for (text,) in found)

    def embedded(self, keys: Sequence[str]) -> dict[str, int]:
        """Return the row of a chunk for each of `keys`, names of embedded texts, that has one."""
        wanted = "embedded IN (SELECT value FROM json_each(?))"
        found = self._all(f"SELECT embedded, row FROM chunk WHERE {wanted}", (json.dumps(keys),))
        return dict(found)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def _described(row: Sequence[Any]) -> tuple[Document, Sentences]:
    """Return the document of a row of its table, without its text, and its sentences."""
    return _document(row, ""), np.frombuffer(row[-3], HASH)


def _document(row: Sequence[Any], text: str) -> Document:
    """Return the document of a row of its table."""
    *plain, published, issuer, encoding, pages, headings, repairs, problems, scanned = row[:-3]
    return Document(
        *plain,
        text=text,
        published=published,
        issuer=issuer,
        pages=tuple(json.loads(pages)),
        headings=tuple(Heading(*heading) for heading in json.loads(headings)),
        repairs=tuple((kind, number) for kind, number in json.loads(repairs)),
        problems=tuple(json.loads(problems)),
        encoding=encoding,
        scanned=tuple((page, confidence) for page, confidence in json.loads(scanned)),
    )
