import json
import os
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from index import build, open_index
from index.chunk import chunk
from index.errors import (
    CorpusError,
    EmbedderUnavailable,
    IndexDamaged,
    IndexMismatch,
    IndexNotFound,
)


def test_a_build_reports_what_it_did(corpus: Path, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    report = build(corpus, tmp_path / "i", progress=lambda *step: seen.append(step))
    assert len(report.added) == report.documents == 4
    assert report.chunks == report.embedded == 4
    assert not (report.changed or report.removed or report.failed)
    assert [stage for stage in ("read", "embed", "write") if any(s[0] == stage for s in seen)] == [
        "read",
        "embed",
        "write",
    ]


def test_a_second_build_embeds_nothing_again(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path / "i")
    report = build(corpus, tmp_path / "i")
    assert report.embedded == 0
    assert len(report.unchanged) == 4
    assert report.added == report.changed == report.removed == []


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


def test_a_second_builder_is_told(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "i").mkdir()
    with (
        FileLock(tmp_path / "i" / "build.lock"),
        pytest.raises(CorpusError, match="另一个 wenju build"),
    ):
        build(corpus, tmp_path / "i")


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
    "name", ["records.sqlite", "vectors.faiss", "manifest.json", "lexical/meta.json"]
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
    file = next((tmp_path / "i" / "generations").glob("*/manifest.json"))
    manifest = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(manifest | {"schema": 99}), encoding="utf-8")
    with pytest.raises(IndexMismatch, match="另一个版本"):
        open_index(tmp_path / "i")


def test_an_index_of_another_embedder_is_refused(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path / "i")
    file = next((tmp_path / "i" / "generations").glob("*/manifest.json"))
    manifest = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(manifest | {"fingerprint": "other"}), encoding="utf-8")
    with pytest.raises(IndexMismatch, match="另一个向量模型"):
        _ = open_index(tmp_path / "i").embedder


def test_chunks_are_the_documents_text(index_dir: Path) -> None:
    index = open_index(index_dir)
    for entry in index.documents:
        document = index.document(entry.id)
        assert [c.text for c in chunk(document)] == [
            c.text for c in index.generation.records.chunks_of(entry.id)
        ]
    with pytest.raises(KeyError):
        index.document("none")


def test_an_open_index_takes_up_a_new_build(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path / "i")
    index = open_index(tmp_path / "i")
    assert not index.refresh()
    (corpus / "新报告.txt").write_text("全县新建公园七座。", encoding="utf-8")
    build(corpus, tmp_path / "i")
    assert len(index.documents) == 4
    assert index.refresh()
    assert len(index.documents) == 5


def test_two_generations_are_kept(corpus: Path, tmp_path: Path) -> None:
    for n in range(4):
        (corpus / f"新{n}.txt").write_text(f"第{n}份新报告。", encoding="utf-8")
        build(corpus, tmp_path / "i")
    assert sorted(p.name for p in (tmp_path / "i" / "generations").iterdir()) == [
        "000003",
        "000004",
    ]


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
    module = sys.modules["index.build"]  # `index.build` names the function
    original = module.load
    monkeypatch.setattr(
        module, "load", lambda path, *rest: read.append(path.name) or original(path, *rest)
    )
    (corpus / "新.txt").write_text("新的一份报告。", encoding="utf-8")
    second = build(corpus, tmp_path / "index")
    assert read == ["新.txt"]
    assert second.repairs == first.repairs == {"拼音注音": 1}
