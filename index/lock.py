"""One builder at a time: whoever comes second is told who is at work, or waits."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import CorpusError

LOCK, HOLDER = "build.lock", "builder.json"


@contextmanager
def only_builder(
    folder: Path, wait: bool = False, waiting: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Hold the lock of an index, which the system takes back where its holder dies.

    Where another build holds it, call `waiting` and wait if `wait` is true. Raises CorpusError if
    another build holds it, or if the folder cannot be written.
    """
    lock = FileLock(folder / LOCK)
    with _told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _acquire(lock, folder, wait, waiting)
    try:
        with _told(folder):
            _write_holder(folder)
        yield
    finally:
        (folder / HOLDER).unlink(missing_ok=True)
        lock.release()


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"无法写入索引文件夹 {folder}（{error.strerror}），请换一个位置。"
        raise CorpusError(message) from error


def is_building(folder: Path) -> bool:
    """Return whether a build is at work on the index in `folder`."""
    if not (folder / LOCK).exists():
        return False
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except OSError:
        return False  # nobody can build where nobody can write
    lock.release()
    return False


def holder(folder: Path) -> str:
    """Return who builds and since when, as far as it is known: `（进程 12，主机 a，…开始）`."""
    try:
        known = json.loads((folder / HOLDER).read_text(encoding="utf-8"))
        since = datetime.fromisoformat(known["since"])
        return f"（进程 {known['pid']}，主机 {known['host']}，{since:%Y-%m-%d %H:%M:%S} 开始）"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _acquire(lock: FileLock, folder: Path, wait: bool, waiting: Callable[[], None]) -> None:
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        if not wait:
            message = (
                f"另一个 wenju build{holder(folder)}正在更新 {folder}，"
                "请等它结束后再试，或用 --wait 等待。"
            )
            raise CorpusError(message) from error
        waiting()
        lock.acquire()


def _write_holder(folder: Path) -> None:
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    known = {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
    (folder / HOLDER).write_text(json.dumps(known, ensure_ascii=False) + "\n", encoding="utf-8")
