"""Bringing the index up to date while people go on asking: in a process of its own that gives way
to them, and that tells line by line, in JSON, how far it is."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Lock, Thread
from typing import IO, Any

from index.types import BuildReport, Failure

# How much the process gives way, from 0 to 19.
_NICENESS = 10
_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a build is: `done` of `total` of a stage, as `index.build` names them. Once it is no
    longer `running`, `error` says why it came to nothing, "" where it did not."""

    running: bool = False
    stage: str = ""
    done: int = 0
    total: int = 0
    error: str = ""


class Rebuild:
    """The build of one index that this program starts: one at a time."""

    def __init__(self, corpus: Path, index_dir: str, report: BuildReport | None = None) -> None:
        """`report` is that of the last build, if it is known."""
        self.corpus, self.index_dir = corpus, index_dir
        self.report = report
        self.progress = Progress()
        self._lock = Lock()
        self._process: subprocess.Popen[str] | None = None

    def start(self, model: str) -> bool:
        """Start a build with an embedding model; False where one is running already."""
        with self._lock:
            if self.progress.running:
                return False
            self.progress = Progress(running=True)
        Thread(target=self._run, args=(model,), daemon=True).start()
        return True

    def stop(self) -> None:
        """End a build that is running; the index in force stays as it is."""
        if self._process is not None:
            self._process.terminate()

    def _run(self, model: str) -> None:
        command = [sys.executable, "-m", "ui.rebuild"]
        paths = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        error = ""
        with subprocess.Popen(
            [*command, str(self.corpus), str(self.index_dir), model],
            env=os.environ | {"PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8"},
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        ) as self._process:
            for line in self._process.stdout or ():
                error = self._hear(json.loads(line)) or error
        if self._process.returncode and not error:
            error = "建立索引的程序中断了，原有的索引没有变动。详情见运行 wenju 的终端。"
        self.progress = replace(self.progress, running=False, error=error)

    def _hear(self, told: dict[str, Any]) -> str:
        """Take note of a line of the process; return its error if it is one."""
        if "stage" in told:
            self.progress = Progress(True, **told)
        if "report" in told:
            self.report = _report(told["report"])
        return told.get("error", "")


def _report(record: dict[str, Any]) -> BuildReport:
    for name in ("failed", "problems"):
        record[name] = [Failure(**failure) for failure in record[name]]
    record["scanned"] = {path: tuple(pages) for path, pages in record["scanned"].items()}
    return BuildReport(**record)


def main(corpus: str, index_dir: str, model: str) -> None:
    """Build, and tell of it on standard output."""
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    # What libraries print is for whoever runs the program.
    with contextlib.redirect_stdout(sys.stderr):
        _build(sys.__stdout__ or sys.stderr, corpus, index_dir, model)


def _build(out: IO[str], corpus: str, index_dir: str, model: str) -> None:
    from index import WenjuError, build

    def tell(**told: object) -> None:
        out.write(json.dumps(told) + "\n")
        out.flush()

    def progress(stage: str, done: int, total: int) -> None:
        tell(stage=stage, done=done, total=total)

    try:
        report = build(corpus, index_dir, model=model, progress=progress, wait=True)
    except WenjuError as error:
        tell(error=str(error))
    else:
        tell(report=asdict(report))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        main(*sys.argv[1:])
