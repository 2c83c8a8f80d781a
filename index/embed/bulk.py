"""Embedding in bulk: several processes take batches from one list, on this machine or, through Ray,
on those of a cluster. A batch is given out once more only where the machine it was on is lost."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from threading import Thread
from typing import Any, TypeVar

from index.cores import available_cores
from index.embed import Embedder, Vectors, load_embedder
from index.errors import EmbedderUnavailable

# The vectors of each batch of texts, in their order.
Compute = Callable[[Iterable[Sequence[str]]], Iterator[Vectors]]
Handle = TypeVar("Handle")

# Batches given out for each process, so that none waits for the next.
_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Workers:
    """Who embeds: `count` processes, None for one here or for all processors of the cluster whose
    address `ray` is ("auto" for the one that this machine belongs to)."""

    count: int | None = None
    ray: str | None = None

    def __post_init__(self) -> None:
        if self.count is not None and self.count < 1:
            message = f"the number of workers must be at least 1, not {self.count}"
            raise ValueError(message)


@contextmanager
def computing(embedder: Embedder, workers: Workers | None) -> Iterator[Compute]:
    """Yield what embeds batches with the model of `embedder`; the processes end with the block.

    Raises EmbedderUnavailable if a process ends that was not to, the cluster cannot be reached, or
    another machine has another model.
    """
    workers = workers or Workers()
    if workers.ray:
        from index.embed.cluster import on_cluster

        with on_cluster(embedder, workers.ray, workers.count) as compute:
            yield compute
    elif workers.count and workers.count > 1:
        with _in_processes(embedder, workers.count) as compute:
            yield compute
    else:
        yield lambda batches: map(embedder.embed_documents, batches)


def embed_batch(name: str, fingerprint: str, texts: Sequence[str]) -> Vectors:
    """Return the (n, dimension) vectors of passages, in a process that keeps its model.

    Raises EmbedderUnavailable if the model that `name` loads here has not this fingerprint.
    """
    embedder = _loaded(name)
    if embedder.fingerprint != fingerprint:
        message = (
            f"有一台机器上的向量模型不是同一个（{embedder.fingerprint}，应为 {fingerprint}）。"
            "请在每台机器上装同一版问据和同一个模型。"
        )
        raise EmbedderUnavailable(message)
    return embedder.embed_documents(texts)


def in_order(
    submit: Callable[[Sequence[str]], Handle],
    result: Callable[[Handle], Vectors],
    batches: Iterable[Sequence[str]],
    workers: int,
) -> Iterator[Vectors]:
    """Yield the results of batches in their order, with only as many given out as keep the workers
    busy."""
    waiting: deque[Handle] = deque()
    for batch in batches:
        waiting.append(submit(batch))
        if len(waiting) >= workers * _AHEAD:
            yield result(waiting.popleft())
    while waiting:
        yield result(waiting.popleft())


@cache
def _loaded(name: str) -> Embedder:
    return load_embedder(name)


@contextmanager
def _in_processes(embedder: Embedder, count: int) -> Iterator[Compute]:
    from concurrent.futures import Future, ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    threads = max(1, available_cores() // count)
    pool = ProcessPoolExecutor(count, get_context("spawn"), _begin, (threads,))

    def submit(texts: Sequence[str]) -> Future[Vectors]:
        return pool.submit(embed_batch, embedder.name, embedder.fingerprint, texts)

    def result(given: Future[Vectors]) -> Vectors:
        return given.result()

    try:
        yield lambda batches: in_order(submit, result, batches, count)
    except BrokenProcessPool:
        message = (
            "计算向量的一个进程意外结束了（可能是内存不够）。算好的都留着：再运行一次 "
            "wenju build 会接着做，可用小一些的 --workers。在 Python 里调用时，请放在 "
            'if __name__ == "__main__": 之下。'
        )
        raise EmbedderUnavailable(message) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(threads: int) -> None:
    """Prepare a process of the pool: it leaves the other cores alone, ends without a word where the
    build is interrupted, and does not outlive it."""
    os.environ["OMP_NUM_THREADS"] = str(threads)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    from multiprocessing import parent_process

    parent: Any = parent_process()
    parent.join()
    os._exit(1)
