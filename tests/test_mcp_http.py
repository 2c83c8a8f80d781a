"""The tools of the chat with the official client, over HTTP on loopback."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

pytest.importorskip("mcp", reason="mcp is not installed")

from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from ports import free_port

from index import open_index
from ui.access import Access, read_users, user_line
from ui.chat import build_app, launch
from ui.site import Site

# Gradio counts its requests in a way that pandas has announced the end of.
pytestmark = pytest.mark.filterwarnings("ignore:.*(no_silent_downcasting|copy keyword)")

QUESTION = "青川县2021年财政收入是多少？"
PING = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
ACCEPT = {"accept": "application/json, text/event-stream"}


def served(index_dir: Path, access: Access, *, mcp: bool = True) -> Iterator[str]:
    index = open_index(index_dir)
    app = build_app(index, site=Site(index, access=access), mcp=mcp)
    yield launch(app, host="127.0.0.1", port=free_port())
    app.close(verbose=False)


@pytest.fixture(scope="module")
def alone(index_dir: Path) -> Iterator[str]:
    """The address of a chat that only this machine reaches."""
    yield from served(index_dir, Access())


@pytest.fixture(scope="module")
def shared(index_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a chat that asks for a name and a password."""
    file = tmp_path_factory.mktemp("users") / "users.txt"
    file.write_text(user_line("读者", "password-1"), encoding="utf-8")
    yield from served(index_dir, Access(read_users(file), local=False))


def asked(address: str, auth: tuple[str, str] | None = None) -> tuple[set[str], dict[str, object]]:
    """Return the tools there, and the answer of one."""

    async def run() -> tuple[set[str], dict[str, object]]:
        async with (
            httpx.AsyncClient(auth=httpx.BasicAuth(*auth) if auth else None) as http,
            Client(streamable_http_client(f"{address}/mcp", http_client=http)) as client,
        ):
            tools = {tool.name for tool in (await client.list_tools()).tools}
            result = await client.call_tool("ask_reports", {"question": QUESTION})
            assert not result.is_error, result.content
            return tools, result.structured_content

    return asyncio.run(asyncio.wait_for(run(), 60))


def test_a_program_asks_over_http(alone: str) -> None:
    tools, answer = asked(alone)
    assert tools == {"ask_reports", "search_reports", "list_documents", "read_document"}
    assert answer["grounded"]
    assert "13.9亿元" in answer["text"]


def test_a_program_signs_in_with_a_name_and_a_password(shared: str) -> None:
    _, answer = asked(shared, ("读者", "password-1"))
    assert "13.9亿元" in answer["text"]


def test_nothing_is_told_to_strangers(shared: str) -> None:
    with httpx.Client(base_url=shared, headers=ACCEPT) as stranger:
        told = stranger.post("/mcp", json=PING)
        assert told.status_code == 401
        assert told.headers["www-authenticate"].startswith("Basic ")
        for sent in ("Basic ???", "Basic eA==", "Bearer password-1"):
            assert stranger.post("/mcp", json=PING, headers={"authorization": sent}).is_error


def test_guesses_are_counted_and_what_was_right_stays_so(shared: str) -> None:
    right = f"Basic {b64encode('读者:password-1'.encode()).decode()}"

    def answered(authorization: str) -> int:
        headers = {**ACCEPT, "authorization": authorization}
        return httpx.post(f"{shared}/mcp", json=PING, headers=headers).status_code

    assert answered(right) == 200
    for number in range(12):
        guess = b64encode(f"读者:guess-{number}".encode()).decode()
        assert answered(f"Basic {guess}") == 401
    assert answered(right) == 200
    # Not looked at any more: written this way it was not sent before.
    assert answered(right.replace("Basic", "basic")) == 401


def test_who_is_signed_in_to_the_page_may_use_the_tools(shared: str) -> None:
    with httpx.Client(base_url=shared, headers=ACCEPT) as reader:
        reader.post("/login", data={"username": "读者", "password": "password-1"})
        assert reader.post("/mcp", json=PING).status_code == 200


def test_the_guard_of_the_page_stands_before_the_tools(alone: str) -> None:
    with httpx.Client(base_url=alone, headers=ACCEPT) as client:
        assert client.post("/mcp", json=PING, headers={"host": "evil.example"}).status_code == 421
        crossing = {"sec-fetch-site": "cross-site"}
        assert client.post("/mcp", json=PING, headers=crossing).status_code == 403
        assert client.post("/mcp", json={"a": "x" * 2**20}).status_code == 413
        assert client.get("/mcp").status_code == 405


def test_without_being_asked_for_there_are_no_tools(index_dir: Path) -> None:
    for address in served(index_dir, Access(), mcp=False):
        assert httpx.post(f"{address}/mcp", json=PING, headers=ACCEPT).status_code in (404, 405)
