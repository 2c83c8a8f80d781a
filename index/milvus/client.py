"""The connection to Milvus, its collections, and what goes wrong there in sentences."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from index.address import MilvusAddress
from index.errors import ExtraMissing, IndexNotFound, IndexUnavailable

try:
    from pymilvus import DataType, MilvusClient
    from pymilvus.exceptions import MilvusException
except ModuleNotFoundError as error:
    if error.name != "pymilvus":
        raise
    message = "放在 Milvus 里的索引需要 pymilvus，请安装：pip install 'wenju[milvus]'"
    raise ExtraMissing(message) from error

# Seconds for connecting, and for a request; writing takes longer.
CONNECTING, ASKING, WRITING = 5.0, 20.0, 600.0
# Entities that are asked for together: a message of gRPC may have 64 MB, and an entity 70 kB.
BLOCK = 500
# Longest string that a field may hold, in bytes.
LONGEST = 65_535
DOCUMENTS, WORDS = "_documents", "_words"
# Up to so many vectors each is compared; of more, Milvus chooses the kind of index.
FLAT = 131_072

Entity = dict[str, Any]


@contextmanager
def told(address: MilvusAddress) -> Iterator[None]:
    """Turn what pymilvus raises into IndexUnavailable."""
    try:
        yield
    except MilvusException as error:
        reason = " ".join(str(error.message).split())[:200]
        message = f"用不了 {address.shown} 上的 Milvus（{reason}）。请检查地址、口令和服务后再试。"
        raise IndexUnavailable(message) from error


@lru_cache(8)
def connect(address: MilvusAddress) -> MilvusClient:
    """Return the client for an address. Raises ExtraMissing or IndexUnavailable."""
    # Their loggers print whole traces of what is raised here as a sentence.
    for name in ("pymilvus", "milvus_lite"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if address.file is not None:
        _require_lite()
        address.file.parent.mkdir(parents=True, exist_ok=True)
    with told(address):
        return MilvusClient(address.uri, token=address.token, timeout=CONNECTING)


def _require_lite() -> None:
    try:
        import milvus_lite  # noqa: F401 - only to hear if it is there
    except ModuleNotFoundError as error:
        if error.name != "milvus_lite":
            raise
        message = "索引文件 .db 需要 milvus-lite，请安装：pip install 'wenju[milvus]'"
        raise ExtraMissing(message) from error


def generations(client: MilvusClient, address: MilvusAddress) -> list[int]:
    """Return the numbers of the generations, whole or not, ascending."""
    pattern = re.compile(re.escape(address.name) + r"_(\d{6})(?:_[a-z]+)?")
    with told(address):
        names = client.list_collections(timeout=ASKING)
    return sorted({int(match[1]) for name in names if (match := pattern.fullmatch(name))})


def in_force(client: MilvusClient, address: MilvusAddress) -> str | None:
    """Return the name of the collection of chunks in force; None if there is none."""
    try:
        found = client.describe_alias(address.name, timeout=ASKING)
    except MilvusException as error:
        # Milvus has a code for it; Milvus Lite gives that of several things.
        if error.code == 1600 or "does not exist" in str(error):
            return None
        with told(address):
            raise
    return found["collection_name"]


def collection(address: MilvusAddress, number: int) -> str:
    """Return the name of the collection of the chunks of a generation."""
    return f"{address.name}_{number:06d}"


def query(client: MilvusClient, name: str, condition: str, fields: Sequence[str]) -> list[Entity]:
    """Return the entities of a collection that hold to a condition."""
    return client.query(name, filter=condition, output_fields=list(fields), timeout=ASKING)


def token_id(token: str) -> int:
    """Return the key of a token: no two of a hundred million have the same, in all likelihood."""
    digest = blake2b(token.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def create(client: MilvusClient, name: str, dimension: int, chunks: int) -> None:
    """Create the three collections of a generation, empty."""
    _create(
        client,
        name,
        {"document": DataType.INT64, "id": DataType.VARCHAR, "embedded": DataType.VARCHAR,
         "heading": DataType.VARCHAR, "text": DataType.VARCHAR, "page": DataType.INT64,
         "paragraph": DataType.INT64, "start": DataType.INT64, "stop": DataType.INT64},
        ("document", "id", "embedded"),
        (dimension, "FLAT" if chunks <= FLAT else "AUTOINDEX", True),
    )  # fmt: skip
    _create(
        client,
        name + DOCUMENTS,
        {"document": DataType.VARCHAR, "part": DataType.INT64, "first_row": DataType.INT64,
         "chunks": DataType.INT64, "path": DataType.VARCHAR, "title": DataType.VARCHAR,
         "year": DataType.INT64, "detail": DataType.VARCHAR},
        (),
        (2, "FLAT", False),
    )  # fmt: skip
    numbers = {"number": DataType.INT64, "text": DataType.INT64, "label": DataType.INT64}
    _create(client, name + WORDS, numbers, (), (2, "FLAT", False))


def _create(
    client: MilvusClient,
    name: str,
    fields: dict[str, DataType],
    looked_up: Sequence[str],
    vectors: tuple[int, str, bool],
) -> None:
    """Create a collection whose entities are found by `row`. Milvus wants a vector in each."""
    dimension, kind, has_words = vectors
    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("row", DataType.INT64, is_primary=True)
    for field, type_ in fields.items():
        longest = {"max_length": LONGEST} if type_ == DataType.VARCHAR else {}
        schema.add_field(field, type_, **longest)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
    indexes = MilvusClient.prepare_index_params()
    indexes.add_index("vector", index_type=kind, metric_type="IP")
    if has_words:
        schema.add_field("words", DataType.SPARSE_FLOAT_VECTOR)
        indexes.add_index("words", index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
    for field in looked_up:
        indexes.add_index(field, index_type="INVERTED")
    client.create_collection(name, schema=schema, timeout=WRITING)
    # It is empty still: loading it, when it is written, waits for the indexes.
    client.create_index(name, indexes, timeout=WRITING, sync=False)


def count(client: MilvusClient, name: str) -> int:
    """Return the number of entities, as of all that has been written."""
    found = client.query(
        name, filter="", output_fields=["count(*)"], consistency_level="Strong", timeout=WRITING
    )
    return int(found[0]["count(*)"])


def require(address: MilvusAddress) -> None:
    """Raise IndexNotFound where there is no file of Milvus Lite: connecting would make one."""
    if address.file is not None and not address.file.exists():
        raise missing(address)


def missing(address: MilvusAddress) -> IndexNotFound:
    """Return the error that says that there is no index at an address."""
    message = (
        f"{address.shown} 中没有建好的索引。请先运行：wenju build 报告文件夹 -o {address.shown}"
    )
    return IndexNotFound(message)
