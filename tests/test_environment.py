"""`wenju doctor --environment`: ten lines, true of the machine they are printed on."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ui import cli


def lines(index: Path, *more: str) -> str:
    result = CliRunner().invoke(cli.app, ["doctor", "--environment", "--index", str(index), *more])
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_ten_lines_say_what_there_is(index_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-never-to-be-seen")
    told = lines(index_dir)
    assert len(told.splitlines()) == 10
    for part in (
        f"Python {platform.python_version()}",
        f"可用 {len(os.sched_getaffinity(0))} 核",
        "4 份文档",
        "OPENAI_API_KEY 已设",
    ):
        assert part in told
    assert "sk-never" not in told
    found = json.loads(lines(index_dir, "--json"))["environment"]
    # Of the sentences, some may have changed meanwhile: how much memory is free.
    assert list(found) == [line.partition("：")[0] for line in told.splitlines()]


def test_an_index_that_is_not_there_is_no_reason_to_stop(tmp_path: Path) -> None:
    told = lines(tmp_path / "没有" / "也没有")
    assert len(told.splitlines()) == 10
    assert "wenju build" in told


def test_it_loads_no_model(index_dir: Path) -> None:
    code = (
        "import sys; from ui.cli import app\n"
        f"try: app(['doctor', '--environment', '--index', {str(index_dir)!r}])\n"
        "except SystemExit as end: assert not end.code\n"
        "print(sorted({'torch', 'gradio', 'onnxruntime', 'rapidocr'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")
