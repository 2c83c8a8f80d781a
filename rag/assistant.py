"""One question, one cited answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.store import Generation, Index
from rag.extract import Evidence, choose, gather
from rag.refuse import reason_to_refuse
from rag.retrieve import CANDIDATES, read_and_embed, search
from rag.types import Answer, Citation, Turn

# Passages that come with an answer.
TOP_K = 10
_NOTHING_ASKED = "请输入一个问题，例如“2019年的赤字率是多少”。"


class Assistant:
    """Answers questions from the reports of an index, in their own sentences."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """Return the whole answer: the last one of `stream`."""
        *_, answer = self.stream(question, history)
        return answer

    def stream(self, question: str, history: Sequence[Turn] = ()) -> Iterator[Answer]:
        """Yield the answer as it grows, statement by statement; each is whole in itself.

        `history` holds the turns before this question, oldest first. It is not read yet: every
        question is taken as it stands.
        """
        generation = self._index.generation
        embedder = self._index.embedder
        asked, vector = read_and_embed(question, embedder)
        if not asked.weights:
            yield Answer(question, _NOTHING_ASKED, (), (), grounded=False)
            return
        hits = tuple(search(generation, asked, vector, TOP_K, CANDIDATES))
        chosen = choose(asked, gather(generation, embedder, asked, vector, hits))
        refusal = reason_to_refuse(asked, generation.documents, chosen)
        if refusal:
            yield Answer(question, refusal, (), hits, grounded=False)
            return
        citations: list[Citation] = []
        lines: list[str] = []
        for number, part in enumerate(chosen, 1):
            citations.append(_cite(number, part, generation))
            lines.append(f"{_without_marks(part.text)}{_source_year(part)}[{number}]")
            yield Answer(question, "\n".join(lines), tuple(citations), hits, grounded=True)


def _cite(number: int, part: Evidence, generation: Generation) -> Citation:
    chunk = part.hit.chunk
    return Citation(
        number=number,
        document_id=chunk.document_id,
        path=chunk.path,
        title=chunk.title,
        year=chunk.year,
        heading=part.heading,
        # A passage may run over pages: the quote's own.
        page=generation.records.page(chunk.document_id, part.start),
        paragraph=chunk.paragraph + len(re.findall("\n+", chunk.text[: part.start - chunk.start])),
        start=part.start,
        end=part.end,
        quote=part.text,
        verdict="verified",  # the statement is the quote
    )


def _without_marks(text: str) -> str:
    """Return a sentence whose own `[1]` cannot be taken for a mark of the answer."""
    return re.sub(r"\[(\d+)\]", r"［\1］", text)


def _source_year(part: Evidence) -> str:
    """Return `（2019年资料）` for a sentence that does not say its year itself."""
    year = part.hit.chunk.year
    return "" if year is None or str(year) in part.text else f"（{year}年资料）"
