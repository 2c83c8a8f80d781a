"""Wenju as a model: asked by the official client, over a real server on loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from index import Index, open_index
from index.errors import ModelFailed
from rag import Assistant
from ui.api.openai import NEAREST, REPLACED, SOURCES
from ui.api.server import build_api
from ui.api.service import Service

openai = pytest.importorskip("openai", reason="openai is not installed")

QUESTION = "青川县2021年财政收入是多少？"
TOKEN = "a-token-that-nobody-guesses"


class Talkative:
    """A language model that writes the given pieces, and then fails or not."""

    def __init__(self, *pieces: str, fails: bool = False) -> None:
        self._pieces = pieces
        self._fails = fails

    def stream(self, messages: list[dict[str, str]]) -> Iterator[str]:
        yield from self._pieces
        if self._fails:
            message = "模型的回答没有写完（连接断了）"
            raise ModelFailed(message)


@pytest.fixture(scope="module")
def index(index_dir: Path) -> Index:
    return open_index(index_dir)


@pytest.fixture
def client(
    index: Index, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[openai.OpenAI]:
    """The client of a server whose answers are written by `request.param`, if that is given."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")
    app = build_api(Service(index, Assistant(index, getattr(request, "param", None))), token=TOKEN)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(app, log_config=None))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        address = f"http://127.0.0.1:{port}/v1"
        with openai.OpenAI(api_key=TOKEN, base_url=address, max_retries=0, timeout=30) as asking:
            yield asking
        server.should_exit = True
        thread.join(30)


def say(content: object, role: str = "user") -> dict[str, object]:
    return {"role": role, "content": content}


def whole(client: openai.OpenAI, *messages: dict[str, object]) -> tuple[str, list[object]]:
    """Return the text of an answer and its annotations."""
    made = client.chat.completions.create(model="wenju", messages=list(messages))
    (choice,) = made.choices
    assert choice.finish_reason == "stop"
    return choice.message.content, [note.url_citation for note in choice.message.annotations]


def streamed(client: openai.OpenAI, *messages: dict[str, object]) -> tuple[str, list[object]]:
    """Return the same from a stream."""
    text, notes, finish = "", [], None
    with client.chat.completions.create(
        model="wenju", messages=list(messages), stream=True, temperature=0.2, user="甲"
    ) as chunks:
        for chunk in chunks:
            (choice,) = chunk.choices
            text += choice.delta.content or ""
            notes += (choice.delta.model_extra or {}).get("annotations") or []
            finish = choice.finish_reason or finish
    assert finish == "stop"
    return text, [note["url_citation"] for note in notes]


def test_the_model_is_listed(client: openai.OpenAI) -> None:
    (model,) = client.models.list()
    assert (model.id, model.owned_by) == ("wenju", "wenju")


def test_an_answer_has_its_sources_in_the_text_and_as_annotations(
    client: openai.OpenAI, index: Index
) -> None:
    text, notes = whole(client, say("你是助手。", "system"), say(QUESTION))
    statement, sources = text.split(f"\n\n{SOURCES}\n")
    assert "13.9亿元" in statement
    assert "[1] 《青川县2022年政府工作报告》" in sources
    assert notes
    for note in notes:
        assert text[note.start_index : note.end_index] in ("[1]", "[2]", "[3]")
        assert "工作报告" in note.title
    # The address gives the quote.
    place = str(notes[0].url)
    path = place[place.index("/documents/") :]
    part = client._client.get(str(client.base_url.join(path)), headers=client.auth_headers).json()
    assert part["text"] in text
    assert "13.9亿元" in part["text"]


def test_the_stream_says_the_same(client: openai.OpenAI) -> None:
    text, notes = whole(client, say(QUESTION))
    assert streamed(client, say([{"type": "text", "text": QUESTION}])) == (
        text,
        [note.model_dump() for note in notes],
    )


def test_a_follow_up_is_understood_from_the_messages_before(client: openai.OpenAI) -> None:
    before, _ = whole(client, say(QUESTION))
    text, _ = whole(client, say(QUESTION), say(before, "assistant"), say("那2020年呢？"))
    assert "12.6亿元" in text


def test_a_refusal_names_the_nearest_passages(client: openai.OpenAI) -> None:
    text, notes = streamed(client, say("火星有几颗卫星？"))
    assert NEAREST in text
    assert SOURCES not in text
    assert notes == []


@pytest.mark.parametrize(
    "client",
    [Talkative("财政收入13.9", "亿元[1]。", "就业也", "增加了[1]。", "\n还有[2]。")],
    indirect=True,
)
def test_what_a_model_writes_is_sent_sentence_by_sentence(client: openai.OpenAI) -> None:
    text, notes = whole(client, say(QUESTION))
    assert streamed(client, say(QUESTION)) == (text, [note.model_dump() for note in notes])


@pytest.mark.parametrize(
    "client", [Talkative("县里一切都好[1]。", "今年也", "很好[1]。再说", fails=True)], indirect=True
)
def test_what_a_failing_model_has_written_is_said_to_be_replaced(client: openai.OpenAI) -> None:
    text, notes = streamed(client, say(QUESTION))
    before, after = text.split(f"\n\n{REPLACED}\n\n")
    assert before.startswith("县里一切都好")
    assert after.startswith("模型的回答没有写完")
    assert "13.9亿元" in after
    for note in notes:
        assert text[note["start_index"] : note["end_index"]].startswith("[")
        assert note["start_index"] > len(before)


@pytest.mark.parametrize(
    ("model", "messages", "error", "words"),
    [
        ("gpt-9", [say(QUESTION)], openai.NotFoundError, "wenju"),
        ("wenju", [say("甲", "assistant")], openai.UnprocessableEntityError, "最后一条消息"),
        ("wenju", [say("  ")], openai.UnprocessableEntityError, "最后一条消息"),
        ("wenju", [say("问" * 2001)], openai.UnprocessableEntityError, "2000"),
        ("wenju", [], openai.UnprocessableEntityError, "messages 不能为空"),
        ("wenju", [say("甲", "judge")], openai.UnprocessableEntityError, "messages.0.role"),
        ("wenju", [say([{"type": "image_url", "image_url": {"url": "x"}}])], openai.UnprocessableEntityError, "messages.0.content"),
        ("wenju", [say("问" * 3_400_000)], openai.APIStatusError, "1 MB"),
    ],
)  # fmt: skip
def test_the_client_is_told_what_is_wrong(
    client: openai.OpenAI, model: str, messages: list[object], error: type[Exception], words: str
) -> None:
    for stream in (False, True):
        with pytest.raises(error) as raised:
            client.chat.completions.create(model=model, messages=messages, stream=stream)
        assert words in raised.value.body["message"]


def test_a_wrong_key_is_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.AuthenticationError, match="Bearer"):
        client.with_options(api_key="wrong").models.list()
