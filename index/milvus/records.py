"""Documents and chunks of a generation in Milvus."""

from __future__ import annotations

import base64
import json
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from index.address import MilvusAddress
from index.milvus.client import BLOCK, DOCUMENTS, Entity, query, told
from index.records import Entry
from index.similar import HASH, Alike, Sentences
from index.types import Chunk, Document, Heading

if TYPE_CHECKING:
    from pymilvus import MilvusClient

# Characters of a packed record that one entity holds.
_PART = 60_000
# The first entity of what is known of all documents; those of the documents count from 0.
HEAD = 2**40
_LISTED = ("row", "document", "first_row", "chunks", "path", "title", "year")
_CHUNK = ("row", "id", "heading", "page", "paragraph", "start", "stop", "text")


def packed(record: Mapping[str, Any]) -> list[str]:
    """Return a JSON record in pieces that entities can hold; at least one."""
    text = base64.b85encode(zlib.compress(json.dumps(record, ensure_ascii=False).encode())).decode()
    return [text[start : start + _PART] for start in range(0, len(text), _PART)]


def unpacked(pieces: Iterable[str]) -> dict[str, Any]:
    """Return the record of which `packed` made pieces. Raises ValueError if they are not whole."""
    try:
        return json.loads(zlib.decompress(base64.b85decode("".join(pieces))))
    except zlib.error as error:
        raise ValueError(str(error)) from error


def detail(document: Document, sentences: Sentences) -> dict[str, Any]:
    """Return what is kept of a document beside what is listed and its chunks."""
    return {
        "published": document.published,
        "issuer": document.issuer,
        "encoding": document.encoding,
        "pages": document.pages,
        "headings": [(h.start, h.end, h.level) for h in document.headings],
        "repairs": document.repairs,
        "problems": document.problems,
        "scanned": document.scanned,
        "sentences": base64.b85encode(sentences.astype(HASH).tobytes()).decode(),
    }


@dataclass(frozen=True, slots=True)
class Placed:
    """A document as listed, its entity, and the row of its first chunk."""

    entry: Entry
    entity: int
    first_row: int

    @property
    def rows(self) -> range:
        return range(self.first_row, self.first_row + self.entry.chunks)


class MilvusRecords:
    """Reads documents and chunks; may be shared by threads."""

    def __init__(self, client: MilvusClient, address: MilvusAddress, name: str) -> None:
        """Read what is listed of the documents. Raises IndexUnavailable, or ValueError and KeyError
        if it is not as it was written."""
        self._client, self._address, self._name = client, address, name
        self.head = unpacked(self._pieces(HEAD))
        listed = [self._placed(found) for found in self._listed(self.head["entities"])]
        self._documents = sorted(listed, key=lambda placed: placed.first_row)
        self._first_rows = [placed.first_row for placed in self._documents]
        self._at = {placed.entry.id: placed for placed in self._documents}

    def _query(self, condition: str, fields: Sequence[str], suffix: str = "") -> list[Entity]:
        with told(self._address):
            return query(self._client, self._name + suffix, condition, fields)

    def _listed(self, entities: int) -> Iterator[Entity]:
        for start in range(0, entities, BLOCK):
            condition = f"row >= {start} and row < {start + BLOCK} and part == 0"
            yield from self._query(condition, _LISTED, DOCUMENTS)

    @staticmethod
    def _placed(found: Entity) -> Placed:
        entry = Entry(
            found["document"], found["path"], found["title"], found["year"] or None, found["chunks"]
        )
        return Placed(entry, found["row"], found["first_row"])

    def _pieces(self, entity: int) -> list[str]:
        """Return the pieces of the record that begins in an entity."""
        pieces: list[str] = []
        while True:
            start = entity + len(pieces)
            condition = f"row >= {start} and row < {start + 8}"
            found = self._query(condition, ("row", "part", "detail"), DOCUMENTS)
            found.sort(key=lambda one: one["row"])
            mine = [one["detail"] for n, one in enumerate(found, len(pieces)) if one["part"] == n]
            pieces += mine
            if len(mine) < 8:
                return pieces

    def entries(self) -> tuple[Entry, ...]:
        """Return every document as listed, by path."""
        return tuple(sorted((p.entry for p in self._documents), key=lambda entry: entry.path))

    def entities_of(self, document_ids: Iterable[str]) -> list[int]:
        """Return what the chunks of documents say in their field `document`."""
        return [self._at[id_].entity for id_ in document_ids if id_ in self._at]

    def outdated(self) -> list[range]:
        """Return the rows of documents of which there is a newer version, ascending."""
        older = {pair.other for pair in self.alike() if pair.is_older}
        return sorted((self._at[id_].rows for id_ in older), key=lambda rows: rows.start)

    def alike(self) -> list[Alike]:
        return [Alike(*pair) for pair in self.head["alike"]]

    def described(self) -> Iterator[tuple[Document, Sentences]]:
        for placed in sorted(self._documents, key=lambda one: one.entry.path):
            record = unpacked(self._pieces(placed.entity))
            sentences = np.frombuffer(base64.b85decode(record["sentences"]), HASH)
            yield _document(placed.entry, record, ""), sentences

    def document(self, document_id: str) -> Document:
        placed = self._at[document_id]
        text = "".join(found["text"] for found in self._range(placed.rows, ("row", "text")))
        return _document(placed.entry, unpacked(self._pieces(placed.entity)), text)

    def page(self, document_id: str, offset: int) -> int | None:
        record = unpacked(self._pieces(self._at[document_id].entity))
        return bisect_right(record["pages"], offset) or None

    def headings(self, document_id: str) -> tuple[Heading, ...]:
        record = unpacked(self._pieces(self._at[document_id].entity))
        return tuple(Heading(*heading) for heading in record["headings"])

    def chunks(self, rows: Iterable[int]) -> dict[int, Chunk]:
        return {found["row"]: self._chunk(found) for found in self.entities(rows, _CHUNK)}

    def chunks_of(self, document_id: str) -> list[Chunk]:
        placed = self._at.get(document_id)
        return [self._chunk(found) for found in self._range(placed.rows, _CHUNK)] if placed else []

    def places(self, rows: Iterable[int]) -> dict[int, tuple[int | None, str]]:
        return {
            found["row"]: (self._holder(found["row"]).entry.year, found["heading"])
            for found in self.entities(rows, ("row", "heading"))
        }

    def context(self, chunk_id: str, count: int) -> str:
        found = self._query(f"id == {json.dumps(chunk_id)}", ("row",))
        if not found:
            raise KeyError(chunk_id)
        row = found[0]["row"]
        rows = self._holder(row).rows
        near = range(max(rows.start, row - count), min(rows.stop, row + count + 1))
        return "".join(one["text"] for one in self._range(near, ("row", "text")))

    def embedded(self, keys: Sequence[str]) -> dict[str, int]:
        rows: dict[str, int] = {}
        for start in range(0, len(keys), BLOCK):
            wanted = json.dumps(list(keys[start : start + BLOCK]))
            found = self._query(f"embedded in {wanted}", ("row", "embedded"))
            rows |= {one["embedded"]: one["row"] for one in found}
        return rows

    def entities(self, rows: Iterable[int], fields: Sequence[str]) -> Iterator[Entity]:
        """Yield some fields of the chunks at `rows`, in no order."""
        rest = iter(rows)
        while block := list(islice(rest, BLOCK)):
            yield from self._query(f"row in {block}", fields)

    def _range(self, rows: range, fields: Sequence[str]) -> Iterator[Entity]:
        """Yield some fields of the chunks in a range of rows, in order."""
        for start in range(rows.start, rows.stop, BLOCK):
            stop = min(start + BLOCK, rows.stop)
            found = self._query(f"row >= {start} and row < {stop}", fields)
            yield from sorted(found, key=lambda one: one["row"])

    def _holder(self, row: int) -> Placed:
        return self._documents[bisect_right(self._first_rows, row) - 1]

    def _chunk(self, found: Entity) -> Chunk:
        entry = self._holder(found["row"]).entry
        return Chunk(
            id=found["id"],
            document_id=entry.id,
            path=entry.path,
            title=entry.title,
            year=entry.year,
            heading=found["heading"],
            page=found["page"] or None,
            paragraph=found["paragraph"],
            start=found["start"],
            end=found["stop"],
            text=found["text"],
        )


def _document(entry: Entry, record: dict[str, Any], text: str) -> Document:
    return Document(
        entry.id,
        entry.path,
        entry.title,
        entry.year,
        text,
        published=record["published"],
        issuer=record["issuer"],
        pages=tuple(record["pages"]),
        headings=tuple(Heading(*heading) for heading in record["headings"]),
        repairs=tuple((kind, number) for kind, number in record["repairs"]),
        problems=tuple(record["problems"]),
        encoding=record["encoding"],
        scanned=tuple((page, confidence) for page, confidence in record["scanned"]),
    )
