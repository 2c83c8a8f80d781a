"""Asking an assistant a file of questions, for measuring."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rag.assistant import Assistant
from rag.types import Answer


def predict(
    assistant: Assistant, questions: Iterable[Mapping[str, Any]], top_k: int = 10
) -> Iterator[dict[str, Any]]:
    """Yield one record a question (`id`, `question`): the answer, whether it is grounded, its
    citations, the first `top_k` passages, and the seconds of wall time it took."""
    for question in questions:
        started = time.perf_counter()
        answer = assistant.ask(str(question["question"]))
        seconds = time.perf_counter() - started
        yield {"id": question["id"], **_record(answer, top_k), "seconds": round(seconds, 4)}


def _record(answer: Answer, top_k: int) -> dict[str, Any]:
    return {
        "answer": answer.text,
        "grounded": answer.grounded,
        "citations": [{"doc": c.path, "quote": c.quote} for c in answer.citations],
        "hits": [{"doc": h.chunk.path, "text": h.chunk.text} for h in answer.hits[:top_k]],
    }
