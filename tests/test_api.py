"""The HTTP API: a real server on loopback, asked by real clients."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from index import Index, build, open_index
from index.errors import ModelFailed
from rag import Assistant
from ui.api.server import LARGEST_REQUEST, build_api
from ui.api.service import Service

QUESTION = "青川县2021年财政收入是多少？"
TOKEN = "a-token-that-nobody-guesses"


@dataclass
class Model:
    """A language model that writes when it is told to, and knows when it is left alone."""

    pieces: list[str] = field(default_factory=list)
    go_on: threading.Event = field(default_factory=threading.Event)
    left: threading.Event = field(default_factory=threading.Event)

    def stream(self, messages: list[dict[str, str]]) -> Iterator[str]:
        try:
            for piece in self.pieces:
                yield piece
                assert self.go_on.wait(30)
            message = "模型的回答没有写完（连接断了）"
            raise ModelFailed(message)
        finally:
            self.left.set()


@dataclass(frozen=True)
class Server:
    """A running server, and a client that talks to it."""

    address: str
    client: httpx.Client


@pytest.fixture(scope="module")
def index(index_dir: Path) -> Index:
    return open_index(index_dir)


@pytest.fixture(scope="module", autouse=True)
def no_proxy() -> Iterator[None]:
    """No proxy stands between this machine and itself."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("no_proxy", "NO_PROXY"):
            patch.setenv(name, "127.0.0.1")
        yield


class Running:
    """A server in a thread, from `with` to its end."""

    def __init__(self, service: Service, **options: object) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self._ready = threading.Event()
        app = build_api(service, **options)
        self._server = uvicorn.Server(
            uvicorn.Config(app, port=self._port, log_config=None, timeout_graceful_shutdown=5)
        )
        start = self._server.startup

        async def startup(sockets: object = None) -> None:
            await start(sockets)
            self._ready.set()

        self._server.startup = startup
        self._thread = threading.Thread(target=self._server.run)

    def __enter__(self) -> Server:
        self._thread.start()
        assert self._ready.wait(30)
        address = f"http://127.0.0.1:{self._port}"
        self._client = httpx.Client(base_url=address, timeout=30, trust_env=False)
        return Server(address, self._client)

    def __exit__(self, *problem: object) -> None:
        self._client.close()
        self._server.should_exit = True
        self._thread.join(30)


@pytest.fixture(scope="module")
def server(index: Index) -> Iterator[Server]:
    with Running(Service(index, Assistant(index))) as running:
        yield running


def told(response: httpx.Response, status: int) -> str:
    """Return the sentence of an error after checking its form."""
    assert response.status_code == status, response.text
    (name,) = response.json()
    error = response.json()[name]
    assert set(error) == {"message", "type", "code"}
    assert error["message"].endswith("。")
    return error["message"]


def events(text: str) -> list[tuple[str, dict[str, object]]]:
    """Return the events of a stream: name and data."""
    blocks = [block.split("\n") for block in text.strip().split("\n\n")]
    return [
        (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for name, data in blocks
    ]


# ---- answers ----


def test_an_answer_carries_its_sources_and_they_can_be_read(server: Server, index: Index) -> None:
    answer = server.client.post("/ask", json={"question": QUESTION}).json()
    assert answer["grounded"]
    assert "13.9亿元" in answer["text"]
    source = answer["sources"][0]
    place = {"start": source["start"], "length": source["end"] - source["start"]}
    part = server.client.get(f"/documents/{source['document_id']}", params=place).json()
    assert part["text"] == source["quote"]
    assert part["length"] == len(index.document(source["document_id"]).text)


def test_a_follow_up_is_completed(server: Server) -> None:
    history = [{"question": QUESTION, "answer": "13.9亿元。"}]
    asked = {"question": "那2020年呢？", "history": history}
    answer = server.client.post("/ask", json=asked).json()
    assert answer["question"] == "青川县2020年财政收入是多少"
    assert "12.6亿元" in answer["text"]


def test_a_refusal_is_an_answer_with_the_nearest_passages(server: Server) -> None:
    answer = server.client.post("/ask", json={"question": "火星有几颗卫星？"}).json()
    assert answer["grounded"] is False
    assert answer["sources"] == []
    assert len(answer["nearest"]) == 3


def test_a_search_keeps_to_the_reports_asked_for(server: Server) -> None:
    found = server.client.post(
        "/search", json={"question": "财政收入", "first_year": 2022, "path": "*.md", "top_k": 4}
    ).json()
    assert {passage["year"] for passage in found["passages"]} == {2022}
    none = server.client.post("/search", json={"question": "财政收入", "titles": ["年鉴"]}).json()
    assert none["passages"] == []
    assert "没有符合条件的报告" in none["notice"]


def test_documents_are_listed_page_by_page(server: Server) -> None:
    first = server.client.get("/documents", params={"limit": 3}).json()
    rest = server.client.get("/documents", params={"offset": 3}).json()
    assert first["total"] == rest["total"] == 4
    paths = [entry["path"] for entry in first["documents"] + rest["documents"]]
    assert len(paths) == 4
    assert paths == sorted(paths)
    named = server.client.get("/documents", params={"title": "防汛"}).json()
    assert [entry["title"] for entry in named["documents"]] == ["關於加強防汛工作的通知"]


def test_the_stream_grows_to_the_same_answer(server: Server) -> None:
    whole = server.client.post("/ask", json={"question": QUESTION}).json()
    response = server.client.post("/ask/stream", json={"question": QUESTION})
    assert response.headers["content-type"].startswith("text/event-stream")
    *growing, (last, done) = events(response.text)
    assert {name for name, _ in growing} == {"answer"}
    assert (last, done) == ("done", whole)
    assert all(done["text"].startswith(answer["text"]) for _, answer in growing)


def test_a_stream_that_a_model_breaks_off_ends_with_the_reports_own_words(index: Index) -> None:
    model = Model(["财政收入", "13.9亿元"])
    model.go_on.set()
    with Running(Service(index, Assistant(index, model))) as server:
        found = events(server.client.post("/ask/stream", json={"question": QUESTION}).text)
        done = found[-1][1]
        assert done["kind"] == "extract"
        assert "没有写完" in done["notice"]
        assert "13.9亿元" in done["text"]


def test_a_client_that_leaves_ends_the_writing(index: Index) -> None:
    model = Model(["财政收入", "13.9亿元", "。"] * 50)
    with Running(Service(index, Assistant(index, model))) as server:
        with server.client.stream("POST", "/ask/stream", json={"question": QUESTION}) as response:
            assert next(response.iter_lines()) == "event: answer"
        assert not model.left.is_set()
        model.go_on.set()
        assert model.left.wait(30)
        assert server.client.get("/health").json()["status"] == "ok"


# ---- what goes wrong ----


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, ["缺少 question"]),
        ({"question": ""}, ["question", "不能为空"]),
        ({"question": " \n"}, ["question", "空白"]),
        ({"question": "问" * 2001}, ["2000"]),
        ({"question": 3}, ["question", "文字"]),
        ({"question": "财政", "year": 2021}, ["没有 year 这个字段"]),
        ({"question": "财政", "first_year": 2022, "last_year": 2021}, ["2022", "晚于"]),
        ({"question": "\x1f"}, ["请写下一个问题"]),
        ({"question": "财政", "titles": [" "]}, ["titles.0", "空白"]),
        ({"question": "财政", "titles": "报告"}, ["titles", "一组值"]),
        ({"question": "财政", "path": " "}, ["path", "空白"]),
        ({"question": "财政", "history": [{"question": "甲"}]}, ["缺少 history.0.answer"]),
        ([], ["JSON 对象"]),
    ],
)
def test_a_bad_request_gets_a_sentence(server: Server, asked: object, words: list[str]) -> None:
    for address in ("/ask", "/ask/stream"):
        sentence = told(server.client.post(address, json=asked), 422)
        assert all(word in sentence for word in words), sentence


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b'{"question": "\\ud800"}', b'{"\\ud800": 1}', b"[" * 100_000]
)
def test_what_is_no_json_gets_a_sentence(server: Server, body: bytes) -> None:
    response = server.client.post(
        "/ask", content=body, headers={"Content-Type": "application/json"}
    )
    assert response.status_code in (400, 422)
    told(response, response.status_code)


def test_a_form_of_another_page_is_not_read(server: Server) -> None:
    body = json.dumps({"question": QUESTION})
    response = server.client.post("/ask", content=body, headers={"Content-Type": "text/plain"})
    told(response, 422)


def test_a_request_of_ten_megabytes_is_refused_and_the_server_goes_on(server: Server) -> None:
    large = {"question": "问", "titles": ["甲" * 3_400_000]}
    assert "1 MB" in told(server.client.post("/ask", json=large), 413)

    def without_length() -> Iterator[bytes]:
        for _ in range(LARGEST_REQUEST // 100_000 + 1):
            yield b" " * 100_000

    headers = {"Content-Type": "application/json"}
    response = server.client.post("/ask", content=without_length(), headers=headers)
    assert "1 MB" in told(response, 413)
    assert server.client.post("/ask", json={"question": QUESTION}).json()["grounded"]


def test_unknown_places_get_a_sentence(server: Server) -> None:
    assert "没有这份文档" in told(server.client.get("/documents/no"), 404)
    assert "openapi.json" in told(server.client.get("/nothing"), 404)
    told(server.client.get("/documents/..%2F..%2Fetc%2Fpasswd"), 404)
    told(server.client.get("/ask"), 405)
    assert "limit 最多为 1000" in told(server.client.get("/documents?limit=5000"), 422)


def test_an_index_that_cannot_be_used_is_told_without_its_folder(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(corpus, tmp_path / "index")
    opened = open_index(tmp_path / "index")
    service = Service(opened, Assistant(opened))
    with Running(service) as server:
        fingerprint = type(opened.generation.manifest)
        monkeypatch.setattr(opened.generation, "manifest", _with(fingerprint, opened))
        for address in ("/ask", "/ask/stream", "/search"):
            sentence = told(server.client.post(address, json={"question": "财政"}), 503)
            assert "wenju build" in sentence
            assert str(tmp_path) not in sentence


def _with(kind: type, opened: Index) -> object:
    """Return the manifest of an index as another model would have made it."""
    manifest = opened.generation.manifest
    values = {name: getattr(manifest, name) for name in kind.__slots__}
    return kind(**{**values, "fingerprint": "another"})


def test_a_fault_of_our_own_gets_a_sentence(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(index, Assistant(index))

    def fail(*arguments: object) -> None:
        message = "/secret/place"
        raise RuntimeError(message)

    monkeypatch.setattr(service, "documents", fail)
    with Running(service) as server:
        response = server.client.get("/documents")
        assert "日志" in told(response, 500)
        assert "secret" not in response.text


# ---- running it ----


def test_metrics_count_requests_and_answers(index: Index) -> None:
    with Running(Service(index, Assistant(index))) as server:
        server.client.post("/ask", json={"question": QUESTION})
        server.client.post("/ask/stream", json={"question": "火星有几颗卫星？"})
        server.client.get("/documents/no")
        server.client.get("/a/path/of/my/own")
        response = server.client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    lines = response.text.splitlines()
    for line in (
        'wenju_requests_total{method="POST",route="/ask",status="200"} 1.0',
        'wenju_requests_total{method="GET",route="/documents/{document_id}",status="404"} 1.0',
        'wenju_requests_total{method="other",route="other",status="404"} 1.0',
        'wenju_answers_total{grounded="true",kind="extract"} 1.0',
        'wenju_answers_total{grounded="false",kind="extract"} 1.0',
        'wenju_request_seconds_count{route="/ask/stream"} 1.0',
        "wenju_index_documents 4.0",
    ):
        assert line in lines
    assert "own" not in response.text


def test_a_token_is_asked_for(index: Index) -> None:
    with Running(Service(index, Assistant(index)), token=TOKEN) as server:
        assert server.client.get("/health").status_code == 200
        for given in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}):
            for address in ("/documents", "/metrics", "/v1/models"):
                response = server.client.get(address, headers=given)
                assert "Bearer" in told(response, 401)
                assert response.headers["www-authenticate"] == "Bearer"
        right = {"Authorization": f"Bearer {TOKEN}"}
        assert server.client.get("/documents", headers=right).status_code == 200


def test_the_log_holds_no_question_unless_wished(
    index: Index, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for wished in (False, True):
        caplog.clear()
        with Running(Service(index, Assistant(index)), log_questions=wished) as server:
            server.client.post("/ask", json={"question": QUESTION})
            server.client.get("/documents", params={"title": "防汛"})
        assert "POST /ask 200" in caplog.text
        assert (QUESTION in caplog.text) == wished
        assert "防汛" not in caplog.text


def test_nothing_of_this_machine_is_in_the_description(server: Server, index_dir: Path) -> None:
    described = server.client.get("/openapi.json").text
    health = server.client.get("/health").text
    for text in (described, health):
        assert str(index_dir) not in text
    assert "http" not in json.loads(described).get("servers", [{}])[0].get("url", "")
    assert server.client.get("/docs").status_code == 404


def test_the_server_is_as_it_describes_itself(index: Index) -> None:
    app = build_api(Service(index, Assistant(index)), token=TOKEN)
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    tried: set[str] = set()
    for operation in (found.ok() for found in schema.get_all_operations()):

        @settings(max_examples=8, deadline=None, derandomize=True, database=None)
        @given(case=operation.as_strategy())
        def check(case: schemathesis.Case) -> None:
            tried.add(case.operation.label)
            # That one year is not later than another is more than a schema can say.
            case.call_and_validate(
                headers={"Authorization": f"Bearer {TOKEN}"},
                excluded_checks=[positive_data_acceptance],
            )

        check()
    assert len(tried) == 9
