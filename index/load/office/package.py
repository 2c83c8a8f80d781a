"""Office files as archives of parts: what is damaged, something else or unpacks to too much is
refused before a part is read."""

from __future__ import annotations

import posixpath
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import BadZipFile, LargeZipFile, ZipFile

from index.errors import UnreadableFile

if TYPE_CHECKING:
    from lxml.etree import _Element

# The most that the parts of a file may come to, unpacked, in bytes: all parts, and those that are
# read into memory as a tree, which takes some twenty times their size.
_MOST, _MOST_XML = 512 * 2**20, 64 * 2**20

# The strict variant of the formats names its elements otherwise.
_STRICT = (
    (b"http://purl.oclc.org/ooxml/officeDocument/", b"officeDocument/2006/"),
    (b"http://purl.oclc.org/ooxml/wordprocessingml/", b"wordprocessingml/2006/"),
    (b"http://purl.oclc.org/ooxml/drawingml/", b"drawingml/2006/"),
)


@dataclass(frozen=True, slots=True)
class Package:
    """The parts of an Office file, by name (`word/document.xml`)."""

    archive: ZipFile
    names: frozenset[str]
    kind: str

    @classmethod
    def open(cls, data: bytes, kind: str, tree: bool = True) -> Package:
        """Return the package in `data`, a `kind` (`.docx`) file; with `tree` its parts are to be
        read into memory as trees.

        Every part has been unpacked once, so that its check sum and its size are as stated. Raises
        UnreadableFile if the file is damaged, something else, or too large.
        """
        if not data.startswith(b"PK"):
            message = f"内容不是 {kind} 文件，请用 Office 或 WPS 打开后另存为 {kind} 再重试"
            raise UnreadableFile(message)
        archive = _checked(data, kind, tree)
        return cls(archive, frozenset(archive.namelist()), kind)

    def damaged(self) -> UnreadableFile:
        return _damaged(self.kind)

    def tree(self, name: str) -> _Element:
        """Return the root of an XML part. Raises UnreadableFile if there is no such part, it is not
        XML, or it defines entities."""
        from lxml import etree

        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
        )
        try:
            data = self.archive.read(name)
            for strict, usual in _STRICT:
                data = data.replace(strict, b"http://schemas.openxmlformats.org/" + usual)
            root = etree.fromstring(data, parser)
        except (KeyError, etree.XMLSyntaxError) as error:
            raise self.damaged() from error
        # The format knows no entities of a document's own.
        if root.getroottree().docinfo.internalDTD is not None:
            raise self.damaged()
        return root

    def elements(self, name: str, *tags: str) -> Iterator[_Element]:
        """Yield the elements with one of the tags in an XML part, each once it is complete. It is
        emptied before the next one, so that a part of any size can be read."""
        from lxml import etree

        try:
            with self.archive.open(name) as file:
                events = etree.iterparse(
                    file, tag=tags, resolve_entities=False, no_network=True, remove_comments=True
                )
                for _, element in events:
                    yield element
                    element.clear(keep_tail=True)
                    while element.getprevious() is not None:
                        del element.getparent()[0]
        except (KeyError, etree.XMLSyntaxError) as error:
            raise self.damaged() from error

    def related(self, name: str = "") -> dict[str, tuple[str, str]]:
        """Return what the part `name`, or the package, relates to: by relation id its kind
        (`footnotes`, `image`) and the name of the part. Parts that are not there are left out."""
        folder, file = posixpath.split(name)
        path = posixpath.join(folder, "_rels", f"{file}.rels")
        if path not in self.names:
            return {}
        found = {}
        for relation in self.tree(path):
            kind = relation.get("Type", "").rpartition("/")[2]
            target = posixpath.join("/", folder, relation.get("Target", ""))
            part = posixpath.normpath(target).lstrip("/")
            if part in self.names:
                found[relation.get("Id", "")] = (kind, part)
        return found

    def part(self, kind: str, name: str = "") -> str:
        """Return the name of the part of a kind that the part `name` relates to, else ""."""
        return next((part for found, part in self.related(name).values() if found == kind), "")


def whole(text: str | None, usual: int = 0) -> int:
    """Return the whole number that an attribute states, `usual` where it states none."""
    return int(text) if text and re.fullmatch(r"-?\d{1,18}", text) else usual


def _checked(data: bytes, kind: str, tree: bool) -> ZipFile:
    try:
        archive = ZipFile(BytesIO(data))
        sizes = {member.filename: member.file_size for member in archive.infolist()}
        xml = sum(size for name, size in sizes.items() if name.endswith((".xml", ".rels")))
        for size, most in ((sum(sizes.values()), _MOST), (xml if tree else 0, _MOST_XML)):
            if size > most:
                message = (
                    f"文件解压后有 {size >> 20} MB，超过 {most >> 20} MB，没有读；请拆分后重试"
                )
                raise UnreadableFile(message)
        broken = archive.testzip()
    # A part that is locked or packed in an unknown way raises RuntimeError or its child
    # NotImplementedError, one at an impossible place ValueError.
    except (
        BadZipFile,
        LargeZipFile,
        zlib.error,
        EOFError,
        OSError,
        RuntimeError,
        ValueError,
    ) as error:
        raise _damaged(kind) from error
    if broken:
        raise _damaged(kind)
    return archive


def _damaged(kind: str) -> UnreadableFile:
    return UnreadableFile(f"文件已损坏或不完整，不能作为 {kind} 打开，请重新下载或另存后重试")
