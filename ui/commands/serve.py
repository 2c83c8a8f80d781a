"""`wenju serve`: the HTTP API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def serve(  # noqa: PLR0913 - each is an option of the command
    index: IndexOption = DEFAULT_INDEX,
    model: ChatModelOption = None,
    base_url: BaseUrlOption = None,
    reranker: RerankerOption = None,
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    token_file: Annotated[
        Path | None, typer.Option("--token-file", help="口令所在的文件；写了就只回答带口令的请求")
    ] = None,
    log_questions: Annotated[
        bool, typer.Option("--log-questions", help="把问题的文字也写进日志")
    ] = False,
) -> None:
    """供别的程序使用的 HTTP 接口（也兼容 OpenAI 的对话接口）。"""
    with told_plainly():
        from ui.address import check_address

        check_address(host, port)
        writer = chat_model(model, base_url)
        from ui.api import serving

        token = serving.read_token(token_file) if token_file else None
        from index import open_index
        from rag import Assistant
        from rag.filters import Filter

        opened = open_index(index)
        from ui.api.server import build_api
        from ui.api.service import Service

        assistant = Assistant(opened, writer, reranker=reranker_of(reranker))
        service = Service(opened, assistant)
        # Loads the model and the dictionary: what is wrong with them is told of here, and the first
        # question need not wait for them.
        service.search("问据", 1, Filter())
        serving.log_to_stderr()
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"

        def started() -> None:
            typer.echo(f"问据已就绪：{address}（按 Ctrl-C 结束），接口说明：{address}/openapi.json")
            if token is None and host not in LOOPBACK:
                typer.echo(
                    "注意：没有口令，能连到这台机器的人都能提问。见 --token-file。", err=True
                )

        serving.serve(
            build_api(service, token=token, log_questions=log_questions),
            host=host,
            port=port,
            started=started,
        )
