from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from stub_embedder import StubEmbedder, modules_that_load
from typer.testing import CliRunner

from index import Finding, build, doctor
from index.errors import EmbedderUnavailable, IndexNotFound
from index.manifest import file_sizes, read_manifest, sha256
from ui import cli


@pytest.fixture(autouse=True)
def embedder(monkeypatch: pytest.MonkeyPatch) -> StubEmbedder:
    """The embedder of all builds here."""
    stub = StubEmbedder()
    for module in modules_that_load():
        monkeypatch.setattr(module, "load_embedder", lambda name="": stub)
    return stub


@pytest.fixture
def folder(corpus: Path, tmp_path: Path) -> Path:
    """An index of the reports, all well."""
    build(corpus, tmp_path / "i")
    return tmp_path / "i"


def generation(folder: Path) -> Path:
    return folder / "generations" / "000001"


def sign(folder: Path) -> None:
    """Give a generation's manifest the sums of its files as they are: what is wrong is then in
    them, not in the files."""
    place = generation(folder)
    sizes = {name: size for name, size in file_sizes(place).items() if name != "manifest.json"}
    sums = {name: sha256(place / name) for name in sizes}
    replace(read_manifest(place), sizes=sizes, sums=sums).write(place)


def change_records(folder: Path, statement: str) -> None:
    connection = sqlite3.connect(generation(folder) / "records.sqlite")
    connection.execute(statement)
    connection.commit()
    connection.close()


def sentences(folder: Path) -> list[str]:
    return [finding.sentence for finding in doctor(folder)]


def test_there_is_nothing_to_say_of_a_whole_index(folder: Path) -> None:
    assert doctor(folder) == []
    assert doctor(str(folder)) == []


def test_no_index_is_said(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound):
        doctor(tmp_path)


def test_every_file_is_looked_at(folder: Path) -> None:
    names = [name for name in file_sizes(generation(folder)) if not name.endswith(".lock")]
    assert len(names) >= 9
    for name in names:
        file = generation(folder) / name
        whole = file.read_bytes()
        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 4]))
        (finding, *others) = doctor(folder)
        assert name in finding.sentence
        assert finding.wrong
        assert finding.command == f"wenju build 报告文件夹 -o {folder}"
        file.write_bytes(whole)
    assert doctor(folder) == []


def test_all_that_is_wrong_with_files_is_said(folder: Path) -> None:
    place = generation(folder)
    (place / "records.sqlite").unlink()
    (place / "lexical" / "meta.json").write_bytes(b"{}")
    (place / "vectors" / "99.f32").write_bytes(b"x")
    said = sentences(folder)
    assert len(said) == 3
    for words in ("records.sqlite 不见了", "meta.json 应为", "99.f32 不属于这个索引"):
        assert any(words in sentence for sentence in said)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE chunk SET text = replace(text, '12.6', '12.7')", "的片段与原文对不上"),
        ("UPDATE chunk SET start = start + 1", "的片段与原文对不上"),
        ("DELETE FROM document WHERE path LIKE '%综述%'", "应有 4 份文档，实有 3"),
        ("UPDATE document SET id = 'x' WHERE path LIKE '%综述%'", "文档与清单所列的来源不符"),
        ("UPDATE chunk SET row = row + 100 WHERE row = 3", "片段不在文档所列的位置"),
        ("UPDATE document SET chunks = 2 WHERE first_row = 3", "个向量"),
        ("UPDATE document SET chunks = 1000000000000 WHERE first_row = 3", "位置有误"),
        ("DELETE FROM chunk WHERE row = 3", "词语索引与片段不符"),
    ],
)
def test_contents_that_do_not_agree_are_found(folder: Path, statement: str, said: str) -> None:
    change_records(folder, statement)
    sign(folder)
    assert any(said in sentence for sentence in sentences(folder))


def test_a_vector_of_another_length_is_found(folder: Path) -> None:
    (file,) = (generation(folder) / "vectors").iterdir()
    vectors = np.fromfile(file, "<f4").reshape(4, -1)
    vectors[2] *= 1.01
    vectors[3, 0] = np.nan
    vectors.tofile(file)
    sign(folder)
    assert sentences(folder) == ["有 2 个向量的长度不是 1"]


def test_an_embedder_that_is_gone_or_changed_is_said(
    folder: Path, embedder: StubEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder.fingerprint = "another"
    (finding,) = doctor(folder)
    assert "另一个向量模型" in finding.sentence
    assert finding.command.endswith("--model bundled")

    def missing(name: str) -> None:
        message = "模型不见了"
        raise EmbedderUnavailable(message)

    monkeypatch.setattr(modules_that_load()[1], "load_embedder", missing)
    (finding,) = doctor(folder)
    assert "模型不见了" in finding.sentence


def test_what_a_build_has_left_is_said_and_does_no_harm(folder: Path) -> None:
    (folder / "generations" / "unfinished").mkdir()
    (folder / "embedded-1").write_bytes(b"")
    (finding,) = doctor(folder)
    assert not finding.wrong
    assert "unfinished、embedded-1" in finding.sentence


def test_a_build_at_work_is_no_leftover(folder: Path) -> None:
    (folder / "generations" / "unfinished").mkdir()
    with FileLock(folder / "build.lock"):
        (finding,) = doctor(folder)
    assert finding == Finding("另一个 wenju build正在更新这个索引", "", wrong=False)


def test_a_generation_before_that_is_damaged_is_said(corpus: Path, folder: Path) -> None:
    (corpus / "新.txt").write_text("全县新建公园七座。", encoding="utf-8")
    build(corpus, folder)
    (generation(folder) / "records.sqlite").write_bytes(b"x")
    (finding,) = doctor(folder)
    assert not finding.wrong
    assert finding.sentence.startswith("不能退回上一版索引：")


def test_what_is_found_can_be_mended(corpus: Path, folder: Path) -> None:
    damages: list[Callable[[], object]] = [
        lambda: (folder / "CURRENT").write_text("x", encoding="utf-8"),
        lambda: shutil.rmtree(folder / "generations"),
        lambda: next((folder / "generations").glob("*/manifest.json")).write_bytes(b"{}"),
    ]
    for damage in damages:
        damage()
        assert any(finding.wrong for finding in doctor(folder))
        build(corpus, folder)
        assert not any(finding.wrong for finding in doctor(folder))


def test_the_command_says_it_and_ends_with_1_where_something_is_wrong(folder: Path) -> None:
    def run(*more: str) -> tuple[int, str]:
        result = CliRunner().invoke(cli.app, ["doctor", "--index", str(folder), *more])
        return result.exit_code, result.stdout

    assert run() == (0, f"索引完好：{folder}\n")
    assert run("--json") == (0, '{\n  "findings": []\n}\n')
    (folder / "embedded-1").write_bytes(b"")
    code, said = run()
    assert code == 0
    assert said.startswith("提示：上一次建立索引没有做完")
    (generation(folder) / "records.sqlite").write_bytes(b"x")
    code, said = run()
    assert code == 1
    assert said.splitlines()[:2] == [
        f"问题：{generation(folder) / 'records.sqlite'} 应为 "
        f"{read_manifest(generation(folder)).sizes['records.sqlite']} 字节，实为 1 字节",
        f"　请运行：wenju build 报告文件夹 -o {folder}",
    ]
    assert '"wrong": true' in run("--json")[1]
