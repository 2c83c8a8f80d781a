"""Writing a generation into Milvus beside the one in force, and putting one in force."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, astuple, dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from index.address import MilvusAddress
from index.bm25 import saturation
from index.context import label
from index.errors import IndexNotFound, IndexUnavailable
from index.manifest import Manifest
from index.milvus.client import (
    DOCUMENTS,
    WORDS,
    WRITING,
    Entity,
    collection,
    connect,
    count,
    create,
    generations,
    in_force,
    token_id,
    told,
)
from index.milvus.records import HEAD, detail, packed
from index.milvus.store import MilvusStore
from index.publish import Contents
from index.similar import alike, sketch
from index.types import Chunk
from index.words import tokens

if TYPE_CHECKING:
    from pymilvus import MilvusClient

# Entities in a message of gRPC, which may have 64 MB: some 3 kB each, 70 kB at most.
_BATCH = 256
# Milvus wants a vector in each entity.
_NO_VECTOR = [0.0, 0.0]


@dataclass(frozen=True, slots=True)
class _Words:
    """The tokens of the text and of the label of a chunk, with their counts."""

    text: Counter[str]
    label: Counter[str]


def publish(address: MilvusAddress, manifest: Manifest, contents: Contents) -> None:
    """Write a generation, check that all has arrived, put it in force, and remove those no longer
    kept: all but it and the one that was in force. Raises IndexUnavailable."""
    client = connect(address)
    before = in_force(client, address)
    numbers = generations(client, address)
    current = int(before.rpartition("_")[2]) if before else 0
    for number in numbers:
        if number > current:
            _drop(client, address, number)  # was not finished, or was rolled back
    number = current + 1
    name = collection(address, number)
    chunks = [part for _, parts in contents.documents for part in parts]
    manifest = replace(manifest, rows=len(chunks), vectors={name: str(len(chunks))})
    known = _statistics(chunks)
    documents, firsts = _documents(contents)
    documents += _head(manifest, contents, len(documents))
    with told(address):
        create(client, name, manifest.dimension, len(chunks))
        written = {
            name: _insert(client, name, _chunks(contents, firsts, known)),
            name + DOCUMENTS: _insert(client, name + DOCUMENTS, documents),
            name + WORDS: _insert(client, name + WORDS, _tokens(known)),
        }
        for part, expected in written.items():
            client.flush(part, timeout=WRITING)
            client.load_collection(part, timeout=WRITING)
            found = count(client, part)
            if found != expected:
                message = (
                    f"写进 {address.shown} 的 {part} 应有 {expected} 条，实有 {found} 条。"
                    "原有的索引没有变动；请重新运行 wenju build，已算好的向量会接着用。"
                )
                raise IndexUnavailable(message)
        _put_in_force(client, address, name, before)
        for old in numbers:
            if old < current:
                _drop(client, address, old)


def rollback(address: MilvusAddress) -> str:
    """See `index.publish.rollback`."""
    current = MilvusStore(address).current()
    client = connect(address)
    before = [number for number in generations(client, address) if number < int(current)]
    if not before:
        message = f"{address.shown} 中没有上一版索引，无法退回；现有的这一版照常使用。"
        raise IndexNotFound(message)
    name = collection(address, before[-1])
    with told(address):
        _put_in_force(client, address, name, current)
    return name.rpartition("_")[2]


def _put_in_force(
    client: MilvusClient, address: MilvusAddress, name: str, before: str | None
) -> None:
    change = client.alter_alias if before else client.create_alias
    change(collection_name=name, alias=address.name, timeout=WRITING)


def _drop(client: MilvusClient, address: MilvusAddress, number: int) -> None:
    name = collection(address, number)
    with told(address):
        for part in (name, name + DOCUMENTS, name + WORDS):
            if client.has_collection(part, timeout=WRITING):
                client.drop_collection(part, timeout=WRITING)


@dataclass(frozen=True, slots=True)
class _Statistics:
    """The place of each token in sparse vectors, how many chunks hold it in text and label, and
    the mean number of tokens of both."""

    numbers: dict[str, int]
    text: Counter[str]
    label: Counter[str]
    means: tuple[float, float]


def _statistics(chunks: Sequence[Chunk]) -> _Statistics:
    text, label_ = Counter[str](), Counter[str]()
    lengths = [0, 0]
    for one in _counted(chunks):
        text.update(one.text.keys())
        label_.update(one.label.keys())
        lengths[0] += one.text.total()
        lengths[1] += one.label.total()
    # The first place is one that each chunk has: a sparse vector must not be empty.
    numbers = {token: n for n, token in enumerate(text.keys() | label_.keys(), 1)}
    total = max(1, len(chunks))
    return _Statistics(numbers, text, label_, (lengths[0] / total, lengths[1] / total))


def _sparse(words: _Words, known: _Statistics) -> dict[int, float]:
    vector = {0: 1.0}
    for offset, counts in enumerate((words.text, words.label)):
        length, mean = counts.total(), known.means[offset]
        for token, number in counts.items():
            place = 2 * known.numbers[token] + offset
            vector[place] = saturation(number, length, mean)
    return vector


def _counted(chunks: Iterable[Chunk]) -> Iterator[_Words]:
    """Yield the tokens of chunks. To be cut twice costs less than to be held in memory."""
    for part in chunks:
        yield _Words(Counter(tokens(part.text)), _label_words(label(part)))


@lru_cache(1024)  # the passages of a section, which follow one another, have the same
def _label_words(text: str) -> Counter[str]:
    return Counter(tokens(text))


def _documents(contents: Contents) -> tuple[list[Entity], list[int]]:
    """Return the entities of the documents, and the first one of each."""
    entities: list[Entity] = []
    firsts: list[int] = []
    row = 0
    for document, parts in contents.documents:
        firsts.append(len(entities))
        listed = {
            "document": document.id,
            "first_row": row,
            "chunks": len(parts),
            "path": document.path,
            "title": document.title,
            "year": document.year or 0,
        }
        entities += _parts(listed, packed(detail(document, sketch(document.text))), len(entities))
        row += len(parts)
    return entities, firsts


def _head(manifest: Manifest, contents: Contents, entities: int) -> list[Entity]:
    """Return the entities of what is known of all documents."""
    pairs = alike((document, sketch(document.text)) for document, _ in contents.documents)
    record = {
        "manifest": asdict(manifest),
        "entities": entities,
        "alike": [astuple(pair) for pair in pairs],
    }
    listed = {"document": "", "first_row": 0, "chunks": 0, "path": "", "title": "", "year": 0}
    return _parts(listed, packed(record), HEAD)


def _parts(listed: Entity, pieces: Sequence[str], first: int) -> list[Entity]:
    return [
        {"row": first + part, **listed, "part": part, "detail": piece, "vector": _NO_VECTOR}
        for part, piece in enumerate(pieces)
    ]


def _chunks(contents: Contents, entities: Sequence[int], known: _Statistics) -> Iterator[Entity]:
    row = 0
    for entity, (_, parts) in zip(entities, contents.documents, strict=True):
        for part, words in zip(parts, _counted(parts), strict=True):
            yield {
                "row": row,
                "document": entity,
                "id": part.id,
                "embedded": contents.keys[row],
                "heading": part.heading,
                "text": part.text,
                "page": part.page or 0,
                "paragraph": part.paragraph,
                "start": part.start,
                "stop": part.end,
                "vector": contents.vectors[row],
                "words": _sparse(words, known),
            }
            row += 1


def _tokens(known: _Statistics) -> Iterator[Entity]:
    for token, number in known.numbers.items():
        yield {
            "row": token_id(token),
            "number": number,
            "text": known.text[token],
            "label": known.label[token],
            "vector": _NO_VECTOR,
        }


def _insert(client: MilvusClient, name: str, entities: Iterable[Entity]) -> int:
    """Write entities into a collection, and return how many they are."""
    written = 0
    rest = iter(entities)
    while batch := list(islice(rest, _BATCH)):
        client.insert(name, batch, timeout=WRITING)
        written += len(batch)
    return written
