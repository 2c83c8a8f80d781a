"""One question, one cited answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from index.errors import ModelFailed
from index.generation import Generation
from index.store import Index
from rag.cite import cite
from rag.confidence import confidence
from rag.expectation import answering_spans
from rag.extract import Evidence
from rag.filters import Filter, none_admitted
from rag.findings import find
from rag.followup import complete
from rag.generate import write
from rag.marks import without_marks
from rag.prompt import choose_passages
from rag.question import Question
from rag.refuse import reason_to_refuse
from rag.rerank import Reranker
from rag.retrieve import Retriever, Scope
from rag.source_note import source_note
from rag.types import Answer, ChatModel, Citation, Hit, Turn

_NOTHING_ASKED = "请输入一个问题，例如“2019年的赤字率是多少”。"


class Assistant:
    """Answers questions from the reports of an index: in their own sentences or, where there is a
    language model, in its words."""

    def __init__(
        self, index: Index, model: ChatModel | None = None, *, reranker: Reranker | None = None
    ) -> None:
        """Raises BadWeights if weights beside the index cannot be read."""
        self._index = index
        self._model = model
        self.retriever = Retriever(index, reranker=reranker)

    def ask(
        self, question: str, history: Sequence[Turn] = (), *, keep: Filter | None = None
    ) -> Answer:
        """Return the whole answer: the last one of `stream`."""
        *_, answer = self.stream(question, history, keep=keep)
        return answer

    def stream(
        self, question: str, history: Sequence[Turn] = (), *, keep: Filter | None = None
    ) -> Iterator[Answer]:
        """Yield the answer as it grows; each is whole in itself.

        `history` holds the turns before this question, oldest first: what the question leaves out
        is taken from there, and `Answer.question` says how it was understood. `keep` are the
        reports to answer from, all if None. Whether to refuse is decided before the model is
        asked. Where the model fails, sentences of the reports take the place of what it has
        written, with a notice.
        """
        question = complete(question, history)
        generation = self._index.generation
        ordering = self.retriever.ordering
        found = find(generation, question, Scope(keep=keep or Filter()), ordering)
        asked, hits, chosen = found.question, found.hits, found.chosen
        if not asked.weights:
            yield Answer(question, _NOTHING_ASKED, (), (), grounded=False)
            return
        if keep and not hits:
            refusal = none_admitted(keep, generation.documents)
            yield Answer(question, refusal, (), (), grounded=False)
            return
        sure = confidence(found.signals, ordering.weights) if found.signals else 0.0
        refusal = reason_to_refuse(asked, generation, chosen, sure)
        if refusal:
            yield Answer(question, refusal, (), hits, grounded=False, confidence=sure)
            return
        notice = ""
        if self._model is not None:
            passages = choose_passages(hits, found.evidence)
            try:
                for answer in write(self._model, question, passages, hits, generation):
                    yield replace(answer, confidence=sure)
                return
            except ModelFailed as error:
                notice = f"{error}，以下是摘录。"
        for answer in _extract(asked, chosen, hits, generation):
            yield replace(answer, notice=notice, confidence=sure)


def _extract(
    asked: Question, chosen: Sequence[Evidence], hits: tuple[Hit, ...], generation: Generation
) -> Iterator[Answer]:
    """Yield the answer that the chosen sentences are, sentence by sentence."""
    citations: list[Citation] = []
    lines: list[str] = []
    for number, part in enumerate(chosen, 1):
        # The statement is the quote.
        citations.append(cite(number, part, generation, "verified"))
        statement = without_marks(part.text)
        # A number of a further sentence is seldom the one that was asked for.
        if number == 1 or asked.separate_years:
            statement = _emphasized(asked, statement)
        lines.append(f"{statement}{source_note(part, generation.reporters)}[{number}]")
        yield Answer(asked.text, "\n".join(lines), tuple(citations), hits, grounded=True)


def _emphasized(asked: Question, statement: str) -> str:
    """Return the statement with `**` around the quantity that is asked for, where it is clear
    which one that is."""
    spans = answering_spans(asked.asks, asked.unit, statement)
    if len(spans) != 1 or "**" in statement:
        return statement
    ((start, end),) = spans
    return f"{statement[:start]}**{statement[start:end]}**{statement[end:]}"
