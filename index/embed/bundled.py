"""The default embedder: multilingual-e5-small (MIT) with int8 weights, kept in `index/models/`.

It needs no model hub, no GPU and no torch. `tools/make_model.py` made its files.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from index.cores import available_cores
from index.embed import BUNDLED, Vectors
from index.errors import EmbedderUnavailable

MODELS = Path(__file__).resolve().parent.parent / "models"
CHECKSUMS = "checksums.json"  # beside the files, so that naming the model does not read it whole

_DIMENSION = 384
_MAX_TOKENS = 512
_READING = 1  # to be counted up when this file changes how a text is read: it is in the fingerprint
_TASKS = 1000  # that a collection is cut into; many, so that all cores end together


class BundledEmbedder:
    """Embeds each text alone, on as many cores as there are.

    Nothing is padded, memory does not grow with the collection, and a vector never depends on its
    neighbours: activations become int8 by the largest of them, and in a batch that would be
    another text's. Nor is a batch faster: one passage keeps a core as busy as eight.

    Every text has a vector. An empty one has that of the prefix alone, a long one that of its first
    512 tokens, and a lone surrogate counts as a space.
    """

    name = BUNDLED
    dimension = _DIMENSION

    def __init__(self, folder: Path = MODELS) -> None:
        """Name the model; it is loaded when first used.

        Raises EmbedderUnavailable if one of its files is not there.
        """
        for file in ("model.onnx", "tokenizer.json", CHECKSUMS):
            if not (folder / file).is_file():
                message = f"the bundled model lacks {folder / file}; please install wenju again"
                raise EmbedderUnavailable(message)
        sums = json.loads((folder / CHECKSUMS).read_text(encoding="utf-8"))
        weights, vocabulary = sums["model.onnx"][:12], sums["tokenizer.json"][:12]
        self.fingerprint = f"{BUNDLED}-{_READING}-{weights}-{vocabulary}"
        self._folder = folder
        self._loading = Lock()
        self._model: _Model | None = None

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Return (n, 384) float32 vectors of unit length, in the order of the passages."""
        vectors = np.empty((len(texts), _DIMENSION), np.float32)
        step = len(texts) // _TASKS + 1

        def embed(start: int) -> None:
            for n in range(start, min(start + step, len(texts))):
                vectors[n] = self._embed(f"passage: {texts[n]}")

        with ThreadPoolExecutor(available_cores()) as pool:
            for _ in pool.map(embed, range(0, len(texts), step)):
                pass  # only to hear of an error
        return vectors

    def embed_query(self, text: str) -> Vectors:
        """Return the (384,) float32 vector of unit length of a question."""
        return self._embed(f"query: {text}")

    def _embed(self, text: str) -> Vectors:
        with self._loading:
            if self._model is None:
                self._model = _Model(self._folder)
        return self._model.embed(text)


class _Model:
    """The tokenizer and the network. Many threads may use them; each call computes in its own."""

    def __init__(self, folder: Path) -> None:
        onnxruntime.disable_telemetry_events()  # on Windows it is on by default
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._network = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(_MAX_TOKENS)

    def embed(self, text: str) -> Vectors:
        ids = self._tokenizer.encode(_without_surrogates(text)).ids
        return self._network.run(None, {"input_ids": np.array([ids], np.int64)})[0][0]


def _without_surrogates(text: str) -> str:
    """Pairs become the character they stand for, lone ones U+FFFD, which is read as a space."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
