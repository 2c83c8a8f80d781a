"""What goes wrong around a build: it is killed, the disk is full, files are damaged or change."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from stub_embedder import StubEmbedder, modules_that_load

import index.corpus
import index.publish
import index.store
from index import build, doctor, open_index
from index.errors import CorpusError, UnreadableFile, WenjuError
from index.lexical import LexicalIndex
from index.manifest import file_sizes
from index.types import Chunk
from rag import Retriever

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals and limits")

KILLS = 100
QUESTION = "第3乡修建水渠多少公里"


@pytest.fixture(autouse=True)
def embedder(monkeypatch: pytest.MonkeyPatch) -> StubEmbedder:
    """The embedder of all builds here."""
    stub = StubEmbedder()
    for module in modules_that_load():
        monkeypatch.setattr(module, "load_embedder", lambda name="": stub)
    return stub


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a kill leaves is the same without; only a loss of power would tell."""
    monkeypatch.setattr(index.publish, "_sync", lambda path: None)


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """A folder of ten short reports."""
    folder = tmp_path / "reports"
    folder.mkdir()
    for number in range(10):
        write_report(folder, number, "修建")
    return folder


def write_report(folder: Path, number: int, verb: str) -> None:
    lines = [f"第{number}乡第{n}村{verb}水渠{number * 10 + n}公里。" * 6 for n in range(1, 6)]
    (folder / f"{number}.txt").write_text("\n\n".join(lines), encoding="utf-8")


def contents(folder: Path) -> dict[str, str]:
    opened = open_index(folder)
    return {entry.path: opened.document(entry.id).text for entry in opened.documents}


def wrong(folder: Path) -> list[str]:
    return [finding.sentence for finding in doctor(folder) if finding.wrong]


# --- builds in processes of their own ------------------------------------------------------------


def in_fork(action: Callable[[], object]) -> int:
    """Start a copy of this process, in which everything is in memory already, and return its id. It
    ends with 0, with 3 where a sentence for the user says why not, and with 9 for anything else."""
    child = os.fork()
    if child:
        return child
    code = 9
    try:
        action()
        code = 0
    except WenjuError:
        code = 3
    finally:
        os._exit(code)


def end_of(child: int) -> int:
    """Wait for a process; return its exit code, negative for the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def build_with(largest_file: int, corpus: Path, folder: Path) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
    try:
        build(corpus, folder)
    except CorpusError as error:
        assert "写" in str(error)
        assert str(folder) in str(error)
        raise


def test_a_build_killed_at_any_moment_harms_nothing(reports: Path, tmp_path: Path) -> None:
    folder = tmp_path / "i"
    build(reports, folder)
    chance = random.Random(20240229)
    write_report(reports, 9, "勘测")
    started = time.monotonic()
    assert end_of(in_fork(lambda: build(reports, folder))) == 0
    longest = time.monotonic() - started
    moments = set()
    for number in range(KILLS):
        old = contents(folder)
        for changed in (number % 10, (number + 3) % 10):
            write_report(reports, changed, f"第{number}次维修")
        new = {file.name: file.read_text(encoding="utf-8") for file in reports.iterdir()}
        child = in_fork(lambda: build(reports, folder))
        # The moments are spread over as long as a whole build has taken here.
        threading.Event().wait(chance.uniform(0, longest))
        os.kill(child, signal.SIGKILL)
        end_of(child)
        found = contents(folder)
        assert found in (old, new)
        moments.add((found == new, (folder / "generations" / "unfinished").exists()))
        assert wrong(folder) == []
        build(reports, folder)
        assert contents(folder) == new
        assert doctor(folder) == []
    assert (False, True) in moments  # some builds were killed while they wrote


def test_a_killed_builder_keeps_nobody_out(reports: Path, tmp_path: Path) -> None:
    ready, begun = os.pipe()

    def progress(stage: str, done: int, total: int) -> None:
        os.write(begun, b"1")
        signal.pause()

    child = in_fork(lambda: build(reports, tmp_path / "i", progress=progress))
    os.read(ready, 1)
    with pytest.raises(CorpusError, match=f"另一个 wenju build（进程 {child}，"):
        build(reports, tmp_path / "i")
    os.kill(child, signal.SIGKILL)
    assert end_of(child) == -signal.SIGKILL
    assert build(reports, tmp_path / "i").documents == 10


def test_of_two_builders_one_is_told_or_waits(reports: Path, tmp_path: Path) -> None:
    for number in range(5):
        write_report(reports, 1, f"第{number}次维修")
        both = [in_fork(lambda: build(reports, tmp_path / "i")) for _ in range(2)]
        ends = sorted(end_of(child) for child in both)
        assert ends in ([0, 3], [0, 0])  # one may have ended before the other began
        assert doctor(tmp_path / "i") == []
    write_report(reports, 1, "加固")
    three = [in_fork(lambda: build(reports, tmp_path / "i", wait=True)) for _ in range(3)]
    assert [end_of(child) for child in three] == [0, 0, 0]
    assert contents(tmp_path / "i")["1.txt"].startswith("第1乡第1村加固")
    assert doctor(tmp_path / "i") == []


@pytest.mark.parametrize("largest", [0, 40, 300, 1_000, 4_000, 20_000, 90_000])
def test_a_full_disk_is_said_and_the_old_index_stays(
    reports: Path, tmp_path: Path, largest: int
) -> None:
    build(reports, tmp_path / "i")
    old = contents(tmp_path / "i")
    for number in range(20, 50):
        write_report(reports, number, "修建")
    assert end_of(in_fork(lambda: build_with(largest, reports, tmp_path / "i"))) == 3
    assert contents(tmp_path / "i") == old
    assert wrong(tmp_path / "i") == []
    assert build(reports, tmp_path / "i").documents == 40
    assert doctor(tmp_path / "i") == []


def test_words_that_cannot_be_written_are_an_error_of_the_disk(tmp_path: Path) -> None:
    def write() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))
        chunks = (
            Chunk(str(n), "a", "a", "甲", None, "", None, 1, 0, 1, f"第{n}村修渠{n * 7}公里")
            for n in range(500)
        )
        with pytest.raises(OSError, match="os error"):
            LexicalIndex.write(tmp_path / "words", chunks)

    assert end_of(in_fork(write)) == 0


def as_nobody() -> None:
    """Give up root's right to write everywhere."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)


@pytest.mark.parametrize("closed", ["generations", "."])
def test_a_folder_that_cannot_be_written_is_said_and_can_be_read(
    reports: Path, closed: str
) -> None:
    # pytest's own folders are closed to others.
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        folder = Path(place) / "i"
        build(reports, folder)
        old = contents(folder)
        write_report(reports, 1, "维修")
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o777 if path.is_dir() else 0o666)
        (folder / closed).chmod(0o555)
        new = Path(place) / "reports"
        shutil.copytree(reports, new)
        new.chmod(0o755)

        def use() -> None:
            as_nobody()
            with pytest.raises(CorpusError, match="写不进|无法写入"):
                build(new, folder)
            opened = open_index(folder)
            assert {e.path: opened.document(e.id).text for e in opened.documents} == old
            assert Retriever(opened).search(QUESTION, 5)
            assert wrong(folder) == []

        assert end_of(in_fork(use)) == 0
        (folder / closed).chmod(0o777)
        assert build(reports, folder).changed == ["1.txt"]


# --- files of an index that are not as they were written -----------------------------------------


def damaged(data: bytes, chance: random.Random) -> Iterator[bytes]:
    """Yield what may become of the bytes of a file."""
    yield b""
    yield data[: chance.randrange(len(data))]
    yield data + b"\0"
    yield bytes(len(data))
    for _ in range(4):
        flipped = bytearray(data)
        flipped[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        yield bytes(flipped)


def test_no_damaged_file_is_taken_for_whole(reports: Path, tmp_path: Path) -> None:
    build(reports, tmp_path / "i")
    write_report(reports, 3, "维修")
    write_report(reports, 11, "修建")
    build(reports, tmp_path / "i")  # of two parts, with words taken out
    chance = random.Random(7)
    folder = tmp_path / "i" / "generations" / "000002"

    def look(name: str, whole: bytes) -> None:
        for data in damaged(whole, chance):
            if data != whole:
                (folder / name).write_bytes(data)
                with pytest.raises(WenjuError):
                    open_index(tmp_path / "i")
                assert wrong(tmp_path / "i")

    names = [name for name, size in file_sizes(folder).items() if size]
    assert len(names) >= 12
    for name in names:
        whole = (folder / name).read_bytes()
        # In a process of its own: a crash of the interpreter would be seen.
        assert end_of(in_fork(partial(look, name, whole))) == 0, name
        (folder / name).write_bytes(whole)
    assert doctor(tmp_path / "i") == []


# --- readers -------------------------------------------------------------------------------------


def test_readers_never_fail_while_the_index_is_rebuilt(
    reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.store, "PAUSE", 0.01)
    build(reports, tmp_path / "i")
    opened = open_index(tmp_path / "i")
    done = threading.Event()
    failures: list[BaseException] = []
    seen: list[set[str]] = [set() for _ in range(8)]

    def ask(number: int) -> None:
        try:
            # Half of them share an index, half have their own and open it anew now and then.
            mine = opened if number % 2 else open_index(tmp_path / "i")
            while not done.is_set():
                if number == 0:
                    mine = open_index(tmp_path / "i")
                for hit in Retriever(mine).search(QUESTION, 5):
                    chunk = hit.chunk
                    text = mine.document(chunk.document_id).text
                    assert text[chunk.start : chunk.end] == chunk.text
                    assert chunk.text in hit.context(1)
                seen[number].add(mine.generation.name)
        except BaseException as error:  # noqa: BLE001 - reported below
            failures.append(error)

    readers = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for reader in readers:
        reader.start()
    for number in range(20):
        write_report(reports, 100 + number, "修建")
        build(reports, tmp_path / "i")
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert all(len(names) > 1 for names in seen)
    assert opened.refresh() or opened.generation.name == "000021"


def test_a_generation_that_is_gone_from_the_disk_still_answers(
    reports: Path, tmp_path: Path
) -> None:
    build(reports, tmp_path / "i")
    opened = open_index(tmp_path / "i")
    generation = opened.generation
    for number in range(3):
        write_report(reports, number, "维修")
        build(reports, tmp_path / "i")
    assert not generation.folder.exists()
    weights = {"水渠": 1.0, "修建": 1.0}
    rows = [row for row, _ in generation.search_lexical(weights, 20, 1.0)]
    assert len(rows) == 20
    assert len(generation.records.chunks(rows)) == 20
    assert generation.search_dense(generation.vectors([5])[0], 1)[0][0] == 5
    assert all(generation.records.document(entry.id).text for entry in generation.documents)


# --- a corpus that changes while it is read ------------------------------------------------------


def test_a_file_that_is_gone_or_grows_while_it_is_read_is_named(
    reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Path.read_bytes

    def read(path: Path) -> bytes:
        if path.name == "3.txt":
            (reports / "4.txt").unlink(missing_ok=True)
        if path.name == "5.txt":
            with path.open("ab") as file:
                file.write("又一行。\n".encode())
        return whole(path)

    monkeypatch.setattr(Path, "read_bytes", read)
    report = build(reports, tmp_path / "i")
    assert {failure.path: failure.reason for failure in report.failed} == {
        "4.txt": "无法读取（读的时候已经不在了）",
        "5.txt": "读的时候文件还在变，请等它写完后再运行 wenju build",
    }
    assert report.documents == 8
    monkeypatch.undo()


def test_a_file_that_settles_is_read(
    reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Path.read_bytes
    grown = iter([True])

    def read(path: Path) -> bytes:
        if path.name == "5.txt" and next(grown, False):
            with path.open("ab") as file:
                file.write("又一行。\n".encode())
        return whole(path)

    monkeypatch.setattr(Path, "read_bytes", read)
    report = build(reports, tmp_path / "i")
    assert report.failed == []
    assert contents(tmp_path / "i")["5.txt"].endswith("又一行。")


def test_a_moved_file_that_changes_meanwhile_is_named(
    reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(reports, tmp_path / "i")
    # 0.txt takes the place of 1.txt and 1.txt that of 0.txt: both are looked at twice.
    one, other = reports / "0.txt", reports / "1.txt"
    one.rename(reports / "x")
    other.rename(one)
    (reports / "x").rename(other)
    whole, times = Path.read_bytes, []

    def read(path: Path) -> bytes:
        times.append(path.name)
        if times.count("1.txt") == 2:
            return b""
        return whole(path)

    monkeypatch.setattr(Path, "read_bytes", read)
    report = build(reports, tmp_path / "i")
    assert [failure.path for failure in report.failed] == ["1.txt"]
    assert report.documents == 9


def test_a_file_that_cannot_be_read_is_no_reason_to_stop(
    reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = index.corpus.load

    def load(path: Path, *rest: object) -> object:
        if path.name == "2.txt":
            message = "读不懂"
            raise UnreadableFile(message)
        return original(path, *rest)

    monkeypatch.setattr(index.corpus, "load", load)
    report = build(reports, tmp_path / "i")
    assert [str(failure) for failure in report.failed] == ["2.txt：读不懂"]
    assert report.documents == 9


@pytest.mark.parametrize("left", ["nothing", "an empty folder"])
def test_a_folder_that_is_gone_while_it_is_read_empties_no_index(
    reports: Path, tmp_path: Path, left: str
) -> None:
    build(reports, tmp_path / "i")
    before = contents(tmp_path / "i")
    write_report(reports, 10, "修建")

    def take_away(stage: str, done: int, total: int) -> None:
        if (stage, done) == ("read", 3):
            shutil.rmtree(reports)
            if left == "an empty folder":
                reports.mkdir()

    with pytest.raises(CorpusError, match="读到一半就不能读了"):
        build(reports, tmp_path / "i", progress=take_away)
    assert contents(tmp_path / "i") == before


# --- an index elsewhere --------------------------------------------------------------------------


def test_an_open_index_follows_builds_when_its_program_goes_to_another_folder(
    reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "临澜 县" / "索 引"
    build(reports, place)
    monkeypatch.chdir(place.parent)
    opened = open_index("索 引")
    monkeypatch.chdir(tmp_path)
    write_report(reports, 10, "修建")
    build(reports, place)
    assert opened.refresh()
    assert len(opened.documents) == 11


def test_a_copy_made_during_builds_is_whole_or_says_that_it_is_not(
    reports: Path, tmp_path: Path
) -> None:
    build(reports, tmp_path / "i")
    copies: list[Path] = []

    def copy(stage: str, done: int, total: int) -> None:
        place = tmp_path / f"copy {len(copies)}"
        copies.append(Path(shutil.copytree(tmp_path / "i", place)))

    before = contents(tmp_path / "i")
    write_report(reports, 10, "修建")
    build(reports, tmp_path / "i", progress=copy)
    after = contents(tmp_path / "i")
    assert len(copies) > 3
    assert [contents(place) in (before, after) for place in copies] == [True] * len(copies)
    assert build(reports, copies[1]).documents == 11
    assert wrong(copies[1]) == []
