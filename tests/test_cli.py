"""The program `wenju`: what it prints, and that bad input gets one sentence and exit code 1."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
from dataclasses import fields
from functools import partial
from pathlib import Path

import pytest
from ports import free_port
from typer.testing import CliRunner, Result

from index import build
from rag.types import Answer, Citation
from ui import cli

QUESTION = "青川县2021年财政收入是多少？"


def wenju(*arguments: object) -> Result:
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def program(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "ui.cli", *map(str, arguments)]


def refused(result: Result, *words: str) -> None:
    """Check that the program said one sentence on standard error and nothing else."""
    assert result.exit_code == 1
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr


def test_build_sums_up_what_it_did(corpus: Path, tmp_path: Path) -> None:
    (corpus / "坏的.txt").write_bytes(b"\x00\x01\x02\xff\xfe\x80" * 50)
    (corpus / "抄件.md").write_bytes((corpus / "青川县2021年政府工作报告.md").read_bytes())
    first = wenju("build", corpus, "-o", tmp_path / "index")
    assert first.exit_code == 0
    assert "4 份文档" in first.stdout
    assert "新增 " in first.stdout
    assert "重复：" in first.stdout
    assert "未能读取：1 个文件" in first.stdout
    assert "坏的.txt：" in first.stdout
    assert "计算向量" in first.stderr
    again = wenju("build", corpus, "-o", tmp_path / "index")
    assert "新增 0，改动 0，移除 0" in again.stdout


def test_build_json_is_the_report(corpus: Path, tmp_path: Path) -> None:
    result = wenju("build", corpus, "-o", tmp_path / "index", "--json")
    report = json.loads(result.stdout)
    assert report["documents"] == 4
    assert len(report["added"]) == 4
    assert report["failed"] == []


def test_search_lists_passages(index_dir: Path) -> None:
    result = wenju("search", QUESTION, "--index", index_dir, "--top-k", 2)
    assert result.exit_code == 0
    assert "青川县2022年政府工作报告" in result.stdout
    assert result.stdout.count("（0.") + result.stdout.count("（1.") == 2


def test_search_json_parses(index_dir: Path) -> None:
    result = wenju("search", QUESTION, "--index", index_dir, "--top-k", 3, "--json")
    found = json.loads(result.stdout)
    assert found["question"] == QUESTION
    assert len(found["hits"]) == 3
    assert {"title", "path", "page", "heading", "text"} <= set(found["hits"][0]["chunk"])


def test_ask_gives_the_answer_and_its_sources(index_dir: Path) -> None:
    result = wenju("ask", QUESTION, "--index", index_dir)
    assert result.exit_code == 0
    answer, sources = result.stdout.split("\n来源\n")
    assert "13.9亿元" in answer
    assert "[1]" in answer
    assert "[1] 青川县2022年政府工作报告 · " in sources
    assert "财政收入13.9亿元" in sources


def test_ask_json_is_the_answer(index_dir: Path) -> None:
    result = wenju("ask", QUESTION, "--index", index_dir, "--json")
    answer = json.loads(result.stdout)
    assert set(answer) == {field.name for field in fields(Answer)}
    assert answer["grounded"] is True
    assert set(answer["citations"][0]) == {field.name for field in fields(Citation)}
    assert "13.9亿元" in answer["citations"][0]["quote"]


def test_ask_refuses_and_shows_the_nearest(index_dir: Path) -> None:
    result = wenju("ask", "火星有几颗卫星？", "--index", index_dir)
    assert result.exit_code == 0
    assert "最接近的段落" in result.stdout
    assert "来源" not in result.stdout


def test_eval_writes_what_the_scorer_reads(index_dir: Path, tmp_path: Path) -> None:
    questions, predictions = tmp_path / "questions.jsonl", tmp_path / "predictions.jsonl"
    asked = [{"id": "a", "question": QUESTION}, {"id": "b", "question": "火星有几颗卫星？"}]
    lines = [json.dumps(record, ensure_ascii=False) for record in asked]
    questions.write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = wenju("eval", questions, "--index", index_dir, "--write", predictions, "--top-k", 5)
    assert result.exit_code == 0
    assert "2 个问题" in result.stdout
    written = [json.loads(line) for line in predictions.read_text(encoding="utf-8").splitlines()]
    assert [record["id"] for record in written] == ["a", "b"]
    assert [record["grounded"] for record in written] == [True, False]
    assert len(written[0]["hits"]) <= 5


def test_search_keeps_to_the_reports_asked_for(index_dir: Path) -> None:
    def found(*conditions: str) -> set[str]:
        result = wenju("search", "财政收入", "--index", index_dir, "--json", *conditions)
        return {hit["chunk"]["title"] for hit in json.loads(result.stdout)["hits"]}

    old, new = "青川县2021年政府工作报告", "青川县2022年政府工作报告"
    notice, review = "關於加強防汛工作的通知", "数字化改革综述"
    assert found("--years", "2021") == {old}
    assert found("--years", "２０２１年—2030年") == {old, new}
    assert found("--title", "防汛", "--title", "综述") == {notice, review}
    assert found("--path", "*.txt", "--title", "通知") == {notice}
    assert found("--years", "1999") == set()


def test_search_says_which_reports_there_are(index_dir: Path) -> None:
    result = wenju("search", "财政收入", "--index", index_dir, "--years", "1990-1999")
    assert result.exit_code == 0
    assert result.stdout == (
        "没有符合条件的报告。索引里共 4 份报告，年份有 2021—2022（另有 2 份没有标明年份）。\n"
    )


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        (("--years", "去年"), ("--years", "2015-2019", "去年")),
        (("--years", "2022-2021"), ("2022", "晚于", "2021")),
        (("--years", ""), ("--years",)),
        (("--title", ""), ("标题条件",)),
        (("--path", " "), ("路径条件",)),
    ],
)
def test_conditions_without_sense_are_named(
    index_dir: Path, conditions: tuple[str, ...], words: tuple[str, ...]
) -> None:
    refused(wenju("search", "财政收入", "--index", index_dir, *conditions), *words)


def test_search_explains_a_score(index_dir: Path) -> None:
    arguments = ("search", QUESTION, "--index", index_dir, "--top-k", 1, "--explain")
    shown = wenju(*arguments).stdout
    hit = json.loads(wenju(*arguments, "--json").stdout)["hits"][0]
    told = hit["explanation"]
    for part in ("dense", "lexical", "period"):
        assert f"{told[part]:.3f}" in shown
    assert f"BM25 {hit['lexical']:.2f}" in shown
    assert "说的是 2021 年" in shown
    assert hit["years"] == [2021]
    best = told["words"][0]
    assert best["word"] in shown
    assert f"{best['text'] + best['label']:.2f}" in shown


def questions_file(path: Path, *ids: str) -> Path:
    evidence = [{"doc": "青川县2022年政府工作报告.md", "quote": "财政收入13.9亿元"}]
    known = {
        "a": {"type": "figure", "question": QUESTION, "answers": [["13.9亿元"]], "evidence": evidence, "answerable": True},
        "b": {"type": "unanswerable", "question": "火星有几颗卫星？", "answers": [], "evidence": [], "answerable": False},
    }  # fmt: skip
    lines = [json.dumps({"id": name, **known[name]}, ensure_ascii=False) for name in ids]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_eval_shows_figures_with_their_intervals(index_dir: Path, tmp_path: Path) -> None:
    result = wenju("eval", questions_file(tmp_path / "q.jsonl", "a", "b"), "--index", index_dir)
    assert result.exit_code == 0
    assert "已回答 2 个问题。" in result.stdout
    for word in ("前5段", "要点齐全", "该拒而拒", "figure", "unanswerable", "0.21–1.00", "Wilson"):
        assert word in result.stdout


def test_eval_json_holds_figures_and_changes(index_dir: Path, tmp_path: Path) -> None:
    questions, first = questions_file(tmp_path / "q.jsonl", "a", "b"), tmp_path / "first.jsonl"
    arguments = ("eval", questions, "--index", index_dir, "--json")
    told = json.loads(wenju(*arguments, "--write", first).stdout)
    assert (told["questions"], told["judged"], told["changes"]) == (2, 2, {})
    assert told["figures"]["answer"]["value"] == 1
    assert told["figures"]["answer"]["low"] == pytest.approx(0.2065, abs=1e-4)
    assert set(told["by_type"]) == {"figure", "unanswerable"}
    again = json.loads(wenju(*arguments, "--compare", first).stdout)
    assert again["changes"]["right"] == {"old": 1, "new": 1, "better": [], "worse": [], "p": 1}


def test_eval_names_the_questions_that_changed(index_dir: Path, tmp_path: Path) -> None:
    questions = questions_file(tmp_path / "q.jsonl", "a", "b")
    old = tmp_path / "old.jsonl"
    wrong = {"id": "a", "answer": "不知道", "grounded": True, "citations": [], "hits": []}
    lucky = {**wrong, "id": "b", "grounded": False}
    old.write_text(f"{json.dumps(wrong)}\n{json.dumps(lucky)}\n", encoding="utf-8")
    shown = wenju("eval", questions, "--index", index_dir, "--compare", old).stdout
    assert "由对变错：0 题\n" in shown
    assert f"由错变对：1 题\n　a　{QUESTION}\n" in shown
    assert f"前10段新找到：1 题\n　a　{QUESTION}\n" in shown
    old.write_text(json.dumps({**wrong, "id": "z"}), encoding="utf-8")
    shown = wenju("eval", questions, "--index", index_dir, "--compare", old).stdout
    assert "旧结果里没有这些问题" in shown


def test_eval_draws_questions_to_fill_in(index_dir: Path, tmp_path: Path) -> None:
    drawn = tmp_path / "q.jsonl"
    result = wenju("eval", "--sample", 3, "--write", drawn, "--index", index_dir)
    assert result.exit_code == 0
    assert "已抽取 3 段" in result.stdout
    assert len(drawn.read_text(encoding="utf-8").splitlines()) == 3
    unfilled = wenju("eval", drawn, "--index", index_dir)
    assert unfilled.exit_code == 1
    assert "第 3 行还没有填写 type、question、answers。" in unfilled.stderr
    refused(wenju("eval", "--sample", 3, "--write", drawn, "--index", index_dir), "不覆盖")


def test_eval_says_what_it_needs(index_dir: Path, tmp_path: Path) -> None:
    questions = questions_file(tmp_path / "q.jsonl", "a")
    refused(wenju("eval", "--index", index_dir), "问题文件", "--sample")
    refused(wenju("eval", "--sample", 3, "--index", index_dir), "--write")
    refused(wenju("eval", questions, "--write", questions, "--index", index_dir), "覆盖问题文件")
    assert "13.9亿元" in questions.read_text(encoding="utf-8")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    refused(wenju("build", tmp_path / "没有", "-o", tmp_path / "index"), "没有", "不存在")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "文件.txt").write_text("一", encoding="utf-8")
    refused(wenju("build", tmp_path / "文件.txt", "-o", tmp_path / "index"), "不是文件夹")


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "空").mkdir()
    refused(wenju("build", tmp_path / "空", "-o", tmp_path / "index"), "空")


def test_an_index_that_cannot_be_written(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "文件").write_text("一", encoding="utf-8")
    refused(wenju("build", corpus, "-o", tmp_path / "文件" / "index"), "写")


@pytest.mark.parametrize("command", ["ask", "search"])
def test_no_index_says_how_to_make_one(command: str, tmp_path: Path) -> None:
    refused(wenju(command, "问题", "--index", tmp_path / "没有"), "没有索引", "wenju build")


def test_chat_without_an_index_says_how_to_make_one(tmp_path: Path) -> None:
    refused(wenju("chat", "--index", tmp_path / "没有", "--port", free_port()), "wenju build")


def test_a_damaged_index_says_what_to_do(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path / "index")
    largest = max(
        (tmp_path / "index").rglob("*"), key=lambda path: path.is_file() and path.stat().st_size
    )
    largest.write_bytes(largest.read_bytes()[:100])
    refused(wenju("ask", "问题", "--index", tmp_path / "index"), "损坏", "wenju build")


def test_an_index_of_another_version_says_what_to_do(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path / "index")
    manifest = next((tmp_path / "index").rglob("manifest.json"))
    stated = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps({**stated, "schema": 999}), encoding="utf-8")
    refused(wenju("ask", "问题", "--index", tmp_path / "index"), "版本", "wenju build")


@pytest.mark.parametrize("command", ["ask", "search"])
@pytest.mark.parametrize("question", ["", "  \n"])
def test_an_empty_question_gets_a_friendly_line(command: str, question: str) -> None:
    refused(wenju(command, question), "请写下一个问题")


def test_a_port_in_use_is_named(index_dir: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused(wenju("chat", "--index", index_dir, "--port", port), str(port), "已被占用")


def test_a_host_of_another_machine_is_named(index_dir: Path) -> None:
    refused(wenju("chat", "--index", index_dir, "--host", "192.0.2.1"), "192.0.2.1")


def test_questions_that_cannot_be_read_are_named(index_dir: Path, tmp_path: Path) -> None:
    predictions = tmp_path / "p.jsonl"
    missing = wenju("eval", tmp_path / "没有.jsonl", "--index", index_dir, "--write", predictions)
    refused(missing, "没有.jsonl")
    (tmp_path / "q.jsonl").write_text('{"question": "甲"}\n{"question": 3}\n', encoding="utf-8")
    refused(
        wenju("eval", tmp_path / "q.jsonl", "--index", index_dir, "--write", predictions), "第 2 行"
    )


def test_a_report_cannot_steer_the_terminal(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "甲.txt").write_text(
        "青川县简报\n\n财政收入13.9亿元[red]\x1b[31m。", encoding="utf-8"
    )
    build(folder, tmp_path / "index")
    shown = wenju("search", "财政收入", "--index", tmp_path / "index").stdout
    assert "\x1b" not in shown
    assert "[red]" in shown


def test_help_names_every_command_and_loads_nothing_heavy() -> None:
    code = (
        "import sys; from ui.cli import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'numpy', 'faiss', 'jieba', 'rjieba', 'gradio', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for command in ("build", "search", "ask", "chat", "eval"):
        assert command in done.stdout
    assert done.stdout.strip().endswith("[]")


def test_ask_loads_neither_torch_nor_gradio(index_dir: Path) -> None:
    code = (
        "import sys; from ui.cli import app\n"
        f"try: app(['ask', {QUESTION!r}, '--index', {str(index_dir)!r}])\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print(sorted({'torch', 'transformers', 'sentence_transformers', 'gradio'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "13.9亿元" in done.stdout
    assert done.stdout.strip().endswith("[]")


def test_the_program_ends_quietly_when_interrupted(index_dir: Path) -> None:
    arguments = program("chat", "--index", index_dir, "--port", free_port())
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        # Whoever runs the tests in the background of a script has them ignore interrupts.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    ) as chat:
        try:
            ready, _, _ = select.select([chat.stdout], [], [], 120)
            assert ready
            assert "http://127.0.0.1:" in chat.stdout.readline()
            chat.send_signal(signal.SIGINT)
            _, complaints = chat.communicate(timeout=60)
        finally:
            chat.kill()
    assert chat.returncode == 130
    assert complaints.strip() == ""
