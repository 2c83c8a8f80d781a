"""Text to vectors. One adapter a file; `load_embedder` picks by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """What the index needs of a model.

    `fingerprint` names the weights and everything else that changes a vector; two embedders with
    the same fingerprint give the same vectors. `name` is what `load_embedder` takes to get it back.
    """

    name: str
    fingerprint: str
    dimension: int

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Return (n, dimension) float32 vectors of unit length, one a passage."""
        ...

    def embed_query(self, text: str) -> Vectors:
        """Return a (dimension,) float32 vector of unit length."""
        ...


BUNDLED = "bundled"
# What the name of a model behind an address begins with.
ENDPOINT = "endpoint:"


def load_embedder(name: str = BUNDLED) -> Embedder:
    """Return the bundled model, any sentence-transformers model by name or folder, or with
    `endpoint:NAME` the one that the address in WENJU_EMBED_URL serves.

    Raises EmbedderUnavailable if the model is not there.
    """
    if name == BUNDLED:
        from index.embed.bundled import BundledEmbedder

        return BundledEmbedder()
    if name.startswith(ENDPOINT):
        from index.embed.endpoint import EndpointEmbedder

        return EndpointEmbedder(name)
    from index.embed.sentence_transformer import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(name)


def prompts_for(name: str) -> dict[str, str]:
    """Return what stands before a query and a document by the name of a model that does not say it
    itself: E5 models were trained with it."""
    return {"query": "query: ", "document": "passage: "} if "e5" in name.lower() else {}
