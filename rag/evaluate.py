"""Asking an assistant a file of questions, and what that says of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from rag.assistant import Assistant
from rag.gold import Task
from rag.lines import TEXT, TRUTH, Kind, objects_of, read_objects, wrong_kinds
from rag.measures import (
    RECALLS,
    Figure,
    Mark,
    Passage,
    Prediction,
    figures,
    is_found,
    judge,
    reciprocal_rank,
    sign_test,
)

_KINDS = {
    "id": TEXT,
    "answer": TEXT,
    "grounded": TRUTH,
    "citations": objects_of("doc", "quote"),
    "hits": objects_of("doc", "text"),
}
_SECONDS = {
    "seconds": Kind(
        lambda value: (
            value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))
        ),
        "秒数",
    )
}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures by name, of all questions that are judged and of each type; `marks` by the id of the
    question, in order."""

    figures: dict[str, Figure]
    by_type: dict[str, dict[str, Figure]]
    marks: dict[str, Mark]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one figure in the questions that both sets of answers have: its mean then and
    now, the ids of those that are better and worse now, and how likely so uneven a split is by
    chance."""

    old: float
    new: float
    better: tuple[str, ...]
    worse: tuple[str, ...]
    p: float


def predict(assistant: Assistant, tasks: Iterable[Task], top_k: int = 10) -> Iterator[Prediction]:
    """Yield what the assistant gives for each question, with the first `top_k` passages and the
    seconds of wall time that it took."""
    for task in tasks:
        started = time.perf_counter()
        answer = assistant.ask(task.question)
        seconds = time.perf_counter() - started
        yield Prediction(
            task.id,
            answer.text,
            answer.grounded,
            tuple(Passage(cite.path, cite.quote) for cite in answer.citations),
            tuple(Passage(hit.chunk.path, hit.chunk.text) for hit in answer.hits[:top_k]),
            round(seconds, 4),
        )


def record_of(prediction: Prediction) -> dict[str, Any]:
    """Return a prediction as it is written to a file, one JSON object a line."""
    return {
        "id": prediction.id,
        "answer": prediction.answer,
        "grounded": prediction.grounded,
        "citations": [{"doc": cite.doc, "quote": cite.text} for cite in prediction.citations],
        "hits": [{"doc": hit.doc, "text": hit.text} for hit in prediction.hits],
        "seconds": prediction.seconds,
    }


def read_predictions(file: Path) -> list[Prediction]:
    """Return the predictions in a file. Raises BadLines with all that is wrong with it."""

    def problems_of(record: Mapping[str, Any]) -> Iterator[str]:
        seconds = _SECONDS if "seconds" in record else {}
        return wrong_kinds(record, _KINDS | seconds)

    return [_prediction(record) for record in read_objects(file, problems_of)]


def _prediction(record: Mapping[str, Any]) -> Prediction:
    return Prediction(
        record["id"],
        record["answer"],
        record["grounded"],
        tuple(Passage(cite["doc"], cite["quote"]) for cite in record["citations"]),
        tuple(Passage(hit["doc"], hit["text"]) for hit in record["hits"]),
        record.get("seconds"),
    )


def evaluate(tasks: Sequence[Task], predictions: Iterable[Prediction]) -> Evaluation:
    """Return the figures of the questions that are judged and have a prediction."""
    given = {prediction.id: prediction for prediction in predictions}
    marks = {
        task.id: judge(task.gold, given[task.id])
        for task in tasks
        if task.gold is not None and task.id in given
    }
    by_type: dict[str, list[Mark]] = {}
    for mark in marks.values():
        by_type.setdefault(mark.type, []).append(mark)
    return Evaluation(
        figures(list(marks.values())),
        {name: figures(group) for name, group in sorted(by_type.items())},
        marks,
    )


def compare(old: Evaluation, new: Evaluation) -> dict[str, Change]:
    """Return what changed in the questions that both have, nothing if there are none: whether the
    right passage is found (`recall@k`), its rank (`mrr@10`), and whether the answer is `right` as
    a whole (see `Mark.right`)."""
    shared = [name for name in new.marks if name in old.marks]

    def change(value: Callable[[Mark], float], names: Sequence[str]) -> Change:
        before = {name: value(old.marks[name]) for name in names}
        now = {name: value(new.marks[name]) for name in names}
        better = tuple(name for name in names if now[name] > before[name])
        worse = tuple(name for name in names if now[name] < before[name])
        p = sign_test(len(better), len(worse))
        return Change(fmean(before.values()), fmean(now.values()), better, worse, p)

    found = {f"recall@{k}": lambda mark, k=k: is_found(mark, k) for k in RECALLS}
    asked = [name for name in shared if new.marks[name].answerable]
    changes = {}
    if asked:
        changes = {name: change(value, asked) for name, value in found.items()}
        changes["mrr@10"] = change(reciprocal_rank, asked)
    if shared:
        changes["right"] = change(lambda mark: mark.right, shared)
    return changes
