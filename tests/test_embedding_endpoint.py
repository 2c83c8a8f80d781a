"""An embedding model behind an address: the real client and a real server on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from stub_embedder import StubEmbedder
from typer.testing import CliRunner

from index import build, open_index
from index.embed import load_embedder
from index.embed.endpoint import ADDRESS
from index.errors import EmbedderUnavailable
from rag import Retriever
from ui.cli import app

pytest.importorskip("openai", reason="openai is not installed")

SECRET = "sk-xyzzy-4711-never-to-be-seen"
Vectors = Callable[[str], list[float]]


class Server(ThreadingHTTPServer):
    """Gives vectors, or what `status` and `vector` say instead; remembers what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.sent: list[str] = []
        self.status = 200
        self.vector: Vectors = lambda text: (3 * StubEmbedder().embed_query(text)).tolist()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.path == "/v1/embeddings"
        self.server.sent += asked["input"]
        data = [
            {"object": "embedding", "index": n, "embedding": self.server.vector(text)}
            for n, text in enumerate(asked["input"])
        ]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        told = {"object": "list", "model": asked["model"], "data": data, "usage": usage}
        if self.server.status != 200:
            told = {"error": {"message": f"no key {self.headers['Authorization']}"}}
        body = json.dumps(told).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the output of the tests clean."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with Server() as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        monkeypatch.setenv(ADDRESS, made.address)
        monkeypatch.setenv("OPENAI_API_KEY", SECRET)
        yield made
        made.shutdown()


def test_it_builds_and_answers(server: Server, corpus: Path, tmp_path: Path) -> None:
    report = build(corpus, tmp_path / "i", model="endpoint:zh-embedder")
    opened = open_index(tmp_path / "i")
    assert (opened.manifest.model, opened.manifest.dimension) == ("endpoint:zh-embedder", 16)
    assert report.embedded == opened.manifest.chunks > 0
    assert Retriever(opened).search("财政收入")
    assert server.sent[-1] == "财政收入"
    # Nothing is embedded twice, and neither address nor key is kept.
    assert build(corpus, tmp_path / "i", model="endpoint:zh-embedder").embedded == 0
    kept = [path.read_bytes() for path in (tmp_path / "i").rglob("*") if path.is_file()]
    assert not any(SECRET.encode() in data or b"127.0.0.1" in data for data in kept)


def test_vectors_have_unit_length_and_their_order(server: Server) -> None:
    embedder = load_embedder("endpoint:m")
    texts = [f"第{n}段" for n in range(70)]
    vectors = embedder.embed_documents(texts)
    assert (vectors.shape, vectors.dtype) == ((70, 16), np.float32)
    for vector, text in zip(vectors, texts, strict=True):
        assert vector == pytest.approx(StubEmbedder().embed_query(text), abs=1e-6)
    assert embedder.embed_documents([]).shape == (0, 16)
    assert np.isfinite(embedder.embed_documents(["", "\ud800"])).all()


def test_an_e5_model_gets_its_prompts(server: Server) -> None:
    embedder = load_embedder("endpoint:multilingual-e5-base")
    embedder.embed_documents(["甲"])
    embedder.embed_query("乙")
    assert server.sent[-2:] == ["passage: 甲", "query: 乙"]


@pytest.mark.parametrize(
    ("vector", "fault"),
    [
        (lambda _: [0.0] * 16, "数值不对"),
        (lambda _: [float("nan")] * 16, "数值不对"),
        (lambda _: [], "数值不对"),
        (lambda _: ["x"], "读不懂|数值不对"),
        (lambda _: None, "读不懂|数值不对"),
    ],
)
def test_what_is_no_vector_is_told(vector: Vectors, fault: str, server: Server) -> None:
    server.vector = vector
    with pytest.raises(EmbedderUnavailable, match=fault):
        load_embedder("endpoint:m")


def test_a_vector_of_another_width_is_told(server: Server) -> None:
    embedder = load_embedder("endpoint:m")
    server.vector = lambda _: [1.0] * 8
    with pytest.raises(EmbedderUnavailable, match="维数"):
        embedder.embed_query("甲")


@pytest.mark.parametrize("status", [401, 404])
def test_a_refusal_is_told_without_the_key(status: int, server: Server) -> None:
    server.status = status
    with pytest.raises(EmbedderUnavailable, match=str(status)) as caught:
        load_embedder("endpoint:m")
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("", f"export {ADDRESS}="),
        ("ftp://x", "http://"),
        ("http://a:b@127.0.0.1:1/v1", "密码"),
        ("http://127.0.0.1:9/v1", "连不上接口"),
    ],
)
def test_an_address_that_does_not_serve_is_told(
    address: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ADDRESS, address)
    with pytest.raises(EmbedderUnavailable, match=told):
        load_embedder("endpoint:m")


def test_the_command_line_builds_with_it(
    server: Server, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whatever the command sets is to be gone after the test.
    monkeypatch.setenv(ADDRESS, "http://127.0.0.1:9/v1")
    folder = tmp_path / "i"
    told = ["build", str(corpus), "-o", str(folder), "--model", "m", "--embed-url", server.address]
    run = CliRunner().invoke(app, told)
    assert run.exit_code == 0, run.output
    assert open_index(folder).manifest.model == "endpoint:m"
