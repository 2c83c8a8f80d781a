"""Who may open the chat and who may change its collection: names with hashed passwords."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import secrets
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from index.errors import WenjuError

# scrypt as OWASP's password storage cheat sheet advises where 32 MiB are to be spent on a guess.
_N, _R, _P, _SALT = 2**15, 8, 3, 16
_MEMORY = 2**26
EDITOR = "editor"

_LINE = re.compile(
    r"(?P<name>[^:\s]{1,64}):scrypt\$(?P<salt>[^$]+)\$(?P<key>[^$:]+)(?::(?P<role>\w*))?"
)


class AuthFileError(WenjuError):
    """The file of names and passwords cannot be read, or a line of it is none."""


@dataclass(frozen=True, slots=True)
class User:
    """One who may sign in; `editor` where they may change the collection."""

    salt: bytes
    key: bytes
    editor: bool


@dataclass(frozen=True, slots=True)
class Access:
    """Who may do what. Without `users` nobody signs in. `local` is True where only this machine
    can reach the chat: then whoever does may change the collection."""

    users: Mapping[str, User] = field(default_factory=dict)
    local: bool = True

    def admits(self, name: str, password: str) -> bool:
        """Return whether a name and a password belong together; it takes as long for one that is
        unknown."""
        known = self.users.get(name)
        salt, key = (known.salt, known.key) if known else (b"\0" * _SALT, b"")
        return hmac.compare_digest(_key(password, salt), key)

    def may_change(self, name: str | None) -> bool:
        """Return whether someone, None where nobody signs in, may change the collection."""
        if not self.users:
            return self.local
        user = self.users.get(name or "")
        return user is not None and user.editor


def read_users(path: Path) -> dict[str, User]:
    """Return the users in a file: a line `NAME:scrypt$SALT$KEY` each, `:editor` behind it for one
    who may change the collection. Empty lines and those with # in front say nothing.

    Raises AuthFileError, with the number of the line, where the file is another.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        message = f"读不出用户文件 {path}，请检查 --auth-file；新用户用 wenju password 生成。"
        raise AuthFileError(message) from error
    users: dict[str, User] = {}
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#"):
            name, user = _user(line.strip(), f"用户文件 {path} 第 {number} 行")
            users[name] = user
    if not users:
        message = f"用户文件 {path} 里没有用户，请先运行：wenju password 名字 >> {path}"
        raise AuthFileError(message)
    return users


def _user(line: str, place: str) -> tuple[str, User]:
    match = _LINE.fullmatch(line)
    if match is None or match["role"] not in (None, "", EDITOR):
        message = (
            f"{place}应为“名字:scrypt$…$…”，可在末尾加“:{EDITOR}”。"
            "请用 wenju password 名字 重新生成这一行；文件里不写密码本身。"
        )
        raise AuthFileError(message)
    try:
        salt, key = (b64decode(match[part], validate=True) for part in ("salt", "key"))
    except Base64Error as error:
        message = f"{place}不完整，请用 wenju password {match['name']} 重新生成。"
        raise AuthFileError(message) from error
    return match["name"], User(salt, key, match["role"] == EDITOR)


def user_line(name: str, password: str, *, editor: bool = False) -> str:
    """Return the line of a user for the file.

    Raises ValueError, with a sentence for the user, for a name or a password that cannot be one.
    """
    if not re.fullmatch(r"[^:\s#][^:\s]{0,63}", name):
        message = f"名字应为 1 到 64 个字，不含空格和冒号，不以 # 开头，写的是“{name}”。"
        raise ValueError(message)
    if len(password) < 8:
        message = f"密码至少要 8 个字符，写的是 {len(password)} 个。"
        raise ValueError(message)
    salt = secrets.token_bytes(_SALT)
    stored = "$".join(b64encode(part).decode() for part in (salt, _key(password, salt)))
    return f"{name}:scrypt${stored}" + (f":{EDITOR}" if editor else "")


def _key(password: str, salt: bytes) -> bytes:
    secret = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(secret, salt=salt, n=_N, r=_R, p=_P, maxmem=_MEMORY)


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches a server that listens at `host`."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def access_for(host: str, auth_file: Path | None, public: bool) -> Access:
    """Return who may do what in a chat that listens at `host`.

    Raises AuthFileError where others could open it and neither a file of users is given nor
    `public` says that this is meant.
    """
    local = is_loopback(host)
    if auth_file is not None:
        return Access(read_users(auth_file), local)
    if not local and not public:
        message = (
            f"监听 {host} 时，网络上的人都能打开问据。请先建立用户文件："
            "wenju password 名字 >> users.txt，再加 --auth-file users.txt；"
            "如果就是要给所有人看，请加 --public（那时谁也不能在页面上增删报告）。"
        )
        raise AuthFileError(message)
    return Access(local=local and not public)
