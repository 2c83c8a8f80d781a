import os
import tarfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import PurePosixPath
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest

from index.errors import UnreadableFile
from index.load.archive import members
from index.load.name import Distinct, decode_name, inner_path, shown_path

MB = 2**20
ZEROS = b"0" * (60 * MB)


def zipped(*files: tuple[str, bytes], method: int = ZIP_DEFLATED) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return file.getvalue()


def tarred(*files: tuple[str, bytes], mode: str = "w:gz", encoding: str = "utf-8") -> bytes:
    file = BytesIO()
    with tarfile.open(
        fileobj=file, mode=mode, format=tarfile.GNU_FORMAT, encoding=encoding
    ) as archive:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, BytesIO(data))
    return file.getvalue()


def read(data: bytes) -> dict[str, bytes | str | None]:
    """The bytes of each file in an archive, or why it cannot be read."""
    return {
        member.path.as_posix(): member.reason or member.data
        for member in members(data, lambda path: True)
    }


def with_raw_names(names: Iterable[bytes]) -> bytes:
    """A ZIP file whose names are these bytes, not said to be UTF-8."""
    given = {f"{i:04d}".ljust(len(name), "x"): name for i, name in enumerate(names)}
    data = zipped(*((stand_in, b"x") for stand_in in given))
    for stand_in, name in given.items():
        data = data.replace(stand_in.encode(), name)
    return data


def test_files_are_read_with_their_paths() -> None:
    files = {"年报/2021.txt": b"a", "年报/2022.txt": b"b", "c.txt": b""}
    assert read(zipped(*files.items())) == files
    for mode in ("w", "w:gz", "w:bz2", "w:xz"):
        assert read(tarred(*files.items(), mode=mode)) == files


def test_chinese_names_are_read_in_the_encoding_they_were_written_in() -> None:
    names = ["年报/青川县2021年.txt", "报告昞.txt", "毛毛毛.md", "plain.txt"]
    assert list(read(with_raw_names(name.encode("gbk") for name in names))) == names
    assert list(read(with_raw_names(name.encode() for name in names))) == names
    assert list(read(zipped(*((name, b"x") for name in names)))) == names
    assert list(read(tarred((names[0], b"x"), encoding="gbk"))) == names[:1]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\报告\\a.txt", "报告/a.txt"),
        ("a/./b//c.txt", "a/b/c.txt"),
        ("a\nb.txt", "a b.txt"),
        ("..", "未命名"),
    ],
)
def test_no_path_leads_out_of_an_archive(name: str, path: str) -> None:
    assert inner_path(name) == PurePosixPath(path)


def test_files_of_one_name_are_told_apart() -> None:
    assert read(zipped(("a.txt", b"1"), ("/a.txt", b"2"), ("../a.txt", b"3"))) == {
        "a.txt": b"1",
        "a (2).txt": b"2",
        "a (3).txt": b"3",
    }
    place = Distinct()
    paths = ["a.txt", "a (2).txt", "a.txt"]
    assert [place(PurePosixPath(path)).name for path in paths] == [
        "a.txt",
        "a (2).txt",
        "a (3).txt",
    ]


def test_archives_in_archives_are_read_to_the_second_level() -> None:
    third = zipped(("c.txt", b"c"))
    second = tarred(("b.txt", b"b"), ("三.zip", third))
    assert read(zipped(("二.tar.gz", second), ("a.txt", b"a"))) == {
        "二.tar.gz/b.txt": b"b",
        "二.tar.gz/三.zip": "压缩包嵌套超过两层，请先解压",
        "a.txt": b"a",
    }


def test_what_is_not_wanted_is_not_unpacked() -> None:
    data = zipped(("a.txt", b"a"), ("__MACOSX/._a.txt", ZEROS))
    found = list(members(data, lambda path: path.name == "a.txt"))
    assert [(member.path.name, member.data) for member in found] == [
        ("a.txt", b"a"),
        ("._a.txt", None),
    ]


def test_a_bomb_is_named_and_the_others_are_read() -> None:
    bomb = zipped(("bomb.bin", ZEROS))
    assert len(bomb) < MB
    reason = "解压后超过原大小的 200 倍，可能是压缩炸弹，没有读"
    expected = {"bomb.bin": reason, "a.txt": b"a"}
    assert read(zipped(("bomb.bin", ZEROS), ("a.txt", b"a"))) == expected
    assert read(zipped(("b.zip", bomb), ("a.txt", b"a"))) == {
        "b.zip/bomb.bin": reason,
        "a.txt": b"a",
    }


def test_a_text_too_large_is_named_and_the_others_are_read() -> None:
    reason = "文件有 51 MB，超过文本文件的上限 50 MB，请拆分成几个文件后重试"
    files = (("大.txt", ZEROS[: 51 * MB]), ("a.txt", b"a"))
    assert read(zipped(*files, method=ZIP_STORED)) == {"大.txt": reason, "a.txt": b"a"}
    assert read(tarred(*files, mode="w")) == {"大.txt": reason, "a.txt": b"a"}


def test_all_files_together_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.load.archive._MOST_BYTES", 3 * MB)
    reason = "压缩包解压后超过 1 GB，没有读到这里，请解压后重试"
    piece = os.urandom(MB)
    files = [(f"{i}.bin", piece) for i in range(3)]
    found = read(zipped(*files, ("4.bin", piece), ("5.bin", b"x")))
    assert found == {**dict(files), "4.bin": reason, "5.bin": reason}
    with pytest.raises(UnreadableFile, match="超过 1 GB"):
        read(tarred(*files, mode="w"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (zipped(("a.txt", b"a"))[:-30], "已损坏或不完整"),
        (b"PK\x03\x04" + bytes(100), "已损坏或不完整"),
        (zipped(), "没有文件"),
        (zipped(*((f"{i}.txt", b"") for i in range(10_001))), "超过 10000 个文件"),
        (tarred(("a.txt", os.urandom(9000)))[:5000], "已损坏或不完整"),
    ],
)
def test_an_archive_that_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        read(data)


def test_a_damaged_or_locked_member_is_named() -> None:
    good = zipped(("a.txt", b"text " * 99), ("b.txt", b"b"))
    damaged = bytearray(good)
    damaged[40:44] = b"\xff\xff\xff\xff"
    assert read(bytes(damaged)) == {
        "a.txt": "在压缩包里已损坏，请重新下载后重试",
        "b.txt": b"b",
    }
    locked = bytearray(good)
    locked[good.find(b"PK\x01\x02") + 8] |= 1
    assert read(bytes(locked)) == {"a.txt": "压缩包设有密码，请解压后重试", "b.txt": b"b"}
    other = zipped(("a.txt", b"a"), method=ZIP_BZIP2)
    assert read(other) == {"a.txt": "压缩方法（12）不支持，请解压后重试"}


def test_links_in_a_tar_archive_are_not_followed() -> None:
    file = BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        link = tarfile.TarInfo("a.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert read(file.getvalue()) == {"a.txt": "在压缩包里不是普通文件（是链接或设备），没有读"}


def test_names_on_disk_are_shown_in_unicode_and_one_line() -> None:
    raw = os.fsdecode("青川县年报.txt".encode("gbk"))
    assert shown_path(PurePosixPath("报告", raw)) == PurePosixPath("报告/青川县年报.txt")
    assert shown_path(PurePosixPath("a\nb.txt")) == PurePosixPath("a b.txt")
    assert decode_name(b"\xff\xfe") == "\ufffd\ufffd"
