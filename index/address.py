"""Where an index lies: a folder, or `milvus://…`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from index.errors import IndexNotFound

# `Path` makes one slash of two, and commands take paths.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/+(.*)")
_SERVER = re.compile(
    r"(?:([^@/]+:[^@/]*)@)?([^@/:\[\]]+|\[[^\]]+\])(?::(\d{1,5}))?/([A-Za-z_]\w{0,199})", re.ASCII
)
_PORT = "19530"
# What the collections in a file of Milvus Lite are named after.
_LITE_NAME = "wenju"


@dataclass(frozen=True, slots=True)
class MilvusAddress:
    """What pymilvus connects to, the name of the index there, and the folder on this machine for
    what belongs to it. `shown` leaves out the password."""

    uri: str
    name: str
    folder: Path
    shown: str
    given: str
    token: str = ""

    @property
    def file(self) -> Path | None:
        """The file of Milvus Lite; None for a server."""
        return Path(self.uri) if self.uri.endswith(".db") else None


def shown(index_dir: str | Path) -> str:
    """Return an address as it may be shown to anyone: without its password. Raises IndexNotFound as
    `milvus_address` does."""
    address = milvus_address(index_dir)
    return address.shown if address else str(index_dir)


def milvus_address(index_dir: str | Path) -> MilvusAddress | None:
    """Return the address that `index_dir` is, None for a folder.

    `milvus://[user:password@]host[:port]/name` is a server, `milvus:///path/to/file.db` a file of
    Milvus Lite. Raises IndexNotFound if it is an address of another kind.
    """
    match = _SCHEME.fullmatch(str(index_dir))
    if not match:
        return None
    scheme, rest = match.groups()
    if scheme.lower() == "milvus" and rest.endswith(".db"):
        file = Path("/", rest)
        shown = f"milvus://{file}"
        return MilvusAddress(
            str(file), _LITE_NAME, file.with_name(f"{file.name}.wenju"), shown, shown
        )
    server = _SERVER.fullmatch(rest)
    if scheme.lower() != "milvus" or not server:
        message = (
            f"不认识的索引地址“{scheme}://…”：应为一个文件夹、milvus://主机:19530/名称，"
            "或 milvus:///路径/文件.db；名称由字母、数字和下划线组成。"
        )
        raise IndexNotFound(message)
    token, host, port, name = server.groups()
    place = f"{host}:{port or _PORT}"
    folder = Path("data", "milvus", place.replace(":", "-"), name)
    shown = f"milvus://{place}/{name}"
    given = f"milvus://{token}@{place}/{name}" if token else shown
    return MilvusAddress(f"http://{place}", name, folder, shown, given, token or "")
