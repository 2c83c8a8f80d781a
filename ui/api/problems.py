"""What goes wrong in a request, as a sentence with the status code that fits it.

Every error has the same form, which is also that of OpenAI's API:
`{"error": {"message": "…", "type": "…", "code": "…"}}`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from index.errors import ModelFailed, WenjuError
from ui.api.errors import BadRequest, NotThere
from ui.render import without_local_paths

FAULT = "程序出错了，已记在日志里。请告诉管理员，或稍后再试。"
TOO_LARGE = "请求太大。一个请求最多 1 MB。"
UNAUTHORIZED = "需要口令：请在请求头里写 Authorization: Bearer 口令。"

# How much of a name that came with a request is repeated.
_NAME_SHOWN = 40
_ERRORS_SHOWN = 5

_STATUSES: Mapping[type[WenjuError], int] = {
    NotThere: 404,
    BadRequest: 422,
    ModelFailed: 502,
}
# What cannot be put right by whoever asks: the index, or the model that made it, is not usable.
_UNAVAILABLE = 503
_SENTENCES = {
    404: "没有这个地址。地址的清单在 /openapi.json。",
    405: "这个地址不接受这种请求方法。地址的清单在 /openapi.json。",
    413: TOO_LARGE,
}
_KINDS = {
    "string": "文字", "int": "整数", "float": "数", "bool": "true 或 false", "list": "一组值",
    "model_attributes": "一个 JSON 对象", "dict": "一个 JSON 对象", "model": "一个 JSON 对象",
}  # fmt: skip


class Detail(BaseModel):
    """What went wrong: `message` is a sentence for people, `type` and `code` are for programs."""

    message: str
    type: str
    code: str


class Problem(BaseModel):
    """An error as it is given out."""

    error: Detail


def problem(status: int, message: str) -> Problem:
    """Return the error with this sentence; its type and code follow from the status."""
    kind = "server_error" if status >= 500 else "invalid_request_error"
    # Half a character, as a request may hold it, cannot be sent.
    message = message.encode("utf-8", "replace").decode()
    return Problem(error=Detail(message=message, type=kind, code=HTTPStatus(status).name.lower()))


def status_of(error: WenjuError) -> int:
    """Return the status code for an error."""
    return _STATUSES.get(type(error), _UNAVAILABLE)


def problem_of(error: WenjuError) -> Problem:
    """Return an error as it is given out, without the folders of this machine."""
    return problem(status_of(error), without_local_paths(str(error)))


def answers(
    *statuses: int, beside: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[int | str, dict[str, Any]]:
    """Return the part of a schema that says which errors a route may answer with.

    A route whose good answer is no JSON says in `beside` of which kind it is, and its schema: an
    error is JSON all the same, of which the framework must be told.
    """
    if beside is None:
        return {s: {"model": Problem, "description": HTTPStatus(s).phrase} for s in statuses}
    json = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    errors = {s: {"content": json, "description": HTTPStatus(s).phrase} for s in statuses}
    return {200: {"content": beside}, **errors}


def connect(app: FastAPI) -> None:
    """Have every error of `app` answered with a `Problem`."""
    app.add_exception_handler(WenjuError, _on_wenju_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Exception, _on_fault)


def _response(
    status: int, found: Problem, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    return JSONResponse(found.model_dump(), status, headers)


def _on_wenju_error(request: Request, error: WenjuError) -> JSONResponse:
    return _response(status_of(error), problem_of(error))


def _on_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    # The first part of a place says that it is in the body or in the address.
    errors = [{**found, "loc": found["loc"][1:]} for found in error.errors()]
    return _response(422, problem(422, sentence_of(errors)))


def _on_http_error(request: Request, error: HTTPException) -> JSONResponse:
    status = error.status_code
    message = _SENTENCES.get(status) or f"请求不被接受（{HTTPStatus(status).phrase}）。"
    if status == 401:
        message = UNAUTHORIZED
    if status == 400:
        message = "请求的内容读不懂：应为 UTF-8 编码的 JSON。"
    return _response(status, problem(status, message), error.headers)


def _on_fault(request: Request, error: Exception) -> JSONResponse:
    return _response(500, problem(500, FAULT))


def sentence_of(errors: Sequence[Mapping[str, Any]]) -> str:
    """Return what is wrong with the values of a request, from pydantic's errors."""
    return "；".join(dict.fromkeys(map(_told, errors[:_ERRORS_SHOWN]))) + "。"


def _told(error: Mapping[str, Any]) -> str:
    """Return what is wrong with one value, in words."""
    kind, limits = error["type"], error.get("ctx", {})
    name = _name(error["loc"])
    if kind == "missing":
        return f"缺少 {name}" if name else "请求没有内容，应为一个 JSON 对象"
    told = {
        "json_invalid": "请求不是 JSON",
        "extra_forbidden": f"没有 {name} 这个字段",
        "string_too_long": f"{name} 最多 {limits.get('max_length')} 个字",
        "string_too_short": f"{name} 不能为空",
        "string_pattern_mismatch": f"{name} 不能全是空白",
        "too_long": f"{name} 最多 {limits.get('max_length')} 项",
        "too_short": f"{name} 不能为空",
        "greater_than_equal": f"{name} 至少为 {limits.get('ge')}",
        "less_than_equal": f"{name} 最多为 {limits.get('le')}",
        "string_unicode": f"{name or '请求'} 里有半个字符，请用 UTF-8",
        "literal_error": f"{name} 应为 {limits.get('expected')}",
    }.get(kind)
    if told:
        return told
    wanted = _KINDS.get(kind.removesuffix("_type").removesuffix("_parsing"))
    return f"{name or '请求'} 应为{wanted}" if wanted else f"{name or '请求'} 不合要求"


def _name(place: Sequence[str | int]) -> str:
    """Return the name of a field in a request, as `history.0.answer`; "" for all of it."""
    parts = [str(part) for part in place]
    return ".".join(parts)[:_NAME_SHOWN]
