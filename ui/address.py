"""Where the chat can be served and shown: asked before anything slow is started."""

from __future__ import annotations

import errno
import os
import socket
import sys

from index.errors import WenjuError


class CannotServe(WenjuError):
    """The chat cannot listen at the address asked for."""


def check_address(host: str, port: int) -> None:
    """Raise `CannotServe` unless a server could listen at this address now."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            # As the server itself does it: a port left a moment ago is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror as error:
        message = f"地址 {host} 无法解析，请换一个 --host（本机用 127.0.0.1）。"
        raise CannotServe(message) from error
    except OSError as error:
        raise CannotServe(_reason(host, port, error)) from error


def _reason(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"端口 {port} 已被占用，请关掉占用它的程序，或用 --port 换一个端口。"
    if error.errno == errno.EACCES:
        return f"没有权限使用端口 {port}，请用 --port 换一个 1024 以上的端口。"
    return f"不能在 {host}:{port} 上监听（{error.strerror}），请换一个 --host 或 --port。"


def has_screen() -> bool:
    """Return whether a browser window can be shown here; on a server there may be none."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
