"""Wenju as a model behind OpenAI's chat API: what comes in, and an answer in that form.

The text carries its marks and, at its end, the list of the sources. Each mark is also an annotation
(`url_citation`) whose address gives the quoted sentence from its document.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Generator, Iterable, Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from index.errors import WenjuError
from index.sentences import sentence_spans
from rag.types import Turn
from ui.api.errors import BadRequest, NotThere
from ui.api.problems import problem_of
from ui.api.records import LONGEST_QUESTION, MOST_TURNS, Passage, Reply, Source

MODEL = "wenju"
SOURCES, NEAREST = "来源：", "最接近的段落："
REPLACED = "（以上未写完，以下面的为准）"

_MARK = re.compile(r"\[(\d{1,4})\]")
_LISTS = re.compile(rf"\n\n(?:{SOURCES}|{NEAREST})\n")


class TextPart(BaseModel):
    """A piece of a message; pictures and sound are not read."""

    type: Literal["text"]
    text: str


class Message(BaseModel):
    """A message of a conversation. Instructions to the model (`system`) change nothing."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[TextPart] | None = None

    def text(self) -> str:
        """Return what the message says."""
        if isinstance(self.content, list):
            return "".join(part.text for part in self.content)
        return self.content or ""


class ChatRequest(BaseModel):
    """What is read of a request. Clients send much more, such as a temperature: it is ignored."""

    model_config = ConfigDict(extra="ignore", strict=True)

    model: str = Field(max_length=200, examples=[MODEL])
    messages: list[Message] = Field(min_length=1, max_length=4 * MOST_TURNS)
    stream: bool | None = False


class UrlCitation(BaseModel):
    """A mark: characters `start_index` to `end_index` of the message, and where it points."""

    start_index: int
    end_index: int
    title: str
    url: str


class Annotation(BaseModel):
    """An annotation in OpenAI's form."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class Said(BaseModel):
    """The message of a completion."""

    role: Literal["assistant"] = "assistant"
    content: str
    annotations: list[Annotation]


class Choice(BaseModel):
    """The only choice of a completion."""

    index: int = 0
    message: Said
    finish_reason: Literal["stop"] = "stop"


class Completion(BaseModel):
    """An answer in OpenAI's form."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str = MODEL
    choices: list[Choice]


class Model(BaseModel):
    """A model as listed."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str = MODEL


class Models(BaseModel):
    """The models that are served."""

    object: Literal["list"] = "list"
    data: list[Model]


def read_messages(request: ChatRequest) -> tuple[str, list[Turn]]:
    """Return the question and the turns before it.

    Raises NotThere for another model, BadRequest where nothing is asked.
    """
    if request.model != MODEL:
        message = f"这里只有 {MODEL} 这个模型，请把 model 写成 {MODEL}。"
        raise NotThere(message)
    *past, last = request.messages
    question = last.text().strip()
    if last.role != "user" or not question:
        message = "最后一条消息应是 user 的问题，例如“2019年的赤字率是多少”。"
        raise BadRequest(message)
    if len(question) > LONGEST_QUESTION:
        message = f"问题最多 {LONGEST_QUESTION} 个字，收到 {len(question)} 个。"
        raise BadRequest(message)
    return question, _turns(past)


def _turns(messages: Iterable[Message]) -> list[Turn]:
    turns: list[Turn] = []
    for message in messages:
        if message.role == "user":
            turns.append(Turn(message.text()[:LONGEST_QUESTION], ""))
        elif message.role == "assistant" and turns:
            # The sources below an answer were put there for the reader.
            turns[-1] = Turn(turns[-1].question, _LISTS.split(message.text())[0])
    return turns[-MOST_TURNS:]


def completion(reply: Reply, base_url: str) -> Completion:
    """Return a whole answer; `base_url` is where documents are to be had, with `/` at its end."""
    said = Said(content=reply_text(reply), annotations=annotations(reply, base_url))
    return Completion(id=_id(), created=int(time.time()), choices=[Choice(message=said)])


def reply_text(reply: Reply) -> str:
    """Return an answer with its sources, a refusal with the nearest passages, as one text."""
    spots: list[Source] | list[Passage] = reply.sources if reply.grounded else reply.nearest
    lines = [_source_line(n, spot) for n, spot in enumerate(spots, start=1)]
    heading = SOURCES if reply.grounded else NEAREST
    body = f"{reply.notice}\n\n{reply.text}" if reply.notice else reply.text
    return "\n".join([f"{body}\n\n{heading}", *lines]) if lines else body


def _source_line(number: int, spot: Source | Passage) -> str:
    place = [
        f"《{spot.title}》",
        f"第{spot.page}页" if spot.page is not None else "",
        f"第{spot.paragraph}段",
        spot.path,
    ]
    where = "，".join(filter(None, place))
    if isinstance(spot, Source):
        return f"[{spot.number}] {where}：“{' '.join(spot.quote.split())}”"
    return f"{number}. {where}"


def annotations(reply: Reply, base_url: str) -> list[Annotation]:
    """Return one annotation for each mark in the text of `reply_text`."""
    sources = {source.number: source for source in reply.sources}
    offset = len(reply.notice) + 2 if reply.notice else 0
    return [
        Annotation(
            url_citation=UrlCitation(
                start_index=offset + mark.start(),
                end_index=offset + mark.end(),
                title=sources[int(mark[1])].title,
                url=_address(sources[int(mark[1])], base_url),
            )
        )
        for mark in _MARK.finditer(reply.text)
        if int(mark[1]) in sources
    ]


def _address(source: Source, base_url: str) -> str:
    length = source.end - source.start
    return f"{base_url}documents/{source.document_id}?start={source.start}&length={length}"


def pieces(replies: Iterable[Reply]) -> Iterator[tuple[str, Reply]]:
    """Yield the text of a growing answer in pieces that need not be taken back, each with the
    answer of which it is a part.

    The last sentence of an answer may still change: it waits for the next one. Where a model
    fails and sentences of the reports take the place of what it wrote, that is said.
    """
    sent, last = "", None
    for last in replies:
        whole = reply_text(last).partition(f"\n\n{SOURCES}")[0]
        spans = sentence_spans(whole)
        settled = whole[: spans[-1][0]] if spans else ""
        if settled.startswith(sent) and settled != sent:
            yield settled[len(sent) :], last
            sent = settled
    if last is not None:
        whole = reply_text(last)
        kept = whole.startswith(sent)
        yield (whole[len(sent) :] if kept else f"\n\n{REPLACED}\n\n{whole}"), last


def chunks(replies: Iterable[Reply], base_url: str) -> Generator[str]:
    """Yield a growing answer as the lines of OpenAI's stream; the last piece carries the
    annotations, which count from the beginning of all text sent."""
    head = {"id": _id(), "object": "chat.completion.chunk", "created": int(time.time())}

    def event(delta: dict[str, Any], finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return _line({**head, "model": MODEL, "choices": [choice]})

    yield event({"role": "assistant", "content": ""})
    sent, reply = 0, None
    try:
        for piece, whole in pieces(replies):
            yield event({"content": piece})
            sent, reply = sent + len(piece), whole
    except WenjuError as error:
        yield _line(problem_of(error).model_dump())
        return
    if reply is not None:
        shift = sent - len(reply_text(reply))
        found = [_shifted(note, shift).model_dump() for note in annotations(reply, base_url)]
        yield event({"annotations": found})
    yield event({}, "stop")
    yield "data: [DONE]\n\n"


def _shifted(note: Annotation, by: int) -> Annotation:
    spot = note.url_citation
    moved = {"start_index": spot.start_index + by, "end_index": spot.end_index + by}
    return Annotation(url_citation=spot.model_copy(update=moved))


def _line(value: dict[str, Any]) -> str:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"


def _id() -> str:
    return f"chatcmpl-{uuid.uuid4().hex}"
