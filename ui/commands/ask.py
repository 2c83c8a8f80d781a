"""`wenju ask`: one answer with its sources, on the terminal or in a file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.commands.options import (
    DEFAULT_INDEX,
    BaseUrlOption,
    ChatModelOption,
    IndexOption,
    JsonOption,
    RerankerOption,
    chat_model,
    required,
    reranker_of,
)
from ui.passages import print_answer
from ui.terminal import plain, print_json, refuse, told_plainly

if TYPE_CHECKING:
    from index import Index
    from rag.types import Answer


EXPORTS = (".md", ".docx")


def ask(  # noqa: PLR0913 - each is an option of the command
    question: Annotated[str, typer.Argument(help="要问什么", metavar="QUESTION")],
    index: IndexOption = DEFAULT_INDEX,
    model: ChatModelOption = None,
    base_url: BaseUrlOption = None,
    reranker: RerankerOption = None,
    export: Annotated[
        Path | None, typer.Option("--export", help="把问答存成文件：.md 或 .docx")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """回答一个问题，并列出每句话的出处。"""
    question = required(question)
    if export is not None and export.suffix.lower() not in EXPORTS:
        refuse(f"--export 的文件名应以 {' 或 '.join(EXPORTS)} 结尾，写的是 {export}。")
    with told_plainly():
        from index import open_index
        from rag import Assistant

        opened = open_index(index)
        writer = chat_model(model, base_url)
        answer = Assistant(opened, writer, reranker=reranker_of(reranker)).ask(question)
        if export is not None:
            _export(answer, opened, export)
        if as_json:
            print_json(asdict(answer))
        else:
            print_answer(answer)
        if export is not None:
            typer.echo(plain(f"已存为 {export}"), err=True)


def _export(answer: Answer, opened: Index, file: Path) -> None:
    """Write the answer to a file of the kind that its name says."""
    from rag.export import cited_documents, to_docx, to_markdown

    documents = cited_documents([answer], opened)
    if file.suffix.lower() == ".docx":
        file.write_bytes(to_docx([answer], documents))
    else:
        text = to_markdown([answer], documents)
        file.write_text(text, encoding="utf-8", errors="replace")
