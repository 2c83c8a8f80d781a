"""A model behind an OpenAI-compatible embeddings address, asked through the `openai` package.

The index remembers the model, not the address: one from elsewhere must not decide where questions
are sent. The address is read from the environment variable WENJU_EMBED_URL.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from index.embed import ENDPOINT, Vectors, prompts_for
from index.errors import EmbedderUnavailable
from index.remote import key_from_environment, require_address

ADDRESS = "WENJU_EMBED_URL"
# Texts in one request, seconds for a connection and for an answer, and tries after a failure.
_BATCH, _CONNECT, _ANSWER, _RETRIES = 32, 5.0, 60.0, 2


class EndpointEmbedder:
    """The embedding model that an address serves; may be shared by threads."""

    def __init__(self, name: str) -> None:
        """Embed one word to learn the dimension. `name` is the model's, behind `endpoint:`.

        Raises EmbedderUnavailable if there is no address, it cannot be reached or gives no vectors,
        or `openai` is not installed.
        """
        self.name = name
        self._model = name.removeprefix(ENDPOINT)
        self._prompts = prompts_for(self._model)
        address = os.environ.get(ADDRESS, "")
        if not address:
            message = (
                f"向量要由接口上的模型 {self._model} 计算，还不知道接口的地址。请设环境变量，例如："
                f"export {ADDRESS}=http://127.0.0.1:8000/v1"
            )
            raise EmbedderUnavailable(message)
        try:
            require_address(address)
            key = key_from_environment()
        except ValueError as error:
            message = f"{error}（{ADDRESS}）。"
            raise EmbedderUnavailable(message) from None
        try:
            import openai
        except ModuleNotFoundError as error:
            message = "由接口计算向量需要 openai，请安装：pip install 'wenju[llm]'"
            raise EmbedderUnavailable(message) from error
        self._client = openai.OpenAI(
            api_key=key,
            base_url=address,
            timeout=openai.Timeout(_ANSWER, connect=_CONNECT),
            max_retries=_RETRIES,
        )
        self.dimension = self._embed(["问据"]).shape[1]
        self.fingerprint = f"{name}:{self.dimension}"

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Return (n, dimension) float32 vectors of unit length. Raises EmbedderUnavailable."""
        asked = [self._prompts.get("document", "") + text for text in texts]
        batches = [
            self._embed(asked[start : start + _BATCH]) for start in range(0, len(asked), _BATCH)
        ]
        return np.concatenate([np.empty((0, self.dimension), np.float32), *batches])

    def embed_query(self, text: str) -> Vectors:
        """Return a (dimension,) float32 vector of unit length. Raises EmbedderUnavailable."""
        return self._embed([self._prompts.get("query", "") + text])[0]

    def _embed(self, texts: list[str]) -> Vectors:
        import openai

        # Servers refuse empty texts, and half a character cannot be sent.
        sent = [_sendable(text) or " " for text in texts]
        try:
            given = self._client.embeddings.create(
                model=self._model, input=sent, encoding_format="float"
            )
            vectors = np.array([one.embedding for one in given.data], np.float32)
        except openai.APIStatusError as error:
            fault = f"接口不肯计算（状态码 {error.status_code}），请检查模型名和密钥"
        except openai.OpenAIError:
            fault = "连不上接口，或它没有在时限内回应"
        except (ValueError, TypeError, AttributeError):
            fault = "接口的回应读不懂"
        else:
            lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
            width = getattr(self, "dimension", vectors.shape[-1])
            if (
                vectors.shape == (len(texts), width)
                and np.isfinite(lengths).all()
                and lengths.all()
            ):
                return vectors / lengths
            fault = "接口给出的向量个数、维数或数值不对"
        # Raised out here and without its cause: a server may repeat the key in its complaint.
        message = f"模型 {self._model} 没有给出向量：{fault}（{ADDRESS}）。"
        raise EmbedderUnavailable(message)


def _sendable(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
