"""An embedder that takes no time: the vector of a text depends on its characters alone."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence

import numpy as np

from index.embed import Vectors


class StubEmbedder:
    """Remembers in `texts` what it has embedded; stops at the text that contains `stops_at`."""

    name = "bundled"
    dimension = 16

    def __init__(self, fingerprint: str = "stub") -> None:
        self.fingerprint = fingerprint
        self.texts: list[str] = []
        self.stops_at = ""

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        for text in texts:
            if self.stops_at and self.stops_at in text:
                raise KeyboardInterrupt
        self.texts += texts
        return np.array([self.embed_query(text) for text in texts], np.float32).reshape(
            -1, self.dimension
        )

    def embed_query(self, text: str) -> Vectors:
        seed = hashlib.sha256(text.encode()).digest()[:8]
        random = np.random.default_rng(int.from_bytes(seed, "little"))
        vector = random.standard_normal(self.dimension, dtype=np.float32)
        return vector / np.linalg.norm(vector)


def modules_that_load() -> list[object]:
    """The modules whose `load_embedder` is to be replaced; `index.build` names the function."""
    return [sys.modules["index.build"], sys.modules["index.generation"]]
