"""`wenju build`: files to an index, once or for as long as it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.commands.options import (
    DEFAULT_INDEX,
    EmbedUrlOption,
    JsonOption,
    ModelOption,
    RayOption,
    WorkersOption,
    embedding_model,
)
from ui.terminal import plain, print_json, refuse, shown_progress, told_plainly

if TYPE_CHECKING:
    from index import BuildReport, Workers


# Failures listed one by one; the rest are counted. All of them are in `--json`.
FAILURES_SHOWN = 20


def build(  # noqa: PLR0913 - each is an option of the command
    corpus: Annotated[
        Path | None, typer.Argument(help="报告所在的文件夹", metavar="CORPUS")
    ] = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="索引写到哪里")] = DEFAULT_INDEX,
    model: ModelOption = "bundled",
    embed_url: EmbedUrlOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="只说会有什么变化，不写入，不计算向量")
    ] = False,
    back: Annotated[
        bool, typer.Option("--rollback", help="退回上一版索引（不需要 CORPUS）")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="如果另一个 build 正在更新这个索引，等它结束")
    ] = False,
    keep_watch: Annotated[
        bool, typer.Option("--watch", help="一直运行：文件夹有变化就更新索引，按 Ctrl-C 结束")
    ] = False,
    workers: WorkersOption = None,
    ray: RayOption = None,
    as_json: JsonOption = False,
) -> None:
    """建立或更新索引；只处理新增和改动的文件。"""
    if dry_run + back + keep_watch > 1:
        refuse("--dry-run、--rollback 和 --watch 只能写一个。")
    from index import Workers

    model = embedding_model(model, embed_url)
    with told_plainly():
        if back:
            _roll_back(output)
            return
        if corpus is None:
            refuse(f"请写明报告所在的文件夹，例如：wenju build 报告文件夹 -o {output}")
        build_once = partial(
            build_with_progress, corpus, output, model, workers=Workers(workers, ray)
        )
        if keep_watch:
            _watch(corpus, output, build_once)
            return
        report = build_once(dry_run=dry_run, wait=wait)
        if as_json:
            print_json(asdict(report))
        elif dry_run:
            _print_plan(report)
        else:
            print_report(report, output)


def build_with_progress(  # noqa: PLR0913 - the wishes of a build
    corpus: Path,
    output: Path,
    model: str,
    *,
    dry_run: bool = False,
    wait: bool = False,
    workers: Workers | None = None,
) -> BuildReport:
    """Build or update an index, showing how far it is."""
    from index import build as build_index

    with shown_progress() as progress:
        return build_index(
            corpus,
            output,
            model=model,
            progress=progress,
            dry_run=dry_run,
            wait=wait,
            workers=workers,
        )


def _roll_back(output: Path) -> None:
    from index import open_index, rollback
    from index.address import shown

    rollback(output)
    built_at = open_index(output).manifest.built_at
    typer.echo(f"已退回上一版索引（建立于 {built_at}），位于 {shown(output)}")


def _watch(corpus: Path, output: Path, build_once: Callable[..., BuildReport]) -> None:
    """Keep the index up to date; what goes wrong in one build may be put right before the next."""
    from index.errors import CorpusError
    from index.watch import changes

    try:
        for _ in changes(corpus, output):
            try:
                _print_line(build_once(wait=True))
            except CorpusError as error:
                typer.echo(f"出错：{plain(str(error))}", err=True)
    except KeyboardInterrupt:
        typer.echo("已停止。索引保持最近一次更新后的样子。")


def print_report(report: BuildReport, output: Path) -> None:
    """Print what a build did."""
    from index.address import shown

    typer.echo(
        f"索引已就绪：{report.documents} 份文档，{report.chunks} 个片段，"
        f"用时 {report.seconds:.1f} 秒，位于 {shown(output)}"
    )
    typer.echo(f"　{_change_counts(report)}，未变 {len(report.unchanged)}")
    for old, new in report.moved.items():
        typer.echo(plain(f"　移动：{old} → {new}"))
    if report.repairs:
        repairs = "，".join(f"{kind} {count} 处" for kind, count in report.repairs.items())
        typer.echo(f"　修补：{repairs}")
    for path, twin in report.duplicates.items():
        typer.echo(plain(f"　重复：{path} 与 {twin} 内容相同，只收一份"))
    for path, others in report.similar.items():
        typer.echo(plain(f"　相近：{path} 与 {'、'.join(others)} 大部分句子相同，都已收入"))
    if report.ignored:
        typer.echo(f"　略过：{len(report.ignored)} 个文件（隐藏文件、说明文件或链接）")
    if report.failed:
        typer.echo(f"　未能读取：{len(report.failed)} 个文件")
    for failure in report.failed[:FAILURES_SHOWN]:
        typer.echo(plain(f"　　{failure}"))
    if len(report.failed) > FAILURES_SHOWN:
        typer.echo(f"　　……另有 {len(report.failed) - FAILURES_SHOWN} 个，见 wenju build --json")


def _change_counts(report: BuildReport) -> str:
    changes = (
        ("新增", report.added), ("改动", report.changed),
        ("移除", report.removed), ("移动", report.moved),
    )  # fmt: skip
    return "，".join(f"{name} {len(paths)}" for name, paths in changes)


def _print_line(report: BuildReport) -> None:
    """Print what a build changed, in one line."""
    now = datetime.now().astimezone()
    failed = f"，未能读取 {len(report.failed)}" if report.failed else ""
    typer.echo(
        f"{now:%H:%M:%S}　{_change_counts(report)}{failed}；"
        f"共 {report.documents} 份文档，用时 {report.seconds:.1f} 秒"
    )


def _print_plan(report: BuildReport) -> None:
    """Print what a build would change, path by path."""
    typer.echo(
        f"试运行，没有写入任何东西。运行后将有 {report.documents} 份文档，{report.chunks} 个片段："
    )
    typer.echo(f"　{_change_counts(report)}，未变 {len(report.unchanged)}")
    changes = [
        *(("新增", path) for path in report.added),
        *(("改动", path) for path in report.changed),
        *(("移除", path) for path in report.removed),
        *(("移动", f"{old} → {new}") for old, new in report.moved.items()),
        *(("未能读取", failure) for failure in report.failed),
    ]
    for name, path in changes:
        typer.echo(plain(f"　{name}：{path}"))
