"""The chat page asked by a program: the official client of Gradio, over a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from ports import free_port

from ui.chat import build_app, launch

# Gradio counts its requests in a way that pandas has announced the end of.
pytestmark = pytest.mark.filterwarnings("ignore:.*(no_silent_downcasting|copy keyword)")

QUESTION = "青川县2021年财政收入是多少？"


@pytest.fixture(scope="module")
def client(index_dir: Path) -> Iterator[Client]:
    app = build_app(index_dir)
    client = Client(
        launch(app, host="127.0.0.1", port=free_port()), verbose=False, analytics_enabled=False
    )
    yield client
    client.close()
    app.close(verbose=False)


def test_a_program_can_ask_and_search(client: Client) -> None:
    answer = json.loads(client.predict(QUESTION, api_name="/ask"))
    assert answer["grounded"]
    assert "13.9亿元" in answer["text"]
    assert answer["sources"][0]["title"] == "青川县2022年政府工作报告"
    found = json.loads(client.predict("财政收入", 2, api_name="/search"))
    assert len(found["passages"]) == 2


def test_these_are_the_only_endpoints(client: Client) -> None:
    described = client.view_api(return_format="dict", print_info=False)
    assert set(described["named_endpoints"]) == {"/ask", "/search"}
    assert described["unnamed_endpoints"] == {}


@pytest.mark.parametrize(
    ("arguments", "name", "words"),
    [((" ",), "/ask", "空白"), (("问" * 2001,), "/ask", "2000"), (("财政", 0), "/search", "top_k")],
)
def test_a_bad_request_gets_a_sentence(
    client: Client, arguments: tuple[object, ...], name: str, words: str
) -> None:
    with pytest.raises(AppError, match=words):
        client.predict(*arguments, api_name=name)
