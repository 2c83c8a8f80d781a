"""Judging the first passages again, by a model that reads question and passage together.

Off by default: such a model takes seconds on two cores. It is one of the user's own.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from index.embed import Vectors
from index.embed.sentence_transformer import require_no_program
from index.errors import WenjuError


class RerankerUnavailable(WenjuError):
    """The model that was named to judge passages cannot be loaded."""


class Reranker(Protocol):
    """Says how well passages answer a question."""

    def scores(self, question: str, passages: Sequence[str]) -> Vectors:
        """Return (len(passages),) float32 scores, from 0 to 1, higher for better."""
        ...


class CrossEncoderReranker:
    """A CrossEncoder of sentence-transformers, by folder or name. Imports torch when it is made."""

    def __init__(self, name: str) -> None:
        """Load the model from a folder or from the local cache; nothing is downloaded.

        Raises RerankerUnavailable if it is in neither place or does not give one score a pair, and
        EmbedderUnavailable if the folder holds a program.
        """
        require_no_program(Path(name))
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        from sentence_transformers import CrossEncoder
        from torch.nn import Sigmoid

        try:
            self._model = CrossEncoder(name, local_files_only=True, activation_fn=Sigmoid())
        except (OSError, ValueError) as error:
            place = "文件夹中" if Path(name).exists() else "本机没有这个文件夹，缓存中也"
            message = f"找不到重排模型 {name}：{place}没有可用的 CrossEncoder 模型。"
            raise RerankerUnavailable(message) from error
        if self._model.num_labels != 1:
            message = (
                f"模型 {name} 给每对文字 {self._model.num_labels} 个得分，重排要的是一个。"
                "请换用一个 reranker 模型，例如 bge-reranker。"
            )
            raise RerankerUnavailable(message)

    def scores(self, question: str, passages: Sequence[str]) -> Vectors:
        """Return (len(passages),) float32 scores, from 0 to 1, higher for better."""
        pairs = [(question, passage) for passage in passages]
        return np.asarray(self._model.predict(pairs, show_progress_bar=False), dtype=np.float32)
