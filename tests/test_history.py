"""Past conversations: kept, found, changed and deleted, by their owner alone."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from index import Index, build, open_index
from rag import Assistant
from rag.feedback import Feedback
from rag.filters import Filter
from rag.series import read_series
from ui.answering import Chat
from ui.history import History, HistoryUnavailable, history_file
from ui.render import Exchange, Passage

ME, YOU = "browser:me", "user:you"
REVENUE = "青川县2021年财政收入是多少？"


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "index.history.sqlite")


@pytest.fixture(scope="module")
def answered(index_dir: Path) -> Exchange:
    index = open_index(index_dir)
    answer = Assistant(index).ask(REVENUE)
    passages = tuple(Passage("前", c.quote, "后") for c in answer.citations)
    return Exchange(
        REVENUE, answer, passages, seconds=0.5, id="e1", keep=Filter((2020, 2022), ("青川",))
    )


def test_an_exchange_comes_back_as_it_was(history: History, answered: Exchange) -> None:
    rated = replace(answered, feedback=Feedback(False, ("number", "source"), "再看看"), alone=True)
    history.begin(ME, "c", REVENUE)
    history.save(ME, "c", replace(rated, states=("gone",), why=rated.answer.hits))
    (back,) = History(history.file).exchanges(ME, "c")
    assert replace(back, keep=rated.keep) == rated
    assert (back.keep.years, tuple(back.keep.titles)) == ((2020, 2022), ("青川",))
    assert [one.id for one in history.rated()] == ["e1"]


def test_saving_again_takes_the_place_of_what_was_saved(
    history: History, answered: Exchange
) -> None:
    history.begin(ME, "c", REVENUE)
    history.save(ME, "c", Exchange(REVENUE, id="e1"))
    history.save(ME, "c", Exchange("那2020年呢？", id="e2"))
    history.save(ME, "c", answered)
    first, second = history.exchanges(ME, "c")
    assert first.answer == answered.answer
    assert (second.question, second.stopped) == ("那2020年呢？", True)
    history.replace(YOU, "e2")
    assert len(history.exchanges(ME, "c")) == 2
    history.replace(ME, "e2")
    assert [one.id for one in history.exchanges(ME, "c")] == ["e1"]


def test_the_file_is_for_its_user_alone(history: History) -> None:
    history.begin(ME, "c", REVENUE)
    for file in history.file.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_nobody_sees_or_changes_what_is_anothers(history: History, answered: Exchange) -> None:
    history.begin(ME, "c", REVENUE)
    history.save(ME, "c", answered)
    assert history.conversations(YOU) == []
    assert history.exchanges(YOU, "c") == ()
    assert history.conversation_of(YOU, "e1") == ""
    history.rename(YOU, "c", "我的")
    history.save(YOU, "c", replace(answered, id="e9"))
    history.remove(YOU, "c")
    (mine,) = history.conversations(ME)
    assert (mine.title, mine.questions) == (REVENUE, 1)
    assert history.conversation_of(ME, "e1") == "c"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", ["b", "a"]),
        ("财政", ["a"]),
        ("政收", ["a"]),  # no word, but characters that stand there
        ("財政 13.9亿", ["a"]),
        ("工作报告", ["a"]),
        ("改了名", ["b"]),
        ("财政 养猪", []),
        ("_", []),
        ("' or 1", []),
    ],
)
def test_any_part_of_a_word_is_found(
    history: History, answered: Exchange, words: str, found: list[str]
) -> None:
    history.begin(ME, "a", REVENUE)
    history.save(ME, "a", answered)
    history.begin(ME, "b", "养猪户怎么办？")
    history.save(ME, "b", Exchange("养猪户怎么办？", id="e2"))
    history.rename(ME, "b", " 改了名 ")
    history.rename(ME, "b", "  ")
    assert [one.id for one in history.conversations(ME, words)] == found


def test_deleting_leaves_nothing_and_nothing_comes_back(
    history: History, answered: Exchange
) -> None:
    history.begin(ME, "c", REVENUE)
    history.save(ME, "c", replace(answered, feedback=Feedback(True)))
    history.remove(ME, "c")
    history.save(ME, "c", answered)  # an answer that was being written
    assert history.conversations(ME) == []
    assert list(history.rated()) == []


def test_many_may_write_at_once(history: History) -> None:
    history.begin(ME, "c", REVENUE)

    def write(number: int) -> None:
        History(history.file).save(ME, "c", Exchange(f"问题{number}", id=f"e{number}"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    assert {one.id for one in history.exchanges(ME, "c")} == {f"e{number}" for number in range(40)}


def test_nothing_is_lost_when_the_program_is_killed(tmp_path: Path) -> None:
    file = tmp_path / "h.sqlite"
    program = (
        "import sys; from pathlib import Path; from ui.history import History; from ui.render import Exchange\n"
        "h = History(Path(sys.argv[1])); h.begin('o', 'c', '问')\n"
        "for n in range(100000):\n"
        "    h.save('o', 'c', Exchange(f'问题{n}', id=str(n))); print(n, flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(file)], stdout=subprocess.PIPE, text=True
    ) as writer:
        for line in writer.stdout:
            if int(line) == 20:
                writer.send_signal(signal.SIGKILL)
                break
    kept = History(file).exchanges("o", "c")
    assert [one.id for one in kept][:21] == [str(number) for number in range(21)]


def test_a_file_that_is_no_history_is_named(tmp_path: Path) -> None:
    file = tmp_path / "h.sqlite"
    file.write_text("这不是数据库，而是一段相当长的文字。" * 20, encoding="utf-8")
    with pytest.raises(HistoryUnavailable, match="不能读写"):
        History(file)


@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0, reason="a folder cannot be made read-only"
)
def test_where_nothing_can_be_written_the_chat_goes_on(tmp_path: Path, index_dir: Path) -> None:
    shutil.copytree(index_dir, tmp_path / "index")
    tmp_path.chmod(0o500)
    try:
        chat = Chat(open_index(tmp_path / "index"), None)
    finally:
        tmp_path.chmod(0o700)
    assert chat.history.file.parent != tmp_path


def test_a_source_that_changed_or_went_is_told(corpus: Path, tmp_path: Path) -> None:
    index_dir = tmp_path / "index"
    build(corpus, index_dir)
    index: Index = open_index(index_dir)
    chat = Chat(index, Assistant(index))
    asked = ["青川县2021年财政收入是多少？", "青川县2020年财政收入是多少？", "好评率是多少？"]
    for number, question in enumerate(asked):
        *_, (exchange,) = chat.ask(Exchange(question, id=str(number), alone=True), ())
        chat.begin(ME, str(number), question)
        chat.keep(ME, str(number), exchange)
    changed = corpus / "青川县2022年政府工作报告.md"
    changed.write_text(changed.read_text(encoding="utf-8") + "\n补充一句。\n", encoding="utf-8")
    (corpus / "数字化改革综述.txt").unlink()
    (corpus / "青川县2021年政府工作报告.md").rename(corpus / "改了名的报告.md")
    build(corpus, index_dir)
    later = Chat(open_index(index_dir), Assistant(index))
    states = [later.reopened(ME, str(number))[0] for number in range(3)]
    assert states[0].states[0] == "changed"
    assert states[1].states[0] == ""  # the same bytes under another name
    assert states[2].states[0] == "gone"
    assert history_file(index_dir) == tmp_path / "index.history.sqlite"


def test_a_plot_comes_back(history: History, tmp_path: Path) -> None:
    corpus = tmp_path / "plot"
    corpus.mkdir()
    for year, jobs in ((2018, 3100), (2019, 3200), (2020, 3300)):
        (corpus / f"临澜市{year + 1}年政府工作报告.md").write_text(
            f"# 临澜市{year + 1}年政府工作报告\n\n## 一、{year}年工作回顾\n\n全年新增城镇就业{jobs}人。\n",
            encoding="utf-8",
        )
    build(corpus, tmp_path / "index")
    series = read_series("临澜市2018年到2020年的新增城镇就业", open_index(tmp_path / "index"))
    history.begin(ME, "c", "图")
    history.save(ME, "c", Exchange("图", id="e", plot=series, stopped=True))
    (back,) = history.exchanges(ME, "c")
    assert series is not None
    assert back.plot == series
