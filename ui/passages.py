"""Passages and answers on a terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import typer

from ui.terminal import plain, print_tables

if TYPE_CHECKING:
    from index import Chunk
    from rag.types import Answer, Citation, Hit


KINDS = {"extract": "摘录", "model": "模型"}
PASSAGE = 120


def print_hits(hits: list[Hit]) -> None:
    """Print passages, best first, with the reasons for their scores where asked for."""
    for rank, hit in enumerate(hits, start=1):
        text = " ".join(hit.chunk.text.split())
        shown = text if len(text) <= PASSAGE else text[:PASSAGE] + "……"
        typer.echo(plain(f"{rank}. {_place(hit.chunk)}　（{hit.score:.3f}）\n   {shown}\n"))
        if hit.explanation:
            from ui.tables import explanation_tables

            print_tables(explanation_tables(hit, plain))


def print_answer(answer: Answer) -> None:
    """Print an answer with its sources, a refusal with the nearest passages."""
    if answer.notice:
        typer.echo(plain(f"{answer.notice}\n"))
    # Bold on a terminal; without its marks in a file.
    bold = typer.style("\\1", bold=True, reset=True)
    typer.echo(re.sub(r"\*\*(.+?)\*\*", bold, plain(answer.text)))
    if answer.grounded or answer.kind == "model":
        typer.echo(f"（{KINDS[answer.kind]}）")
    if answer.citations:
        typer.echo("\n来源")
    for citation in sorted(answer.citations, key=lambda citation: citation.number):
        quote = " ".join(citation.quote.split())
        typer.echo(plain(f"[{citation.number}] {_place(citation)}\n    “{quote}”"))
    if not answer.grounded and answer.hits:
        typer.echo("\n最接近的段落\n")
        print_hits(list(answer.hits[:3]))


def _place(spot: Citation | Chunk) -> str:
    """Return where a citation or a chunk stands, on one line."""
    from ui.render import below_title, has_own_year

    parts = [
        spot.title,
        f"{spot.year}年" if has_own_year(spot) else "",
        f"第{spot.page}页" if spot.page is not None else "",
        below_title(spot),
        f"第{spot.paragraph}段",
        spot.path,
    ]
    return " · ".join(filter(None, parts))
