from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from filelock import FileLock
from stub_embedder import StubEmbedder, modules_that_load

import index.corpus
import index.local
import index.lock
import index.store
from index import Index, build, doctor, open_index, rollback
from index.chunk import chunk
from index.errors import (
    CorpusError,
    EmbedderUnavailable,
    IndexDamaged,
    IndexMismatch,
    IndexNotFound,
)
from index.load import document_id
from index.manifest import read_manifest
from index.similar import similar, sketch

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def embedder(monkeypatch: pytest.MonkeyPatch) -> StubEmbedder:
    """The embedder of all builds here that ask for the bundled one."""
    stub = StubEmbedder()
    original = modules_that_load()[0].load_embedder

    def load(name: str = "bundled") -> object:
        return stub if name == "bundled" else original(name)

    for module in modules_that_load():
        monkeypatch.setattr(module, "load_embedder", load)
    return stub


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """A folder of twelve short reports, 01.txt to 12.txt."""
    folder = tmp_path / "reports"
    folder.mkdir()
    for number in range(1, 13):
        write_report(folder, number)
    return folder


def write_report(folder: Path, number: int, verb: str = "修建") -> Path:
    lines = [f"第{number}乡第{n}村{verb}水渠{number * 10 + n}公里。\n" for n in range(1, 6)]
    file = folder / f"{number:02d}.txt"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def generations(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "generations").iterdir())


def file_id(file: Path) -> str:
    return document_id(file.read_bytes())


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def texts(index: Index) -> dict[str, str]:
    return {entry.path: index.document(entry.id).text for entry in index.documents}


def test_a_build_reports_what_it_did(corpus: Path, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    report = build(corpus, tmp_path / "i", progress=lambda *step: seen.append(step))
    assert len(report.added) == report.documents == 4
    assert report.chunks == report.embedded == 4
    assert not (report.changed or report.removed or report.moved or report.failed)
    assert [stage for stage in ("read", "embed", "write") if any(s[0] == stage for s in seen)] == [
        "read",
        "embed",
        "write",
    ]


def test_where_nothing_has_changed_nothing_is_written(
    corpus: Path, tmp_path: Path, embedder: StubEmbedder
) -> None:
    build(corpus, tmp_path / "i")
    before, embedder.texts = tree(tmp_path / "i"), []
    report = build(corpus, tmp_path / "i")
    assert embedder.texts == []
    assert report.embedded == 0
    assert report.documents == report.chunks == len(report.unchanged) == 4
    assert report.added == report.changed == report.removed == []
    assert tree(tmp_path / "i") == before


def test_an_update_embeds_only_what_is_new(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path / "i")
    changed = corpus / "数字化改革综述.txt"
    changed.write_text(
        changed.read_text(encoding="utf-8").replace("319套", "320套"), encoding="utf-8"
    )
    (corpus / "新报告2023年.txt").write_text("全县新建公园七座。", encoding="utf-8")
    (corpus / "青川县2021年政府工作报告.md").unlink()
    report = build(corpus, tmp_path / "i")
    assert report.added == ["新报告2023年.txt"]
    assert report.changed == ["数字化改革综述.txt"]
    assert report.removed == ["青川县2021年政府工作报告.md"]
    assert report.embedded == 2
    titles = {entry.title for entry in open_index(tmp_path / "i").documents}
    assert "新报告2023年" in titles
    assert "青川县2021年政府工作报告" not in titles


def test_one_bad_file_does_not_stop_the_others(corpus: Path, tmp_path: Path) -> None:
    (corpus / "坏.txt").write_bytes(b"\0\1\2")
    (corpus / ".hidden").write_text("x", encoding="utf-8")
    (corpus / "README.md").write_text("# 说明", encoding="utf-8")
    (corpus / "副本.txt").write_bytes((corpus / "数字化改革综述.txt").read_bytes())
    report = build(corpus, tmp_path / "i")
    assert [failure.path for failure in report.failed] == ["坏.txt"]
    assert "不是文本文件" in report.failed[0].reason
    assert sorted(report.ignored) == [".hidden", "README.md"]
    assert report.duplicates == {"数字化改革综述.txt": "副本.txt"}
    assert report.documents == 4


def test_links_out_of_the_corpus_are_not_followed(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("机密内容。", encoding="utf-8")
    (corpus / "链接.txt").symlink_to(tmp_path / "secret.txt")
    assert "链接.txt" in build(corpus, tmp_path / "i").ignored


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_named(corpus: Path, tmp_path: Path) -> None:
    (corpus / "数字化改革综述.txt").chmod(0)
    report = build(corpus, tmp_path / "i")
    assert [failure.path for failure in report.failed] == ["数字化改革综述.txt"]


def test_no_corpus_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="不存在"):
        build(tmp_path / "none", tmp_path / "i")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match="空的"):
        build(tmp_path / "empty", tmp_path / "i")
    (tmp_path / "empty" / "a.bin").write_bytes(b"\0")
    with pytest.raises(CorpusError, match="没有一个文件能读"):
        build(tmp_path / "empty", tmp_path / "i")


def test_an_emptied_corpus_leaves_the_index_alone(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path / "i")
    for path in corpus.iterdir():
        path.unlink()
    with pytest.raises(CorpusError):
        build(corpus, tmp_path / "i")
    assert len(open_index(tmp_path / "i").documents) == 4


def test_an_index_inside_the_corpus_is_not_read(corpus: Path) -> None:
    assert build(corpus, corpus / "index").failed == []
    assert build(corpus, corpus / "index").failed == []


def test_a_model_that_is_not_there_is_named(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(EmbedderUnavailable, match="no/such-model"):
        build(corpus, tmp_path / "i", model="no/such-model")


def test_a_place_that_cannot_be_written_is_named(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(CorpusError, match="无法写入"):
        build(corpus, tmp_path / "file" / "i")


def test_no_index_and_damaged_index_are_told_apart(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound, match="wenju build"):
        open_index(tmp_path / "i")
    build(corpus, tmp_path / "i")
    (tmp_path / "i" / "CURRENT").write_text("000009\n", encoding="utf-8")
    with pytest.raises(IndexDamaged):
        open_index(tmp_path / "i")


@pytest.mark.parametrize(
    "name", ["records.sqlite", "vectors/*.f32", "manifest.json", "lexical/meta.json"]
)
@pytest.mark.parametrize("damage", ["truncated", "missing", "overwritten"])
def test_a_damaged_file_is_named_and_a_build_mends_it(
    corpus: Path, tmp_path: Path, name: str, damage: str
) -> None:
    build(corpus, tmp_path / "i")
    file = next((tmp_path / "i" / "generations").glob(f"*/{name}"))
    if damage == "missing":
        file.unlink()
    else:
        size = file.stat().st_size
        file.write_bytes(
            file.read_bytes()[: size // 2] if damage == "truncated" else b"\xff" * size
        )
    with pytest.raises(IndexDamaged, match="wenju build"):
        open_index(tmp_path / "i")
    assert build(corpus, tmp_path / "i").documents == 4
    assert len(open_index(tmp_path / "i").documents) == 4


def test_an_index_of_another_version_is_refused(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path / "i")
    file = tmp_path / "i" / "generations" / "000001" / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(manifest | {"schema": 99}), encoding="utf-8")
    with pytest.raises(IndexMismatch, match="另一个版本"):
        open_index(tmp_path / "i")


def test_an_index_of_another_embedder_is_refused(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path / "i")
    generation = tmp_path / "i" / "generations" / "000001"
    replace(read_manifest(generation), fingerprint="other").write(generation)
    with pytest.raises(IndexMismatch, match="另一个向量模型"):
        _ = open_index(tmp_path / "i").embedder


def test_another_embedder_makes_all_vectors_anew(
    reports: Path, tmp_path: Path, embedder: StubEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(reports, tmp_path / "i")
    embedder.fingerprint = "another"
    monkeypatch.setattr(index.corpus, "load", None)  # no file is read again
    report = build(reports, tmp_path / "i")
    assert report.embedded == report.chunks == 12
    assert len(report.unchanged) == 12
    assert doctor(tmp_path / "i") == []


def test_chunks_are_the_documents_text(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path / "i")
    opened = open_index(tmp_path / "i")
    for entry in opened.documents:
        document = opened.document(entry.id)
        assert [c.text for c in chunk(document)] == [
            c.text for c in opened.generation.records.chunks_of(entry.id)
        ]
    with pytest.raises(KeyError):
        opened.document("none")


def test_a_side_file_is_read_with_its_report(corpus: Path, tmp_path: Path) -> None:
    (corpus / "数字化改革综述.txt.meta.json").write_text('{"title": "综述"}', encoding="utf-8")
    (corpus / "没有.txt.meta.json").write_text('{"title": "综述"}', encoding="utf-8")
    report = build(corpus, tmp_path / "index")
    assert [str(failure) for failure in report.failed] == [
        "没有.txt.meta.json：旁边没有它所说明的报告"
    ]
    assert "综述" in {entry.title for entry in open_index(tmp_path / "index").documents}
    (corpus / "数字化改革综述.txt.meta.json").unlink()
    assert build(corpus, tmp_path / "index").changed == ["数字化改革综述.txt"]


def test_an_unchanged_file_is_not_read_again(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (corpus / "乱.txt").write_text("第一句話(huà)。", encoding="utf-8")
    first = build(corpus, tmp_path / "index")
    read: list[str] = []
    original = index.corpus.load
    monkeypatch.setattr(
        index.corpus, "load", lambda path, *rest: read.append(path.name) or original(path, *rest)
    )
    (corpus / "新.txt").write_text("新的一份报告。", encoding="utf-8")
    second = build(corpus, tmp_path / "index")
    assert read == ["新.txt"]
    assert second.repairs == first.repairs == {"拼音注音": 1}


# --- files that move, copies, drafts -------------------------------------------------------------


def test_a_file_that_has_moved_is_neither_added_nor_removed(
    corpus: Path, tmp_path: Path, embedder: StubEmbedder
) -> None:
    build(corpus, tmp_path / "i")
    (corpus / "2021年").mkdir()
    old = corpus / "青川县2021年政府工作报告.md"
    old.rename(corpus / "2021年" / old.name)
    embedder.texts = []
    report = build(corpus, tmp_path / "i")
    assert report.moved == {old.name: f"2021年/{old.name}"}
    assert not (report.added or report.removed or report.changed)
    assert len(report.unchanged) == 3
    assert embedder.texts == []
    opened = open_index(tmp_path / "i")
    assert [e.path for e in opened.documents if "2021年/" in e.path] == [f"2021年/{old.name}"]
    assert doctor(tmp_path / "i") == []


def test_a_copy_of_a_known_file_is_named_and_changes_nothing(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path / "i")
    known = "数字化改革综述.txt"
    (corpus / "0.txt").write_bytes((corpus / known).read_bytes())
    report = build(corpus, tmp_path / "i")
    assert report.duplicates == {"0.txt": known}
    assert not (report.added or report.removed or report.moved or report.changed)
    (corpus / known).unlink()
    report = build(corpus, tmp_path / "i")
    assert report.moved == {known: "0.txt"}
    assert report.duplicates == {}


def test_two_files_that_change_places_have_changed(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path / "i")
    one, other = corpus / "数字化改革综述.txt", corpus / "關於加強防汛工作的通知.txt"
    before = one.read_bytes(), other.read_bytes()
    one.write_bytes(before[1])
    other.write_bytes(before[0])
    report = build(corpus, tmp_path / "i")
    assert sorted(report.changed) == sorted([one.name, other.name])
    assert not (report.added or report.removed or report.moved or report.duplicates)
    assert "防汛" not in texts(open_index(tmp_path / "i"))[other.name]


def test_a_copy_is_read_where_the_name_of_the_first_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    for name in ("0.json", "1.txt", "2.txt"):
        (tmp_path / "c" / name).write_text("全县新建公园七座。", encoding="utf-8")
    report = build(tmp_path / "c", tmp_path / "i")
    assert report.added == ["1.txt"]
    assert report.duplicates == {"2.txt": "1.txt"}
    assert [failure.path for failure in report.failed] == ["0.json"]


def test_draft_and_final_are_named(corpus: Path, tmp_path: Path) -> None:
    lines = [f"第{n}项措施已经在全县{n * 7}个行政村全部落实到位。" for n in range(10)]
    (corpus / "通知（征求意见稿）.txt").write_text("\n".join(lines), encoding="utf-8")
    lines[3] = "第3项措施推迟到明年第一季度再行研究落实。"
    (corpus / "通知.txt").write_text("\n".join(["通知正文如下所示。", *lines]), encoding="utf-8")
    (corpus / "别的.txt").write_text("\n".join(lines[:5]), encoding="utf-8")
    expected = {
        "别的.txt": ["通知.txt", "通知（征求意见稿）.txt"],
        "通知.txt": ["通知（征求意见稿）.txt"],
    }
    assert build(corpus, tmp_path / "i").similar == expected
    assert build(corpus, tmp_path / "i").similar == expected
    assert build(corpus, tmp_path / "j", dry_run=True).similar == expected


LINES = [f"第{n}项措施已经在全县{n * 7}个行政村全部落实到位。" for n in range(10)]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("通知", "通知（更正后）"),
        ("通知（征求意见稿）", "通知"),
        ("通知（征求意见稿）", "通知（定稿）"),
        ("乙通知2021年", "甲通知2022年"),
        ("通知2022年（修订）", "通知2023年（草案）"),
    ],
)
def test_of_two_versions_it_is_told_which_is_newer(tmp_path: Path, older: str, newer: str) -> None:
    (tmp_path / "c").mkdir()
    for title, count in ((older, 1), (newer, 2)):
        text = "\n\n".join([*LINES, f"全县共有机井{count}眼，由水利站看管。"])
        (tmp_path / "c" / f"{title}.txt").write_text(text, encoding="utf-8")
    assert build(tmp_path / "c", tmp_path / "i").similar == {f"{newer}.txt": [f"{older}.txt"]}
    (tmp_path / "c" / "别的.txt").write_text("全县新建公园七座。", encoding="utf-8")
    build(tmp_path / "c", tmp_path / "i")  # an update keeps it in mind
    generation = open_index(tmp_path / "i").generation
    rows = {entry.path: generation.records.rows_of([entry.id])[0] for entry in generation.documents}
    assert generation.superseded(range(9)) == set(rows[f"{older}.txt"])


def test_where_nothing_tells_no_version_is_the_older(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    for title in ("甲", "乙"):
        (tmp_path / "c" / f"{title}.txt").write_text("\n".join([*LINES, title]), encoding="utf-8")
    assert build(tmp_path / "c", tmp_path / "i").similar == {"乙.txt": ["甲.txt"]}
    assert open_index(tmp_path / "i").generation.superseded(range(2)) == set()


def test_what_many_reports_say_alike_makes_none_similar() -> None:
    formula = [f"第{n}条规定适用于全县各乡镇和街道办事处。" for n in range(10)]
    sketches = {str(n): sketch("\n".join([*formula, f"{n}号"])) for n in range(25)}
    assert similar(sketches) == {}
    assert similar({"a": sketch("短。"), "b": sketch("短。")}) == {}
    assert similar({}) == {}


# --- a dry run, a step back ----------------------------------------------------------------------


def test_a_dry_run_tells_and_writes_nothing(
    corpus: Path, tmp_path: Path, embedder: StubEmbedder
) -> None:
    report = build(corpus, tmp_path / "i", dry_run=True)
    assert len(report.added) == report.documents == report.chunks == 4
    assert not (tmp_path / "i").exists()
    build(corpus, tmp_path / "i")
    (corpus / "新.txt").write_text("全县新建公园七座。", encoding="utf-8")
    (corpus / "坏.txt").write_bytes(b"\0\1\2")
    (corpus / "数字化改革综述.txt").rename(corpus / "综述.txt")
    (corpus / "關於加強防汛工作的通知.txt").unlink()
    before, embedder.texts = tree(tmp_path / "i"), []
    report = build(corpus, tmp_path / "i", dry_run=True)
    assert report.added == ["新.txt"]
    assert report.removed == ["關於加強防汛工作的通知.txt"]
    assert report.moved == {"数字化改革综述.txt": "综述.txt"}
    assert [failure.path for failure in report.failed] == ["坏.txt"]
    assert (report.documents, report.chunks, report.embedded) == (4, 4, 0)
    assert embedder.texts == []
    assert tree(tmp_path / "i") == before
    after = build(corpus, tmp_path / "i")
    assert replace(after, seconds=0, embedded=0) == replace(report, seconds=0)


def test_a_step_back_and_on_again(reports: Path, tmp_path: Path, embedder: StubEmbedder) -> None:
    build(reports, tmp_path / "i")
    with pytest.raises(IndexNotFound, match="没有上一版"):
        rollback(tmp_path / "i")
    write_report(reports, 13)
    build(reports, tmp_path / "i")
    assert rollback(tmp_path / "i") == "000001"
    assert len(open_index(tmp_path / "i").documents) == 12
    with pytest.raises(IndexNotFound, match="没有上一版"):
        rollback(tmp_path / "i")
    write_report(reports, 14)
    embedder.texts = []
    assert build(reports, tmp_path / "i").added == ["13.txt", "14.txt"]
    assert len(embedder.texts) == 1  # the other is known from the generation that was left
    assert generations(tmp_path / "i") == ["000001", "000003"]
    assert rollback(tmp_path / "i") == "000001"


def test_no_step_back_onto_something_damaged(reports: Path, tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound, match="没有索引"):
        rollback(tmp_path / "i")
    assert not (tmp_path / "i").exists()
    build(reports, tmp_path / "i")
    write_report(reports, 13)
    build(reports, tmp_path / "i")
    (tmp_path / "i" / "generations" / "000001" / "records.sqlite").write_bytes(b"x")
    with pytest.raises(IndexDamaged):
        rollback(tmp_path / "i")
    assert len(open_index(tmp_path / "i").documents) == 13


# --- one builder at a time -----------------------------------------------------------------------


@pytest.fixture
def held(tmp_path: Path) -> Iterator[threading.Event]:
    """The lock of the index `i`, held by another thread until the event is set."""
    taken, free = threading.Event(), threading.Event()

    def hold() -> None:
        with FileLock(tmp_path / "i" / "build.lock"):
            taken.set()
            free.wait(60)

    (tmp_path / "i").mkdir()
    thread = threading.Thread(target=hold)
    thread.start()
    taken.wait(60)
    yield free
    free.set()
    thread.join()


def test_a_second_builder_is_told_who_builds(
    corpus: Path, tmp_path: Path, held: threading.Event
) -> None:
    with pytest.raises(CorpusError, match="另一个 wenju build正在更新"):
        build(corpus, tmp_path / "i")
    holder = {"pid": 4321, "host": "甲", "since": "2024-05-06T07:08:09+08:00"}
    (tmp_path / "i" / "builder.json").write_text(json.dumps(holder), encoding="utf-8")
    with pytest.raises(CorpusError, match="（进程 4321，主机 甲，2024-05-06 07:08:09 开始）"):
        build(corpus, tmp_path / "i")
    with pytest.raises(CorpusError, match="进程 4321"):
        rollback(tmp_path / "i")


def test_a_second_builder_can_wait(corpus: Path, tmp_path: Path, held: threading.Event) -> None:
    said: list[str] = []

    def progress(stage: str, done: int, total: int) -> None:
        said.append(stage)
        held.set()

    assert build(corpus, tmp_path / "i", wait=True, progress=progress).documents == 4
    assert said[0] == "wait"


def test_a_builder_says_who_it_is_while_it_builds(corpus: Path, tmp_path: Path) -> None:
    seen: list[dict[str, object]] = []
    file = tmp_path / "i" / "builder.json"

    def progress(stage: str, done: int, total: int) -> None:
        seen.append(json.loads(file.read_text(encoding="utf-8")))

    build(corpus, tmp_path / "i", progress=progress)
    assert {entry["pid"] for entry in seen} == {os.getpid()}
    assert not file.exists()


# --- an interrupted build ------------------------------------------------------------------------


def test_an_interrupted_build_goes_on_where_it_was(
    reports: Path, tmp_path: Path, embedder: StubEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.embedded._BATCH", 5)
    embedder.stops_at = "第11乡"
    with pytest.raises(KeyboardInterrupt):
        build(reports, tmp_path / "i")
    assert len(embedder.texts) == 10
    (left,) = (tmp_path / "i").glob("embedded-*")
    left.write_bytes(left.read_bytes()[:-7])  # as if it had been killed while writing
    embedder.stops_at, embedder.texts = "", []
    report = build(reports, tmp_path / "i")
    assert report.embedded == len(embedder.texts) == 3
    assert not list((tmp_path / "i").glob("embedded-*"))
    build(reports, tmp_path / "fresh")
    for folder in ("i", "fresh"):
        assert doctor(tmp_path / folder) == []
    one, other = (open_index(tmp_path / folder).generation for folder in ("i", "fresh"))
    assert np.array_equal(one.vectors(range(12)), other.vectors(range(12)))


def test_a_damaged_leftover_is_not_trusted(
    reports: Path, tmp_path: Path, embedder: StubEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.embedded._BATCH", 5)
    embedder.stops_at = "第11乡"
    with pytest.raises(KeyboardInterrupt):
        build(reports, tmp_path / "i")
    (left,) = (tmp_path / "i").glob("embedded-*")
    data = bytearray(left.read_bytes())
    data[3 * len(data) // 10 + 40] ^= 1  # in the vector of the fourth passage
    left.write_bytes(data)
    embedder.stops_at, embedder.texts = "", []
    assert build(reports, tmp_path / "i").embedded == 9
    assert doctor(tmp_path / "i") == []


def test_what_took_long_to_read_is_not_read_again(
    reports: Path, tmp_path: Path, embedder: StubEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = index.corpus.load
    read: list[str] = []
    monkeypatch.setattr(
        index.corpus, "load", lambda path, *rest: read.append(path.name) or original(path, *rest)
    )
    monkeypatch.setattr(index.corpus, "SLOW", 0.0)
    build(reports, tmp_path / "i", dry_run=True)
    assert not (tmp_path / "i").exists()
    embedder.stops_at = "第11乡"
    with pytest.raises(KeyboardInterrupt):
        build(reports, tmp_path / "i")
    assert len(list((tmp_path / "i").glob("read-*"))) == 12
    (reports / "01.txt").rename(reports / "第一份.txt")  # gives it another title
    damaged = next((tmp_path / "i").glob(f"read-*{file_id(reports / '02.txt')}*"))
    damaged.write_bytes(damaged.read_bytes()[:2000])
    embedder.stops_at, read[:] = "", []
    assert build(reports, tmp_path / "i").documents == 12
    assert read == ["02.txt", "第一份.txt"]
    assert not list((tmp_path / "i").glob("read-*"))
    assert doctor(tmp_path / "i") == []
    assert "第一份" in {entry.title for entry in open_index(tmp_path / "i").documents}


def test_a_passage_is_embedded_once(reports: Path, tmp_path: Path, embedder: StubEmbedder) -> None:
    (reports / "甲.md").write_text("# 同名报告\n\n全县新建公园七座。\n", encoding="utf-8")
    (reports / "乙.md").write_text("# 同名报告\n\n全县新建公园七座。\n\n", encoding="utf-8")
    report = build(reports, tmp_path / "i")
    assert report.chunks == 14
    assert report.embedded == len(set(embedder.texts)) == len(embedder.texts) == 13
    gone = write_report(reports, 1).read_bytes()
    (reports / "01.txt").unlink()
    build(reports, tmp_path / "i")
    (reports / "01.txt").write_bytes(gone)
    assert build(reports, tmp_path / "i").embedded == 0


# --- what one generation shares with the next ----------------------------------------------------


def test_an_index_that_has_grown_finds_what_a_new_one_finds(reports: Path, tmp_path: Path) -> None:
    late = [(reports / f"{n:02d}.txt", (reports / f"{n:02d}.txt").read_bytes()) for n in (2, 7, 11)]
    for file, _ in late:
        file.unlink()
    build(reports, tmp_path / "grown")
    for file, data in late:
        file.write_bytes(data)
        build(reports, tmp_path / "grown")
    build(reports, tmp_path / "new")
    grown, new = (open_index(tmp_path / name).generation for name in ("grown", "new"))
    assert generations(tmp_path / "grown") == ["000003", "000004"]
    weights = {"水渠": 1.0, "73": 2.0, "公里": 0.5}
    query = StubEmbedder().embed_query("水渠")
    for search in (
        lambda generation: generation.search_lexical(weights, 50, 1.0),
        lambda generation: generation.search_dense(query, 50),
    ):
        found = []
        for generation in (grown, new):
            rows = dict(search(generation))
            chunks = generation.records.chunks(rows)
            found.append({chunks[row].id: score for row, score in rows.items()})
        assert found[0].keys() == found[1].keys()
        assert found[0] == pytest.approx(found[1], rel=1e-6)


def test_reports_come_and_go_without_a_trace(reports: Path, tmp_path: Path) -> None:
    build(reports, tmp_path / "i")
    for number in range(1, 9):
        write_report(reports, number, verb=f"维修第{number}次")
        write_report(reports, 20 + number)
        if number % 2:
            (reports / f"{20 + number - 1:02d}.txt").unlink(missing_ok=True)
        build(reports, tmp_path / "i")
        assert doctor(tmp_path / "i") == []
        opened = open_index(tmp_path / "i")
        expected = {file.name: file.read_text(encoding="utf-8") for file in reports.iterdir()}
        assert {path: text.strip() for path, text in texts(opened).items()} == {
            path: text.strip() for path, text in expected.items()
        }
        for entry in opened.documents:
            (hit,) = opened.generation.search_dense(
                opened.generation.vectors([opened.generation.records.rows_of([entry.id])[0][0]])[0],
                1,
                [entry.id],
            )
            assert hit[1] == pytest.approx(1, abs=1e-5)


def test_many_small_builds_leave_few_parts(reports: Path, tmp_path: Path) -> None:
    for number in range(13, 33):
        write_report(reports, number)
        build(reports, tmp_path / "i")
    parts = list((tmp_path / "i" / "generations" / "000020" / "vectors").iterdir())
    assert len(parts) <= 4
    assert doctor(tmp_path / "i") == []


def test_what_stays_is_shared_on_disk(reports: Path, tmp_path: Path) -> None:
    build(reports, tmp_path / "i")
    write_report(reports, 13)
    build(reports, tmp_path / "i")
    one, other = (tmp_path / "i" / "generations" / f"00000{n}" for n in (1, 2))
    shared = {p.name for p in one.rglob("*") if p.is_file() and p.stat().st_nlink == 2}
    assert "000000000.f32" in shared
    assert any(name.endswith(".idx") for name in shared)
    assert not shared & {"meta.json", ".managed.json", "records.sqlite", "manifest.json"}
    assert (other / "vectors" / "000000012.f32").exists()


def test_two_generations_are_kept(reports: Path, tmp_path: Path) -> None:
    for number in range(13, 17):
        write_report(reports, number)
        build(reports, tmp_path / "i")
    assert generations(tmp_path / "i") == ["000003", "000004"]


# --- an index that is open -----------------------------------------------------------------------


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An open index looks for a new generation each time it is used."""
    monkeypatch.setattr(index.store, "PAUSE", 0.0)


@pytest.fixture
def opened(corpus: Path, tmp_path: Path) -> Index:
    """The index of the four reports, open; it is built where `build_one_more` builds."""
    build(corpus, tmp_path / "i")
    return open_index(tmp_path / "i")


def build_one_more(corpus: Path, tmp_path: Path) -> None:
    """Put a report into the corpus and build the index again."""
    (corpus / "新报告.txt").write_text("全县新建公园七座。", encoding="utf-8")
    build(corpus, tmp_path / "i")


def test_an_open_index_takes_up_a_new_build_when_told(
    opened: Index, corpus: Path, tmp_path: Path
) -> None:
    assert not opened.refresh()
    build_one_more(corpus, tmp_path)
    assert opened.refresh()
    assert len(opened.documents) == 5


@pytest.mark.usefixtures("at_once")
def test_an_open_index_takes_up_a_new_build_by_itself(
    opened: Index, corpus: Path, tmp_path: Path
) -> None:
    before, embedder = opened.generation, opened.embedder
    (corpus / "数字化改革综述.txt").write_text("全县新建公园七座。", encoding="utf-8")
    build(corpus, tmp_path / "i")
    gone = {entry.id for entry in before.documents} - {entry.id for entry in opened.documents}
    assert len(gone) == 1
    assert opened.generation.name == "000002"
    assert opened.embedder is embedder
    # Whoever began with the old generation goes on with it; what was cited is still found.
    assert "319套" in before.records.document(*gone).text
    assert "319套" in opened.document(*gone).text
    assert not opened.refresh()
    rollback(tmp_path / "i")
    assert opened.generation.name == "000001"


def test_an_index_does_not_look_again_at_once(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(corpus, tmp_path / "i")
    now = [100.0]
    monkeypatch.setattr(index.store.time, "monotonic", lambda: now[0])
    opened = open_index(tmp_path / "i")
    build_one_more(corpus, tmp_path)
    now[0] = 100.4
    assert opened.manifest.documents == 4
    now[0] = 100.5
    assert opened.manifest.documents == 5


@pytest.mark.usefixtures("at_once")
def test_a_new_generation_that_cannot_be_opened_is_not_taken_up(
    opened: Index, corpus: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    build_one_more(corpus, tmp_path)
    (tmp_path / "i" / "generations" / "000002" / "records.sqlite").write_bytes(b"x")
    with caplog.at_level(logging.WARNING):
        assert len(opened.documents) == 4
        assert len(opened.documents) == 4
    assert len(caplog.records) == 1
    with pytest.raises(IndexDamaged):
        opened.refresh()
    assert len(opened.documents) == 4


@pytest.mark.usefixtures("at_once")
def test_while_one_opens_a_generation_the_others_go_on(
    opened: Index, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_one_more(corpus, tmp_path)
    original = index.local.LocalGeneration
    seen: list[str] = []

    def slow(folder: Path) -> object:
        reader = threading.Thread(target=lambda: seen.append(opened.generation.name))
        reader.start()
        reader.join()
        return original(folder)

    monkeypatch.setattr(index.local, "LocalGeneration", slow)
    assert opened.generation.name == "000002"
    assert seen == ["000001"]


# --- what an index may name ----------------------------------------------------------------------


def test_nothing_here_is_pickled() -> None:
    for file in (ROOT / "index").rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        for word in ("pickle", "marshal", "shelve", "allow_pickle", "eval(", "exec("):
            assert word not in text, f"{file}: {word}"


@pytest.mark.parametrize("name", ["../outside", "/outside", "000001/..", "0000001", "", "１"])
def test_current_may_name_a_generation_only(corpus: Path, tmp_path: Path, name: str) -> None:
    build(corpus, tmp_path / "i")
    (tmp_path / "i" / "generations" / "000001").rename(tmp_path / "outside")
    pointer = name.replace("/outside", str(tmp_path / "outside")) if name[:1] == "/" else name
    (tmp_path / "i" / "CURRENT").write_text(pointer + "\n", encoding="utf-8")
    with pytest.raises(IndexDamaged):
        open_index(tmp_path / "i")
    (tmp_path / "i" / "generations" / "000002").symlink_to(tmp_path / "outside")
    (tmp_path / "i" / "CURRENT").write_text("000002\n", encoding="utf-8")
    with pytest.raises(IndexDamaged):
        open_index(tmp_path / "i")


@pytest.mark.parametrize("name", ["../../outside", "/etc/hostname", "lexical/../../../outside"])
def test_a_manifest_may_name_its_own_files_only(corpus: Path, tmp_path: Path, name: str) -> None:
    build(corpus, tmp_path / "i")
    generation = tmp_path / "i" / "generations" / "000001"
    manifest = read_manifest(generation)
    manifest.sizes[name] = 1
    manifest.write(generation)
    with pytest.raises(IndexDamaged, match="以外的文件"):
        open_index(tmp_path / "i")


def test_a_clock_that_is_set_back_changes_nothing(
    reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(reports, tmp_path / "i")
    opened = open_index(tmp_path / "i")
    past = datetime(1999, 1, 1, tzinfo=timezone.utc)
    for module in (modules_that_load()[0], index.lock):
        monkeypatch.setattr(module, "datetime", SimpleNamespace(now=lambda: past))
    monkeypatch.setattr(time, "time", lambda: past.timestamp())
    file = write_report(reports, 3, verb="维修")
    os.utime(file, (past.timestamp(), past.timestamp()))
    assert build(reports, tmp_path / "i").changed == ["03.txt"]
    assert opened.refresh()
    assert opened.manifest.built_at.startswith("1999-01-01")
    assert "维修" in texts(opened)["03.txt"]
    assert rollback(tmp_path / "i") == "000001"
    assert doctor(tmp_path / "i") == []


def test_times_are_not_asked(reports: Path, tmp_path: Path) -> None:
    build(reports, tmp_path / "i")
    for file in reports.iterdir():
        os.utime(file, (1, 1))
    assert len(build(reports, tmp_path / "i").unchanged) == 12
    file = write_report(reports, 3, verb="维修")
    os.utime(file, (1, 1))
    assert build(reports, tmp_path / "i").changed == ["03.txt"]
