"""Wenju as tools for an assistant program, over the Model Context Protocol on stdin and stdout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from index.errors import ExtraMissing, WenjuError
from ui.api.records import (
    DocumentId,
    DocumentPart,
    FirstYear,
    Found,
    LastYear,
    Length,
    Limit,
    Listing,
    Offset,
    PathPattern,
    Question,
    Reply,
    Start,
    TitlePart,
    Titles,
    TopK,
    conditions,
)
from ui.api.service import Service
from ui.render import without_local_paths

if TYPE_CHECKING:
    from mcp.server import MCPServer

INSTRUCTIONS = (
    "问据在一批中文报告里查找并回答。事实问题先用 ask_reports：它的每句话都带标号和原句，"
    "引用时请保留标题、页码和原句。它说没有答案时，报告里多半没有，不要自己补上；"
    "可以用 search_reports 换个说法再找，或用 read_document 读原文。"
)


def build_server(service: Service) -> MCPServer:
    """Return the server of a collection's tools; all of them only read.

    Raises ExtraMissing where the `mcp` package is not installed.
    """
    try:
        from mcp.server import MCPServer
        from mcp.types import ToolAnnotations
    except ModuleNotFoundError as error:
        if error.name != "mcp":
            raise
        message = "wenju mcp 需要 mcp，请安装：pip install 'wenju[mcp]'"
        raise ExtraMissing(message) from error

    def search_reports(  # noqa: PLR0913 - each is a wish of its own
        question: Question,
        top_k: TopK = 5,
        first_year: FirstYear = None,
        last_year: LastYear = None,
        titles: Titles = [],  # noqa: B006 - never changed
        path: PathPattern = None,
    ) -> Found:
        """在报告里查找与问题最相近的段落，给出原文、标题、年份、页码和位置。"""
        with _told():
            return service.search(question, top_k, conditions(first_year, last_year, titles, path))

    def ask_reports(
        question: Question,
        first_year: FirstYear = None,
        last_year: LastYear = None,
        titles: Titles = [],  # noqa: B006 - never changed
        path: PathPattern = None,
    ) -> Reply:
        """用报告回答一个问题。每句话都带标号 [n]，sources 里是它的原句和出处；
        grounded 为 false 表示报告里没有答案，nearest 是最相近的段落。"""
        with _told():
            keep = conditions(first_year, last_year, titles, path)
            return service.ask(question, (), keep)

    def list_documents(title: TitlePart = "", offset: Offset = 0, limit: Limit = 50) -> Listing:
        """列出报告：document_id、路径、标题、年份。"""
        return service.documents(offset, limit, title)

    def read_document(
        document_id: DocumentId, start: Start = 0, length: Length = 4000
    ) -> DocumentPart:
        """读一份报告的一部分，从第 start 个字起最多 length 个字；来源里的 start 就是这个数。"""
        with _told():
            return service.read(document_id, start, length)

    server = MCPServer("wenju", title="问据", instructions=INSTRUCTIONS, log_level="WARNING")
    only_reads = ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )
    for tool in (search_reports, ask_reports, list_documents, read_document):
        server.tool(annotations=only_reads)(tool)
    return server


@contextmanager
def _told() -> Iterator[None]:
    """Hand what went wrong to the caller as a sentence instead of as a fault of the program."""
    from mcp.server.mcpserver.exceptions import ToolError

    try:
        yield
    except WenjuError as error:
        raise ToolError(without_local_paths(str(error))) from error
