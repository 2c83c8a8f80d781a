"""An index where nobody may write: on a read-only file system, or in a folder of someone else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from index import build, doctor, open_index
from index.errors import CorpusError
from rag import Retriever

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mounts and modes of Linux")


@pytest.fixture
def locked(index_dir: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of the index of the reports that cannot be written: root may write into any folder,
    so that it takes a mount."""
    copy = tmp_path / "index"
    shutil.copytree(index_dir, copy)
    if os.geteuid() == 0:
        commands = (["mount", "--bind", copy, copy], ["mount", "-o", "remount,ro,bind", copy])
        for command in commands:
            if subprocess.run(command, capture_output=True).returncode:
                subprocess.run(["umount", copy], capture_output=True)
                pytest.skip("root may not mount here")
        yield copy
        # At once, although mapped files of it may be in use still.
        subprocess.run(["umount", "--lazy", copy], check=True)
        return
    folders = [copy, *(path for path in copy.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    yield copy
    for folder in folders:
        folder.chmod(0o755)


def test_an_index_that_cannot_be_written_is_opened_and_searched(
    locked: Path, index_dir: Path
) -> None:
    found = Retriever(open_index(locked)).search("棚户区改造")
    assert found == Retriever(open_index(index_dir)).search("棚户区改造")
    assert found
    assert doctor(locked) == []


def test_a_build_there_says_that_it_cannot_write(locked: Path, corpus: Path) -> None:
    with pytest.raises(CorpusError, match="无法写入索引文件夹"):
        build(corpus, locked)
