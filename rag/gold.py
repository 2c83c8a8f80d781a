"""A file of questions with their right answers: one JSON object a line.

    {"id": "q1", "type": "figure", "question": "青川县2021年财政收入是多少？",
     "answers": [["13.9亿元", "13.9亿"]],
     "evidence": [{"doc": "青川县2022年政府工作报告.md", "quote": "财政收入13.9亿元"}],
     "answerable": true, "note": ""}

`answers` lists what an answer must have, each with the forms in which it may be written;
`evidence` where it stands: the path of a report and its words. A question that the reports do not
answer has neither and `answerable` false. `type` is a word of one's own to group by; `multi` alone
has a meaning: every document named is needed. A line with `question` alone is asked, not judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import count as counted
from itertools import islice, pairwise
from pathlib import Path
from random import Random
from typing import Any

from index.sentences import sentence_spans, strip_span
from index.store import Index
from index.types import Chunk
from rag.lines import TEXT, TRUTH, BadLines, Kind, objects_of, read_objects, wrong_kinds
from rag.measures import Gold, Passage, comparable, holds

# A sentence that is drawn as evidence has so many characters, where the passage has one.
_SHORTEST, _LONGEST = 15, 150


def _is_answers(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(forms, list) and all(isinstance(form, str) for form in forms) for forms in value
    )


_ASKED = {"id": TEXT, "question": TEXT}
_JUDGED = {
    "type": TEXT,
    "answers": Kind(_is_answers, '一组要点，每个要点是一组写法，例如 [["2.8%", "百分之二点八"]]'),
    "evidence": objects_of("doc", "quote"),
    "answerable": TRUTH,
}


@dataclass(frozen=True, slots=True)
class Task:
    """A question to ask; `gold` is None where its answer is not judged."""

    id: str
    question: str
    gold: Gold | None


def read_tasks(file: Path, index: Index) -> list[Task]:
    """Return the questions in a file. Raises BadLines with all that is wrong with it: lines that
    are no JSON, keys that are missing, wrong or not filled in, ids given twice, and evidence that
    the index does not hold."""
    library = _Library(index)

    def problems_of(record: Mapping[str, Any]) -> Iterator[str]:
        wrong = list(wrong_kinds(record, _ASKED | _JUDGED if _is_judged(record) else _ASKED))
        yield from wrong
        if not wrong:
            empty = [key for key in record if _is_empty(record, key)]
            if empty:
                yield f"还没有填写 {'、'.join(empty)}"
            if "evidence" not in empty:
                yield from library.problems_of(record)

    records = read_objects(file, problems_of)
    if not records:
        message = f"{file} 里没有问题，应为每行一个 JSON 对象。"
        raise BadLines(message)
    return [Task(record["id"], record["question"], _gold(record)) for record in records]


def _is_judged(record: Mapping[str, Any]) -> bool:
    return any(key in record for key in _JUDGED)


def _gold(record: Mapping[str, Any]) -> Gold | None:
    if not _is_judged(record):
        return None
    answerable = record["answerable"]
    return Gold(
        record["type"],
        tuple(tuple(forms) for forms in record["answers"]) if answerable else (),
        tuple(Passage(part["doc"], part["quote"]) for part in record["evidence"])
        if answerable
        else (),
        answerable,
    )


def _is_empty(record: Mapping[str, Any], key: str) -> bool:
    """Return whether a key that must be filled in is not."""
    value = record[key]
    if key in {"id", "question", "type"}:
        return not value.strip()
    if not record.get("answerable"):
        return False
    if key == "answers":
        forms = [form for element in value for form in element]
        return not value or not all(value) or not all(map(comparable, forms))
    if key == "evidence":
        return not value or not all(part["doc"] and comparable(part["quote"]) for part in value)
    return False


class _Library:
    """The documents of an index, by path, to look quotes up in."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._ids = {entry.path: entry.id for entry in index.documents}
        self._whole = cache(self._read_whole)

    def problems_of(self, record: Mapping[str, Any]) -> Iterator[str]:
        """Yield what is wrong with the evidence of a record."""
        if not record.get("answerable"):
            return
        for part in record["evidence"]:
            if part["doc"] not in self._ids:
                yield f"的 evidence 所说的“{part['doc']}”不在索引里"
            elif not self._has(part["doc"], part["quote"]):
                yield f"的引文“{part['quote'][:20]}”不在“{part['doc']}”里"

    def _has(self, path: str, quote: str) -> bool:
        """Return whether a document has a quote as it stands or, since a source may be damaged, so
        much of it that a passage, or two next to each other, count as holding it."""
        if comparable(quote) in self._whole(path):
            return True
        texts = [part.text for part in self._index.generation.records.chunks_of(self._ids[path])]
        return any(holds(quote, one + other) for one, other in pairwise([*texts, ""]))

    def _read_whole(self, path: str) -> str:
        return comparable(self._index.document(self._ids[path]).text)


def draw_questions(index: Index, count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Return records for `count` passages of an index, fewer if it has fewer, to be written to a
    file: the evidence stands there, a person is to fill in `question`, `type` and `answers`.

    The passages are spread over the documents: none gives a second one before all gave one. The
    same index, count and seed give the same passages.
    """
    drawn = islice(_drawn(index, seed), count)
    return [
        {
            "id": f"s{number:03d}",
            "type": "",
            "question": "",
            "answers": [],
            "evidence": [{"doc": part.path, "quote": _sentence(index, part, seed)}],
            "answerable": True,
            "note": f"{part.title}，{part.heading}，第{part.paragraph}段",
        }
        for number, part in enumerate(drawn, 1)
    ]


def _drawn(index: Index, seed: int) -> Iterator[Chunk]:
    """Yield all chunks of an index: one of each document, then another of each, and so on."""
    documents = [entry for entry in index.documents if entry.chunks]
    Random(seed).shuffle(documents)
    for turn in counted():
        documents = [entry for entry in documents if entry.chunks > turn]
        if not documents:
            return
        for entry in documents:
            order = list(range(entry.chunks))
            Random(f"{seed} {entry.id}").shuffle(order)
            yield index.generation.records.chunks_of(entry.id)[order[turn]]


def _sentence(index: Index, part: Chunk, seed: int) -> str:
    """Return a sentence of a chunk, no heading and neither short nor long, or else its longest."""
    headings = index.generation.records.headings(part.document_id)
    spans = [strip_span(part.text, *span) for span in sentence_spans(part.text)]
    plain = [
        part.text[start:end]
        for start, end in spans
        if not any(h.start < part.start + end and part.start + start < h.end for h in headings)
    ]
    fitting = [text for text in plain if _SHORTEST <= len(text) <= _LONGEST]
    if fitting:
        return Random(f"{seed} {part.id}").choice(fitting)
    return max((part.text[start:end] for start, end in spans), key=len, default=part.text.strip())
