"""What every request passes before anything else: how large, how often, from where; and what the
answer tells the browser to leave alone."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

# Bytes of a request; only a report that is added may be larger, and has a limit of its own.
LARGEST_REQUEST = 2**20
# Requests that do something: so many at once, and so many a second in the long run, for each
# address; sign-ins are guesses at passwords. Twenty people behind one address stay below.
_BURST, _A_SECOND = 240, 20.0
_SIGN_INS, _SIGN_INS_A_SECOND = 10, 0.1
# Addresses remembered; the one not heard of for the longest time is forgotten first.
_ADDRESSES = 4096

# Gradio needs to make functions of text, and to write styles; nothing may come from elsewhere.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self' blob: data:; worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
# Gradio's own way for files would put them outside the corpus, whoever sends them.
_UPLOAD = re.compile(r"/upload(?:_progress)?/?$")
_LOCAL_HOST = re.compile(r"(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?", re.IGNORECASE)

Scope, Receive, Send = dict[str, Any], Callable[..., Any], Callable[..., Any]


@dataclass(slots=True)
class Allowance:
    """How often something may be done: `burst` times at once, `rate` times a second for long."""

    burst: float
    rate: float
    left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, who: str, now: float) -> bool:
        """Take one from what is left to someone at a time in seconds; False where nothing is."""
        left, since = self.left.pop(who, (self.burst, now))
        left = min(self.burst, left + (now - since) * self.rate)
        allowed = left >= 1
        self.left[who] = (left - allowed, now)
        if len(self.left) > _ADDRESSES:
            self.left.popitem(last=False)
        return allowed


def sign_in_allowance() -> Allowance:
    """Return how often somebody may try to sign in."""
    return Allowance(_SIGN_INS, _SIGN_INS_A_SECOND)


class Guard:
    """ASGI middleware. `uploads` is the path below which larger requests are let through.

    With `only_local` a request must name this machine: a page of another site whose name was made
    to lead here does not.
    """

    def __init__(self, app: Callable[..., Any], *, uploads: str, only_local: bool) -> None:
        self.app = app
        self.uploads = uploads
        self.only_local = only_local
        self.requests = Allowance(_BURST, _A_SECOND)
        self.sign_ins = sign_in_allowance()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer why not."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await PlainTextResponse(refusal[1], refusal[0], headers=_HEADERS)(scope, receive, send)
            return
        if not self._is_upload(scope):
            receive = _limited(receive)
        await self.app(scope, receive, _with_headers(send))

    def _is_upload(self, scope: Scope) -> bool:
        return scope["method"] == "PUT" and scope["path"] == self.uploads

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers, path = Headers(scope=scope), scope["path"]
        if self.only_local and not _LOCAL_HOST.fullmatch(headers.get("host", "")):
            return 421, (
                "请用 http://127.0.0.1 或 http://localhost 打开；"
                "要经由代理或别的名字使用，启动时请加 --auth-file 或 --public。"
            )
        if scope["method"] in _READS:
            return None
        if headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            return 403, "这个请求来自别的网站，没有受理。"
        if _UPLOAD.search(path):
            return 404, "这里不接收文件。"
        length = headers.get("content-length", "0")
        if not self._is_upload(scope) and length.isdecimal() and int(length) > LARGEST_REQUEST:
            return 413, f"请求太大：最多 {LARGEST_REQUEST // 2**20} MB。"
        who, now = (scope.get("client") or ("",))[0], time.monotonic()
        allowed = self.requests.take(who, now)
        if path.rstrip("/").endswith("/login"):
            allowed = self.sign_ins.take(who, now) and allowed
        return None if allowed else (429, "请求太频繁，请过一会儿再试。")


def _limited(receive: Receive) -> Receive:
    """Return what receives a request, up to the largest one; a length need not be stated."""
    taken = 0

    async def limited() -> dict[str, Any]:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > LARGEST_REQUEST:
            # As if the sender had gone: nobody reads on.
            return {"type": "http.disconnect"}
        return message

    return limited


def _with_headers(send: Send) -> Send:
    async def sending(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
