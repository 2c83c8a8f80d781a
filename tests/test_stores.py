"""What every store of an index must do, the local one and Milvus (as Milvus Lite) alike."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest
from conftest import REPORTS, write_reports
from typer.testing import CliRunner
from without import run_without

from index import BuildReport, build, doctor, open_index, rollback
from index.address import milvus_address
from index.bm25 import rarity, rounded, saturation
from index.embed import load_embedder
from index.errors import IndexMismatch, IndexNotFound, IndexUnavailable
from rag import Assistant, Retriever
from ui.cli import app
from ui.commands.build import print_report

QUESTIONS = ("2021年新增城镇就业多少人", "赤字率", "养猪户", "棚户区改造", "水库检修")


@pytest.fixture(scope="module", params=["folder", "milvus"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where the index of the reports is built."""
    folder = tmp_path_factory.mktemp("store")
    if request.param == "milvus":
        pytest.importorskip("pymilvus", reason="pymilvus is not installed")
        pytest.importorskip("milvus_lite", reason="milvus-lite cannot be installed here")
    built = str(folder / "index") if request.param == "folder" else f"milvus://{folder}/index.db"
    build(write_reports(folder / "corpus"), built)
    return built


def test_a_store_finds_what_the_local_one_finds(place: str, index_dir: Path) -> None:
    here, there = Retriever(open_index(place)), Retriever(open_index(index_dir))
    for question in QUESTIONS:
        found, expected = here.search(question, explain=True), there.search(question, explain=True)
        assert [hit.chunk for hit in found] == [hit.chunk for hit in expected]
        for one, other in zip(found, expected, strict=True):
            assert one.score == pytest.approx(other.score, abs=1e-5)
            assert one.explanation is not None and other.explanation is not None
            shares = {word.word: (word.text, word.label) for word in one.explanation.words}
            for word in other.explanation.words:
                assert shares.pop(word.word) == pytest.approx((word.text, word.label), abs=1e-4)
            assert shares == {}


def test_a_store_keeps_to_the_reports_that_are_wanted(place: str) -> None:
    found = Retriever(open_index(place)).search("新增就业", years=(2021, 2021))
    assert found
    assert {hit.chunk.year for hit in found} == {2021}


def test_a_store_gives_back_documents_chunks_and_what_stands_around_them(
    place: str, index_dir: Path
) -> None:
    opened, expected = open_index(place), open_index(index_dir)
    assert opened.documents == expected.documents
    assert len(opened.documents) == len(REPORTS)
    mine, theirs = opened.generation, expected.generation
    for entry in opened.documents:
        assert opened.document(entry.id) == expected.document(entry.id)
        chunks = mine.records.chunks_of(entry.id)
        assert chunks == theirs.records.chunks_of(entry.id)
        assert mine.records.headings(entry.id) == theirs.records.headings(entry.id)
        assert mine.records.page(entry.id, 3) == theirs.records.page(entry.id, 3)
        for chunk in chunks:
            assert opened.context(chunk, 1) == expected.context(chunk, 1)
    with pytest.raises(KeyError):
        opened.document("0" * 32)
    assert mine.frequency("赤字") == theirs.frequency("赤字")
    assert mine.frequency("没有的词") == 0
    described = [document for document, _ in mine.records.described()]
    assert described == [document for document, _ in theirs.records.described()]


def test_an_answer_from_a_store_is_cited_word_for_word(place: str) -> None:
    opened = open_index(place)
    answer = Assistant(opened).ask("2021年的赤字率是多少")
    assert answer.grounded
    for cited in answer.citations:
        assert opened.document(cited.document_id).text[cited.start : cited.end] == cited.quote


def test_a_whole_store_gives_the_doctor_nothing_to_say(place: str) -> None:
    assert doctor(place) == []
    said = CliRunner().invoke(app, ["doctor", "--index", place])
    assert said.output == f"索引完好：{place}\n"


def test_a_build_says_where_the_index_is_without_the_password(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_report(BuildReport(), Path("milvus://user:secret-word@host/reports"))
    said = capsys.readouterr().out
    assert "位于 milvus://host:19530/reports" in said
    assert "secret-word" not in said


@pytest.fixture
def changing(place: str, tmp_path: Path) -> tuple[Path, str]:
    """A corpus and the place of its index, both of which a test may change."""
    corpus = write_reports(tmp_path / "corpus")
    changed = f"milvus://{tmp_path}/i.db" if place.startswith("milvus") else str(tmp_path / "i")
    build(corpus, changed)
    return corpus, changed


def test_an_open_index_takes_up_the_next_generation_and_goes_back(
    changing: tuple[Path, str],
) -> None:
    corpus, where = changing
    opened = open_index(where)
    assert build(corpus, where).embedded == 0
    (corpus / "公园.txt").write_text("全县新建公园七座，绿地三十公顷。", encoding="utf-8")
    report = build(corpus, where)
    assert (report.added, report.embedded) == (["公园.txt"], 1)
    assert opened.refresh()
    assert len(opened.documents) == len(REPORTS) + 1
    assert Retriever(opened).search("公园", 1)[0].chunk.path == "公园.txt"
    assert rollback(where) == "000001"
    assert opened.refresh()
    assert len(opened.documents) == len(REPORTS)
    with pytest.raises(IndexNotFound, match="没有上一版"):
        rollback(where)


# --- Milvus alone --------------------------------------------------------------------------------


@pytest.fixture
def lite(tmp_path: Path) -> str:
    """The address of a file of Milvus Lite that does not exist yet."""
    pytest.importorskip("milvus_lite", reason="milvus-lite cannot be installed here")
    return f"milvus://{tmp_path}/index.db"


def test_a_build_broken_off_while_writing_leaves_the_old_index_and_embeds_nothing_twice(
    corpus: Path, lite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import index.milvus.publish as writing

    build(corpus, lite)
    opened = open_index(lite)
    (corpus / "公园.txt").write_text("全县新建公园七座，绿地三十公顷。", encoding="utf-8")
    original = writing.count

    def broken(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(writing, "count", broken)
    with pytest.raises(KeyboardInterrupt):
        build(corpus, lite)
    assert not opened.refresh()
    assert len(open_index(lite).documents) == len(REPORTS)
    monkeypatch.setattr(writing, "count", lambda client, name: original(client, name) - 1)
    with pytest.raises(IndexUnavailable, match=r"应有 \d+ 条，实有 \d+ 条.*没有变动"):
        build(corpus, lite)
    assert not opened.refresh()
    monkeypatch.setattr(writing, "count", original)
    report = build(corpus, lite)
    assert (report.added, report.embedded) == (["公园.txt"], 0)
    assert opened.refresh()
    assert len(opened.documents) == len(REPORTS) + 1


def test_an_index_in_milvus_made_by_another_embedder_says_so(
    corpus: Path, lite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Other:
        def __init__(self) -> None:
            self._bundled = load_embedder()
            self.name, self.dimension = "bundled", self._bundled.dimension
            self.fingerprint = "another"
            self.embed_documents = self._bundled.embed_documents
            self.embed_query = self._bundled.embed_query

    monkeypatch.setattr(sys.modules["index.build"], "load_embedder", lambda _: Other())
    build(corpus, lite)
    with pytest.raises(IndexMismatch, match="另一个向量模型"):
        Retriever(open_index(lite)).search("赤字率")


def test_where_there_is_no_file_none_is_made(lite: str, tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound, match="没有建好的索引"):
        open_index(lite)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_does_not_answer_is_a_sentence(corpus: Path) -> None:
    pytest.importorskip("pymilvus", reason="pymilvus is not installed")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"milvus://name:secret@127.0.0.1:{taken.getsockname()[1]}/reports"
        for use in (lambda: open_index(nobody), lambda: build(corpus, nobody)):
            with pytest.raises(IndexUnavailable, match="用不了 milvus://127") as told:
                use()
            assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    "wrong", ["http://127.0.0.1:19530/reports", "milvus://host", "milvus://host/报告", "milvus://"]
)
def test_an_address_of_another_kind_is_a_sentence(wrong: str) -> None:
    with pytest.raises(IndexNotFound, match="不认识的索引地址"):
        open_index(wrong)


def test_addresses_are_read_also_where_a_path_has_taken_a_slash() -> None:
    server = milvus_address(Path("milvus://user:word@host/reports"))
    assert server is not None
    assert (server.uri, server.token, server.name) == ("http://host:19530", "user:word", "reports")
    assert server.shown == "milvus://host:19530/reports"
    file = milvus_address(Path("milvus:///data/x.db"))
    assert file is not None
    assert (file.uri, file.shown) == ("/data/x.db", "milvus:///data/x.db")
    assert milvus_address("data/index") is None
    assert milvus_address("C:\\index") is None


def test_without_pymilvus_what_to_install_is_said() -> None:
    code = """
from index import open_index, WenjuError
try:
    open_index("milvus://host/reports")
except WenjuError as error:
    print(error)
"""
    assert "pip install 'wenju[milvus]'" in run_without("pymilvus", code).stdout


# --- the figures ---------------------------------------------------------------------------------


def test_a_length_is_rounded_down_to_four_binary_digits() -> None:
    assert [rounded(n) for n in (0, 39, 40, 41, 55, 56, 59, 63, 100)] == [
        0, 39, 40, 40, 54, 56, 56, 60, 96,
    ]  # fmt: skip


def test_bm25_falls_with_frequency_and_length_and_rises_with_count() -> None:
    assert rarity(1, 100) > rarity(50, 100) > 0
    assert saturation(2, 10, 10.0) > saturation(1, 10, 10.0) == pytest.approx(1.0)
    assert saturation(1, 20, 10.0) < 1.0
