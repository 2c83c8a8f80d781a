import json
import os
import socket
import sys
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from index import BuildReport, build, open_index

MB = 2**20
GOOD = {"好.txt": "全县新建公园七座。".encode()}
as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
on_posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files")


def zipped(*files: tuple[str, bytes]) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return file.getvalue()


def corpus_of(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in (GOOD | files).items():
        path = folder / "corpus" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder / "corpus"


def failures(report: BuildReport) -> dict[str, str]:
    return {failure.path: failure.reason for failure in report.failed}


def test_each_bad_file_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    bomb = zipped(("bomb.bin", b"0" * (20 * MB)))
    corpus = corpus_of(
        tmp_path,
        {
            "空.txt": b"",
            "空白.md": b" \n\t\n",
            "其实是文字.pdf": "全县造林两千亩。".encode(),
            "其实是网页.xls": "<html><body><p>全县修路三十公里。</p></body></html>".encode(),
            "没有后缀名": "全县建桥五座。".encode("gbk"),
            "旧.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"),
            "包.7z": b"7z\xbc\xaf\x27\x1c\0\4",
            "断.zip": zipped(("a.txt", b"a" * 999))[:-30],
            "炸弹.zip": zipped(("b.zip", bomb), ("c.txt", "全县通车一条。".encode())),
            "x.pdf/y.txt": "全县引水两处。".encode(),
        },
    )
    report = build(corpus, tmp_path / "index")
    assert sorted(report.added) == sorted(
        [
            "好.txt",
            "其实是文字.pdf",
            "其实是网页.xls",
            "没有后缀名",
            "炸弹.zip/c.txt",
            "x.pdf/y.txt",
        ]
    )
    assert failures(report) == {
        "空.txt": "文件是空的（0 字节），没有文字",
        "空白.md": "文件里没有文字",
        "旧.doc": "不能直接读取 旧版 Word 文件，请另存为 .docx 或 .pdf 后重试",
        "包.7z": "不能直接读取 .7z 压缩包，请先解压，或改为 .zip 后重试",
        "断.zip": "压缩包已损坏或不完整，请重新下载后重试",
        "炸弹.zip/b.zip/bomb.bin": "解压后超过原大小的 200 倍，可能是压缩炸弹，没有读",
    }


def test_a_text_too_large_is_not_read_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = corpus_of(tmp_path, {"大.txt": b""})
    os.truncate(corpus / "大.txt", 200 * MB)
    whole = Path.read_bytes
    read: list[str] = []
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.append(path.name) or whole(path))
    report = build(corpus, tmp_path / "index")
    assert failures(report) == {
        "大.txt": "文件有 200 MB，超过文本文件的上限 50 MB，请拆分成几个文件后重试"
    }
    assert read == ["好.txt"]


@on_posix
def test_what_is_no_file_is_named_and_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = corpus_of(tmp_path, {})
    os.mkfifo(corpus / "管道.txt")
    monkeypatch.chdir(corpus)  # the path of a socket may have a hundred bytes only
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("插口.txt")
        report = build(corpus, tmp_path / "index")
    reason = "不是普通文件（是管道、套接字或设备），没有读"
    assert failures(report) == {"管道.txt": reason, "插口.txt": reason}


@on_posix
def test_links_are_named_and_not_followed(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, {"夹/内.txt": "全县修渠九条。".encode()})
    (tmp_path / "外.txt").write_text("外面的报告。", encoding="utf-8")
    (corpus / "外链.txt").symlink_to(tmp_path / "外.txt")
    (corpus / "断链.txt").symlink_to(tmp_path / "没有.txt")
    (corpus / "夹" / "回环").symlink_to(corpus)
    (corpus / "自链.txt").symlink_to(corpus / "自链.txt")
    report = build(corpus, tmp_path / "index")
    assert sorted(report.ignored) == sorted(["外链.txt", "断链.txt", "夹/回环", "自链.txt"])
    assert sorted(report.added) == sorted(["好.txt", "夹/内.txt"])
    assert report.failed == []


@on_posix
def test_names_in_other_encodings_are_stored_and_shown(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, {"两\n行.txt": "全县挖井四眼。".encode()})
    raw = os.fsdecode("年报/青川县年报.txt".encode("gbk"))
    (corpus / raw).parent.mkdir()
    (corpus / raw).write_text("全县建校六所。", encoding="utf-8")
    (corpus / os.fsdecode("坏".encode("gbk") + b".pdf")).write_bytes(b"\0\1")
    (corpus / "年报").mkdir()
    (corpus / "年报" / "青川县年报.txt").write_text("全县建校八所。", encoding="utf-8")
    report = build(corpus, tmp_path / "index")
    assert sorted(report.added) == sorted(
        ["好.txt", "两 行.txt", "年报/青川县年报.txt", "年报/青川县年报 (2).txt"]
    )
    assert list(failures(report)) == ["坏.pdf"]
    json.dumps(asdict(report), ensure_ascii=False).encode()
    paths = {open_index(tmp_path / "index").document(e.id).path for e in open_index(tmp_path / "index").documents}  # fmt: skip
    assert paths == set(report.added)
    assert len(build(corpus, tmp_path / "index").unchanged) == 4


@on_posix
def test_very_deep_folders_are_named(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, {})
    here = os.open(corpus, os.O_RDONLY)
    for _ in range(60):  # 6 kB of path, more than the system opens at once
        os.mkdir("d" * 100, dir_fd=here)
        below = os.open("d" * 100, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    report = build(corpus, tmp_path / "index")
    ((path, reason),) = failures(report).items()
    assert path.startswith("d" * 100 + "/")
    assert reason == "文件夹打不开（路径太长）"
    assert report.added == ["好.txt"]


@as_user
@on_posix
def test_what_may_not_be_read_is_named(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, {"密.txt": b"x", "密夹/a.txt": b"x"})
    (corpus / "密.txt").chmod(0)
    (corpus / "密夹").chmod(0)
    try:
        report = build(corpus, tmp_path / "index")
    finally:
        (corpus / "密夹").chmod(0o700)
    assert failures(report) == {
        "密.txt": "无法读取（没有权限）",
        "密夹": "文件夹打不开（没有权限）",
    }


def test_files_in_archives_are_updated_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = [
        ("2021年.txt", "全县造林一千亩。".encode()),
        ("2022年.txt", "全县造林两千亩。".encode()),
        ("2022年.txt.meta.json", '{"title": "造林报告"}'.encode()),
        ("没有.txt.meta.json", b"{}"),
        (".DS_Store", b"x"),
        ("__MACOSX/._2021年.txt", b"x"),
    ]
    corpus = corpus_of(tmp_path, {"年报.zip": zipped(*first)})
    report = build(corpus, tmp_path / "index")
    assert report.added == ["好.txt", "年报.zip/2021年.txt", "年报.zip/2022年.txt"]
    assert report.ignored == ["年报.zip/.DS_Store", "年报.zip/__MACOSX/._2021年.txt"]
    assert failures(report) == {"年报.zip/没有.txt.meta.json": "旁边没有它所说明的报告"}
    titles = {entry.path: entry.title for entry in open_index(tmp_path / "index").documents}
    assert titles["年报.zip/2022年.txt"] == "造林报告"

    second = [first[0], ("2023年.txt", "全县造林三千亩。".encode())]
    corpus_of(tmp_path, {"年报.zip": zipped(*second)})
    read: list[str] = []
    module = sys.modules["index.corpus"]
    original = module.load
    monkeypatch.setattr(
        module, "load", lambda path, *rest: read.append(path.as_posix()) or original(path, *rest)
    )
    report = build(corpus, tmp_path / "index")
    assert read == report.added == ["年报.zip/2023年.txt"]
    assert report.unchanged == ["好.txt", "年报.zip/2021年.txt"]
    assert report.removed == ["年报.zip/2022年.txt"]
