"""What readers thought of answers, as a file of questions."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from index import Index
from rag import Assistant
from rag.feedback import Feedback, is_complete, question_of
from rag.gold import read_tasks
from ui.cli import app
from ui.history import History, history_file
from ui.render import Exchange

REVENUE = "青川县2021年财政收入是多少？"


@pytest.fixture
def assistant(index: Index) -> Assistant:
    return Assistant(index)


def test_a_useful_answer_is_a_question_with_its_quantity_and_quote(assistant: Assistant) -> None:
    record = question_of("a", assistant.ask(REVENUE), Feedback(True, comment="核对过"))
    assert record["question"] == REVENUE
    assert ["13.9亿元"] in record["answers"]
    assert record["evidence"][0]["doc"] == "青川县2022年政府工作报告.md"
    assert "财政收入13.9亿元" in record["evidence"][0]["quote"]
    assert (record["answerable"], record["type"], record["note"]) == (True, "有用", "核对过")
    assert is_complete(record)


def test_a_useless_answer_is_left_to_be_filled_in(assistant: Assistant) -> None:
    answer = assistant.ask(REVENUE)
    record = question_of("a", answer, Feedback(False, ("number", "incomplete"), "应是全市"))
    assert (record["answers"], record["evidence"], record["answerable"]) == ([], [], True)
    assert record["note"].startswith("数字不对；没有答全；应是全市；当时的回答：")
    assert not is_complete(record)


def test_what_the_reports_do_not_say_is_no_answer(assistant: Assistant) -> None:
    wrong = question_of("a", assistant.ask(REVENUE), Feedback(False, ("unanswerable",)))
    refused = assistant.ask("青川县1987年财政收入是多少？")
    assert not refused.grounded
    right = question_of("b", refused, Feedback(True))
    for record in (wrong, right):
        assert (record["answers"], record["evidence"], record["answerable"]) == ([], [], False)
        assert is_complete(record)
    assert question_of("c", refused, Feedback(False, ("answerable",)))["answerable"]


def test_the_command_writes_a_file_that_can_be_evaluated(
    tmp_path: Path, index: Index, assistant: Assistant
) -> None:
    place = tmp_path / "index"
    place.mkdir()
    history = History(history_file(place))
    history.begin("browser:a", "c", REVENUE)
    exchange = Exchange(REVENUE, assistant.ask(REVENUE), seconds=0.1)
    for number, feedback in enumerate((Feedback(True), None, Feedback(False, ("subject",)))):
        history.save("browser:a", "c", replace(exchange, id=f"e{number}", feedback=feedback))
    file = tmp_path / "questions.jsonl"
    command = ["eval", "--from-feedback", str(place), "--write", str(file)]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert "已把 2 条评价写成问题" in done.output
    assert "其中 1 个的 answers 或 evidence 要人填写" in done.output
    records = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [record["id"] for record in records] == ["e0", "e2"]
    file.write_text(json.dumps(records[0], ensure_ascii=False), encoding="utf-8")
    (task,) = read_tasks(file, index)
    assert task.gold is not None
    assert task.gold.answers[0] == ("13.9亿元",)
    again = CliRunner().invoke(app, command)
    assert again.exit_code == 1
    assert "不覆盖" in again.output


def test_the_command_says_what_is_missing(tmp_path: Path) -> None:
    run = CliRunner().invoke
    nowhere = run(app, ["eval", "--from-feedback", str(tmp_path), "--write", str(tmp_path / "q")])
    assert nowhere.exit_code == 1
    assert "没有对话记录" in nowhere.output
    History(history_file(tmp_path))
    empty = run(app, ["eval", "--from-feedback", str(tmp_path), "--write", str(tmp_path / "q")])
    assert "还没有人" in empty.output
    unwritten = run(app, ["eval", "--from-feedback", str(tmp_path)])
    assert "要与 --write 同用" in unwritten.output
