"""A large index: its large files are read while it is used, and its vectors stand in lists."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from stub_embedder import StubEmbedder, modules_that_load

import index.inverted
import index.local
import index.vectors
from index import Index, build, doctor, open_index
from index.errors import IndexDamaged
from index.local import current_generation
from rag import Retriever

COUNT = 600
QUESTION = "青川县第77号水库在2019年加固了多少米"


@pytest.fixture(autouse=True)
def embedder(monkeypatch: pytest.MonkeyPatch) -> StubEmbedder:
    """The embedder of all builds here; an index is large from some hundred passages on."""
    stub = StubEmbedder()
    for module in modules_that_load():
        monkeypatch.setattr(module, "load_embedder", lambda name="": stub)
    monkeypatch.setattr(index.vectors, "LARGE", 256)
    monkeypatch.setattr(index.inverted, "LIST", 16)
    monkeypatch.setattr(index.inverted, "PROBES", 16)
    return stub


def report(first: int, last: int) -> str:
    return "\n\n".join(
        f"青川县第{n}号水库在2019年加固了{n * 13 % 997}米，由第{n % 40}水利站看管。" + "该工程" * 60
        for n in range(first, last)
    )


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    for first in range(0, COUNT, 100):
        (folder / f"{first}号起.txt").write_text(report(first, first + 100), encoding="utf-8")
    return folder


def checked(opened: Index) -> None:
    """Wait until the files of an open index have been read."""
    for thread in threading.enumerate():
        if thread.name == "wenju-checksums":
            thread.join()


def test_a_build_of_many_passages_puts_their_vectors_in_lists(
    reports: Path, tmp_path: Path, embedder: StubEmbedder
) -> None:
    made = build(reports, tmp_path / "i")
    assert made.chunks > 256
    opened = open_index(tmp_path / "i")
    (told,) = opened.manifest.vectors.values()
    assert told.startswith("IVF") and told.endswith(f", {made.chunks}")
    rows = opened.generation.records.rows().tolist()
    texts = [part.text for part in opened.generation.records.chunks(rows).values()]
    vectors = opened.generation.vectors(rows)
    assert len(set(texts)) == len(texts) == made.chunks
    for row in rows[::29]:
        ((found, cosine),) = opened.generation.search_dense(vectors[row], 1)
        assert (found, cosine) == (row, pytest.approx(1, abs=1e-3))

    # One more report is a part of its own beside the lists, which are not written again.
    lists = next((current_generation(tmp_path / "i") / "vectors").iterdir()).stat()
    (reports / "新.txt").write_text(report(COUNT, COUNT + 3), encoding="utf-8")
    added = build(reports, tmp_path / "i")
    assert 0 < added.embedded < 10
    assert opened.refresh()
    large, small = sorted((current_generation(tmp_path / "i") / "vectors").iterdir())
    assert (large.suffix, small.suffix) == (".ivf", ".f32")
    assert (large.stat().st_ino, large.stat().st_mtime_ns) == (lists.st_ino, lists.st_mtime_ns)
    assert doctor(tmp_path / "i") == []
    title = {hit.chunk.title for hit in Retriever(opened).search(f"第{COUNT + 1}号水库", 3)}
    assert "新" in title


def flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0x01
    file.chmod(0o644)
    file.write_bytes(data)


def large_files(folder: Path) -> list[str]:
    generation = current_generation(folder)
    found = (path for path in generation.rglob("*") if path.stat().st_size > 2000)
    names = [path.relative_to(generation).as_posix() for path in found if path.is_file()]
    return [name for name in sorted(names) if name != "manifest.json"]


def test_a_changed_byte_in_a_large_file_is_found_while_the_index_is_used(
    reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.local, "READ_ON_OPENING", 0)
    folder = tmp_path / "i"
    build(reports, folder)
    whole = open_index(folder)
    checked(whole)
    expected = Retriever(whole).search(QUESTION, 5)
    assert expected
    names = large_files(folder)
    assert {name.split("/")[0] for name in names} == {"records.sqlite", "vectors", "lexical"}
    for name in names:
        file = current_generation(folder) / name
        before = file.read_bytes()
        file.unlink()
        file.write_bytes(before)
        flip(file)
        try:
            opened = open_index(folder)
        except IndexDamaged:
            pass  # the damage is where opening looks
        else:
            checked(opened)
            with pytest.raises(IndexDamaged, match="内容与写入时不同"):
                Retriever(opened).search(QUESTION, 5)
        file.write_bytes(before)
    # A build sees it, too, and makes another; who has found damage goes on with that.
    flip(current_generation(folder) / "records.sqlite")
    opened = open_index(folder)
    checked(opened)
    with pytest.raises(IndexDamaged):
        assert opened.documents
    build(reports, folder)
    assert opened.refresh()
    assert Retriever(opened).search(QUESTION, 5) == expected


def spoil_text(file: Path) -> None:
    """Make a text of the records one that is no UTF-8."""
    connection = sqlite3.connect(file / "records.sqlite")
    connection.execute("UPDATE chunk SET text = CAST(x'e99d92ff' || text AS TEXT)")
    connection.commit()
    connection.close()


def spoil_pages(file: Path) -> None:
    """Overwrite what records.sqlite holds but for its beginning, in which its tables are named."""
    records = file / "records.sqlite"
    data = bytearray(records.read_bytes())
    data[8192:] = b"\xff" * (len(data) - 8192)
    records.write_bytes(data)


@pytest.mark.parametrize("spoil", [spoil_text, spoil_pages])
def test_records_that_a_question_cannot_read_before_the_check_are_said(
    reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Path], None]
) -> None:
    build(reports, tmp_path / "i")
    generation = current_generation(tmp_path / "i")
    spoil(generation)
    # As if the check took for ever: what it would find is found by asking.
    monkeypatch.setattr(index.local, "require_files", lambda *given: None)
    monkeypatch.setattr(index.local, "READ_ON_OPENING", 0)
    with pytest.raises(IndexDamaged, match="wenju build"):
        Retriever(open_index(tmp_path / "i")).search(QUESTION, 5)
