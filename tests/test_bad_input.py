import json
import os
import socket
import subprocess
import sys
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from index import BuildReport, build, open_index

MB = 2**20
PATHS = os.pathsep.join(map(str, (Path(__file__).parents[1], Path(__file__).parent)))
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


BUILD = """
import json, resource, sys
from dataclasses import asdict
import stub_embedder
from index import build, open_index
from rag import Retriever
for module in stub_embedder.modules_that_load():
    module.load_embedder = lambda name="bundled": stub_embedder.StubEmbedder()
report = build(sys.argv[1], sys.argv[2])
found = Retriever(open_index(sys.argv[2])).search("新建公园几座", top_k=1)[0].chunk.path
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([asdict(report), found, peak]))
"""


def long_pdf(pages: int, **options: object) -> bytes:
    file = BytesIO()
    canvas = Canvas(file, **options)
    for number in range(1, pages + 1):
        canvas.drawString(
            90, 700, f"Page {number} of a long report says that {number} km were built."
        )
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def sheet_of_empty_rows(rows: int) -> bytes:
    file = BytesIO()
    book = openpyxl.Workbook()
    for row in (["地区", "户数"], ["青川县", 35]):
        book.active.append(row)
    book.save(file)
    empty = "".join(f'<row r="{number}"><c r="A{number}"/></row>' for number in range(3, rows))
    part = "xl/worksheets/sheet1.xml"
    with ZipFile(file) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    last = f'{empty}<row r="{rows}"><c r="B{rows}"><v>7</v></c></row></sheetData>'.encode()
    return zipped(
        *((name, data.replace(b"</sheetData>", last) if name == part else data)
          for name, data in parts)
    )  # fmt: skip


@on_posix
def test_everything_bad_in_one_build(tmp_path: Path) -> None:
    whole = long_pdf(3)
    bomb = zipped(("bomb.txt", b"0" * (40 * MB)))
    corpus = corpus_of(
        tmp_path,
        {
            "加密.pdf": long_pdf(1, encrypt=StandardEncryption("user", "owner")),
            "截断.pdf": whole[: len(whole) // 2],
            "截断.xlsx": sheet_of_empty_rows(9)[:2000],
            "空.docx": b"",
            "空白.txt": b" \n\n",
            "五百页.pdf": long_pdf(500),
            "其实是文字.docx": "全县造林两千亩。".encode(),
            "其实是表格.pdf": sheet_of_empty_rows(9),
            "炸弹.zip": bomb,
            "炸弹.docx": zipped(
                ("[Content_Types].xml", b""), ("word/document.xml", b"<a>" * 10**7)
            ),
            "大.txt": b"",
            "空行.xlsx": sheet_of_empty_rows(100_000),
            "乱码.csv": bytes(range(128, 256)) * 40,
            "旧.wps": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"),
        },
    )
    os.truncate(corpus / "大.txt", 200 * MB)
    raw = os.fsdecode("青川县年报.txt".encode("gbk"))
    (corpus / raw).write_text("全县建校六所。", encoding="utf-8")
    (tmp_path / "外.txt").write_text("外面的报告。", encoding="utf-8")
    (corpus / "外链.txt").symlink_to(tmp_path / "外.txt")
    ran = subprocess.run(
        [sys.executable, "-c", BUILD, corpus, tmp_path / "index"],
        capture_output=True, check=True, text=True, env={**os.environ, "PYTHONPATH": PATHS},
    )  # fmt: skip
    report, found, peak = json.loads(ran.stdout)
    assert {failure["path"]: failure["reason"] for failure in report["failed"]} == {
        "乱码.csv": "既不是 UTF-8 也不是 GB18030、Big5 或 UTF-16 编码的文本，或者损坏过多，请另存为 UTF-8 后重试",
        "加密.pdf": "PDF 设了打开密码，请另存为不加密的文件再放进来",
        "大.txt": "文件有 200 MB，超过文本文件的上限 50 MB，请拆分成几个文件后重试",
        "截断.pdf": "不是完整的 PDF 文件，打不开，请重新下载或导出",
        "截断.xlsx": "文件已损坏或不完整，不能作为 .xlsx 打开，请重新下载或另存后重试",
        "旧.wps": "不能直接读取 WPS 文字 文件，请另存为 .docx 或 .pdf 后重试",
        "炸弹.docx": "内容不是 Word 文档，请用 Word 或 WPS 打开后另存为 .docx 再重试",
        "炸弹.zip/bomb.txt": "解压后超过原大小的 200 倍，可能是压缩炸弹，没有读",
        "空.docx": "文件是空的（0 字节），没有文字",
        "空白.txt": "文件里没有文字",
    }
    assert sorted(report["added"]) == sorted(
        ["好.txt", "五百页.pdf", "其实是文字.docx", "其实是表格.pdf", "空行.xlsx", "青川县年报.txt"]
    )
    assert report["ignored"] == ["外链.txt"]
    assert found == "好.txt"
    assert peak * (1 if sys.platform == "darwin" else 1024) < 2 * 2**30


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
