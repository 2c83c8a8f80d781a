"""`wenju search`: the nearest passages."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from ui.commands.options import (
    DEFAULT_INDEX,
    IndexOption,
    JsonOption,
    RerankerOption,
    TopKOption,
    filter_of,
    required,
    reranker_of,
)
from ui.passages import print_hits
from ui.terminal import plain, print_json, told_plainly


def search(  # noqa: PLR0913 - each is an option of the command
    question: Annotated[str, typer.Argument(help="要找什么", metavar="QUESTION")],
    index: IndexOption = DEFAULT_INDEX,
    top_k: TopKOption = 10,
    years: Annotated[
        str | None, typer.Option("--years", help="只找这些年份的报告：2019 或 2015-2019")
    ] = None,
    titles: Annotated[
        list[str] | None, typer.Option("--title", help="只找标题里有这些字的报告；可写几次")
    ] = None,
    path: Annotated[
        str | None, typer.Option("--path", help="只找这个位置的报告，例如 'gov/*'")
    ] = None,
    reranker: RerankerOption = None,
    explain: Annotated[bool, typer.Option("--explain", help="说明每一段的得分从何而来")] = False,
    as_json: JsonOption = False,
) -> None:
    """列出最相近的段落。"""
    question = required(question)
    with told_plainly():
        from index import open_index
        from rag import Retriever
        from rag.filters import admitted, none_admitted

        keep = filter_of(years, titles or (), path)
        opened = open_index(index)
        hits = Retriever(opened, reranker=reranker_of(reranker)).search(
            question, top_k, years=keep.years, titles=keep.titles, path=keep.path, explain=explain
        )
        if as_json:
            print_json({"question": question, "hits": [asdict(hit) for hit in hits]})
        elif hits:
            print_hits(hits)
        elif keep and not admitted(keep, opened.documents):
            typer.echo(plain(none_admitted(keep, opened.documents)))
        else:
            typer.echo("没有找到相近的段落。")
