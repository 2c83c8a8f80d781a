"""What every command prints with: plain text, JSON, progress, and errors as one sentence."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.table import Table

    Progress = Callable[[str, int, int], None]


STAGES = {
    "wait": "等待另一个 wenju build",
    "read": "读取文件",
    "embed": "计算向量",
    "write": "写入索引",
}
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def refuse(sentence: str) -> NoReturn:
    """End the program with a sentence for the user."""
    typer.echo(plain(f"出错：{sentence}"), err=True)
    raise typer.Exit(1)


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn what a person can put right into one sentence and exit code 1."""
    from index.errors import WenjuError

    try:
        yield
    except WenjuError as error:
        typer.echo(f"出错：{plain(str(error))}", err=True)
        raise typer.Exit(1) from error
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = error.strerror or error
        typer.echo(plain(f"出错：不能读写 {error.filename}（{reason}）。"), err=True)
        raise typer.Exit(1) from error


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """Show progress on standard error: a bar on a terminal, else a line per stage."""
    if not sys.stderr.isatty():
        yield _say_stage_once()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(STAGES.get(stage, stage))
            bars.update(tasks[stage], completed=done, total=total)

        yield show


def _say_stage_once() -> Progress:
    said: set[str] = set()

    def show(stage: str, done: int, total: int) -> None:
        if total and stage not in said:
            said.add(stage)
            typer.echo(f"{STAGES.get(stage, stage)}：共 {total}", err=True)

    return show


def print_tables(tables: Iterable[Table]) -> None:
    """Print tables one below the other."""
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    for table in tables:
        console.print(table)


def print_json(value: dict[str, Any]) -> None:
    """Print one JSON object, its Chinese as it is."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def plain(text: str) -> str:
    """Return the text without control characters: a report must not steer the terminal."""
    return _CONTROL.sub("", text)
