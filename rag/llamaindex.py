"""An index as a retriever of LlamaIndex. Needs the extra `llamaindex`; nothing else imports it."""

from __future__ import annotations

from collections.abc import Sequence

from index.errors import ExtraMissing
from index.store import Index
from rag.filters import Filter
from rag.metadata import TELLING, metadata_of
from rag.retrieve import Retriever
from rag.types import Hit

try:
    from llama_index.core.retrievers import BaseRetriever
    from llama_index.core.schema import (
        NodeRelationship,
        NodeWithScore,
        QueryBundle,
        RelatedNodeInfo,
        TextNode,
    )
except ModuleNotFoundError as error:
    if error.name not in ("llama_index", "llama_index.core"):
        raise
    message = "rag.llamaindex 需要 llama-index-core，请安装：pip install 'wenju[llamaindex]'"
    raise ExtraMissing(message) from error


class WenjuRetriever(BaseRetriever):
    """Finds passages as `rag.Retriever.search` does; the metadata of each is that of
    `rag.metadata.metadata_of`, of which a language model is shown what names the passage.

    Each node knows its document as its source. The conditions are those of `rag.filters.Filter`.
    """

    def __init__(
        self,
        index: Index,
        top_k: int = 10,
        *,
        years: tuple[int, int] | None = None,
        titles: Sequence[str] = (),
        path: str | None = None,
    ) -> None:
        """Prepare to search. Raises ValueError for `top_k` below 1 or conditions without sense."""
        if top_k < 1:
            message = f"top_k must be at least 1, not {top_k}"
            raise ValueError(message)
        self._keep = Filter(years, titles, path)
        self._top_k = top_k
        self._wenju = Retriever(index)
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        keep = self._keep
        hits = self._wenju.search(
            query_bundle.query_str,
            self._top_k,
            years=keep.years,
            titles=keep.titles,
            path=keep.path,
        )
        return [NodeWithScore(node=_node(hit), score=hit.score) for hit in hits]


def _node(hit: Hit) -> TextNode:
    chunk, metadata = hit.chunk, metadata_of(hit)
    silent = [key for key in metadata if key not in TELLING]
    return TextNode(
        id_=chunk.id,
        text=chunk.text,
        metadata=metadata,
        excluded_llm_metadata_keys=silent,
        excluded_embed_metadata_keys=silent,
        start_char_idx=chunk.start,
        end_char_idx=chunk.end,
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=chunk.document_id)},
    )
