"""The records that pass between a question and the screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from index.generation import Generation
from index.types import Chunk
from rag.notebook import answer_html, hit_html

Verdict = Literal["verified", "partial", "unverified"]
Kind = Literal["extract", "model"]


@dataclass(frozen=True, slots=True)
class WordScore:
    """What a word of the question adds to a BM25 score by standing in the text of a passage and in
    its label, that is its title, year and headings."""

    word: str
    text: float
    label: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a score is made of: `dense + lexical + period`, and `reranked` unless that is None, are
    the score of the hit.

    `dense` is for the cosine, scaled to 0..1 between the last candidate and the best, `lexical` for
    the BM25 score as a share of the best, `period` for the years (below 0 where nothing else fits
    and there is a newer version of the report). `words` add up to the BM25 score,
    most telling first; empty where the words did not make the passage a candidate. `reranked` is
    what a cross-encoder thinks of it, from 0 to 1; None where it was not asked.
    """

    dense: float
    lexical: float
    period: float
    words: tuple[WordScore, ...]
    reranked: float | None = None


class _Found:
    """Remembers the generation that a hit was found in. It is no field of the hit: two searches
    that find the same give equal hits, and a hit can be copied, pickled and written as JSON."""

    __slots__ = ("_generation",)


@dataclass(frozen=True, slots=True)
class Hit(_Found):
    """A chunk and how well it fits the question; `score` is higher for better and compares only
    within one search. `dense` is a cosine, `lexical` a BM25 score; None where that side of the
    search did not return the chunk among its candidates. `years` are those that the passage is
    taken to speak of, empty where nothing tells."""

    chunk: Chunk
    score: float
    dense: float | None = None
    lexical: float | None = None
    years: tuple[int, ...] = ()
    explanation: Explanation | None = None

    def context(self, n: int = 1) -> str:
        """Return the passage with up to `n` passages on either side of it in its document: a
        verbatim piece of the document's text, also after the index has been updated.

        Raises ValueError if `n` is negative or the hit is not as a search returned it (a changed or
        pickled copy has lost its index; `Index.context(hit.chunk, n)` serves there).
        """
        generation: Generation | None = getattr(self, "_generation", None)
        if generation is None:
            message = "this hit does not know its index; use Index.context(hit.chunk, n)"
            raise ValueError(message)
        return generation.context(self.chunk, n)

    def _repr_html_(self) -> str:
        return hit_html(self)


def found_in(generation: Generation, hit: Hit) -> Hit:
    """Return the hit, which from now on finds its neighbours in `generation`."""
    object.__setattr__(hit, "_generation", generation)
    return hit


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
    """What the assistant says.

    `question` is the question as it was understood: completed from the turns before where it left
    something out. `text` carries a mark [n] behind every statement, for the citation with that
    number. `grounded` is False where the reports do not answer the question: then `text` says so,
    `citations` is empty and `hits` shows the nearest passages.

    `kind` is "model" where a language model wrote it, "extract" where it is sentences of the
    reports; `notice` says why a model that was asked for did not write it. In an extract the
    quantity that answers is set in `**`. `confidence` is the probability, from 0 to 1, that the
    sentences found answer the question, also where that was too little to show them.
    """

    question: str
    text: str
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    grounded: bool
    notice: str = ""
    kind: Kind = "extract"
    confidence: float = 0.0

    def _repr_html_(self) -> str:
        return answer_html(self)


@dataclass(frozen=True, slots=True)
class Turn:
    """A past exchange in a conversation."""

    question: str
    answer: Answer | str


class ChatModel(Protocol):
    """Text to text: any LLM. `messages` are dicts with `role` and `content`; what comes are pieces
    of the text, to be joined. Raises ModelFailed where it cannot go on."""

    def stream(self, messages: list[dict[str, str]]) -> Iterator[str]: ...
