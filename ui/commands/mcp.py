"""`wenju mcp`: the tools for desktop assistants, over standard input and output."""

from __future__ import annotations

from ui.commands.options import (
    DEFAULT_INDEX,
    BaseUrlOption,
    ChatModelOption,
    IndexOption,
    RerankerOption,
    chat_model,
    reranker_of,
)
from ui.terminal import told_plainly


def mcp(
    index: IndexOption = DEFAULT_INDEX,
    model: ChatModelOption = None,
    base_url: BaseUrlOption = None,
    reranker: RerankerOption = None,
) -> None:
    """作为工具供桌面助手使用（MCP，标准输入输出）。"""
    with told_plainly():
        from index import open_index
        from rag import Assistant
        from ui.api.service import Service
        from ui.api.tools import build_server

        opened = open_index(index)
        writer = chat_model(model, base_url)
        assistant = Assistant(opened, writer, reranker=reranker_of(reranker))
        server = build_server(Service(opened, assistant))
        server.run("stdio")
