"""`wenju doctor`: what is wrong with an index, and what mends it."""

from __future__ import annotations

from dataclasses import asdict

import typer

from ui.commands.options import DEFAULT_INDEX, IndexOption, JsonOption
from ui.terminal import plain, print_json, told_plainly


def doctor(index: IndexOption = DEFAULT_INDEX, as_json: JsonOption = False) -> None:
    """检查索引是否完好；有问题时说明怎样修复，并以 1 退出。"""
    with told_plainly():
        from index import doctor as examine

        findings = examine(index)
    if as_json:
        print_json({"findings": [asdict(finding) for finding in findings]})
    elif not findings:
        typer.echo(f"索引完好：{index}")
    for finding in () if as_json else findings:
        typer.echo(plain(f"{'问题' if finding.wrong else '提示'}：{finding.sentence}"))
        if finding.command:
            typer.echo(plain(f"　请运行：{finding.command}"))
    if any(finding.wrong for finding in findings):
        raise typer.Exit(1)
