"""What any OpenAI-compatible address needs: to be one, and a key that can be sent."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

# Sent where no key is set: local servers need none, but the client wants one.
_NO_KEY = "none"


def require_address(base_url: str) -> None:
    """Raise ValueError, in words for the user, unless `base_url` can be an address; what it holds
    is not repeated."""
    try:
        parts = urlsplit(base_url)
        host = (parts.hostname or "").encode("idna")
        usable = parts.scheme in ("http", "https") and host and parts.port != 0
    except ValueError:
        usable = False
    if not usable or " " in base_url or not base_url.isprintable():
        message = "模型的地址要以 http:// 或 https:// 开头，例如 http://127.0.0.1:8000/v1"
        raise ValueError(message)
    if parts.username or parts.password or parts.query or parts.fragment:
        message = "模型的地址里不能有用户名、密码、“?”或“#”；密钥请放在环境变量 OPENAI_API_KEY 里"
        raise ValueError(message)


def key_from_environment() -> str:
    """Return the environment variable OPENAI_API_KEY. Raises ValueError, in words for the user, if
    it cannot be sent."""
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    # A header cannot hold anything else, and the complaint about it would show the key.
    if not (key.isascii() and key.isprintable()) or " " in key:
        message = "环境变量 OPENAI_API_KEY 里有空格、换行或中文，不像是密钥，请重新设置"
        raise ValueError(message)
    return key or _NO_KEY
