"""Embedding on the machines of a Ray cluster, each of which has Wenju installed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from index.embed import Embedder, Vectors
from index.embed.bulk import Compute, embed_batch, in_order
from index.errors import EmbedderUnavailable

# How often a batch is given out again whose machine was lost.
_RETRIES = 3


@contextmanager
def on_cluster(embedder: Embedder, address: str, count: int | None) -> Iterator[Compute]:
    """Yield what embeds batches on the cluster at `address`, `count` at a time, or as many as it
    has processors. One batch has one processor.

    Raises EmbedderUnavailable if `ray` is not installed, the cluster cannot be reached or is lost,
    or a machine lacks Wenju or the model.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # else it reports to its makers
    try:
        import ray
        from ray.exceptions import RayError, RayTaskError
    except ModuleNotFoundError as error:
        message = "由 Ray 集群计算向量需要 ray，请安装：pip install 'wenju[ray]'"
        raise EmbedderUnavailable(message) from error
    try:
        ray.init(address, logging_level="error", log_to_driver=False)
    except (ConnectionError, RayError, ValueError, OSError) as error:
        message = (
            f"连不上 Ray 集群（{address}）。请先在这台机器上运行 ray start --head，"
            "在其他机器上运行 ray start --address=…，再用 --ray auto。"
        )
        raise EmbedderUnavailable(message) from error

    task = ray.remote(num_cpus=1, max_retries=_RETRIES)(embed_batch)

    def submit(texts: Sequence[str]) -> Any:  # noqa: ANN401 - an ObjectRef of ray's
        return task.remote(embedder.name, embedder.fingerprint, list(texts))

    def result(given: Any) -> Vectors:  # noqa: ANN401
        return ray.get(given)

    try:
        processors = count or max(1, int(ray.cluster_resources().get("CPU", 1)))
        yield lambda batches: in_order(submit, result, batches, processors)
    except RayTaskError as error:
        if isinstance(error.cause, EmbedderUnavailable):
            raise EmbedderUnavailable(str(error.cause)) from None
        message = (
            f"Ray 集群的一台机器没有算出向量（{error.cause!r}）。请看那台机器上的问据能否运行。"
        )
        raise EmbedderUnavailable(message) from None
    except RayError as error:
        message = (
            f"Ray 集群没有算完（{type(error).__name__}）。"
            "算好的都留着：再运行一次 wenju build 会接着做。"
        )
        raise EmbedderUnavailable(message) from error
    finally:
        ray.shutdown()
