"""Markdown: headings by their marks, tables row by row with their header, the rest as text."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from index.errors import UnreadableFile
from index.load.content import Content, Line
from index.load.decode import decode
from index.load.metadata import title_of, year_of

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)


# The unit of a table stands in a line above it.
_UNIT = re.compile(r"[（(]?(单位[:：][^\n）)]{1,20})[）)]?$")


def load_markdown(path: PurePosixPath, data: bytes) -> Content:
    """Return the text of the file without its marks, with title and year from the front matter,
    the first heading or the file name, in this order.

    Raises UnreadableFile if it is not text or its front matter is not YAML.
    """
    # Imported here: asking a question reads no Markdown and need not wait for its parser.
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

    source, _ = decode(data)
    meta, source = _front_matter(source)
    tree = SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(source))
    headings: list[Line] = []
    blocks: list[str] = []
    for node in tree.children:
        unit = _UNIT.match(blocks[-1]) if blocks and node.type == "table" else None
        blocks += [
            f"{block}（{unit[1]}）" if unit else block for block in _blocks(node, headings)
        ]
    text = "\n\n".join(blocks)
    first = headings[0].text if headings else title_of(path.stem, text)
    title = str(meta.get("title") or first)
    stated = " ".join(str(meta[key]) for key in ("year", "date") if key in meta)
    return Content(title, year_of(stated, title, path.stem, text=text), text, tuple(headings))


def _front_matter(source: str) -> tuple[dict[str, object], str]:
    match = _FRONT_MATTER.match(source)
    if not match:
        return {}, source
    import yaml

    try:
        meta = yaml.safe_load(match[1])
    except yaml.YAMLError as error:
        message = f"文件开头的 YAML 信息写法有误，请改正或删去（{str(error).splitlines()[0]}）"
        raise UnreadableFile(message) from error
    return (meta if isinstance(meta, dict) else {}), source[match.end() :]


def _blocks(node: SyntaxTreeNode, headings: list[Line]) -> list[str]:
    """Return the paragraphs of a block; headings met on the way are added to `headings`."""
    if node.type == "heading":
        text = _plain(node)
        headings.append(Line(text, int(node.tag[1])))
        return [text]
    if node.type == "paragraph":
        return [_plain(node)]
    if node.type == "table":
        return _rows(node)
    if node.type in {"fence", "code_block", "html_block"}:
        return [node.content.strip()]
    blocks = [block for child in node.children for block in _blocks(child, headings)]
    if node.type == "list_item" and node.info and blocks:
        blocks[0] = f"{node.info}{node.markup} {blocks[0]}"  # the number of an ordered item
    return blocks


def _plain(node: SyntaxTreeNode) -> str:
    """Return the text of a node without emphasis marks and link targets."""
    if node.type in {"softbreak", "hardbreak"}:
        return "\n"
    if not node.children:
        return node.content if node.type in {"text", "code_inline", "html_inline"} else ""
    return "".join(map(_plain, node.children)).strip()


def _rows(table: SyntaxTreeNode) -> list[str]:
    """Return each row as `header：cell；header：cell`, so that a row can be read alone."""
    rows = [
        [_plain(cell) for cell in row.children] for part in table.children for row in part.children
    ]
    header = rows[0]
    return [
        "；".join(
            f"{name}：{cell}" if name else cell
            for name, cell in zip(header, row, strict=False)
            if cell
        )
        for row in rows[1:]
    ]
