"""Options that several commands have, and what is made of them."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.terminal import plain, refuse

if TYPE_CHECKING:
    from rag import ChatModel
    from rag.filters import Filter
    from rag.rerank import Reranker


DEFAULT_INDEX = Path("data/index")
_YEARS = re.compile(r"(\d{4})年?(?:[-–—~至到](\d{4})年?)?")
IndexOption = Annotated[Path, typer.Option("--index", help="索引所在的文件夹")]
TopKOption = Annotated[int, typer.Option("--top-k", min=1, help="最多返回几段")]
JsonOption = Annotated[bool, typer.Option("--json", help="输出一个 JSON 对象")]
ModelOption = Annotated[
    str, typer.Option("--model", help="bundled（自带），或 sentence-transformers 模型的名称或路径")
]
EmbedUrlOption = Annotated[
    str | None,
    typer.Option(
        "--embed-url",
        help="--model 由这个 OpenAI 兼容的接口计算；提问时地址从环境变量 WENJU_EMBED_URL 读取",
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option("--workers", min=1, help="由几个进程一起计算向量；不写则一个进程用所有处理器"),
]
RayOption = Annotated[
    str | None,
    typer.Option("--ray", help="由 Ray 集群的各台机器计算向量，例如 auto；需要 wenju[ray]"),
]
ChatModelOption = Annotated[
    str | None, typer.Option("--model", help="由哪个语言模型写回答；不写则摘录原文")
]
BaseUrlOption = Annotated[
    str | None,
    typer.Option("--base-url", help="语言模型的 OpenAI 兼容地址，例如 http://127.0.0.1:8000/v1"),
]

RerankerOption = Annotated[
    str | None,
    typer.Option("--reranker", help="由哪个 CrossEncoder 模型重排前面的段落（名称或路径）；较慢"),
]

HostOption = Annotated[str, typer.Option("--host", help="监听的地址")]
PortOption = Annotated[int, typer.Option("--port", min=1, max=65535, help="监听的端口")]


def required(question: str) -> str:
    """Return the question without white space around it; a friendly line if none is left."""
    question = question.strip()
    if not question:
        typer.echo('请写下一个问题，例如：wenju ask "2019年的赤字率是多少"', err=True)
        raise typer.Exit(1)
    return question


def filter_of(years: str | None, titles: Sequence[str], path: str | None) -> Filter:
    """Return the conditions as given on the command line; a sentence if they make no sense."""
    from index.fold import fold
    from rag.filters import Filter

    span = None
    if years is not None:
        match = _YEARS.fullmatch(fold(years).replace(" ", ""))
        if not match:
            refuse(f"--years 应为一个年份或起止年份，例如 2019 或 2015-2019，写的是“{years}”。")
        span = int(match[1]), int(match[2] or match[1])
    try:
        return Filter(span, tuple(titles), path)
    except ValueError as error:
        typer.echo(plain(f"出错：{error}"), err=True)
        raise typer.Exit(1) from error


def embedding_model(name: str, address: str | None) -> str:
    """Return the name by which `build` knows the embedding model; where an address is to serve it,
    that is told to the rest of the program."""
    if address is None or name == "bundled":
        return name
    os.environ["WENJU_EMBED_URL"] = address
    return f"endpoint:{name.removeprefix('endpoint:')}"


def reranker_of(name: str | None) -> Reranker | None:
    """Return what judges the first passages again, if anything does."""
    if name is None:
        return None
    from rag.rerank import CrossEncoderReranker

    return CrossEncoderReranker(name)


def chat_model(name: str | None, base_url: str | None) -> ChatModel | None:
    """Return the language model that is to write, or None; both options or neither."""
    if name is None and base_url is None:
        return None
    if not name or not base_url:
        typer.echo(
            "出错：--model 和 --base-url 要一起写，例如：--model qwen --base-url http://127.0.0.1:8000/v1",
            err=True,
        )
        raise typer.Exit(1)
    from rag.endpoint import Endpoint

    return Endpoint(name, base_url)
