"""E-books (EPUB 2 and 3): the chapters in reading order."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import unquote
from zipfile import ZipFile

from index.errors import UnreadableFile
from index.load.archive import unpack
from index.load.content import Block, Content
from index.load.kind import DAMAGE
from index.load.web.element import blocks_of, decode_markup, drop_unseen, parse_html

if TYPE_CHECKING:
    from lxml.etree import _Element

_CONTAINER, _ENCRYPTION = "META-INF/container.xml", "META-INF/encryption.xml"
# In a book that is not locked, fonts may be masked in one of these ways.
_FONT_MASKS = {"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"}
_EVENT = "{http://www.idpf.org/2007/opf}event"
_CHAPTER = ("application/xhtml+xml", "text/html")


def load_epub(data: bytes) -> Content:
    """Return the text of a book; its title, author (else publisher) and date as it states them.

    Raises UnreadableFile if it is locked (DRM), damaged or no book.
    """
    try:
        with ZipFile(BytesIO(data)) as archive:
            return _content(archive)
    except DAMAGE as error:
        message = "电子书已损坏或不完整，请重新下载后重试"
        raise UnreadableFile(message) from error


def _content(archive: ZipFile) -> Content:
    names = set(archive.namelist())
    if _ENCRYPTION in names and _is_locked(_tree(archive, _ENCRYPTION)):
        message = "电子书有版权保护（DRM），读不出文字，请换用没有保护的版本"
        raise UnreadableFile(message)
    container = _tree(archive, _CONTAINER)
    package_name = next((e.get("full-path", "") for e in container.iter("{*}rootfile")), "")
    package = _tree(archive, package_name)
    blocks: list[Block] = []
    problems = []
    for href in _spine(package):
        name = posixpath.normpath(posixpath.join(posixpath.dirname(package_name), href))
        try:
            blocks += _chapter(_part(archive, name))
        except UnreadableFile as error:
            problems.append(f"章节 {href} 读不出来：{error}")
    return Content(
        tuple(blocks),
        title=_stated(package, "title"),
        date=_published(package),
        issuer=_stated(package, "creator") or _stated(package, "publisher"),
        problems=tuple(problems),
    )


def _part(archive: ZipFile, name: str) -> bytes:
    try:
        info = archive.getinfo(name)
    except KeyError as error:
        message = f"电子书里缺少 {name or 'OPF 文件'}，可能不完整，请重新下载"
        raise UnreadableFile(message) from error
    return unpack(archive, info, ".html")


def _tree(archive: ZipFile, name: str) -> _Element:
    from lxml import etree

    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(_part(archive, name), parser)
    except etree.XMLSyntaxError:
        root = None
    if root is None:
        message = f"电子书里的 {name} 不是 XML，可能已损坏，请重新下载"
        raise UnreadableFile(message)
    return root


def _is_locked(encryption: _Element) -> bool:
    methods = encryption.iterfind(".//{*}EncryptedData/{*}EncryptionMethod")
    return any(method.get("Algorithm") not in _FONT_MASKS for method in methods)


def _spine(package: _Element) -> Iterator[str]:
    """Yield the names of the chapters in reading order, without the table of contents."""
    items = {item.get("id"): item for item in package.iterfind("{*}manifest/{*}item")}
    for reference in package.iterfind("{*}spine/{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or "nav" in item.get("properties", "").split():
            continue
        if item.get("media-type") in _CHAPTER:
            yield unquote(item.get("href", ""))


def _chapter(data: bytes) -> list[Block]:
    text, _ = decode_markup(data)
    root = parse_html(text)
    drop_unseen(root)
    body = root.find("body")
    return blocks_of(root if body is None else body)


def _stated(package: _Element, name: str) -> str:
    """Return the first statement of a name in the package's metadata, else ""."""
    return next((" ".join(e.text.split()) for e in _metadata(package, name) if e.text), "")


def _published(package: _Element) -> str:
    """Return the date of publication; a package may also state those of creation and change."""
    dates = [e for e in _metadata(package, "date") if e.text]
    dates.sort(key=lambda date: date.get(_EVENT, "publication") != "publication")
    return dates[0].text.strip() if dates else ""


def _metadata(package: _Element, name: str) -> Iterator[_Element]:
    return package.iterfind(f"{{*}}metadata//{{http://purl.org/dc/elements/1.1/}}{name}")
