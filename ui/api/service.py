"""What other programs may ask of one collection, whatever the way they ask it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from index import Index
from index.fold import fold
from rag import Assistant, Turn
from rag.filters import Filter, admitted, none_admitted
from ui.api.errors import BadRequest, NotThere
from ui.api.records import (
    DocumentPart,
    Found,
    Listing,
    Reply,
    entry_of,
    part_of,
    passage_of,
    reply_of,
)

NOTHING_FOUND = "没有找到相近的段落。"


class Service:
    """One collection; may be shared by threads."""

    def __init__(self, index: Index, assistant: Assistant) -> None:
        self.index = index
        self._assistant = assistant

    def search(self, question: str, top_k: int, keep: Filter) -> Found:
        """Return the passages nearest to a question. Raises BadRequest if it is empty."""
        question = _asked(question)
        hits = self._assistant.retriever.search(
            question, top_k, years=keep.years, titles=keep.titles, path=keep.path
        )
        return Found(
            question=question,
            passages=[passage_of(hit) for hit in hits],
            notice="" if hits else self._nothing(keep),
        )

    def ask(self, question: str, history: Sequence[Turn], keep: Filter) -> Reply:
        """Return the whole answer. Raises BadRequest if nothing is asked."""
        return reply_of(self._assistant.ask(_asked(question), history, keep=keep))

    def stream(self, question: str, history: Sequence[Turn], keep: Filter) -> Iterator[Reply]:
        """Return the answer as it grows, each whole in itself. Raises BadRequest at once."""
        growing = self._assistant.stream(_asked(question), history, keep=keep)
        return (reply_of(answer) for answer in growing)

    def documents(self, offset: int, limit: int, title: str) -> Listing:
        """Return the documents whose title holds `title`, by path, from the one at `offset`."""
        part = fold(title.strip())
        entries = [entry for entry in self.index.documents if part in fold(entry.title)]
        shown = entries[offset : offset + limit]
        return Listing(total=len(entries), documents=[entry_of(entry) for entry in shown])

    def read(self, document_id: str, start: int, length: int) -> DocumentPart:
        """Return a part of a document. Raises NotThere."""
        try:
            document = self.index.document(document_id)
        except KeyError as error:
            message = (
                "索引里没有这份文档。请使用来源、段落或文档列表里的 document_id；"
                "报告更新以后，它可能已经换了。"
            )
            raise NotThere(message) from error
        return part_of(document, start, length)

    def _nothing(self, keep: Filter) -> str:
        entries = self.index.documents
        return (
            none_admitted(keep, entries) if keep and not admitted(keep, entries) else NOTHING_FOUND
        )


def _asked(question: str) -> str:
    question = question.strip()
    if not question:
        message = "请写下一个问题，例如“2019年的赤字率是多少”。"
        raise BadRequest(message)
    return question
