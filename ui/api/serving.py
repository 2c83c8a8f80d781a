"""Running the HTTP API: its token, its log, and the server itself."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from index.errors import WenjuError

# A token is to be guessed by nobody.
SHORTEST_TOKEN = 16
# Seconds that answers being written are given when the server is told to end.
LAST_WORDS = 10


class BadToken(WenjuError):
    """The file of the token holds none that can be one."""


def read_token(file: Path) -> str:
    """Return the token in a file, without white space around it. Raises BadToken, and OSError
    where the file cannot be read."""
    token = file.read_bytes().decode("utf-8", "replace").strip()
    if not token.isascii() or not token.isprintable() or " " in token:
        message = f"{file} 里的口令只能是一行英文字母、数字和符号，没有空格。"
        raise BadToken(message)
    if len(token) < SHORTEST_TOKEN:
        message = (
            f"{file} 里的口令太短，至少 {SHORTEST_TOKEN} 个字符。"
            f"可以这样生成：openssl rand -hex 32 > {file}"
        )
        raise BadToken(message)
    return token


def log_to_stderr() -> None:
    """Write a line for each request, and what goes wrong, to standard error."""
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("wenju").setLevel(logging.INFO)


def serve(app: FastAPI, *, host: str, port: int, started: Callable[[], None]) -> None:
    """Serve until interrupted; `started` is called once connections are taken."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=LAST_WORDS,
    )
    _Server(config, started).run()


class _Server(uvicorn.Server):
    """A server that says when it is there."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._say = started

    async def startup(self, *arguments: object, **options: object) -> None:
        """Start to listen."""
        await super().startup(*arguments, **options)
        if self.started:
            self._say()
