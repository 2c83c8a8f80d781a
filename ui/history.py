"""The conversations of a chat, in one SQLite file beside its index: `data/index.history.sqlite`.

It stays when the index is deleted and built anew, does not travel with a copied index, and can be
read by the user who runs the program alone. A question is written before it is answered, so that
nothing is lost where the program ends in the middle. Several pages and programs may write at once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from index.errors import WenjuError
from index.fold import fold, simplify
from ui.render import Exchange

# A title made from the first question has at most so many characters, one that is given this many.
TITLE, LONGEST_TITLE = 40, 80
LISTED = 200

_VERSION = 1
_TABLES = """
create table if not exists conversations (
    id text primary key, owner text not null, title text not null, changed text not null);
create index if not exists conversations_of on conversations (owner, changed);
create table if not exists exchanges (
    number integer primary key, id text not null unique,
    conversation text not null references conversations on delete cascade,
    words text not null, record text not null, rated integer not null,
    replaced integer not null default 0);
create index if not exists exchanges_of on exchanges (conversation, number);
"""
# Found anew whenever a conversation is opened: not to be kept.
_PASSING = {"states", "why"}


class HistoryUnavailable(WenjuError):
    """The file of conversations cannot be read or written."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation in a list: when it last changed, and how many questions it has."""

    id: str
    title: str
    changed: datetime
    questions: int


def history_file(index_dir: Path) -> Path:
    """Return where the conversations about an index are kept."""
    folder = index_dir.resolve()
    return folder.with_name(f"{folder.name}.history.sqlite")


class History:
    """The conversations in a file. Each has an owner, whose name is needed to see or change it."""

    def __init__(self, file: Path) -> None:
        """Open a file, made if there is none. Raises HistoryUnavailable."""
        self.file = file
        try:
            if not file.exists():
                file.touch(mode=0o600)
            with self._open() as db:
                (version,) = db.execute("pragma user_version").fetchone()
                if version > _VERSION:
                    message = f"对话记录 {file} 由更新版本的问据写成，请升级后再用。"
                    raise HistoryUnavailable(message)
                db.execute("pragma journal_mode = wal")
                db.executescript(f"{_TABLES} pragma user_version = {_VERSION};")
        except OSError as error:
            message = f"对话记录 {file} 不能读写（{error}）。"
            raise HistoryUnavailable(message) from error

    def save(self, owner: str, conversation: str, exchange: Exchange) -> None:
        """Keep an exchange, in place of what was kept of it before. Where its conversation has been
        deleted meanwhile, or is another owner's, nothing is kept."""
        with self._open() as db:
            db.execute(
                "insert into exchanges (id, conversation, words, record, rated) "
                "select ?, id, ?, ?, ? from conversations where id = ? and owner = ? "
                "on conflict (id) do update set "
                "words = excluded.words, record = excluded.record, rated = excluded.rated",
                (
                    exchange.id,
                    _words(exchange),
                    _record(exchange),
                    exchange.feedback is not None,
                    conversation,
                    owner,
                ),
            )
            self._touch(db, owner, conversation)

    def begin(self, owner: str, conversation: str, question: str) -> None:
        """Begin a conversation, named after its first question."""
        title = " ".join(question.split())[:TITLE]
        with self._open() as db:
            db.execute(
                "insert into conversations values (?, ?, ?, ?)",
                (conversation, owner, title, _now()),
            )

    def replace(self, owner: str, exchange_id: str) -> None:
        """Take an exchange out of its conversation; what was thought of it is kept."""
        with self._open() as db:
            db.execute(
                "update exchanges set replaced = 1 where id = ? and conversation in "
                "(select id from conversations where owner = ?)",
                (exchange_id, owner),
            )

    def conversations(self, owner: str, words: str = "") -> list[Conversation]:
        """Return the conversations of an owner that hold all of `words`, the newest first. Any part
        of a word is found, in titles, questions, answers and names of sources."""
        wanted = _folded(words).split()
        holds = " ".join("and instr(words, ?)" for _ in wanted)
        titled = " ".join("and instr(words_of(title), ?)" for _ in wanted)
        with self._open() as db:
            db.create_function("words_of", 1, _folded, deterministic=True)
            rows = db.execute(
                "select id, title, changed, (select count(*) from exchanges "
                "where conversation = c.id and not replaced) as questions from conversations c "
                f"where owner = ? and ((1 {titled}) or exists (select 1 from exchanges "
                f"where conversation = c.id and not replaced {holds})) "
                "order by changed desc limit ?",
                (owner, *wanted, *wanted, LISTED),
            ).fetchall()
        return [
            Conversation(id_, title, datetime.fromisoformat(changed), questions)
            for id_, title, changed, questions in rows
        ]

    def exchanges(self, owner: str, conversation: str) -> tuple[Exchange, ...]:
        """Return the exchanges of a conversation, in order; none where the owner has no such."""
        with self._open() as db:
            rows = db.execute(
                "select record from exchanges e join conversations c on c.id = e.conversation "
                "where c.id = ? and owner = ? and not replaced order by number",
                (conversation, owner),
            ).fetchall()
        return tuple(_exchange(record) for (record,) in rows)

    def conversation_of(self, owner: str, exchange_id: str) -> str:
        """Return the conversation in which an exchange stands, "" where the owner has no such."""
        with self._open() as db:
            row = db.execute(
                "select c.id from exchanges e join conversations c on c.id = e.conversation "
                "where e.id = ? and owner = ?",
                (exchange_id, owner),
            ).fetchone()
        return row[0] if row else ""

    def rename(self, owner: str, conversation: str, title: str) -> None:
        """Give a conversation another title; one without a letter changes nothing."""
        title = " ".join(title.split())[:LONGEST_TITLE]
        if title:
            with self._open() as db:
                db.execute(
                    "update conversations set title = ? where id = ? and owner = ?",
                    (title, conversation, owner),
                )

    def remove(self, owner: str, conversation: str) -> None:
        """Delete a conversation with all that was asked, answered and thought of it."""
        with self._open() as db:
            db.execute(
                "delete from conversations where id = ? and owner = ?", (conversation, owner)
            )

    def rated(self) -> Iterator[Exchange]:
        """Yield the exchanges of all owners of which a reader said what he thought, in order."""
        with self._open() as db:
            rows = db.execute("select record from exchanges where rated order by number").fetchall()
        yield from (_exchange(record) for (record,) in rows)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Give a connection of its own; what is done with it is kept as a whole or not at all."""
        try:
            with closing(sqlite3.connect(self.file, timeout=30)) as db:
                db.execute("pragma foreign_keys = on")
                db.execute("pragma synchronous = full")
                with db:
                    yield db
        except sqlite3.Error as error:
            message = f"对话记录 {self.file} 不能读写（{error}）。"
            raise HistoryUnavailable(message) from error

    @staticmethod
    def _touch(db: sqlite3.Connection, owner: str, conversation: str) -> None:
        db.execute(
            "update conversations set changed = ? where id = ? and owner = ?",
            (_now(), conversation, owner),
        )


def read_rated(path: Path) -> list[Exchange]:
    """Return the exchanges with feedback from a file of conversations, or from the one beside the
    index in a folder. Raises HistoryUnavailable."""
    file = history_file(path) if path.is_dir() else path
    if not file.is_file():
        message = f"没有对话记录 {file}：请给出索引的文件夹，或它旁边的 .history.sqlite 文件。"
        raise HistoryUnavailable(message)
    return list(History(file).rated())


def _now() -> str:
    return datetime.now(timezone.utc).isoformat()


def _folded(text: str) -> str:
    return simplify(fold(text)).lower()


def _words(exchange: Exchange) -> str:
    """Return what an exchange is found by."""
    answer = exchange.answer
    told = (answer.question, answer.text, *(c.title for c in answer.citations)) if answer else ()
    return _folded("\n".join((exchange.question, *told)).replace("**", ""))


@cache
def _adapter() -> TypeAdapter[Exchange]:
    return TypeAdapter(Exchange)


def _record(exchange: Exchange) -> str:
    return _adapter().dump_json(exchange, exclude=_PASSING).decode("utf-8")


def _exchange(record: str) -> Exchange:
    """Return an exchange as it was kept; one that was never finished counts as stopped."""
    try:
        exchange = _adapter().validate_json(record)
    except ValidationError as error:
        message = f"有一条对话记录读不出来（{error.error_count()} 处与现在的格式不符）。"
        raise HistoryUnavailable(message) from error
    return exchange if exchange.done else replace(exchange, stopped=True)
