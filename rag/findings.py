"""What the reports have to say to a question, before anything is written: the passages, their
sentences, those that are chosen, and what tells how sure these are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.generation import Generation
from rag.confidence import Signals, signals
from rag.extract import Evidence, choose, gather
from rag.places import speaks_of
from rag.question import Question
from rag.retrieve import Ordering, Scope, read_and_embed, search
from rag.types import Hit


@dataclass(frozen=True, slots=True)
class Findings:
    """The `question` as read, the passages for it and their sentences (`evidence`), both best
    first, those `chosen` in the order in which they are shown, and their `signals` (None where none
    was)."""

    question: Question
    hits: tuple[Hit, ...]
    evidence: tuple[Evidence, ...]
    chosen: tuple[Evidence, ...]
    signals: Signals | None


def find(generation: Generation, text: str, scope: Scope, ordering: Ordering) -> Findings:
    """Return what a generation has for a question; nothing for one without words."""
    embedder = generation.embedder
    question, vector = read_and_embed(text, generation, embedder)
    if not question.weights:
        return Findings(question, (), (), (), None)
    hits = tuple(search(generation, question, vector, scope, ordering))
    named = _of_named(generation, question, hits)
    evidence = tuple(gather(generation, embedder, question, vector, named))
    chosen = tuple(choose(question, evidence))
    found = signals(question, hits, chosen) if chosen else None
    return Findings(question, hits, evidence, chosen, found)


def _of_named(generation: Generation, question: Question, hits: Sequence[Hit]) -> Sequence[Hit]:
    """Return the passages of reports that speak of those who are named, or of the places; all of
    them where none does, so that what was found can be told."""
    if not question.reporters:
        return hits
    names = question.reporters + question.places
    documents = (generation.records.document(id_) for id_ in {h.chunk.document_id for h in hits})
    speaking = {each.id for each in documents if any(speaks_of(each, name) for name in names)}
    return [hit for hit in hits if hit.chunk.document_id in speaking] or hits
