"""When a folder of reports has changed and come to rest."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Event

from index.corpus import require_folder

# A change is over when the files concerned have kept size and time for so many seconds: a file that
# is still being copied is left alone.
QUIET = 2.0
# Milliseconds between two looks.
_STEP = 250

State = dict[str, tuple[int, int] | None]


class Rest:
    """Tells when changed files have come to rest. Times are in seconds."""

    def __init__(self, quiet: float) -> None:
        self._quiet = quiet
        self._since = 0.0
        self._state: State = {}

    def look(self, changed: Iterable[str], now: float) -> bool:
        """Take note of files that have changed; return whether all changed since the last rest have
        stayed as they are for long enough. Then the next rest is waited for."""
        state = {path: _state(path) for path in (*self._state, *changed)}
        if state != self._state:
            self._state, self._since = state, now
        if not state or now - self._since < self._quiet:
            return False
        self._state = {}
        return True


def _state(path: str) -> tuple[int, int] | None:
    """Return the size and the time of change of a file; None if it is gone."""
    try:
        found = Path(path).lstat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def changes(corpus: str | Path, index_dir: str | Path, stop: Event | None = None) -> Iterator[None]:
    """Yield at once, and then each time that files below `corpus`, but not in `index_dir`, have
    changed and come to rest; changes while the caller is busy are not missed. Ends when `stop` is
    set.

    Raises CorpusError if there is no such folder, and KeyboardInterrupt.
    """
    from watchfiles import watch

    root, index = Path(corpus).resolve(), Path(index_dir).resolve()
    require_folder(root)
    rest = Rest(QUIET)
    begun = False

    def concerns(change: object, path: str) -> bool:
        return not Path(path).is_relative_to(index)

    for found in watch(
        root,
        watch_filter=concerns,
        debounce=_STEP,
        step=_STEP,
        rust_timeout=_STEP,
        yield_on_timeout=True,
        stop_event=stop,
    ):
        if rest.look((path for _, path in found), time.monotonic()) or not begun:
            begun = True
            yield
