"""What a file is: by its content where this tells, else by its suffix."""

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
import re
import zipfile
import zlib
from io import BytesIO
from pathlib import PurePosixPath

from index.errors import UnreadableFile

# Other spellings of a suffix that a loader is listed under.
_SPELLINGS = {
    ".text": ".txt",
    ".markdown": ".md",
    ".htm": ".html",
    ".xhtml": ".html",
    ".shtml": ".html",
    ".mhtml": ".mht",
    ".tgz": ".tar",
    ".tbz2": ".tar",
    ".txz": ".tar",
}
ARCHIVES = (".zip", ".tar")

# Largest files, in bytes: of text, which is held in memory several times over, and of others.
_MIB = 2**20
_LARGEST_TEXT, _LARGEST = 50 * _MIB, 512 * _MIB
_TEXTS = frozenset({".txt", ".md", ".csv", ".tsv", ".json", ".html", ".mht"})
# What text may be looked for in: these bytes at the beginning.
_HEAD = 4096

_MAGIC = {
    b"\x89PNG\r\n\x1a\n": (".png",),
    b"\xff\xd8\xff": (".jpg", ".jpeg"),
    b"II*\0": (".tif", ".tiff"),
    b"MM\0*": (".tif", ".tiff"),
    b"%PDF-": (".pdf",),
    b"{\\rtf": (".rtf",),
    b"7z\xbc\xaf\x27\x1c": (".7z",),
    b"Rar!\x1a\x07": (".rar",),
}
# How a compressed tar archive is opened, by its first bytes.
COMPRESSIONS = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open}
# What the standard library raises where compressed bytes are damaged.
DAMAGE = (
    *(OSError, EOFError, ValueError, NotImplementedError),
    *(zlib.error, lzma.LZMAError, zipfile.BadZipFile),
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The streams of an OLE file by the suffix that they tell.
_STREAMS = {
    "EncryptedPackage": ".encrypted",
    "WordDocument": ".doc",
    "PowerPoint Document": ".ppt",
    "Workbook": ".xls",
    "Book": ".xls",
}
# The parts of a ZIP file by the suffix that they tell.
_PARTS = {
    "word/": ".docx",
    "xl/workbook.bin": ".xlsb",
    "xl/": ".xlsx",
    "ppt/": ".pptx",
    "OFD.xml": ".ofd",
}
_TYPES = frozenset({"[Content_Types].xml", "OFD.xml"})
# Formats of other programs that are ZIP files.
_OTHER_ZIPS = frozenset({".docx", ".xlsx", ".pptx", ".jar", ".apk", ".pages", ".numbers", ".key"})
_MIMETYPES = {
    b"application/epub+zip": ".epub",
    b"application/vnd.oasis.opendocument.spreadsheet": ".ods",
    b"application/vnd.oasis.opendocument.text": ".odt",
    b"application/vnd.oasis.opendocument.presentation": ".odp",
}

# Most entries of a ZIP file that are looked at, those of ZIP files stored in it counted too.
MOST_MEMBERS = 10_000
# The other methods unpack without a limit: a kilobyte of bzip2 may hold a gigabyte.
COMMON_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENTRY = b"PK\x01\x02"

_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_PAGE = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE)
# A table that a site serves as a spreadsheet may lack the head of a page.
_FRAGMENT = re.compile(rb"\s*<(?:table|style|meta|head|body|div)\b", re.IGNORECASE)
_MHTML = re.compile(rb"^mime-version:.*^content-type:\s*multipart/related", re.I | re.S | re.M)
_OFFICE_XML = re.compile(rb"<\?mso-application|urn:schemas-microsoft-com:office:spreadsheet")
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
# Suffixes of text in which the marks of a page mean nothing, and of files that are never text.
_SOURCES = frozenset({".md", ".csv", ".tsv", ".json"})
_SHEETS = frozenset({".xls", ".xlsx", ".xlsb", ".xlsm", ".ods", ".et"})
_NEVER_TEXT = _SHEETS | {".pdf", ".doc", ".docx", ".ppt", ".pptx", ".wps", ".dps", ".epub", ""}

_SAVE_AS = {
    ".doc": ("旧版 Word", ".docx 或 .pdf"),
    ".wps": ("WPS 文字", ".docx 或 .pdf"),
    ".ppt": ("旧版 PowerPoint", ".pptx 或 .pdf"),
    ".dps": ("WPS 演示", ".pptx 或 .pdf"),
    ".et": ("WPS 表格", ".xlsx"),
    ".rtf": ("RTF", ".docx 或 .pdf"),
    ".odt": ("OpenDocument 文本", ".docx 或 .pdf"),
    ".odp": ("OpenDocument 演示", ".pptx 或 .pdf"),
    ".ofd": ("OFD 版式", ".pdf"),
    ".eml": ("电子邮件", ".html 或 .pdf（附件另存）"),
    ".msg": ("电子邮件", ".html 或 .pdf（附件另存）"),
    ".caj": ("CAJ", ".pdf"),
    ".pages": ("Pages", ".docx 或 .pdf"),
    ".numbers": ("Numbers", ".xlsx"),
    ".key": ("Keynote", ".pptx 或 .pdf"),
    ".office.xml": ("XML 格式的 Office", ".docx 或 .xlsx"),
}
_UNPACK = frozenset({".7z", ".rar", ".gz", ".bz2", ".xz"})


def suffix_of(path: PurePosixPath, data: bytes) -> str:
    """Return the suffix, in small letters, under which the file's loader is listed.

    What the content tells comes before what the name says: an image named `.txt` is an image, a
    page named `.xls` a page, text without a suffix text. Archives are `.zip` or `.tar`.

    Raises UnreadableFile, with the way out, for a file that is empty, too large, protected by a
    password or of a format that another program has to convert.
    """
    if not data:
        message = "文件是空的（0 字节），没有文字"
        raise UnreadableFile(message)
    named = _suffix(path)
    suffix = _found(named, data)
    check_size(suffix, len(data))
    if suffix in _SAVE_AS:
        name, better = _SAVE_AS[suffix]
        message = f"不能直接读取 {name} 文件，请另存为 {better} 后重试"
        raise UnreadableFile(message)
    if suffix in _UNPACK:
        message = f"不能直接读取 {suffix} 压缩包，请先解压，或改为 .zip 后重试"
        raise UnreadableFile(message)
    if suffix == ".encrypted":
        message = "文件设有打开密码，请取消密码后重试"
        raise UnreadableFile(message)
    return suffix


def check_size(suffix: str, size: int) -> None:
    """Raise UnreadableFile where a file of a suffix is too large to be read, in bytes."""
    suffix = _SPELLINGS.get(suffix, suffix)
    largest = _LARGEST_TEXT if suffix in _TEXTS else _LARGEST
    if size > largest:
        kind = "文本文件" if suffix in _TEXTS else "文件"
        message = (
            f"文件有 {size / _MIB:,.0f} MB，超过{kind}的上限 {largest // _MIB} MB，"
            "请拆分成几个文件后重试"
        )
        raise UnreadableFile(message)


def _suffix(path: PurePosixPath) -> str:
    suffix = path.suffix.lower()
    return _SPELLINGS.get(suffix, suffix)


def _found(named: str, data: bytes) -> str:
    """Return what a file is; what its name says where the content does not tell."""
    if data.startswith(_ZIP):
        return _zip_suffix(named, data)
    if data.startswith(_OLE):
        return _ole_suffix(named, data)
    for magic, suffixes in _MAGIC.items():
        if data.startswith(magic):
            return named if named in suffixes else suffixes[0]
    head = data[:_HEAD]
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return ".webp"
    if head.startswith(b"BM") and int.from_bytes(head[2:6], "little") == len(data):
        return ".bmp"
    if _is_tar(data):
        return ".tar"
    return _text_suffix(named, head)


def _zip_suffix(named: str, data: bytes) -> str:
    if data.count(ENTRY) > MOST_MEMBERS:
        return ".zip"
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = archive.namelist()
            if "mimetype" in names and archive.getinfo("mimetype").compress_type in COMMON_METHODS:
                with archive.open("mimetype") as file:
                    return _MIMETYPES.get(file.read(_HEAD).strip(), named or ".zip")
    except (*DAMAGE, RuntimeError):
        return named or ".zip"
    for part, suffix in _PARTS.items():
        if any(name.startswith(part) for name in names) and _TYPES.intersection(names):
            return suffix
    return named if named in _OTHER_ZIPS else ".zip"


def _ole_suffix(named: str, data: bytes) -> str:
    found = [suffix for name, suffix in _STREAMS.items() if name.encode("utf-16-le") in data]
    # A sheet may hold a text and the other way round; WPS writes the same streams as Office.
    if not found or named in found or (found[0] in _SAVE_AS and named in _SAVE_AS):
        return named
    return found[0]


def _is_tar(data: bytes) -> bool:
    """True for a tar archive, compressed or not."""
    head = data[:_HEAD]
    for magic, opened in COMPRESSIONS.items():
        if data.startswith(magic):
            try:
                with opened(BytesIO(data)) as file:
                    head = file.read(_HEAD)
            except DAMAGE:
                return False
    return head[257:262] == b"ustar"


def _text_suffix(named: str, head: bytes) -> str:
    if _MHTML.search(head):
        return ".mht"
    if _OFFICE_XML.search(head):
        return ".office.xml"
    page = _PAGE.match(_COMMENT.sub(b"", head.removeprefix(codecs.BOM_UTF8)))
    if named not in _SOURCES and (page or (named in _NEVER_TEXT and _FRAGMENT.match(head))):
        return ".html"
    if named not in _NEVER_TEXT or not _is_text(head):
        return named
    first_line = head.partition(b"\n")[0]
    return ".csv" if named in _SHEETS and re.search(rb"[\t,]", first_line) else ".txt"


def _is_text(head: bytes) -> bool:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    for encoding in ("utf-8", "gb18030"):
        try:
            # The last character may be cut off.
            codecs.getincrementaldecoder(encoding)().decode(head)
        except UnicodeDecodeError:
            continue
        return not _BINARY.search(head)
    return False
