"""The tools of `wenju mcp` for programs that reach the chat over HTTP, at an address of its own."""

from __future__ import annotations

import asyncio
import hashlib
import time
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ui.access import Access
from ui.guard import sign_in_allowance

if TYPE_CHECKING:
    from mcp.server import MCPServer

TOOLS = "/mcp"


class Tools:
    """ASGI application: the tools, for whoever is signed in to the page or sends a name and a
    password along (HTTP Basic), as programs do. `concurrent` requests are served at a time.

    How large they may be, how many and from where, the guard of the whole site sees to.
    """

    def __init__(self, server: MCPServer, access: Access, concurrent: int) -> None:
        from mcp.server.transport_security import TransportSecuritySettings

        self._access = access
        self._guesses = sign_in_allowance()
        # Digests of what was right: to hash a password takes a tenth of a second.
        self._known: set[bytes] = set()
        self._at_once = asyncio.Semaphore(concurrent)
        # Each request stands for itself: no session can be taken over, none is left behind.
        self._app = server.streamable_http_app(
            streamable_http_path=TOOLS,
            stateless_http=True,
            json_response=True,
            transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )
        self._running = server.session_manager.run
        self._signed_in: Callable[[Request], bool] = lambda request: False

    def route(self, signed_in: Callable[[Request], bool]) -> Route:
        """Return where the tools are; `signed_in` says whether a request is from someone who may
        see the page."""
        self._signed_in = signed_in
        return Route(TOOLS, self, methods=["POST"])

    @asynccontextmanager
    async def lifespan(self, app: object) -> AsyncIterator[None]:
        """Serve for as long as the application around does."""
        async with self._running():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through to the tools, or ask for a name and a password."""
        request = Request(scope)
        if not self._signed_in(request) and not await self._admits(request):
            asked = {"www-authenticate": 'Basic realm="wenju", charset="UTF-8"'}
            told = "要先登录：请在请求头里写上用户名和密码（HTTP Basic）。"
            await PlainTextResponse(told, 401, headers=asked)(scope, receive, send)
            return
        async with self._at_once:
            await self._app(scope, receive, send)

    async def _admits(self, request: Request) -> bool:
        """Return whether a name and a password that come along are right."""
        sent = request.headers.get("authorization", "")
        digest = hashlib.sha256(sent.encode("utf-8")).digest()
        if digest in self._known:
            return True
        name, password = _credentials(sent)
        who = request.client.host if request.client else ""
        if not name or not self._guesses.take(who, time.monotonic()):
            return False
        right = await run_in_threadpool(self._access.admits, name, password)
        if right:
            self._known.add(digest)
        return right


def _credentials(sent: str) -> tuple[str, str]:
    """Return the name and the password of an `Authorization` header, both "" if it is another."""
    scheme, _, encoded = sent.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, password = b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except (Base64Error, UnicodeDecodeError, ValueError):
        return "", ""
    return name, password
