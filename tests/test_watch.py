from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from stub_embedder import StubEmbedder, modules_that_load
from typer.testing import CliRunner

import index.watch
from index.errors import CorpusError
from index.watch import Rest, changes
from ui import cli


def test_a_file_is_at_rest_when_it_has_stayed_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    rest = Rest(2.0)
    assert not rest.look([], 0)  # nothing has changed
    file.write_bytes(b"1")
    assert not rest.look([str(file)], 10)
    assert not rest.look([], 11.9)
    file.write_bytes(b"12")  # grows without a word from the system
    assert not rest.look([], 12)
    assert not rest.look([], 13.9)
    assert rest.look([], 14)
    assert not rest.look([], 99)  # once is enough


def test_one_that_is_still_copied_keeps_the_others_waiting(tmp_path: Path) -> None:
    one, other = tmp_path / "a.txt", tmp_path / "b.txt"
    rest = Rest(2.0)
    one.write_bytes(b"1")
    assert not rest.look([str(one)], 0)
    other.write_bytes(b"1")
    assert not rest.look([str(other)], 1.9)
    assert not rest.look([], 2.1)
    other.unlink()  # it went by another name
    assert not rest.look([str(other)], 3)
    assert rest.look([], 5)


def test_a_change_is_noticed_and_the_index_is_no_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.watch, "QUIET", 0.05)
    (tmp_path / "reports").mkdir()
    stop = threading.Event()
    seen = changes(tmp_path / "reports", tmp_path / "reports" / "index", stop)
    next(seen)  # at once
    (tmp_path / "reports" / "新.txt").write_text("新的一份报告。", encoding="utf-8")
    next(seen)
    (tmp_path / "reports" / "index").mkdir()
    for n in range(3):
        (tmp_path / "reports" / "index" / str(n)).write_bytes(b"x")
    threading.Timer(0.6, stop.set).start()
    assert list(seen) == []


def test_there_must_be_a_folder(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="不存在"):
        next(changes(tmp_path / "none", tmp_path / "i"))


def test_the_command_says_what_changed_in_a_line_and_ends_cleanly(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub = StubEmbedder()
    for module in modules_that_load():
        monkeypatch.setattr(module, "load_embedder", lambda name="": stub)

    def scripted(*given: object) -> Iterator[None]:
        yield
        (corpus / "新.txt").write_text("新的一份报告。", encoding="utf-8")
        (corpus / "坏.txt").write_bytes(b"\0\1")
        yield
        for file in corpus.iterdir():
            file.unlink()
        yield
        raise KeyboardInterrupt

    monkeypatch.setattr(index.watch, "changes", scripted)
    result = CliRunner().invoke(
        cli.app, ["build", str(corpus), "-o", str(tmp_path / "i"), "--watch"]
    )
    first, second, last = result.stdout.splitlines()
    assert "　新增 4，改动 0，移除 0，移动 0；共 4 份文档，用时 " in first
    assert "　新增 1，改动 0，移除 0，移动 0，未能读取 1；共 5 份文档，用时 " in second
    assert last == "已停止。索引保持最近一次更新后的样子。"
    assert "是空的" in result.stderr
    assert result.exit_code == 0


def test_the_wishes_of_the_command_must_agree(corpus: Path, tmp_path: Path) -> None:
    def said(*arguments: str) -> str:
        result = CliRunner().invoke(cli.app, ["build", *arguments, "-o", str(tmp_path / "i")])
        assert result.exit_code == 1
        assert result.stdout == ""
        return result.stderr

    assert "只能写一个" in said(str(corpus), "--dry-run", "--watch")
    assert "请写明报告所在的文件夹" in said()
    assert "无法退回" in said("--rollback")
    assert not (tmp_path / "i").exists()


def test_a_dry_run_lists_what_would_change(corpus: Path, tmp_path: Path) -> None:
    (corpus / "坏.txt").write_bytes(b"\0\1")
    result = CliRunner().invoke(
        cli.app, ["build", str(corpus), "-o", str(tmp_path / "i"), "--dry-run"]
    )
    assert result.exit_code == 0
    assert "没有写入任何东西。运行后将有 4 份文档，4 个片段：" in result.stdout
    assert "　新增：数字化改革综述.txt\n" in result.stdout
    assert "　未能读取：坏.txt：" in result.stdout
    assert not (tmp_path / "i").exists()
