"""An index from elsewhere: whoever made it may have signed it with the right checksums."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

import index.manifest
from index import build, doctor, open_index
from index.errors import IndexDamaged, WenjuError
from index.manifest import FILE, file_sizes, read_manifest, sha256
from rag import Retriever

QUESTION = "青川县新建农村公路多少公里"


@pytest.fixture
def folder(corpus: Path, tmp_path: Path) -> Path:
    """An index of the reports."""
    build(corpus, tmp_path / "i")
    return tmp_path / "i"


def place(folder: Path) -> Path:
    return folder / "generations" / "000001"


def sign(folder: Path, **changes: object) -> None:
    """Write a manifest that agrees with the files as they are, but for `changes`."""
    here = place(folder)
    sizes = {name: size for name, size in file_sizes(here).items() if name != FILE}
    sums = {name: sha256(here / name) for name in sizes}
    record = asdict(read_manifest(here)) | {"sizes": sizes, "sums": sums} | changes
    record["checksum"] = index.manifest._checksum(record)
    (here / FILE).write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")


def change_records(folder: Path, script: str) -> None:
    connection = sqlite3.connect(place(folder) / "records.sqlite")
    connection.executescript(script)
    connection.commit()
    connection.close()


def refused(folder: Path) -> None:
    """Neither open the index nor search it; doctor says what is wrong."""
    with pytest.raises(WenjuError):
        Retriever(open_index(folder)).search(QUESTION)
    assert any(finding.wrong for finding in doctor(folder))


@pytest.mark.parametrize(
    "changes",
    [
        {"sizes": []},
        {"sizes": {"records.sqlite": "12"}},
        {"sizes": {"records.sqlite": 10**30}},
        {"sums": None},
        {"sums": {"records.sqlite": 7}},
        {"sources": ["a"]},
        {"sources": {"a": 1}},
        {"dimension": -5},
        {"dimension": 10**12},
        {"dimension": "384"},
        {"chunks": None},
        {"rows": -1},
        {"vectors": [1]},
        {"schema": True},
        {"model": 5},
    ],
)
def test_a_manifest_with_other_kinds_of_values_is_refused(
    folder: Path, changes: dict[str, object]
) -> None:
    sign(folder, **changes)
    refused(folder)


def test_a_link_out_of_the_index_is_not_followed(folder: Path, tmp_path: Path) -> None:
    for name in ("records.sqlite", "vectors/000000000.f32", "lexical/meta.json"):
        file = place(folder) / name
        outside = tmp_path / file.name
        file.rename(outside)
        file.symlink_to(outside)
        refused(folder)
        file.unlink()
        outside.rename(file)
    (place(folder) / "vectors").rename(tmp_path / "vectors")
    (place(folder) / "vectors").symlink_to(tmp_path / "vectors")
    refused(folder)


def test_files_that_the_manifest_does_not_name_are_not_read(folder: Path) -> None:
    secret = place(folder) / "vectors" / "000000004.f32"
    np.zeros(384, "<f4").tofile(secret)
    assert "不属于这个索引" in doctor(folder)[0].sentence
    sign(folder)  # now it does, and there is no chunk to it: it is left out
    hits = Retriever(open_index(folder)).search(QUESTION)
    assert len(hits) == 4


@pytest.mark.parametrize(
    "script",
    [
        # What would run when records are read.
        "ALTER TABLE chunk RENAME TO hidden; CREATE VIEW chunk AS SELECT * FROM hidden;",
        "ALTER TABLE document RENAME TO hidden; CREATE VIEW document AS SELECT * FROM hidden;",
        "CREATE TRIGGER t AFTER DELETE ON document BEGIN DELETE FROM chunk; END;",
        "CREATE VIRTUAL TABLE more USING fts5(x);",
        "CREATE INDEX slow ON chunk (abs(row));",
        "DROP TABLE alike; CREATE TABLE alike (one, other, is_older AS (abs(one)));",
    ],
)
def test_records_hold_tables_and_nothing_that_runs(folder: Path, script: str) -> None:
    change_records(folder, script)
    sign(folder)
    refused(folder)


@pytest.mark.parametrize(
    "script",
    [
        "UPDATE document SET chunks = 9223372036854775807",
        "UPDATE document SET first_row = -1",
        "UPDATE document SET first_row = 4000000000000",
        "UPDATE document SET first_row = 0",
        "UPDATE document SET chunks = 'x'",
    ],
)
def test_rows_that_cannot_be_are_refused(folder: Path, script: str) -> None:
    change_records(folder, script)
    sign(folder)
    refused(folder)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: os.urandom(len(data)),
        lambda data: b"IwFl" + data[4:],  # how a file of faiss begins
        lambda data: b"\x80\x04\x95" + data[3:],  # how a pickle begins
        lambda data: data[:-1],
    ],
)
def test_vectors_of_another_kind_are_not_interpreted(
    folder: Path, damage: Callable[[bytes], bytes]
) -> None:
    file = place(folder) / "vectors" / "000000000.f32"
    large = file.with_suffix(".ivf")
    large.write_bytes(damage(file.read_bytes()))
    file.unlink()
    sign(folder)
    with pytest.raises(IndexDamaged):
        open_index(folder)


def test_a_model_that_is_named_is_not_run(folder: Path, tmp_path: Path) -> None:
    """The name of a model may be a folder of one's own: nothing in it is code for us."""
    trap = tmp_path / "model"
    trap.mkdir()
    (trap / "modules.json").write_text(
        '[{"idx": 0, "name": "0", "path": "", "type": "trap.Trap"}]', encoding="utf-8"
    )
    (trap / "trap.py").write_text("open('ran', 'w').close()\nclass Trap: ...\n", encoding="utf-8")
    (trap / "config.json").write_text('{"auto_map": {"AutoModel": "trap.Trap"}}', encoding="utf-8")
    sign(folder, model=str(trap))
    with pytest.raises(WenjuError):
        Retriever(open_index(folder)).search(QUESTION)
    assert not list(tmp_path.rglob("ran"))
    assert not Path("ran").exists()
