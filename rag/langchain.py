"""An index as a retriever of LangChain. Needs the extra `langchain`; nothing else imports it."""

from __future__ import annotations

from index.errors import ExtraMissing
from index.store import Index
from rag.filters import Filter
from rag.metadata import metadata_of
from rag.retrieve import Retriever

try:
    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
except ModuleNotFoundError as error:
    if error.name != "langchain_core":
        raise
    message = "rag.langchain 需要 langchain-core，请安装：pip install 'wenju[langchain]'"
    raise ExtraMissing(message) from error

from pydantic import ConfigDict, Field


class WenjuRetriever(BaseRetriever):
    """Finds passages as `rag.Retriever.search` does; the metadata of each is that of
    `rag.metadata.metadata_of`. The conditions are those of `rag.filters.Filter`.

    Raises pydantic's ValidationError, which is a ValueError, for what makes no sense.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    index: Index
    top_k: int = Field(default=10, ge=1)
    years: tuple[int, int] | None = None
    titles: tuple[str, ...] = ()
    path: str | None = None

    def model_post_init(self, context: object) -> None:
        """Refuse conditions that make no sense before the first question."""
        super().model_post_init(context)
        Filter(self.years, self.titles, self.path)

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        hits = Retriever(self.index).search(
            query, self.top_k, years=self.years, titles=self.titles, path=self.path
        )
        return [
            Document(id=hit.chunk.id, page_content=hit.chunk.text, metadata=metadata_of(hit))
            for hit in hits
        ]
