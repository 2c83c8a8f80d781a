"""`wenju chat`: the page in the browser."""

from __future__ import annotations

from enum import Enum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from ui.commands.build import build_with_progress, print_report
from ui.commands.options import (
    DEFAULT_INDEX,
    BaseUrlOption,
    ChatModelOption,
    HostOption,
    IndexOption,
    PortOption,
    RerankerOption,
    chat_model,
    reranker_of,
)
from ui.terminal import told_plainly


class Language(str, Enum):
    """A language of the chat page."""

    zh = "zh"
    zh_hant = "zh-Hant"
    en = "en"


def chat(  # noqa: PLR0913 - each is an option of the command
    index: IndexOption = DEFAULT_INDEX,
    corpus: Annotated[
        Path | None, typer.Option("--corpus", help="先用这个文件夹建立或更新索引")
    ] = None,
    embedding_model: Annotated[
        str, typer.Option("--embedding-model", help="与 --corpus 同用：同 build 的 --model")
    ] = "bundled",
    model: ChatModelOption = None,
    base_url: BaseUrlOption = None,
    reranker: RerankerOption = None,
    host: HostOption = "127.0.0.1",
    port: PortOption = 7860,
    language: Annotated[Language, typer.Option("--lang", help="界面语言")] = Language.zh,
    auth_file: Annotated[
        Path | None,
        typer.Option("--auth-file", help="用户文件，每行由 wenju password 生成；打开时要登录"),
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help="不登录也能从别的机器打开；不能增删报告")
    ] = False,
    mcp: Annotated[bool, typer.Option("--mcp", help="也作为 MCP 工具，地址后面加 /mcp")] = False,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="打开浏览器")] = False,
) -> None:
    """在浏览器里提问。"""
    with told_plainly():
        from ui.access import access_for
        from ui.address import check_address

        check_address(host, port)
        access = access_for(host, auth_file, public)
        writer = chat_model(model, base_url)
        report = None
        if corpus is not None:
            report = build_with_progress(corpus, index, embedding_model)
            print_report(report, index)
        from index import open_index
        from rag import Assistant

        opened = open_index(index)
        assistant = Assistant(opened, writer, reranker=reranker_of(reranker))
        from ui.chat import build_app, serve
        from ui.site import Site

        site = Site(opened, corpus, access, report)
        serve(
            build_app(opened, assistant=assistant, language=language.value, site=site, mcp=mcp),
            host=host,
            port=port,
            open_browser=open_browser,
            started=partial(_say_ready, mcp=mcp),
        )


def _say_ready(address: str, *, mcp: bool) -> None:
    tools = f"；MCP 工具：{address}/mcp" if mcp else ""
    typer.echo(f"问据已就绪：{address}（按 Ctrl-C 结束）{tools}")
