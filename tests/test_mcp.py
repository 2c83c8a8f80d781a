"""`wenju mcp` with the official client, over the pipes of a real process."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mcp", reason="mcp is not installed")

from mcp import Client, StdioServerParameters, stdio_client
from without import run_without

from index import open_index

ROOT = Path(__file__).parents[1]
QUESTION = "青川县2021年财政收入是多少？"


def talk(index_dir: Path, conversation: Callable[[Client], Awaitable[None]]) -> None:
    """Start the program, hold a conversation with it and end it."""
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "ui.cli", "mcp", "--index", str(index_dir)],
        cwd=ROOT,
    )

    async def run() -> None:
        async with Client(stdio_client(server)) as client:
            await conversation(client)

    asyncio.run(asyncio.wait_for(run(), 120))


async def call(client: Client, tool: str, **arguments: object) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert json.loads(result.content[0].text) == result.structured_content
    return result.structured_content


async def refused(client: Client, tool: str, **arguments: object) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return result.content[0].text


def test_an_assistant_program_finds_asks_lists_and_reads(index_dir: Path) -> None:
    index = open_index(index_dir)

    async def conversation(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"ask_reports", "search_reports", "list_documents", "read_document"}
        assert all(tool.annotations.read_only_hint for tool in tools.values())
        assert "sources" in tools["ask_reports"].output_schema["properties"]

        answer = await call(client, "ask_reports", question=QUESTION)
        assert answer["grounded"]
        assert "13.9亿元" in answer["text"]
        assert "[1]" in answer["text"]
        (source,) = (s for s in answer["sources"] if s["number"] == 1)
        whole = index.document(source["document_id"])
        assert whole.text[source["start"] : source["end"]] == source["quote"]

        start, end = source["start"], source["end"]
        part = await call(
            client,
            "read_document",
            document_id=source["document_id"],
            start=start,
            length=end - start,
        )
        assert part["text"] == source["quote"]
        assert (part["start"], part["end"], part["length"]) == (start, end, len(whole.text))

        found = await call(client, "search_reports", question="财政收入", last_year=2021, top_k=3)
        assert {passage["year"] for passage in found["passages"]} == {2021}
        refusal = await call(client, "ask_reports", question="火星有几颗卫星？")
        assert not refusal["grounded"]
        assert refusal["sources"] == []
        assert refusal["nearest"]
        listed = await call(client, "list_documents", title="工作报告", limit=1)
        assert listed["total"] == 2
        assert len(listed["documents"]) == 1

    talk(index_dir, conversation)


def test_bad_requests_get_a_sentence_and_the_program_goes_on(index_dir: Path) -> None:
    async def conversation(client: Client) -> None:
        assert "问题" in await refused(client, "ask_reports", question="\x1f")
        assert "没有这份文档" in await refused(client, "read_document", document_id="../../etc")
        told = await refused(
            client, "search_reports", question="财政", first_year=2022, last_year=2021
        )
        assert "晚于" in told
        assert "titles" in await refused(client, "search_reports", question="财政", titles="报告")
        none = await call(client, "search_reports", question="财政收入", first_year=2030)
        assert none["passages"] == []
        assert "没有符合条件的报告" in none["notice"]

    talk(index_dir, conversation)


def test_without_the_library_it_says_what_to_install(index_dir: Path) -> None:
    code = f"from ui.cli import app; app(['mcp', '--index', {str(index_dir)!r}])"
    done = run_without("mcp", code)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == "出错：wenju mcp 需要 mcp，请安装：pip install 'wenju[mcp]'\n"
