"""Embedding by several processes, here and on the nodes of a real Ray cluster."""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from typer.testing import CliRunner
from without import run_without

import index.embedded
from index import Workers, build, open_index
from index.cores import available_cores
from index.embed import load_embedder
from index.embed.bulk import embed_batch, in_order
from index.errors import EmbedderUnavailable
from index.local import LocalGeneration, current_generation
from ui.cli import app

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster

_PASSAGES, _BATCH = 24, 4


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index.embedded, "_BATCH", _BATCH)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    for number in range(_PASSAGES):
        text = f"第{number}乡修建水渠{number * 10 + 7}公里，新增灌溉面积{number + 3}万亩。"
        (folder / f"{number}.txt").write_text(text, encoding="utf-8")
    return folder


def vectors_of(folder: Path) -> np.ndarray:
    generation = LocalGeneration(current_generation(folder))
    return generation.vectors(list(range(generation.manifest.rows)))


def test_several_processes_give_the_same_index(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path / "one")
    seen: list[tuple[int, int]] = []
    report = build(
        corpus,
        tmp_path / "two",
        workers=Workers(2),
        progress=lambda stage, done, total: (
            seen.append((done, total)) if stage == "embed" else None
        ),
    )
    assert report.embedded == _PASSAGES
    assert seen == [(done, _PASSAGES) for done in range(0, _PASSAGES + 1, _BATCH)]
    assert np.array_equal(vectors_of(tmp_path / "one"), vectors_of(tmp_path / "two"))


def test_a_process_that_dies_is_said_and_nothing_is_embedded_twice(
    corpus: Path, tmp_path: Path
) -> None:
    def kill(stage: str, done: int, total: int) -> None:
        if stage == "embed" and done == 2 * _BATCH:
            for child in multiprocessing.active_children():
                os.kill(child.pid or 0, signal.SIGTERM)

    with pytest.raises(EmbedderUnavailable, match="意外结束"):
        build(corpus, tmp_path / "built", workers=Workers(2), progress=kill)
    again = build(corpus, tmp_path / "built", workers=Workers(2))
    assert again.chunks == _PASSAGES
    assert again.embedded <= _PASSAGES - 2 * _BATCH


_KILLED = """
import os, signal, sys
import index.embedded
from index import Workers, build

index.embedded._BATCH = {batch}

def kill(stage, done, total):
    if stage == "embed" and done == {batch}:
        import multiprocessing
        print(*(child.pid for child in multiprocessing.active_children()), flush=True)
        sys.stdin.readline()
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    build(sys.argv[1], sys.argv[2], workers=Workers(2), progress=kill)
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs Linux to wait for processes")
def test_processes_end_with_a_build_that_is_killed(corpus: Path, tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(_KILLED.format(batch=_BATCH), encoding="utf-8")
    command = [sys.executable, str(script), str(corpus), str(tmp_path / "built")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        children = [os.pidfd_open(int(pid)) for pid in running.stdout.readline().split()]
        running.communicate("go\n")
    assert running.returncode == -signal.SIGKILL
    assert len(children) == 2
    for child in children:
        assert select.select([child], [], [], 30)[0] == [child]
        os.close(child)
    assert build(corpus, tmp_path / "built").embedded <= _PASSAGES - _BATCH


def test_a_script_that_starts_itself_anew_is_told_how_to_call(corpus: Path, tmp_path: Path) -> None:
    script = tmp_path / "bare.py"
    script.write_text(
        "import sys\nfrom index import Workers, build\n"
        "build(sys.argv[1], sys.argv[2], workers=Workers(2))\n",
        encoding="utf-8",
    )
    command = [sys.executable, str(script), str(corpus), str(tmp_path / "built")]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 1
    assert 'if __name__ == "__main__":' in ended.stderr


def test_no_more_batches_are_given_out_than_keep_the_workers_busy() -> None:
    given: list[str] = []
    taken: list[str] = []

    def submit(batch: list[str]) -> str:
        given.append(batch[0])
        assert len(given) - len(taken) <= 4
        return batch[0]

    def result(handle: str) -> np.ndarray:
        taken.append(handle)
        return np.array([int(handle)], np.float32)

    found = in_order(submit, result, ([str(n)] for n in range(9)), 2)
    assert [int(vectors[0]) for vectors in found] == list(range(9))


def test_another_model_on_a_worker_is_not_mixed_in() -> None:
    with pytest.raises(EmbedderUnavailable, match="不是同一个"):
        embed_batch("bundled", "bundled-0-of-yesterday", ["水渠"])


def test_fewer_cores_are_used_where_the_environment_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert available_cores() == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "100000")
    most = available_cores()
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    assert available_cores() == most == len(os.sched_getaffinity(0))


@pytest.mark.parametrize("count", [0, -1])
def test_there_is_at_least_one_worker(count: int, corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Workers(count)
    said = CliRunner().invoke(
        app, ["build", str(corpus), "-o", str(tmp_path / "built"), "--workers", str(count)]
    )
    assert said.exit_code == 2
    assert "--workers" in said.output


def test_without_ray_a_sentence_says_what_to_install(corpus: Path, tmp_path: Path) -> None:
    ended = run_without(
        "ray",
        "from ui.cli import main\n"
        f"sys.argv = ['wenju', 'build', {str(corpus)!r}, '-o', {str(tmp_path / 'i')!r}, '--ray', 'auto']\n"
        "main()\n",
    )
    assert ended.returncode == 1
    assert "pip install 'wenju[ray]'" in ended.stderr
    assert "Traceback" not in ended.stderr


class TestRay:
    """A cluster of two nodes, both on this machine."""

    @pytest.fixture(autouse=True)
    def said_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pytest.importorskip("ray", reason="ray is not installed")
        monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        monkeypatch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")

    @pytest.fixture
    def cluster(self) -> Iterator[Cluster]:
        from ray.cluster_utils import Cluster

        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
        yield cluster
        cluster.shutdown()

    def test_the_nodes_of_a_cluster_give_the_same_index_though_one_is_lost(
        self, cluster: Cluster, corpus: Path, tmp_path: Path
    ) -> None:
        other = cluster.add_node(num_cpus=1)
        cluster.wait_for_nodes()

        def lose(stage: str, done: int, total: int) -> None:
            if stage == "embed" and done == _BATCH:
                cluster.remove_node(other, allow_graceful=False)

        folder = tmp_path / "cluster"
        report = build(corpus, folder, workers=Workers(ray=cluster.address), progress=lose)
        assert report.embedded == _PASSAGES
        build(corpus, tmp_path / "one")
        assert np.array_equal(vectors_of(tmp_path / "one"), vectors_of(folder))

    def test_another_model_on_a_node_is_said(
        self, cluster: Cluster, corpus: Path, tmp_path: Path
    ) -> None:
        class Changed:
            name, dimension, fingerprint = "bundled", 384, "bundled-of-tomorrow"

            def embed_documents(self, texts: list[str]) -> np.ndarray:
                return load_embedder().embed_documents(texts)

        with (
            pytest.raises(EmbedderUnavailable, match="不是同一个"),
            index.embed.bulk.computing(Changed(), Workers(ray=cluster.address)) as compute,
        ):
            list(compute([["水渠"]]))

    def test_no_cluster_is_said(self, corpus: Path, tmp_path: Path) -> None:
        with pytest.raises(EmbedderUnavailable, match="ray start --head"):
            build(corpus, tmp_path / "built", workers=Workers(ray="auto"))


def test_an_index_built_by_workers_opens(corpus: Path, tmp_path: Path) -> None:
    said = CliRunner().invoke(
        app, ["build", str(corpus), "-o", str(tmp_path / "built"), "--workers", "2"]
    )
    assert said.exit_code == 0, said.output
    assert len(open_index(tmp_path / "built").documents) == _PASSAGES
