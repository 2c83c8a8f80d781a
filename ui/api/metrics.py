"""What the server has done, counted in the manner of Prometheus, and a line of log a request.

Neither holds the text of a question: only which route, how it ended and how long it took.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index import Index
from ui.api.records import Reply

# Seconds. An answer takes a third of a second, or as long as a language model writes.
BUCKETS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)
# Where no route fits: a name of its own for each would let anyone fill the memory.
OTHER = "other"

logger = logging.getLogger("wenju.requests")


class Metrics:
    """The counts of one server."""

    def __init__(self, index: Index) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "wenju_requests", "Requests", ["method", "route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "wenju_request_seconds",
            "Seconds until a request was answered in full",
            ["route"],
            buckets=BUCKETS,
            registry=registry,
        )
        self._answers = Counter(
            "wenju_answers", "Answers by how they ended", ["kind", "grounded"], registry=registry
        )
        for name, told, value in (
            ("documents", "Documents in the index", lambda: index.manifest.documents),
            ("chunks", "Passages in the index", lambda: index.manifest.chunks),
            ("built_timestamp_seconds", "When the index was built", lambda: _built(index)),
        ):
            Gauge(f"wenju_index_{name}", told, registry=registry).set_function(value)

    def requested(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that has ended."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def answered(self, reply: Reply) -> None:
        """Count an answer."""
        self._answers.labels(reply.kind, str(reply.grounded).lower()).inc()

    def text(self) -> bytes:
        """Return all counts in Prometheus' text form."""
        return generate_latest(self._registry)


def _built(index: Index) -> float:
    return datetime.fromisoformat(index.manifest.built_at).timestamp()


class Measured:
    """Around an application: counts each request, and logs it in one line."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and look at what comes back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            seconds = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", OTHER)
            method = scope["method"] if route != OTHER else OTHER
            self._metrics.requested(method, route, status, seconds)
            client = (scope.get("client") or ("-",))[0]
            logger.info("%s %s %s %d %.3f s", client, method, route, status, seconds)
