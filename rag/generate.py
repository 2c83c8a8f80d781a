"""Answers that a language model writes from the passages found.

What it writes is read sentence by sentence. Each mark becomes a citation of the very sentence of
the passage that supports the statement; a statement that nothing supports is marked as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from index.errors import ModelFailed
from index.generation import Generation
from index.sentences import sentence_spans, strip_span
from index.words import tokens
from rag.cite import cite
from rag.extract import Evidence, heading_above
from rag.marks import Statement, spoken, statements, without_blank_lines, without_marks
from rag.prompt import UNANSWERED, Passage, messages
from rag.types import Answer, ChatModel, Citation, Hit, Verdict
from rag.verify import check

UNSUPPORTED = "（未核实）"
# Characters of an answer, and of all that a model writes, its thoughts included: beyond, it has
# lost its way.
LONGEST_ANSWER, LONGEST_OUTPUT = 2000, 100_000
# What a number counts in a statement, where any other word counts 1: it is what is looked up.
NUMBER = 3.0
# A second sentence in a quote must add this share of the statement's words.
WORTH_A_SENTENCE = 0.15
# Quotes of one mark at the most: a statement may join facts that stand apart.
QUOTES = 3

_FIGURE = re.compile(r"\d")
_YEAR = re.compile(r"\d{4}年")
_LETTER = re.compile(r"[^\W\d_]")
_LEAD_IN = re.compile(r"[：:]\s*\Z")


def _silence(subjects: str) -> re.Pattern[str]:
    """Return what says that the `subjects` do not tell."""
    verbs = "回答|提到|提及|提供|说明|说到|写明|涉及|包含|给出|记载|列出|找到|查到|相关|足够|答案"
    knows = "回答|确定|判断|得知|得出|知道|给出|找到"
    return re.compile(
        rf"(?:{subjects})(?:里|中|内|均|都|也|并|还|本身)*"
        rf"(?:没有|并未|未能?|没|无法|不能|不足以|缺少|缺乏|不包含|不含)[^，。；]{{0,20}}(?:{verbs})"
        rf"|(?:根据|依据|从)[^，。]{{0,10}}(?:{subjects})[^，。]{{0,4}}，?"
        rf"[^，。]{{0,6}}(?:无法|不能|难以)[^，。]{{0,6}}(?:{knows})"
        rf"|(?:无法|不能|难以)(?:根据|依据|从)[^，。]{{0,10}}(?:{subjects})[^，。]{{0,8}}(?:{knows})"
    )


_EVIDENCE_SILENT = _silence("资料|材料|上下文|文档|信息")
_REPORTS_SILENT = _silence("资料|材料|上下文|文档|信息|报告|文件|内容|文中")


def write(
    model: ChatModel,
    question: str,
    passages: Sequence[Passage],
    hits: tuple[Hit, ...],
    generation: Generation,
) -> Iterator[Answer]:
    """Yield the model's answer as it grows; each is whole in itself.

    Raises ModelFailed where the model fails, writes nothing, or names no passage at all: then what
    was yielded before is not to be kept.
    """
    draft = _Draft(question, passages, hits, generation)
    output = shown = ""
    for piece in model.stream(messages(question, passages)):
        output += piece
        answer = draft.read(output, finished=False)
        if max(len(output) - LONGEST_OUTPUT, len(answer.text) - LONGEST_ANSWER) > 0:
            message = "模型写得没完没了"
            raise ModelFailed(message)
        if answer.text != shown:
            shown = answer.text
            yield answer
    answer = draft.read(output, finished=True)
    if not answer.text:
        message = "模型没有写出回答"
        raise ModelFailed(message)
    if answer.grounded and not answer.citations:
        message = "模型的回答没有标明出处"
        raise ModelFailed(message)
    yield answer


class _Draft:
    """Turns what a model has written so far into an answer; remembers what it has looked up."""

    def __init__(
        self,
        question: str,
        passages: Sequence[Passage],
        hits: tuple[Hit, ...],
        generation: Generation,
    ) -> None:
        self._empty = Answer(question, "", (), hits, grounded=True, kind="model")
        self._passages = {passage.number: passage for passage in passages}
        self._generation = generation
        self._known: dict[Statement, list[tuple[int, Citation]]] = {}

    def read(self, output: str, *, finished: bool) -> Answer:
        """Return the answer of the output so far."""
        found = statements(spoken(output, finished), finished)
        silent = [s.text.strip() for s in found if _REPORTS_SILENT.search(s.text)]
        if silent and (found[0].text.startswith(UNANSWERED) or not self._points_anywhere(found)):
            return replace(self._empty, text=without_marks("\n".join(silent)), grounded=False)
        numbers: dict[Citation, int] = {}
        text = "".join(self._written(statement, numbers) for statement in found)
        citations = tuple(replace(c, number=number) for c, number in numbers.items())
        # A line that held nothing but marks is blank now.
        return replace(self._empty, text=without_blank_lines(text).strip(), citations=citations)

    def _points_anywhere(self, found: Sequence[Statement]) -> bool:
        marked = (number for s in found for mark in s.marks for number in mark.numbers)
        return any(number in self._passages for number in marked)

    def _written(self, statement: Statement, numbers: dict[Citation, int]) -> str:
        """Return a statement with its marks; `numbers` takes those of its citations."""
        text = statement.text
        if not statement.final:
            # Its marks, and what follows them, wait for the end of the sentence: only then is it
            # known what they support.
            return without_marks(text[: statement.marks[0].offset] if statement.marks else text)
        if statement not in self._known:
            self._known[statement] = self._looked_up(statement)
        support = self._known[statement]
        pieces, position = [], 0
        for offset, citation in dict.fromkeys(support):
            number = numbers.setdefault(citation, len(numbers) + 1)
            pieces += [without_marks(text[position:offset]), f"[{number}]"]
            position = offset
        rest = text[position:]
        verdicts = {citation.verdict for _, citation in support}
        doubtful = verdicts == {"unverified"} or (not verdicts and _asserts(text))
        end = len(rest.rstrip())
        flag = UNSUPPORTED if doubtful else ""
        return "".join([*pieces, without_marks(rest[:end]), flag, rest[end:]])

    def _looked_up(self, statement: Statement) -> list[tuple[int, Citation]]:
        """Return the citations of a statement, not numbered yet, with the offsets of their marks.

        A mark supports what stands between it and the mark before.
        """
        found: list[tuple[int, Citation]] = []
        begun = previous = 0
        for mark in statement.marks:
            if mark.offset != previous:
                begun, previous = previous, mark.offset
            claim = statement.text[begun : mark.offset]
            claim = claim if _LETTER.search(claim) else statement.text
            for number in mark.numbers:
                if passage := self._passages.get(number):
                    for part in self._support(claim, passage):
                        citation = cite(0, part, self._generation, "unverified")
                        found.append((mark.offset, citation))
        if not found:
            return []
        verdict = _verdict(statement.text, [citation for _, citation in found])
        return [(offset, replace(citation, verdict=verdict)) for offset, citation in found]

    def _support(self, claim: str, passage: Passage) -> Iterator[Evidence]:
        """Yield the sentences of a passage that hold most of a claim."""
        chunk = passage.hit.chunk
        headings = [
            heading
            for heading in self._generation.records.headings(chunk.document_id)
            if chunk.start <= heading.start < chunk.end
        ]
        taken = [(h.start - passage.start, h.end - passage.start) for h in headings]
        for start, end in best_spans(claim, passage.text, taken):
            start, end = passage.start + start, passage.start + end
            heading = heading_above(chunk, headings, start)
            yield Evidence(passage.hit, heading, start, end, coverage=1.0, period=1.0)


def best_spans(
    claim: str, text: str, headings: Sequence[tuple[int, int]] = ()
) -> list[tuple[int, int]]:
    """Return the (start, end) of the sentence of `text`, or of two neighbours on one line, that
    holds most of the words of `claim`; then of those that hold figures it lacks, up to
    QUOTES in all, in their order.

    `headings` are offsets in `text` of what is left out.
    """
    spans = [strip_span(text, *span) for span in sentence_spans(text)]
    spans = [span for span in spans if span[0] < span[1]]
    body = [s for s in spans if not any(h[0] < s[1] and s[0] < h[1] for h in headings)] or spans
    pairs = [(a[0], b[1]) for a, b in zip(body, body[1:], strict=False)]
    pairs = [pair for pair in pairs if "\n" not in text[slice(*pair)]]
    prices = dict.fromkeys(pairs, WORTH_A_SENTENCE) | dict.fromkeys(body, 0.0)
    words = {span: set(tokens(text[slice(*span)])) for span in prices}
    weights = {token: NUMBER if _FIGURE.search(token) else 1.0 for token in tokens(claim)}
    total = sum(weights.values()) or 1.0
    lacking = set(weights)
    chosen: list[tuple[int, int]] = []
    while prices and len(chosen) < QUOTES:
        best = max(
            sorted(prices),
            key=lambda span: sum(weights[t] for t in lacking & words[span]) / total - prices[span],
        )
        if chosen and not any(map(_is_figure, lacking & words[best])):
            break
        chosen.append(best)
        lacking -= words[best]
    return sorted(chosen)


def _is_figure(token: str) -> bool:
    """Return whether a token is a number, and not a year: that may stand in the heading."""
    return bool(_FIGURE.search(token)) and not re.fullmatch(r"(?:19|20)\d\d年?", token)


def _asserts(text: str) -> bool:
    """Return whether a sentence states something, and is no lead-in, number of a list or word on
    what the evidence lacks."""
    if not _LETTER.search(text):
        return False
    if _FIGURE.search(_YEAR.sub("", text)):
        return True
    return not (_LEAD_IN.search(text) or _EVIDENCE_SILENT.search(text))


def _verdict(statement: str, quotes: Sequence[Citation]) -> Verdict:
    """Return whether the quotes support a statement; the one place where it is decided."""
    return check(statement, quotes).verdict
