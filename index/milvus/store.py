"""A generation of an index in Milvus, open for reading."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.address import MilvusAddress
from index.bm25 import rarity
from index.embed import Vectors
from index.errors import IndexDamaged, IndexMismatch
from index.generation import Generation
from index.lexical import rarest
from index.manifest import SCHEMA, Manifest
from index.milvus.client import (
    ASKING,
    BLOCK,
    WORDS,
    connect,
    in_force,
    missing,
    query,
    require,
    token_id,
    told,
)
from index.milvus.records import MilvusRecords

if TYPE_CHECKING:
    from pymilvus import MilvusClient

# Tokens that are remembered with their counts.
_REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
class _Word:
    """The place of a token in sparse vectors, and how many chunks hold it in text and label."""

    number: int
    text: int
    label: int


class MilvusGeneration(Generation):
    """A generation in collections of its own."""

    is_read = True

    def __init__(self, client: MilvusClient, address: MilvusAddress, name: str) -> None:
        """Open the collections. Raises IndexUnavailable, IndexDamaged or IndexMismatch."""
        self._client, self._address, self._collection = client, address, name
        self.name = name.rpartition("_")[2]
        try:
            self._records = MilvusRecords(client, address, name)
            stated = self._records.head["manifest"]
            if stated["schema"] != SCHEMA:
                message = (
                    f"{address.shown} 中的索引是另一个版本建立的（格式 {stated['schema']}，"
                    f"现用格式 {SCHEMA}）。请重新运行 wenju build。"
                )
                raise IndexMismatch(message)
            self.manifest = Manifest(**stated)
            self.outdated = self._records.outdated()
        except (ValueError, KeyError, TypeError) as error:
            message = f"索引已损坏：{address.shown} 的 {name} 读不出。请重新运行 wenju build。"
            raise IndexDamaged(message) from error
        self.documents = self._records.entries()
        self._words: dict[str, _Word | None] = {}

    @property
    def records(self) -> MilvusRecords:
        return self._records

    def is_kept(self) -> bool:
        with told(self._address):
            return self._client.has_collection(self._collection, timeout=ASKING)

    def require_whole(self) -> None:
        """Milvus keeps watch over its own files."""

    def search_dense(
        self, vector: Vectors, count: int, documents: Collection[str] | None = None
    ) -> list[tuple[int, float]]:
        return self._search("vector", vector, count, documents)

    def vectors(self, rows: Sequence[int]) -> Vectors:
        found = {
            one["row"]: one["vector"] for one in self._records.entities(rows, ("row", "vector"))
        }
        dimension = self.manifest.dimension
        return np.array([found[row] for row in rows], np.float32).reshape(-1, dimension)

    def search_lexical(
        self,
        weights: Mapping[str, float],
        count: int,
        label_weight: float,
        documents: Collection[str] | None = None,
    ) -> list[tuple[int, float]]:
        asked: dict[int, float] = {}
        for word, text, label in self._weighed(weights, label_weight).values():
            asked |= {2 * word.number: text, 2 * word.number + 1: label}
        asked = {place: weight for place, weight in asked.items() if weight > 0}
        return self._search("words", asked, count, documents) if asked else []

    def lexical_shares(
        self, weights: Mapping[str, float], rows: Collection[int], label_weight: float
    ) -> dict[int, list[tuple[str, float, float]]]:
        weighed = self._weighed(weights, label_weight)
        found: dict[int, list[tuple[str, float, float]]] = {row: [] for row in rows}
        for one in self._records.entities(rows, ("row", "words")):
            held = one["words"]
            for token, (word, text, label) in weighed.items():
                shares = (
                    text * held.get(2 * word.number, 0.0),
                    label * held.get(2 * word.number + 1, 0.0),
                )
                if any(shares):
                    found[one["row"]].append((token, *shares))
        return found

    def frequency(self, token: str) -> int:
        word = self._known([token]).get(token)
        return word.text if word else 0

    def _weighed(
        self, weights: Mapping[str, float], label_weight: float
    ) -> dict[str, tuple[_Word, float, float]]:
        """Return, for each token that is looked up, its weights in text and label."""
        known = self._known(list(weights))
        counts = {
            token: known[token].text + known[token].label for token in weights if token in known
        }
        chunks = self.manifest.rows
        return {
            token: (
                known[token],
                weight * rarity(known[token].text, chunks),
                weight * label_weight * rarity(known[token].label, chunks),
            )
            for token, weight in rarest(weights, counts).items()
            if token in known
        }

    def _known(self, tokens: Sequence[str]) -> dict[str, _Word]:
        """Return what is known of those of `tokens` that stand in the index."""
        new = {token_id(token): token for token in tokens if token not in self._words}
        if new:
            if len(self._words) > _REMEMBERED:
                self._words = {}
            read: dict[str, _Word | None] = dict.fromkeys(new.values())
            ids = list(new)
            for start in range(0, len(ids), BLOCK):
                with told(self._address):
                    found = query(
                        self._client,
                        self._collection + WORDS,
                        f"row in {ids[start : start + BLOCK]}",
                        ("row", "number", "text", "label"),
                    )
                for one in found:
                    read[new[one["row"]]] = _Word(one["number"], one["text"], one["label"])
            self._words |= read
        words = self._words
        return {token: word for token in tokens if (word := words.get(token))}

    def _search(
        self,
        field: str,
        asked: Vectors | dict[int, float],
        count: int,
        documents: Collection[str] | None,
    ) -> list[tuple[int, float]]:
        condition = ""
        if documents is not None:
            condition = f"document in {self._records.entities_of(documents)}"
        with told(self._address):
            found = self._client.search(
                self._collection,
                [asked],
                anns_field=field,
                limit=min(count, self.manifest.rows),
                filter=condition,
                output_fields=["row"],
                search_params={"metric_type": "IP"},
                timeout=ASKING,
            )
        return [(int(hit["row"]), float(hit["distance"])) for hit in found[0]]


@dataclass(frozen=True, slots=True)
class MilvusStore:
    """The generations of the index at an address."""

    address: MilvusAddress

    @property
    def folder(self) -> Path:
        return self.address.folder

    @property
    def place(self) -> str:
        return self.address.given

    def current(self) -> str:
        require(self.address)
        name = in_force(connect(self.address), self.address)
        if name is None:
            raise missing(self.address)
        return name.rpartition("_")[2]

    def open(self) -> MilvusGeneration:
        name = f"{self.address.name}_{self.current()}"
        client = connect(self.address)
        with told(self.address):
            for suffix in ("", "_documents", "_words"):
                client.load_collection(name + suffix, timeout=60)
        return MilvusGeneration(client, self.address, name)
