"""The program `wenju`: each command parses, calls one public function and prints.

Anything heavy is imported inside the command that needs it, so that `wenju --help` is instant and
`wenju ask` loads neither torch nor gradio.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.table import Table

    from index import BuildReport, Chunk, Index
    from rag import ChatModel
    from rag.evaluate import Change, Evaluation
    from rag.filters import Filter
    from rag.gold import Task
    from rag.measures import Prediction
    from rag.types import Answer, Citation, Hit

    Progress = Callable[[str, int, int], None]

DEFAULT_INDEX = Path("data/index")
KINDS = {"extract": "摘录", "model": "模型"}
STAGES = {
    "wait": "等待另一个 wenju build",
    "read": "读取文件",
    "embed": "计算向量",
    "write": "写入索引",
}
EXPORTS = (".md", ".docx")
CHANGES_LISTED = (
    ("right", "由对变错", "由错变对"),
    ("recall@10", "前10段不再找到", "前10段新找到"),
)
# Failures listed one by one; the rest are counted. All of them are in `--json`.
FAILURES_SHOWN = 20
PASSAGE = 120

_YEARS = re.compile(r"(\d{4})年?(?:[-–—~至到](\d{4})年?)?")
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
ChatModelOption = Annotated[
    str | None, typer.Option("--model", help="由哪个语言模型写回答；不写则摘录原文")
]
BaseUrlOption = Annotated[
    str | None,
    typer.Option("--base-url", help="语言模型的 OpenAI 兼容地址，例如 http://127.0.0.1:8000/v1"),
]


class Language(str, Enum):
    """A language of the chat page."""

    zh = "zh"
    zh_hant = "zh-Hant"
    en = "en"


@app.command()
def build(  # noqa: PLR0913 - each is an option of the command
    corpus: Annotated[
        Path | None, typer.Argument(help="报告所在的文件夹", metavar="CORPUS")
    ] = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="索引写到哪里")] = DEFAULT_INDEX,
    model: ModelOption = "bundled",
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
    as_json: JsonOption = False,
) -> None:
    """建立或更新索引；只处理新增和改动的文件。"""
    if dry_run + back + keep_watch > 1:
        _refuse("--dry-run、--rollback 和 --watch 只能写一个。")
    with _told_plainly():
        if back:
            _roll_back(output)
            return
        if corpus is None:
            _refuse(f"请写明报告所在的文件夹，例如：wenju build 报告文件夹 -o {output}")
        if keep_watch:
            _watch(corpus, output, model)
            return
        report = _build(corpus, output, model, dry_run=dry_run, wait=wait)
        if as_json:
            _print_json(asdict(report))
        elif dry_run:
            _print_plan(report)
        else:
            _print_report(report, output)


@app.command()
def doctor(index: IndexOption = DEFAULT_INDEX, as_json: JsonOption = False) -> None:
    """检查索引是否完好；有问题时说明怎样修复，并以 1 退出。"""
    with _told_plainly():
        from index import doctor as examine

        findings = examine(index)
    if as_json:
        _print_json({"findings": [asdict(finding) for finding in findings]})
    elif not findings:
        typer.echo(f"索引完好：{index}")
    for finding in () if as_json else findings:
        typer.echo(_plain(f"{'问题' if finding.wrong else '提示'}：{finding.sentence}"))
        if finding.command:
            typer.echo(_plain(f"　请运行：{finding.command}"))
    if any(finding.wrong for finding in findings):
        raise typer.Exit(1)


@app.command()
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
    explain: Annotated[bool, typer.Option("--explain", help="说明每一段的得分从何而来")] = False,
    as_json: JsonOption = False,
) -> None:
    """列出最相近的段落。"""
    question = _required(question)
    with _told_plainly():
        from index import open_index
        from rag import Retriever
        from rag.filters import admitted, none_admitted

        keep = _filter(years, titles or (), path)
        opened = open_index(index)
        hits = Retriever(opened).search(
            question, top_k, years=keep.years, titles=keep.titles, path=keep.path, explain=explain
        )
        if as_json:
            _print_json({"question": question, "hits": [asdict(hit) for hit in hits]})
        elif hits:
            _print_hits(hits)
        elif keep and not admitted(keep, opened.documents):
            typer.echo(_plain(none_admitted(keep, opened.documents)))
        else:
            typer.echo("没有找到相近的段落。")


@app.command()
def ask(  # noqa: PLR0913 - each is an option of the command
    question: Annotated[str, typer.Argument(help="要问什么", metavar="QUESTION")],
    index: IndexOption = DEFAULT_INDEX,
    model: ChatModelOption = None,
    base_url: BaseUrlOption = None,
    export: Annotated[
        Path | None, typer.Option("--export", help="把问答存成文件：.md 或 .docx")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """回答一个问题，并列出每句话的出处。"""
    question = _required(question)
    if export is not None and export.suffix.lower() not in EXPORTS:
        _refuse(f"--export 的文件名应以 {' 或 '.join(EXPORTS)} 结尾，写的是 {export}。")
    with _told_plainly():
        from index import open_index
        from rag import Assistant

        opened = open_index(index)
        answer = Assistant(opened, _chat_model(model, base_url)).ask(question)
        if export is not None:
            _export(answer, opened, export)
        if as_json:
            _print_json(asdict(answer))
        else:
            _print_answer(answer)
        if export is not None:
            typer.echo(_plain(f"已存为 {export}"), err=True)


def _export(answer: Answer, opened: Index, file: Path) -> None:
    """Write the answer to a file of the kind that its name says."""
    from rag.export import cited_documents, to_docx, to_markdown

    documents = cited_documents([answer], opened)
    if file.suffix.lower() == ".docx":
        file.write_bytes(to_docx([answer], documents))
    else:
        text = to_markdown([answer], documents)
        file.write_text(text, encoding="utf-8", errors="replace")


@app.command()
def chat(  # noqa: PLR0913 - each is an option of the command
    index: IndexOption = DEFAULT_INDEX,
    corpus: Annotated[
        Path | None, typer.Option("--corpus", help="先用这个文件夹建立或更新索引")
    ] = None,
    embedding_model: Annotated[
        str, typer.Option("--embedding-model", help="与 --corpus 同用：同 build 的 --model")
    ] = "bundled",
    model: ChatModelOption = None,
    base_url: BaseUrlOption = None,
    host: Annotated[str, typer.Option("--host", help="监听的地址")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="监听的端口")] = 7860,
    auth_file: Annotated[
        Path | None,
        typer.Option("--auth-file", help="用户文件，每行由 wenju password 生成；打开时要登录"),
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help="不登录也能从别的机器打开；不能增删报告")
    ] = False,
    language: Annotated[Language, typer.Option("--lang", help="界面语言")] = Language.zh,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="打开浏览器")] = False,
) -> None:
    """在浏览器里提问。"""
    with _told_plainly():
        from ui.access import access_for
        from ui.address import check_address

        access = access_for(host, auth_file, public)
        check_address(host, port)
        writer = _chat_model(model, base_url)
        report = None
        if corpus is not None:
            report = _build(corpus, index, embedding_model)
            _print_report(report, index)
        from index import open_index
        from rag import Assistant

        opened = open_index(index)
        assistant = Assistant(opened, writer)
        from ui.chat import build_app, serve
        from ui.site import Site

        site = Site(opened, corpus, access, report)
        serve(
            build_app(opened, assistant=assistant, language=language.value, site=site),
            host=host,
            port=port,
            open_browser=open_browser,
            started=lambda address: typer.echo(f"问据已就绪：{address}（按 Ctrl-C 结束）"),
        )


@app.command()
def password(
    name: Annotated[str, typer.Argument(help="登录时用的名字", metavar="NAME")],
    editor: Annotated[
        bool, typer.Option("--editor", help="可以在页面上增删报告、重建索引")
    ] = False,
) -> None:
    """为一个人生成用户文件里的一行：wenju password 名字 >> users.txt。"""
    from ui.access import user_line

    secret = typer.prompt("密码", hide_input=True, confirmation_prompt="再输入一次", err=True)
    try:
        typer.echo(user_line(name, secret, editor=editor))
    except ValueError as error:
        _refuse(str(error))


@dataclass(frozen=True, slots=True)
class _Files:
    """Where predictions are written, and an earlier such file to compare them with."""

    write: Path | None
    compare: Path | None


@app.command(name="eval")
def evaluate(  # noqa: PLR0913 - each is an option of the command
    questions: Annotated[
        Path | None, typer.Argument(help="每行一个问题的 JSONL", metavar="QUESTIONS")
    ] = None,
    index: IndexOption = DEFAULT_INDEX,
    top_k: TopKOption = 10,
    write: Annotated[Path | None, typer.Option("--write", help="结果写到哪个 JSONL")] = None,
    compare: Annotated[
        Path | None, typer.Option("--compare", help="与旧结果（以前 --write 的文件）相比")
    ] = None,
    sample: Annotated[
        int | None,
        typer.Option("--sample", min=1, help="不评测，抽这么多段落，写成待填写的问题（--write）"),
    ] = None,
    from_feedback: Annotated[
        Path | None,
        typer.Option(
            "--from-feedback",
            help="不评测，把聊天里的“有用”“没用”写成问题（--write）：索引的文件夹，或对话记录文件",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """逐个回答一份问题，并与标准答案对照。"""
    with _told_plainly():
        if from_feedback is not None:
            _write_feedback(from_feedback, questions, write)
        elif sample is not None:
            _write_sample(index, sample, questions, write)
        elif questions is None:
            _refuse("请给出问题文件，或用 --sample 抽取段落来写问题。")
        elif write == questions:
            _refuse(f"--write 会覆盖问题文件 {questions}，请换一个文件名。")
        else:
            _evaluate(questions, index, top_k, _Files(write, compare), as_json)


def _write_sample(index: Path, count: int, questions: Path | None, write: Path | None) -> None:
    """Write questions to be filled in; never over a file, which may be filled in already."""
    if write is None or questions is not None:
        _refuse(
            "--sample 要与 --write 同用，不带问题文件：wenju eval --sample 20 --write 问题.jsonl"
        )
    if write.exists():
        _refuse(f"{write} 已经存在，可能已填写，所以不覆盖。请换一个文件名。")
    from index import open_index
    from rag.gold import draw_questions

    records = draw_questions(open_index(index), count)
    with _lines_to(write) as line:
        for record in records:
            line(record)
    typer.echo(
        f"已抽取 {len(records)} 段，写在 {write}。请填写每行的 question、type 和 answers，"
        f"然后运行：wenju eval {write} --index {index}"
    )


def _write_feedback(source: Path, questions: Path | None, write: Path | None) -> None:
    """Write what readers thought of answers as questions; never over a file, as for a sample."""
    if write is None or questions is not None:
        _refuse(
            "--from-feedback 要与 --write 同用，不带问题文件："
            "wenju eval --from-feedback data/index --write 问题.jsonl"
        )
    if write.exists():
        _refuse(f"{write} 已经存在，可能已填写，所以不覆盖。请换一个文件名。")
    from rag.feedback import is_complete, question_of
    from ui.history import read_rated

    records = [
        question_of(exchange.id, exchange.answer, exchange.feedback)
        for exchange in read_rated(source)
        if exchange.answer and exchange.feedback
    ]
    if not records:
        _refuse(f"{source} 里没有评价：还没有人在聊天里点过“有用”或“没用”。")
    with _lines_to(write) as line:
        for record in records:
            line(record)
    empty = sum(not is_complete(record) for record in records)
    fill = f"其中 {empty} 个的 answers 或 evidence 要人填写，" if empty else ""
    typer.echo(
        f"已把 {len(records)} 条评价写成问题，在 {write}。{fill}然后运行：wenju eval {write}"
    )


def _evaluate(questions: Path, index: Path, top_k: int, files: _Files, as_json: bool) -> None:
    """Ask all questions, write what came, and print the figures of those that are judged."""
    from index import open_index
    from rag import evaluate as measure
    from rag.gold import read_tasks

    opened = open_index(index)
    tasks = read_tasks(questions, opened)
    # Before the questions are asked: a wrong file should be heard of at once.
    old = measure.read_predictions(files.compare) if files.compare else []
    given = list(_predictions(opened, tasks, top_k, files.write))
    new = measure.evaluate(tasks, given)
    changes = measure.compare(measure.evaluate(tasks, old), new)
    if as_json:
        _print_json(_evaluation_record(tasks, new, changes))
        return
    wrote = f"，结果在 {files.write}" if files.write else ""
    typer.echo(f"已回答 {len(given)} 个问题{wrote}。")
    if not new.marks:
        typer.echo("问题文件里没有标准答案，所以不评分。")
        return
    _print_evaluation(new)
    if files.compare:
        _print_changes(tasks, changes)


def _predictions(
    opened: Index, tasks: Sequence[Task], top_k: int, write: Path | None
) -> Iterator[Prediction]:
    """Yield the predictions, each written to the file as it comes."""
    from rag import Assistant
    from rag.evaluate import predict, record_of

    assistant = Assistant(opened)
    with _progress() as progress, _lines_to(write) as line:
        for done, prediction in enumerate(predict(assistant, tasks, top_k=top_k), start=1):
            line(record_of(prediction))
            progress("回答问题", done, len(tasks))
            yield prediction


@contextmanager
def _lines_to(path: Path | None) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Give what writes a record as a line of JSON to a file; to nowhere if there is none."""
    if path is None:
        yield lambda record: None
        return
    # Half a character cannot be written in UTF-8; escaped it is JSON for itself.
    with path.open("w", encoding="utf-8", errors="backslashreplace") as file:
        yield lambda record: print(json.dumps(record, ensure_ascii=False), file=file)


def _evaluation_record(
    tasks: Sequence[Task], evaluation: Evaluation, changes: Mapping[str, Change]
) -> dict[str, Any]:
    return {
        "questions": len(tasks),
        "judged": len(evaluation.marks),
        "figures": {name: asdict(figure) for name, figure in evaluation.figures.items()},
        "by_type": {
            group: {name: asdict(figure) for name, figure in figures.items()}
            for group, figures in evaluation.by_type.items()
        },
        "changes": {name: asdict(change) for name, change in changes.items()},
    }


def _print_evaluation(evaluation: Evaluation) -> None:
    from ui.tables import METHOD, figure_tables

    _print_tables(figure_tables(evaluation, _plain))
    typer.echo(METHOD)


def _print_changes(tasks: Sequence[Task], changes: Mapping[str, Change]) -> None:
    """Print what changed, and by name the questions that are answered or found otherwise."""
    if not changes:
        typer.echo("旧结果里没有这些问题，无法比较。")
        return
    from ui.tables import CHANGE_METHOD, change_table

    _print_tables([change_table(changes)])
    typer.echo(CHANGE_METHOD)
    questions = {task.id: task.question for task in tasks}
    for name, lost, won in CHANGES_LISTED:
        change = changes.get(name)
        for title, ids in ((lost, change.worse), (won, change.better)) if change else ():
            typer.echo(f"\n{title}：{len(ids)} 题")
            for id_ in ids:
                typer.echo(_plain(f"　{id_}　{' '.join(questions[id_].split())}"))


def _build(
    corpus: Path, output: Path, model: str, *, dry_run: bool = False, wait: bool = False
) -> BuildReport:
    from index import build as build_index

    with _progress() as progress:
        return build_index(
            corpus, output, model=model, progress=progress, dry_run=dry_run, wait=wait
        )


def _roll_back(output: Path) -> None:
    from index import open_index, rollback

    rollback(output)
    built_at = open_index(output).manifest.built_at
    typer.echo(f"已退回上一版索引（建立于 {built_at}），位于 {output}")


def _watch(corpus: Path, output: Path, model: str) -> None:
    """Keep the index up to date; what goes wrong in one build may be put right before the next."""
    from index.errors import CorpusError
    from index.watch import changes

    try:
        for _ in changes(corpus, output):
            try:
                _print_line(_build(corpus, output, model, wait=True))
            except CorpusError as error:
                typer.echo(f"出错：{_plain(str(error))}", err=True)
    except KeyboardInterrupt:
        typer.echo("已停止。索引保持最近一次更新后的样子。")


def _chat_model(name: str | None, base_url: str | None) -> ChatModel | None:
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


def _filter(years: str | None, titles: Sequence[str], path: str | None) -> Filter:
    """Return the conditions as given on the command line; a sentence if they make no sense."""
    from index.fold import fold
    from rag.filters import Filter

    span = None
    if years is not None:
        match = _YEARS.fullmatch(fold(years).replace(" ", ""))
        if not match:
            _refuse(f"--years 应为一个年份或起止年份，例如 2019 或 2015-2019，写的是“{years}”。")
        span = int(match[1]), int(match[2] or match[1])
    try:
        return Filter(span, tuple(titles), path)
    except ValueError as error:
        typer.echo(_plain(f"出错：{error}"), err=True)
        raise typer.Exit(1) from error


def _refuse(sentence: str) -> NoReturn:
    """End the program with a sentence for the user."""
    typer.echo(_plain(f"出错：{sentence}"), err=True)
    raise typer.Exit(1)


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


def _print_tables(tables: Iterable[Table]) -> None:
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    for table in tables:
        console.print(table)


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
    typer.echo(f"　{_change_counts(report)}，未变 {len(report.unchanged)}")
    for old, new in report.moved.items():
        typer.echo(_plain(f"　移动：{old} → {new}"))
    if report.repairs:
        repairs = "，".join(f"{kind} {count} 处" for kind, count in report.repairs.items())
        typer.echo(f"　修补：{repairs}")
    for path, twin in report.duplicates.items():
        typer.echo(_plain(f"　重复：{path} 与 {twin} 内容相同，只收一份"))
    for path, others in report.similar.items():
        typer.echo(_plain(f"　相近：{path} 与 {'、'.join(others)} 大部分句子相同，都已收入"))
    if report.ignored:
        typer.echo(f"　略过：{len(report.ignored)} 个文件（隐藏文件、说明文件或链接）")
    if report.failed:
        typer.echo(f"　未能读取：{len(report.failed)} 个文件")
    for failure in report.failed[:FAILURES_SHOWN]:
        typer.echo(_plain(f"　　{failure}"))
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
        typer.echo(_plain(f"　{name}：{path}"))


def _print_hits(hits: list[Hit]) -> None:
    for rank, hit in enumerate(hits, start=1):
        text = " ".join(hit.chunk.text.split())
        shown = text if len(text) <= PASSAGE else text[:PASSAGE] + "……"
        typer.echo(_plain(f"{rank}. {_place(hit.chunk)}　（{hit.score:.3f}）\n   {shown}\n"))
        if hit.explanation:
            from ui.tables import explanation_tables

            _print_tables(explanation_tables(hit, _plain))


def _print_answer(answer: Answer) -> None:
    if answer.notice:
        typer.echo(_plain(f"{answer.notice}\n"))
    # Bold on a terminal; without its marks in a file.
    bold = typer.style("\\1", bold=True, reset=True)
    typer.echo(re.sub(r"\*\*(.+?)\*\*", bold, _plain(answer.text)))
    if answer.grounded or answer.kind == "model":
        typer.echo(f"（{KINDS[answer.kind]}）")
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


def main() -> None:
    """Run the program."""
    for stream in (sys.stdout, sys.stderr):
        # A character that the terminal cannot show is no reason to stop; in JSON it stays valid.
        stream.reconfigure(errors="backslashreplace")
    app(prog_name="wenju")


if __name__ == "__main__":
    main()
