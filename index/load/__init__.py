"""Files to documents: one loader a format, chosen by what the file is."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from index.errors import UnreadableFile
from index.headings import find_headings
from index.load.content import PAGE_BREAK, Block, Content
from index.load.kind import ARCHIVES, suffix_of
from index.load.metadata import Stated, describe
from index.load.pdf.loader import load_pdf
from index.load.scan.image import load_image
from index.load.sheet.delimited import load_delimited
from index.load.sheet.workbook import load_sheet
from index.load.slides.pptx import load_pptx
from index.load.text.markdown import load_markdown
from index.load.text.plain import load_text
from index.load.web.epub import load_epub
from index.load.web.html import load_html, load_mhtml
from index.load.word.docx import load_docx
from index.repair import CONTENTS, REPAIRS_OF_CHARACTERS, REPAIRS_OF_LINES, Repair, squeeze_blank
from index.repair.contents import remove_contents
from index.repair.damage import describe_damage
from index.types import Document, Heading

PagesRead = Callable[[int, int], None]

_LOADERS: dict[str, Callable[[bytes], Content]] = {
    ".txt": load_text,
    ".md": load_markdown,
    ".docx": load_docx,
    ".pptx": load_pptx,
    ".xlsx": load_sheet,
    ".xlsm": load_sheet,
    ".xls": load_sheet,
    ".xlsb": load_sheet,
    ".ods": load_sheet,
    ".csv": load_delimited,
    ".tsv": load_delimited,
    ".html": load_html,
    ".mht": load_mhtml,
    ".epub": load_epub,
}
# Formats that may need OCR, which is slow: they report each page as (done, total).
_PAGE_LOADERS: dict[str, Callable[[bytes, PagesRead], Content]] = {
    ".pdf": load_pdf,
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"), load_image),
}

# Suffixes of what can be read, as `suffix_of` gives them.
READABLE = frozenset({*_LOADERS, *_PAGE_LOADERS, *ARCHIVES})


def document_id(data: bytes, stated: bytes = b"") -> str:
    """Return the id of the file with these bytes and those of its side file: 128 bits of SHA-256,
    in hexadecimal."""
    return hashlib.sha256(data + stated).hexdigest()[:32]


def load(
    path: PurePosixPath,
    data: bytes,
    side_file: bytes = b"",
    pages_read: PagesRead = lambda done, total: None,
) -> Document:
    """Return the cleaned document of the file at `path`, whose bytes are `data`.

    `side_file` is JSON that overrides what the file says of itself. `pages_read(done, total)` is
    called while pages are read by OCR. Raises UnreadableFile, with the reason, if the file or its
    side file cannot be read.
    """
    stated = Stated.read(side_file)
    suffix = suffix_of(path, data)
    if suffix in _PAGE_LOADERS:
        content = _PAGE_LOADERS[suffix](data, pages_read)
    elif suffix in _LOADERS:
        content = _LOADERS[suffix](data)
    else:
        known = "、".join([*_LOADERS, *_PAGE_LOADERS, *ARCHIVES])
        message = f"暂不支持 {suffix or '无后缀名的'} 文件（可读：{known}）"
        raise UnreadableFile(message)
    blocks, repairs = _clean(content.blocks)
    text, pages, marked = _join(blocks)
    if not text.strip():
        reason = "；".join(content.problems)
        message = "文件里没有文字" + (f"（{reason}）" if reason else "")
        raise UnreadableFile(message)
    (title, *_), _ = _clean((Block(content.title),))
    title, year, published, issuer = describe(
        path.stem, text, replace(content, title=title.text), stated
    )
    return Document(
        id=document_id(data, side_file),
        path=path.as_posix(),
        title=title,
        year=year,
        text=text,
        published=published,
        issuer=issuer,
        pages=pages,
        headings=find_headings(text, marked),
        repairs=tuple(repairs.items()),
        problems=(*content.problems, *filter(None, [describe_damage(text)])),
        encoding=content.encoding,
        scanned=content.scanned,
    )


def _clean(blocks: Sequence[Block]) -> tuple[list[Block], dict[str, int]]:
    """Return the repaired blocks and how many places were changed, by kind."""
    repairs = Counter[str]()
    texts = [squeeze_blank(block.text) for block in blocks]
    texts = [_repaired(text, REPAIRS_OF_CHARACTERS, repairs) for text in texts]
    texts, repairs[CONTENTS] = remove_contents(texts)
    texts = [_repaired(text, REPAIRS_OF_LINES, repairs) for text in texts]
    cleaned = [
        replace(block, text=text.replace("\n", "") if block.level else text)
        for block, text in zip(blocks, texts, strict=True)
    ]
    return cleaned, dict(+repairs)


def _repaired(text: str, steps: Sequence[tuple[str, Repair]], repairs: Counter[str]) -> str:
    """Return the text after some repairs, and count what they changed."""
    for kind, repair in steps:
        text, count = repair(text)
        repairs[kind] += count
    return text


def _join(blocks: list[Block]) -> tuple[str, tuple[int, ...], list[Heading]]:
    """Return the text of a document, the offsets at which its pages start, and its marked
    headings."""
    pieces: list[str] = []
    pages: list[int] = []
    headings: list[Heading] = []
    length = 0
    for block in blocks:
        parts = block.text.split(PAGE_BREAK)
        text = "".join(parts)
        if text and length:
            pieces.append("\n\n")
            length += 2
        start = length
        for part, _ in zip(parts, parts[1:], strict=False):
            length += len(part)
            pages.append(length)
        length = start + len(text)
        pieces.append(text)
        if block.level and text:
            headings.append(Heading(start, length, block.level))
    return "".join(pieces), tuple(pages), headings
