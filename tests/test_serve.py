"""`wenju serve` as an operator runs it."""

from __future__ import annotations

import select
import signal
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

import httpx
import pytest
from ports import free_port
from typer.testing import CliRunner

from ui import cli

ROOT = Path(__file__).parents[1]
TOKEN = "a-token-that-nobody-guesses"


def refused(*arguments: object) -> str:
    """Return the sentence with which the program ends."""
    result = CliRunner().invoke(cli.app, ["serve", *map(str, arguments)])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1
    return result.stderr


def test_it_serves_until_interrupted_and_logs_no_question(index_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n", encoding="utf-8")
    port = free_port()
    arguments = ["--index", index_dir, "--port", port, "--token-file", tmp_path / "token"]
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "ui.cli", "serve", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        # Whoever runs the tests in the background of a script has them ignore interrupts.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    ) as program:
        try:
            ready, _, _ = select.select([program.stdout], [], [], 120)
            assert ready
            assert f"http://127.0.0.1:{port}" in program.stdout.readline()
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
                asked = {"question": "青川县2021年财政收入是多少？"}
                assert client.post("/ask", json=asked).status_code == 401
                right = {"Authorization": f"Bearer {TOKEN}"}
                assert client.post("/ask", json=asked, headers=right).json()["grounded"]
            program.send_signal(signal.SIGINT)
            _, log = program.communicate(timeout=60)
        finally:
            program.kill()
    assert program.returncode == 130
    assert "POST /ask 401" in log
    assert "POST /ask 200" in log
    assert "财政" not in log
    assert "Traceback" not in log


@pytest.mark.parametrize(
    ("token", "words"),
    [("", "太短"), ("short", "openssl rand"), ("口令" * 10, "英文字母"), ("a b " * 9, "空格")],
)
def test_a_token_that_cannot_be_one_is_named(
    index_dir: Path, tmp_path: Path, token: str, words: str
) -> None:
    file = tmp_path / "token"
    file.write_text(token, encoding="utf-8")
    said = refused("--index", index_dir, "--token-file", file)
    assert words in said
    assert str(file) in said


def test_what_is_missing_is_named(index_dir: Path, tmp_path: Path) -> None:
    assert "没有.txt" in refused("--index", index_dir, "--token-file", tmp_path / "没有.txt")
    assert "wenju build" in refused("--index", tmp_path / "没有")
    assert "192.0.2.1" in refused("--index", index_dir, "--host", "192.0.2.1")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert "已被占用" in refused("--index", index_dir, "--port", port)
