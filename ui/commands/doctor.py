"""`wenju doctor`: what is wrong with an index and what mends it; what there is to run it on."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ui.commands.options import DEFAULT_INDEX, IndexOption, JsonOption
from ui.terminal import plain, print_json, told_plainly


def doctor(
    index: IndexOption = DEFAULT_INDEX,
    machine: Annotated[
        bool, typer.Option("--environment", help="改为说明这台机器有什么，问据会用什么")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """检查索引是否完好；有问题时说明怎样修复，并以 1 退出。"""
    if machine:
        _print_environment(index, as_json)
        return
    with told_plainly():
        from index import doctor as examine
        from index.address import shown

        findings = examine(index)
    if as_json:
        print_json({"findings": [asdict(finding) for finding in findings]})
    elif not findings:
        typer.echo(f"索引完好：{shown(index)}")
    for finding in () if as_json else findings:
        typer.echo(plain(f"{'问题' if finding.wrong else '提示'}：{finding.sentence}"))
        if finding.command:
            typer.echo(plain(f"　请运行：{finding.command}"))
    if any(finding.wrong for finding in findings):
        raise typer.Exit(1)


def _print_environment(index: Path, as_json: bool) -> None:
    with told_plainly():
        from ui.environment import environment

        found = dict(environment(index))
    if as_json:
        print_json({"environment": found})
        return
    for name, sentence in found.items():
        typer.echo(plain(f"{name}：{sentence}"))
