"""The program `wenju`: each command parses, calls one public function and prints.

Anything heavy is imported inside the command that needs it, so that `wenju --help` is instant and
`wenju ask` loads neither torch nor gradio.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from index import BuildReport, Chunk
    from rag.types import Answer, Citation, Hit

    Progress = Callable[[str, int, int], None]

DEFAULT_INDEX = Path("data/index")
STAGES = {"read": "读取文件", "embed": "计算向量", "write": "写入索引"}
# Failures listed one by one; the rest are counted. All of them are in `--json`.
FAILURES_SHOWN = 20
PASSAGE = 120

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")

app = typer.Typer(
    help="问据：向一批中文报告提问，每句回答都指明出处。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

IndexOption = Annotated[Path, typer.Option("--index", help="索引所在的文件夹")]
TopKOption = Annotated[int, typer.Option("--top-k", min=1, help="最多返回几段")]
JsonOption = Annotated[bool, typer.Option("--json", help="输出一个 JSON 对象")]
ModelOption = Annotated[
    str, typer.Option("--model", help="bundled（自带），或 sentence-transformers 模型的名称或路径")
]


class Language(str, Enum):
    """A language of the chat page."""

    zh = "zh"
    en = "en"


@app.command()
def build(
    corpus: Annotated[Path, typer.Argument(help="报告所在的文件夹", metavar="CORPUS")],
    output: Annotated[Path, typer.Option("-o", "--output", help="索引写到哪里")] = DEFAULT_INDEX,
    model: ModelOption = "bundled",
    as_json: JsonOption = False,
) -> None:
    """建立或更新索引；只处理新增和改动的文件。"""
    with _told_plainly():
        report = _build(corpus, output, model)
        if as_json:
            _print_json(asdict(report))
        else:
            _print_report(report, output)


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="要找什么", metavar="QUESTION")],
    index: IndexOption = DEFAULT_INDEX,
    top_k: TopKOption = 10,
    as_json: JsonOption = False,
) -> None:
    """列出最相近的段落。"""
    question = _required(question)
    with _told_plainly():
        from index import open_index
        from rag import Retriever

        hits = Retriever(open_index(index)).search(question, top_k=top_k)
        if as_json:
            _print_json({"question": question, "hits": [asdict(hit) for hit in hits]})
        elif hits:
            _print_hits(hits)
        else:
            typer.echo("没有找到相近的段落。")


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="要问什么", metavar="QUESTION")],
    index: IndexOption = DEFAULT_INDEX,
    as_json: JsonOption = False,
) -> None:
    """回答一个问题，并列出每句话的出处。"""
    question = _required(question)
    with _told_plainly():
        from index import open_index
        from rag import Assistant

        answer = Assistant(open_index(index)).ask(question)
        if as_json:
            _print_json(asdict(answer))
        else:
            _print_answer(answer)


@app.command()
def chat(  # noqa: PLR0913 - each is an option of the command
    index: IndexOption = DEFAULT_INDEX,
    corpus: Annotated[
        Path | None, typer.Option("--corpus", help="先用这个文件夹建立或更新索引")
    ] = None,
    model: ModelOption = "bundled",
    host: Annotated[str, typer.Option("--host", help="监听的地址")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="监听的端口")] = 7860,
    language: Annotated[Language, typer.Option("--lang", help="界面语言")] = Language.zh,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="打开浏览器")] = False,
) -> None:
    """在浏览器里提问。"""
    with _told_plainly():
        from ui.address import check_address

        check_address(host, port)
        if corpus is not None:
            _print_report(_build(corpus, index, model), index)
        from index import open_index

        opened = open_index(index)
        from ui.chat import build_app, serve

        serve(
            build_app(opened, language=language.value),
            host=host,
            port=port,
            open_browser=open_browser,
            started=lambda address: typer.echo(f"问据已就绪：{address}（按 Ctrl-C 结束）"),
        )


@app.command(name="eval")
def evaluate(
    questions: Annotated[Path, typer.Argument(help="每行一个问题的 JSONL", metavar="QUESTIONS")],
    write: Annotated[Path, typer.Option("--write", help="结果写到哪个 JSONL")],
    index: IndexOption = DEFAULT_INDEX,
    top_k: TopKOption = 10,
) -> None:
    """逐个回答一份问题，结果写成 JSONL，供打分程序使用。"""
    with _told_plainly():
        from index import open_index
        from rag import Assistant
        from rag.evaluate import predict

        records = _read_questions(questions)
        assistant = Assistant(open_index(index))
        with _progress() as progress, write.open("w", encoding="utf-8") as file:
            for done, record in enumerate(predict(assistant, records, top_k=top_k), start=1):
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
                progress("回答问题", done, len(records))
        typer.echo(f"已回答 {len(records)} 个问题，结果在 {write}。")


def _build(corpus: Path, output: Path, model: str) -> BuildReport:
    from index import build as build_index

    with _progress() as progress:
        return build_index(corpus, output, model=model, progress=progress)


def _required(question: str) -> str:
    """Return the question without white space around it; a friendly line if none is left."""
    question = question.strip()
    if not question:
        typer.echo('请写下一个问题，例如：wenju ask "2019年的赤字率是多少"', err=True)
        raise typer.Exit(1)
    return question


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Turn what a person can put right into one sentence and exit code 1."""
    from index.errors import WenjuError

    try:
        yield
    except WenjuError as error:
        typer.echo(f"出错：{_plain(str(error))}", err=True)
        raise typer.Exit(1) from error
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = error.strerror or error
        typer.echo(_plain(f"出错：不能读写 {error.filename}（{reason}）。"), err=True)
        raise typer.Exit(1) from error


@contextmanager
def _progress() -> Iterator[Progress]:
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


def _print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _plain(text: str) -> str:
    """Return the text without control characters: a report must not steer the terminal."""
    return _CONTROL.sub("", text)


def _print_report(report: BuildReport, output: Path) -> None:
    typer.echo(
        f"索引已就绪：{report.documents} 份文档，{report.chunks} 个片段，"
        f"用时 {report.seconds:.1f} 秒，位于 {output}"
    )
    changes = (
        ("新增", report.added), ("改动", report.changed),
        ("移除", report.removed), ("未变", report.unchanged),
    )  # fmt: skip
    typer.echo("　" + "，".join(f"{name} {len(paths)}" for name, paths in changes))
    if report.repairs:
        repairs = "，".join(f"{kind} {count} 处" for kind, count in report.repairs.items())
        typer.echo(f"　修补：{repairs}")
    for path, twin in report.duplicates.items():
        typer.echo(_plain(f"　重复：{path} 与 {twin} 内容相同，只收一份"))
    if report.ignored:
        typer.echo(f"　略过：{len(report.ignored)} 个文件（隐藏文件、说明文件或链接）")
    if report.failed:
        typer.echo(f"　未能读取：{len(report.failed)} 个文件")
    for failure in report.failed[:FAILURES_SHOWN]:
        typer.echo(_plain(f"　　{failure}"))
    if len(report.failed) > FAILURES_SHOWN:
        typer.echo(f"　　……另有 {len(report.failed) - FAILURES_SHOWN} 个，见 wenju build --json")


def _print_hits(hits: list[Hit]) -> None:
    for rank, hit in enumerate(hits, start=1):
        text = " ".join(hit.chunk.text.split())
        shown = text if len(text) <= PASSAGE else text[:PASSAGE] + "……"
        typer.echo(_plain(f"{rank}. {_place(hit.chunk)}　（{hit.score:.3f}）\n   {shown}\n"))


def _print_answer(answer: Answer) -> None:
    typer.echo(_plain(answer.text))
    if answer.citations:
        typer.echo("\n来源")
    for citation in sorted(answer.citations, key=lambda citation: citation.number):
        quote = " ".join(citation.quote.split())
        typer.echo(_plain(f"[{citation.number}] {_place(citation)}\n    “{quote}”"))
    if not answer.grounded and answer.hits:
        typer.echo("\n最接近的段落\n")
        _print_hits(list(answer.hits[:3]))


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


def _read_questions(path: Path) -> list[dict[str, Any]]:
    """Return the questions in a JSONL file; anything wrong with it ends the program."""
    records: list[dict[str, Any]] = []
    # Bytes that are not UTF-8 make a line that is not JSON, and are reported as one.
    text = path.read_text(encoding="utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if not isinstance(record, dict) or not isinstance(record.get("question"), str):
            typer.echo(f"出错：{path} 第 {number} 行不是带有 question 的 JSON 对象。", err=True)
            raise typer.Exit(1)
        records.append({"id": str(number), **record})
    return records


def main() -> None:
    """Run the program."""
    for stream in (sys.stdout, sys.stderr):
        # A character that the terminal cannot show is no reason to stop; in JSON it stays valid.
        stream.reconfigure(errors="backslashreplace")
    app(prog_name="wenju")


if __name__ == "__main__":
    main()
