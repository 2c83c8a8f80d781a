"""Files to documents: one loader a format, chosen by suffix."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import PurePosixPath

from index.clean import join_broken_lines, remove_invisible, remove_pinyin_notes, squeeze_blank
from index.errors import UnreadableFile
from index.headings import find_headings
from index.load.content import Content
from index.load.markdown import load_markdown
from index.load.text import load_text
from index.types import Document, Heading

_LOADERS: dict[str, Callable[[PurePosixPath, bytes], Content]] = {
    ".txt": load_text,
    ".text": load_text,
    ".md": load_markdown,
    ".markdown": load_markdown,
}
_REPAIRS = (
    ("拼音注音", remove_pinyin_notes),
    ("不可见字符", remove_invisible),
    ("句中断行", join_broken_lines),
)


def document_id(data: bytes) -> str:
    """Return the id of the file with these bytes: 128 bits of SHA-256, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()[:32]


def load(path: PurePosixPath, data: bytes) -> Document:
    """Return the cleaned document of the file at `path`, whose bytes are `data`.

    Raises UnreadableFile, with the reason, if it cannot be read.
    """
    loader = _LOADERS.get(path.suffix.lower())
    if loader is None:
        known = "、".join(_LOADERS)
        message = f"暂不支持 {path.suffix or '无后缀名的'} 文件（可读：{known}）"
        raise UnreadableFile(message)
    content = loader(path, data)
    text = squeeze_blank(content.text)
    repairs = []
    for kind, repair in _REPAIRS:
        text, count = repair(text)
        if count:
            repairs.append((kind, count))
    if not text.strip():
        message = "文件里没有文字"
        raise UnreadableFile(message)
    title, _ = remove_pinyin_notes(content.title)
    return Document(
        id=document_id(data),
        path=path.as_posix(),
        title=title,
        year=content.year,
        text=text,
        headings=find_headings(text, _locate(content, text)),
        repairs=tuple(repairs),
    )


def _locate(content: Content, text: str) -> list[Heading]:
    """Find the format's headings again in the cleaned text, in order."""
    found = []
    position = 0
    for line in content.headings:
        cleaned, _ = remove_pinyin_notes(line.text)
        start = text.find(cleaned, position)
        if start >= 0 and cleaned:
            position = start + len(cleaned)
            found.append(Heading(start, position, line.level))
    return found
