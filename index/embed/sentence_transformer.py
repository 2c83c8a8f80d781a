"""Any sentence-transformers model, by name or folder. Imports torch when it is used."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index.embed import Vectors, prompts_for
from index.errors import EmbedderUnavailable


class SentenceTransformerEmbedder:
    """Embeds with the model's own query and document prompts.

    E5 models name no prompts in their files, but were trained with `query: ` and `passage: `.
    """

    def __init__(self, name: str) -> None:
        """Load the model from a folder or from the local cache; nothing is downloaded.

        Raises EmbedderUnavailable if it is in neither place, or the folder holds a program.
        """
        self.name = name
        require_no_program(Path(name))
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        from sentence_transformers import SentenceTransformer

        try:
            self._model = SentenceTransformer(name, local_files_only=True)
        except (OSError, ValueError) as error:
            place = (
                f"文件夹 {name} 中"
                if Path(name).exists()
                else f"本机没有名为 {name} 的文件夹，缓存中也"
            )
            message = f"找不到向量模型：{place}没有可用的 sentence-transformers 模型。"
            raise EmbedderUnavailable(message) from error
        self.dimension = int(self._model.get_sentence_embedding_dimension() or 0)
        self._prompts = prompts_for(name)
        self.fingerprint = f"sentence-transformers:{name}:{self.dimension}"

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Return (n, dimension) float32 vectors of unit length."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        vectors = self._model.encode_document(
            list(texts), prompt=self._prompts.get("document"), normalize_embeddings=True
        )
        return np.asarray(vectors, dtype=np.float32)

    def embed_query(self, text: str) -> Vectors:
        """Return a (dimension,) float32 vector of unit length."""
        vector = self._model.encode_query(
            text, prompt=self._prompts.get("query"), normalize_embeddings=True
        )
        return np.asarray(vector, dtype=np.float32)


def require_no_program(folder: Path) -> None:
    """Raise EmbedderUnavailable if a model's folder holds Python files: sentence-transformers would
    run them, and an index from elsewhere may name any folder as that of its model."""
    programs = sorted(folder.rglob("*.py")) if folder.is_dir() else []
    if programs:
        message = (
            f"模型文件夹 {folder} 中带有程序（{programs[0].name}），不会运行它。"
            "请换用一个只有权重和配置的模型。"
        )
        raise EmbedderUnavailable(message)
