"""`wenju eval`: the figures of a file of questions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.commands.options import (
    DEFAULT_INDEX,
    IndexOption,
    JsonOption,
    RerankerOption,
    TopKOption,
    reranker_of,
)
from ui.terminal import plain, print_json, print_tables, refuse, shown_progress, told_plainly

if TYPE_CHECKING:
    from collections.abc import Callable

    from rag import Assistant
    from rag.evaluate import Change, Evaluation
    from rag.gold import Task
    from rag.measures import Prediction


CHANGES_LISTED = (
    ("right", "由对变错", "由错变对"),
    ("recall@10", "前10段不再找到", "前10段新找到"),
)


@dataclass(frozen=True, slots=True)
class _Files:
    """Where predictions are written, and an earlier such file to compare them with."""

    write: Path | None
    compare: Path | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of what, how many passages are kept, and who judges them again."""

    questions: Path
    index: Path
    top_k: int
    reranker: str | None


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
    fit: Annotated[
        bool,
        typer.Option("--fit", help="不评测，用这份有标准答案的问题为这个索引调整权重（交叉验证）"),
    ] = False,
    reranker: RerankerOption = None,
    as_json: JsonOption = False,
) -> None:
    """逐个回答一份问题，并与标准答案对照。"""
    with told_plainly():
        if from_feedback is not None:
            _write_feedback(from_feedback, questions, write)
        elif sample is not None:
            _write_sample(index, sample, questions, write)
        elif questions is None:
            refuse("请给出问题文件，或用 --sample 抽取段落来写问题。")
        elif fit:
            _fit(questions, index)
        elif write == questions:
            refuse(f"--write 会覆盖问题文件 {questions}，请换一个文件名。")
        else:
            asked = _Asked(questions, index, top_k, reranker)
            _evaluate(asked, _Files(write, compare), as_json)


def _write_sample(index: Path, count: int, questions: Path | None, write: Path | None) -> None:
    """Write questions to be filled in; never over a file, which may be filled in already."""
    if write is None or questions is not None:
        refuse(
            "--sample 要与 --write 同用，不带问题文件：wenju eval --sample 20 --write 问题.jsonl"
        )
    if write.exists():
        refuse(f"{write} 已经存在，可能已填写，所以不覆盖。请换一个文件名。")
    from index import open_index
    from index.address import shown
    from rag.gold import draw_questions

    records = draw_questions(open_index(index), count)
    with _lines_to(write) as line:
        for record in records:
            line(record)
    typer.echo(
        f"已抽取 {len(records)} 段，写在 {write}。请填写每行的 question、type 和 answers，"
        f"然后运行：wenju eval {write} --index {shown(index)}"
    )


def _write_feedback(source: Path, questions: Path | None, write: Path | None) -> None:
    """Write what readers thought of answers as questions; never over a file, as for a sample."""
    if write is None or questions is not None:
        refuse(
            "--from-feedback 要与 --write 同用，不带问题文件："
            "wenju eval --from-feedback data/index --write 问题.jsonl"
        )
    if write.exists():
        refuse(f"{write} 已经存在，可能已填写，所以不覆盖。请换一个文件名。")
    from rag.feedback import is_complete, question_of
    from ui.history import read_rated

    records = [
        question_of(exchange.id, exchange.answer, exchange.feedback)
        for exchange in read_rated(source)
        if exchange.answer and exchange.feedback
    ]
    if not records:
        refuse(f"{source} 里没有评价：还没有人在聊天里点过“有用”或“没用”。")
    with _lines_to(write) as line:
        for record in records:
            line(record)
    empty = sum(not is_complete(record) for record in records)
    fill = f"其中 {empty} 个的 answers 或 evidence 要人填写，" if empty else ""
    typer.echo(
        f"已把 {len(records)} 条评价写成问题，在 {write}。{fill}然后运行：wenju eval {write}"
    )


def _fit(questions: Path, index: Path) -> None:
    """Fit the weights to the questions, keep them beside the index, and say what they are worth."""
    from index import open_index
    from rag.fit import fit
    from rag.gold import read_tasks
    from rag.weights import write_weights
    from ui.tables import fitted_lines

    opened = open_index(index)
    tasks = read_tasks(questions, opened)
    with shown_progress() as progress:
        fitted = fit(tasks, opened, lambda done, total: progress("试验权重", done, total))
    file = write_weights(index, opened.manifest.fingerprint, fitted.weights)
    for line in fitted_lines(fitted):
        typer.echo(line)
    if file is None:
        typer.echo("仍用原有的权重。")
    else:
        typer.echo(plain(f"已写入 {file}，今后打开这个索引就用它；删除该文件即恢复原有的权重。"))


def _evaluate(asked: _Asked, files: _Files, as_json: bool) -> None:
    """Ask all questions, write what came, and print the figures of those that are judged."""
    from index import open_index
    from rag import Assistant
    from rag import evaluate as measure
    from rag.gold import read_tasks

    opened = open_index(asked.index)
    tasks = read_tasks(asked.questions, opened)
    assistant = Assistant(opened, reranker=reranker_of(asked.reranker))
    # Before the questions are asked: a wrong file should be heard of at once.
    old = measure.read_predictions(files.compare) if files.compare else []
    given = list(_predictions(assistant, tasks, asked.top_k, files.write))
    new = measure.evaluate(tasks, given)
    changes = measure.compare(measure.evaluate(tasks, old), new)
    if as_json:
        print_json(_evaluation_record(tasks, new, changes))
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
    assistant: Assistant, tasks: Sequence[Task], top_k: int, write: Path | None
) -> Iterator[Prediction]:
    """Yield the predictions, each written to the file as it comes."""
    from rag.evaluate import predict, record_of

    with shown_progress() as progress, _lines_to(write) as line:
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

    print_tables(figure_tables(evaluation, plain))
    typer.echo(METHOD)


def _print_changes(tasks: Sequence[Task], changes: Mapping[str, Change]) -> None:
    """Print what changed, and by name the questions that are answered or found otherwise."""
    if not changes:
        typer.echo("旧结果里没有这些问题，无法比较。")
        return
    from ui.tables import CHANGE_METHOD, change_table

    print_tables([change_table(changes)])
    typer.echo(CHANGE_METHOD)
    questions = {task.id: task.question for task in tasks}
    for name, lost, won in CHANGES_LISTED:
        change = changes.get(name)
        for title, ids in ((lost, change.worse), (won, change.better)) if change else ():
            typer.echo(f"\n{title}：{len(ids)} 题")
            for id_ in ids:
                typer.echo(plain(f"　{id_}　{' '.join(questions[id_].split())}"))
