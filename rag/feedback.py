"""What a reader thought of an answer, and the question that it makes for a question file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, get_args

from rag.types import Answer

# What was wrong with an answer: a number, the subject, the source, something left out; that the
# reports do not say it; or, of a refusal, that they do.
Reason = Literal["number", "subject", "source", "incomplete", "unanswerable", "answerable"]
REASONS: tuple[Reason, ...] = get_args(Reason)

_NAMES: dict[Reason, str] = {
    "number": "数字不对",
    "subject": "答非所问",
    "source": "出处不对",
    "incomplete": "没有答全",
    "unanswerable": "报告里没有",
    "answerable": "报告里有",
}
_EMPHASIS = re.compile(r"\*\*(.+?)\*\*")


@dataclass(frozen=True, slots=True)
class Feedback:
    """Whether an answer was of use; if not, why, and what else the reader has to say."""

    useful: bool
    reasons: tuple[Reason, ...] = ()
    comment: str = ""


def question_of(id_: str, answer: Answer, feedback: Feedback) -> dict[str, Any]:
    """Return the record of a question file that an answer and what was thought of it make.

    What a reader found right is taken for right: the quantities set off and the sentences cited,
    or that the reports do not answer. Otherwise `answers` and `evidence` are left empty, for a
    person to fill in.
    """
    right = feedback.useful and answer.grounded
    answerable = answer.grounded if feedback.useful else "unanswerable" not in feedback.reasons
    said = " ".join(answer.text.split())
    notes = [*(_NAMES[reason] for reason in feedback.reasons), feedback.comment]
    notes += [] if feedback.useful else [f"当时的回答：{said}"]
    quantities = dict.fromkeys(_EMPHASIS.findall(answer.text))
    return {
        "id": id_,
        "type": "有用" if feedback.useful else "没用",
        "question": answer.question,
        "answers": [[quantity] for quantity in quantities] if right else [],
        "evidence": [{"doc": c.path, "quote": c.quote} for c in answer.citations] if right else [],
        "answerable": answerable,
        "note": "；".join(filter(None, notes)),
    }


def is_complete(record: dict[str, Any]) -> bool:
    """Return whether nothing of such a record is left to be filled in."""
    return not record["answerable"] or bool(record["answers"] and record["evidence"])
