"""Archives: the files in them, unpacked in memory one at a time and within limits."""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO
from zipfile import ZipFile, ZipInfo

from index.errors import UnreadableFile
from index.load.kind import (
    ARCHIVES,
    COMMON_METHODS,
    COMPRESSIONS,
    DAMAGE,
    ENTRY,
    MOST_MEMBERS,
    check_size,
    suffix_of,
)
from index.load.name import Distinct, decode_name, inner_path

# What one archive may hold, those in it included, and how deep they may be: itself and one more.
_MOST_BYTES, _DEPTH = 2**30, 2
# From so many bytes on, a member that unpacks to so many times its size is refused; the most that
# deflate can do is 1032 times.
_SUSPICIOUS, _RATIO = 16 * 2**20, 200
_STEP = 2**20
# A name is UTF-8 where this flag of a ZIP member is set.
_UTF_8, _LOCKED = 0x800, 0x1

_DAMAGED = "压缩包已损坏或不完整，请重新下载后重试"
_TOO_MUCH = "压缩包解压后超过 1 GB，没有读到这里，请解压后重试"
_TOO_MANY = f"压缩包里超过 {MOST_MEMBERS} 个文件，请解压后重试"


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive: its path in it, and its bytes. These are None where the file was not
    wanted, or could not be read for the `reason` given, in words for the user."""

    path: PurePosixPath
    data: bytes | None = None
    reason: str = ""


@dataclass(slots=True)
class _Budget:
    """What may still be unpacked of an archive and those in it."""

    members: int
    bytes: int

    def take_member(self) -> None:
        self.members -= 1
        if self.members < 0:
            raise UnreadableFile(_TOO_MANY)

    def take(self, count: int) -> None:
        self.bytes -= count
        if self.bytes < 0:
            raise UnreadableFile(_TOO_MUCH)


def members(data: bytes, wanted: Callable[[PurePosixPath], bool]) -> Iterator[Member]:
    """Yield the files in a ZIP or tar archive and in archives in it, those that are `wanted`
    unpacked. Sizes are counted while unpacking, not taken from what the archive states.

    Raises UnreadableFile where the archive is damaged, empty or holds too many files; what was
    yielded before stays good.
    """
    found = False
    for member in _members(data, wanted, _Budget(MOST_MEMBERS, _MOST_BYTES), 1):
        found = True
        yield member
    if not found:
        message = "压缩包里没有文件"
        raise UnreadableFile(message)


def _members(
    data: bytes, wanted: Callable[[PurePosixPath], bool], budget: _Budget, depth: int
) -> Iterator[Member]:
    read = _zip_members if data.startswith(b"PK") else _tar_members
    for member in read(data, wanted, budget):
        if member.data is None or not _is_archive(member.path, member.data):
            yield member
        elif depth == _DEPTH:
            yield Member(member.path, reason="压缩包嵌套超过两层，请先解压")
        else:
            try:
                for inner in _members(member.data, wanted, budget, depth + 1):
                    yield replace(inner, path=member.path / inner.path)
            except UnreadableFile as error:
                yield Member(member.path, reason=str(error))


def _is_archive(path: PurePosixPath, data: bytes) -> bool:
    try:
        return suffix_of(path, data) in ARCHIVES
    except UnreadableFile:
        return False  # said again, with the reason, where the file is read


def _zip_members(
    data: bytes, wanted: Callable[[PurePosixPath], bool], budget: _Budget
) -> Iterator[Member]:
    # Before `ZipFile` makes an object of each.
    if data.count(ENTRY) > MOST_MEMBERS:
        raise UnreadableFile(_TOO_MANY)
    try:
        archive = ZipFile(BytesIO(data))
    except DAMAGE as error:
        raise UnreadableFile(_DAMAGED) from error
    with archive:
        place = Distinct()
        for info in archive.infolist():
            if info.is_dir():
                continue
            path = place(inner_path(_zip_name(info)))
            budget.take_member()
            if not wanted(path):
                yield Member(path)
                continue
            try:
                yield Member(path, unpack(archive, info, path.suffix, budget.take))
            except UnreadableFile as error:
                yield Member(path, reason=str(error))


def _zip_name(info: ZipInfo) -> str:
    if info.flag_bits & _UTF_8:
        return info.filename
    # `zipfile` reads all other names as the code page of the first PCs.
    return decode_name(info.orig_filename.encode("cp437", "replace"))


def unpack(
    archive: ZipFile, info: ZipInfo, suffix: str, take: Callable[[int], None] = lambda count: None
) -> bytes:
    """Return the bytes of a member, `take(count)` called before each piece is kept.

    Raises UnreadableFile if it is locked, damaged, packed in an uncommon way, or larger than files
    of its `suffix` may be.
    """
    if info.flag_bits & _LOCKED:
        message = "压缩包设有密码，请解压后重试"
        raise UnreadableFile(message)
    if info.compress_type not in COMMON_METHODS:
        message = f"压缩方法（{info.compress_type}）不支持，请解压后重试"
        raise UnreadableFile(message)
    pieces: list[bytes] = []
    size = 0
    try:
        with archive.open(info) as file:
            while piece := file.read(_STEP):
                size += len(piece)
                take(len(piece))
                check_size(suffix.lower(), size)
                if size > max(_SUSPICIOUS, info.compress_size * _RATIO):
                    message = f"解压后超过原大小的 {_RATIO} 倍，可能是压缩炸弹，没有读"
                    raise UnreadableFile(message)
                pieces.append(piece)
    except DAMAGE as error:
        message = "在压缩包里已损坏，请重新下载后重试"
        raise UnreadableFile(message) from error
    return b"".join(pieces)


@dataclass(slots=True)
class _Metered:
    """A file of which no more is read than the budget holds."""

    file: IO[bytes]
    take: Callable[[int], None]

    def read(self, size: int) -> bytes:
        piece = self.file.read(size)
        self.take(len(piece))
        return piece


def _tar_members(
    data: bytes, wanted: Callable[[PurePosixPath], bool], budget: _Budget
) -> Iterator[Member]:
    opened = next((o for magic, o in COMPRESSIONS.items() if data.startswith(magic)), None)
    source = opened(BytesIO(data)) if opened else BytesIO(data)
    place = Distinct()
    try:
        with (
            source,
            tarfile.open(
                fileobj=_Metered(source, budget.take),
                mode="r|",
                encoding="utf-8",
                errors="surrogateescape",
            ) as archive,
        ):
            for info in archive:
                if info.isdir():
                    continue
                budget.take_member()
                raw = info.name.encode("utf-8", "surrogateescape")
                path = place(inner_path(decode_name(raw)))
                yield _tar_member(archive, info, path, wanted(path))
    except (tarfile.TarError, *DAMAGE) as error:
        raise UnreadableFile(_DAMAGED) from error


def _tar_member(
    archive: tarfile.TarFile, info: tarfile.TarInfo, path: PurePosixPath, wanted: bool
) -> Member:
    if not wanted:
        return Member(path)
    if not info.isreg() or info.issparse():
        return Member(path, reason="在压缩包里不是普通文件（是链接或设备），没有读")
    try:
        check_size(path.suffix.lower(), info.size)
    except UnreadableFile as error:
        return Member(path, reason=str(error))
    file = archive.extractfile(info)
    return Member(path, file.read() if file else b"")
