"""The records that pass between a question and the screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from index.types import Chunk

Verdict = Literal["verified", "partial", "unverified"]


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk and how well it fits the question; `score` is higher for better and compares only
    within one search. `dense` is a cosine, `lexical` a BM25 score; None where that side of the
    search did not return the chunk among its candidates."""

    chunk: Chunk
    score: float
    dense: float | None = None
    lexical: float | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """The evidence of one statement: `quote == index.document(document_id).text[start:end]`.

    `number` is the mark [number] in the answer; `verdict` says whether the statement was found to
    be supported by the quote.
    """

    number: int
    document_id: str
    path: str
    title: str
    year: int | None
    heading: str
    page: int | None
    paragraph: int
    start: int
    end: int
    quote: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Answer:
    """What the assistant says. `text` carries a mark [n] behind every statement, for the citation
    with that number. `grounded` is False where the reports do not answer the question: then
    `text` says so, `citations` is empty and `hits` shows the nearest passages."""

    question: str
    text: str
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    grounded: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """A past exchange in a conversation."""

    question: str
    answer: Answer | str


class ChatModel(Protocol):
    """Text to text: any LLM. `messages` are dicts with `role` and `content`."""

    def stream(self, messages: list[dict[str, str]]) -> Iterator[str]: ...
