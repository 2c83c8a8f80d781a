"""The HTTP API: which addresses there are and what each gives. `problems` has the errors."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable, Generator, Iterator
from datetime import datetime
from itertools import chain
from typing import Annotated, Literal

from anyio import CancelScope
from fastapi import APIRouter, Depends, FastAPI, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.types import Send

from index.errors import WenjuError
from rag.filters import Filter
from ui.api import problems
from ui.api.limit import Limited
from ui.api.metrics import Measured, Metrics
from ui.api.openai import (
    MODEL,
    ChatRequest,
    Completion,
    Model,
    Models,
    chunks,
    completion,
    read_messages,
)
from ui.api.records import (
    AskRequest,
    DocumentId,
    DocumentPart,
    Found,
    Length,
    Limit,
    Listing,
    Offset,
    Reply,
    SearchRequest,
    Start,
    TitlePart,
    conditions,
)
from ui.api.service import Service
from ui.version import wenju_version

# Bytes. The longest history that is taken fits several times.
LARGEST_REQUEST = 1_000_000
EVENTS = "text/event-stream"
DESCRIPTION = (
    "向一批中文报告提问，回答的每句话都指明出处。"
    '错误的形式都是 {"error": {"message", "type", "code"}}，message 是一句话。'
)

_TEXT = {CONTENT_TYPE_LATEST: {"schema": {"type": "string"}}}
_EVENT = {
    EVENTS: {
        "schema": {
            "type": "object",
            "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
            "required": ["data"],
        }
    }
}
# Missing or wrong: the same answer to both, given by `_guard`.
_BEARER = HTTPBearer(auto_error=False)

logger = logging.getLogger("wenju.questions")


class Health(BaseModel):
    """That the server answers, and from what."""

    status: Literal["ok"] = "ok"
    version: str
    documents: int
    chunks: int
    built_at: str


class EventStream(StreamingResponse):
    """Server-sent events; not to be kept back by a proxy."""

    media_type = EVENTS

    def __init__(self, content: Generator[str], status_code: int = 200) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(content, status_code, headers)
        self._content = content

    async def stream_response(self, send: Send) -> None:
        """Send what comes; when nobody reads it any more, end what writes it."""
        try:
            await super().stream_response(send)
        finally:
            with CancelScope(shield=True):
                await run_in_threadpool(self._content.close)


def build_api(
    service: Service, *, token: str | None = None, log_questions: bool = False
) -> FastAPI:
    """Return the application. With a `token`, every request but `/health` must carry it; with
    `log_questions`, the text of each question goes into the log."""
    metrics = Metrics(service.index)
    app = FastAPI(
        title="Wenju 问据",
        version=wenju_version() or "0",
        description=DESCRIPTION,
        # Their pages fetch scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    problems.connect(app)
    app.add_middleware(Limited, most=LARGEST_REQUEST)
    app.add_middleware(Measured, metrics=metrics)
    routes = _Routes(service, metrics, log_questions)
    guarded = [Depends(_guard(token))] if token else []
    needed = problems.answers(401) if token else {}
    router = APIRouter(dependencies=guarded, responses=needed)
    routes.connect(router)
    app.include_router(router)
    app.get("/health", summary="服务是否正常")(routes.health)
    return app


def _guard(token: str) -> Callable[..., None]:
    def check(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> None:
        known = given is not None and secrets.compare_digest(
            given.credentials.encode(), token.encode()
        )
        if not known:
            raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})

    return check


class _Routes:
    """What each address does. Plain functions, which the framework runs in threads."""

    def __init__(self, service: Service, metrics: Metrics, log_questions: bool) -> None:
        self._service = service
        self._metrics = metrics
        self._log_questions = log_questions

    def connect(self, router: APIRouter) -> None:
        """Give each function its address."""
        bad = problems.answers(400, 413, 422, 503)
        missing = problems.answers(404, 422, 503)
        router.post("/search", summary="查找段落", responses=bad)(self.search)
        router.post("/ask", summary="回答问题", responses=bad)(self.ask)
        router.post(
            "/ask/stream",
            summary="回答问题，边写边给",
            response_class=EventStream,
            responses=problems.answers(400, 401, 413, 422, 503, beside=_EVENT),
        )(self.ask_stream)
        router.get("/documents", summary="列出报告", responses=problems.answers(422))(
            self.documents
        )
        router.get("/documents/{document_id}", summary="读报告的一部分", responses=missing)(
            self.document
        )
        router.get(
            "/metrics",
            summary="Prometheus 指标",
            response_class=_MetricsText,
            responses=problems.answers(401, beside=_TEXT),
        )(self.metrics)
        router.get("/v1/models", summary="OpenAI 兼容：模型")(self.models)
        router.post(
            "/v1/chat/completions",
            summary="OpenAI 兼容：对话",
            response_model=Completion,
            responses={
                200: {"content": _EVENT},
                **problems.answers(400, 404, 413, 422, 503),
            },
        )(self.chat)

    def health(self) -> Health:
        """不需要口令。"""
        manifest = self._service.index.manifest
        return Health(
            version=wenju_version(),
            documents=manifest.documents,
            chunks=manifest.chunks,
            built_at=manifest.built_at,
        )

    def search(self, request: SearchRequest) -> Found:
        """与问题最相近的段落；找不到时 notice 说明原因。"""
        self._log(request.question)
        return self._service.search(request.question, request.top_k, _keep(request))

    def ask(self, request: AskRequest) -> Reply:
        """grounded 为 false 表示报告里没有答案。"""
        self._log(request.question)
        reply = self._service.ask(request.question, request.turns(), _keep(request))
        self._metrics.answered(reply)
        return reply

    def ask_stream(self, request: AskRequest) -> EventStream:
        """事件 answer 是到目前为止的整个回答（同 /ask），done 是最后的回答，error 是出错的原因。"""
        self._log(request.question)
        growing = self._service.stream(request.question, request.turns(), _keep(request))
        return EventStream(self._events(_started(growing)))

    def documents(
        self,
        title: Annotated[TitlePart, Query()] = "",
        offset: Annotated[Offset, Query()] = 0,
        limit: Annotated[Limit, Query()] = 100,
    ) -> Listing:
        """按路径排列。"""
        return self._service.documents(offset, limit, title)

    def document(
        self,
        document_id: Annotated[DocumentId, Path()],
        start: Annotated[Start, Query()] = 0,
        length: Annotated[Length, Query()] = 4000,
    ) -> DocumentPart:
        """从第 start 个字起，最多 length 个字。"""
        return self._service.read(document_id, start, length)

    def metrics(self) -> Response:
        """文本格式。"""
        return _MetricsText(self._metrics.text())

    def models(self) -> Models:
        """只有一个模型。"""
        built = datetime.fromisoformat(self._service.index.manifest.built_at)
        return Models(data=[Model(id=MODEL, created=int(built.timestamp()))])

    def chat(self, request: ChatRequest, http: Request) -> Response:
        """stream 为 true 时边写边给；不认识的字段（如 temperature）不起作用。"""
        question, turns = read_messages(request)
        self._log(question)
        base = str(http.base_url)
        if request.stream:
            growing = self._service.stream(question, turns, Filter())
            return EventStream(chunks(self._counted(_started(growing)), base))
        reply = self._service.ask(question, turns, Filter())
        self._metrics.answered(reply)
        return Response(completion(reply, base).model_dump_json(), media_type="application/json")

    def _log(self, question: str) -> None:
        if self._log_questions:
            logger.info("%s", json.dumps(question, ensure_ascii=False))

    def _counted(self, growing: Iterator[Reply]) -> Iterator[Reply]:
        """Pass on an answer as it grows, and count it when it is whole."""
        reply = None
        for reply in growing:
            yield reply
        if reply is not None:
            self._metrics.answered(reply)

    def _events(self, growing: Iterator[Reply]) -> Generator[str]:
        reply = None
        try:
            for reply in self._counted(growing):
                yield _event("answer", reply)
        except WenjuError as error:
            yield _event("error", problems.problem_of(error))
            return
        if reply is not None:
            yield _event("done", reply)


class _MetricsText(Response):
    media_type = CONTENT_TYPE_LATEST


def _keep(request: SearchRequest | AskRequest) -> Filter:
    return conditions(request.first_year, request.last_year, request.titles, request.path)


def _started(growing: Iterator[Reply]) -> Iterator[Reply]:
    """Return the answer after waiting for its beginning: what fails at once gets its status."""
    first = next(growing)
    return chain([first], growing)


def _event(name: str, value: BaseModel) -> str:
    # JSON has no line ends of its own, so that one line of data is enough.
    return f"event: {name}\ndata: {value.model_dump_json()}\n\n"
