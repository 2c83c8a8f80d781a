import gzip
import tarfile
from io import BytesIO
from pathlib import PurePosixPath
from zipfile import ZipFile

import pytest

from index.errors import UnreadableFile
from index.load.kind import check_size, suffix_of

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def zipped(*names: str, mimetype: str = "") -> bytes:
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype)
        for name in names:
            archive.writestr(name, "x")
    return file.getvalue()


def tarred(mode: str) -> bytes:
    file = BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
    return file.getvalue()


def ole(stream: str) -> bytes:
    return OLE + stream.encode("utf-16-le")


TYPES = "[Content_Types].xml"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
PAGE = "\ufeff<!-- 存档 -->\n<!DOCTYPE html><html><body>表</body></html>"
MHT = b"From: <Saved>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\tboundary=X\r\n\r\n"


@pytest.mark.parametrize(
    ("name", "data", "suffix"),
    [
        ("报告.txt", "正文".encode(), ".txt"),
        ("报告.TEXT", "正文".encode("gbk"), ".txt"),
        ("报告.markdown", b"# a", ".md"),
        ("报告.htm", b"<p>a", ".html"),
        ("报告", "没有后缀名的正文".encode(), ".txt"),
        ("报告", "正文".encode("utf-16"), ".txt"),
        ("报告.log", b"abc", ".log"),
        ("报告.txt", b"%PDF-1.7\n", ".pdf"),
        ("报告", b"%PDF-1.7\n", ".pdf"),
        ("报告.pdf", "其实是文字".encode(), ".txt"),
        ("报告.pdf", b"\0\1\2", ".pdf"),
        ("说明.md", b"mentions %PDF-1.7", ".md"),
        ("图.pdf", PNG, ".png"),
        ("图.jpeg", b"\xff\xd8\xff\xe0", ".jpeg"),
        ("图.txt", b"\xff\xd8\xff\xe0", ".jpg"),
        ("图.tiff", b"II*\0", ".tiff"),
        ("图", b"RIFF\0\0\0\0WEBPVP8 ", ".webp"),
        ("图", b"BM\x0a\0\0\0\0\0\0\0", ".bmp"),
        ("表.xls", PAGE.encode(), ".html"),
        ("表.xls", b"<style>td{}</style><table><tr><td>1</td></tr></table>", ".html"),
        ("文.doc", PAGE.encode(), ".html"),
        ("文.txt", PAGE.encode(), ".html"),
        ("文.jsp", b"<?xml version='1.0'?>\n<html>", ".html"),
        ("文.md", b"<html> is an element", ".md"),
        ("文.doc", MHT, ".mht"),
        ("表.xls", "甲\t乙\n1\t2\n".encode("gbk"), ".csv"),
        ("表.xls", "没有列的文字".encode("gbk"), ".txt"),
        ("表.xlsx", ole("Workbook"), ".xls"),
        ("表.et", ole("Workbook"), ".xls"),
        ("表.xls", ole("Workbook") + ole("WordDocument"), ".xls"),
        ("文.xls", b"<!---->" * 500 + b"<p>", ".txt"),
        ("文.zip", zipped(TYPES, "word/document.xml"), ".docx"),
        ("文.doc", zipped(TYPES, "word/document.xml"), ".docx"),
        ("表", zipped(TYPES, "xl/workbook.xml"), ".xlsx"),
        ("表.xlsx", zipped(TYPES, "xl/workbook.bin"), ".xlsb"),
        ("片.ppt", zipped(TYPES, "ppt/presentation.xml"), ".pptx"),
        ("书.zip", zipped(mimetype="application/epub+zip"), ".epub"),
        ("表", zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet"), ".ods"),
        ("包.zip", zipped("word/a.txt"), ".zip"),
        ("包.rar", zipped("a.txt"), ".zip"),
        ("包.pdf", zipped("a.txt"), ".zip"),
        ("包.zip", zipped("a.txt")[:-9], ".zip"),
        ("文.docx", zipped("a.txt"), ".docx"),
        ("文.docx", zipped(TYPES, "word/document.xml")[:-9], ".docx"),
        ("包.jar", zipped("a.class"), ".jar"),
        ("包.tar", tarred("w"), ".tar"),
        ("包.tar.gz", tarred("w:gz"), ".tar"),
        ("包.tgz", tarred("w:gz"), ".tar"),
        ("包.tar.bz2", tarred("w:bz2"), ".tar"),
        ("包.tar.xz", tarred("w:xz"), ".tar"),
    ],
)
def test_content_tells_what_a_file_is(name: str, data: bytes, suffix: str) -> None:
    assert suffix_of(PurePosixPath(name), data) == suffix


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("空.pdf", b"", "没有文字"),
        ("文.doc", ole("WordDocument"), "不能直接读取 旧版 Word 文件，请另存为 .docx 或 .pdf 后重试"),
        ("文.docx", ole("WordDocument"), "旧版 Word"),
        ("文.wps", ole("WordDocument"), "WPS 文字"),
        ("片.ppt", ole("PowerPoint Document"), "另存为 .pptx 或 .pdf"),
        ("文.docx", ole("EncryptedPackage"), "打开密码"),
        ("文.doc", rb"{\rtf1\ansi", "RTF"),
        ("文.doc", b"\0\1\2", "旧版 Word"),
        ("文", zipped(mimetype="application/vnd.oasis.opendocument.text"), "OpenDocument"),
        ("文.zip", zipped("OFD.xml"), "OFD"),
        ("表.xls", b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>', "XML 格式的"),
        ("函.eml", b"From: a@b.cn", "电子邮件"),
        ("函.msg", ole("__substg1.0"), "电子邮件 文件，请另存为 .html 或 .pdf"),
        ("文.caj", b"CAJ\0", "CAJ 文件，请另存为 .pdf"),
        ("文.pages", zipped("Index.zip"), "Pages"),
        ("包.7z", b"7z\xbc\xaf\x27\x1c\0", "先解压"),
        ("包.zip", b"Rar!\x1a\x07\1\0", "不能直接读取 .rar 压缩包"),
        ("日志.txt.gz", gzip.compress(b"abc"), "不能直接读取 .gz 压缩包"),
    ],
)  # fmt: skip
def test_what_another_program_must_convert_says_so(name: str, data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        suffix_of(PurePosixPath(name), data)


def test_what_is_too_large_says_the_limit() -> None:
    check_size(".txt", 50 * 2**20)
    check_size(".pdf", 512 * 2**20)
    with pytest.raises(UnreadableFile, match="有 200 MB，超过文本文件的上限 50 MB，请拆分"):
        check_size(".txt", 200 * 2**20)
    with pytest.raises(UnreadableFile, match="超过文件的上限 512 MB"):
        check_size(".pdf", 513 * 2**20)
