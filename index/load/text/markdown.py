"""Markdown: headings by their marks, tables row by row with their header, the rest as text."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from index.errors import UnreadableFile
from index.load.content import Block, Content
from index.load.metadata import year_of
from index.load.paragraph import join_lines
from index.load.table.blocks import table_blocks, unit_above
from index.load.text.decode import decode

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
# A footnote, which CommonMark takes for the target of a link.
_NOTE = re.compile(r"(?<=^)\[(?=\^[^\]\s]+\]:)", re.MULTILINE)


def load_markdown(data: bytes) -> Content:
    """Return the text of the file without its marks; title, date and issuer from the front matter,
    or the title from the first heading.

    Raises UnreadableFile if it is not text or its front matter is not YAML.
    """
    # Imported here: asking a question reads no Markdown and need not wait for its parser.
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

    source, encoding = decode(data)
    meta, source = _front_matter(source)
    source = _NOTE.sub(r"\\\g<0>", source)
    tree = SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(source))
    blocks: list[Block] = []
    for node in tree.children:
        unit = unit_above(block.text for block in blocks[-1:]) if node.type == "table" else ""
        blocks += _blocks(node, unit)
    headings = [block.text for block in blocks if block.level]
    return Content(
        tuple(blocks),
        title=str(meta.get("title") or (headings[0] if headings else "")),
        year=year_of(str(meta.get("year") or meta.get("date") or "")),
        date=str(meta.get("date") or ""),
        issuer=str(meta.get("issuer") or ""),
        encoding=encoding,
    )


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
    # Between two rules there may be text as well.
    return (meta, source[match.end() :]) if isinstance(meta, dict) else ({}, source)


def _blocks(node: SyntaxTreeNode, unit: str = "") -> list[Block]:
    """Return the blocks of a node; `unit` is that of a table."""
    if node.type == "heading":
        return [Block(_plain(node), int(node.tag[1]))]
    if node.type == "paragraph":
        return [Block(_plain(node))]
    if node.type == "table":
        rows = [row for part in node.children for row in part.children]
        return table_blocks([[_plain(cell) for cell in row.children] for row in rows], unit)
    if node.type in {"fence", "code_block", "html_block"}:
        return [Block(node.content.strip())]
    blocks = [block for child in node.children for block in _blocks(child)]
    if node.type == "list_item" and node.info and blocks:
        # the number of an ordered item
        blocks[0] = replace(blocks[0], text=f"{node.info}{node.markup} {blocks[0].text}")
    return blocks


def _plain(node: SyntaxTreeNode) -> str:
    """Return the text of a node without emphasis marks and link targets."""
    if node.type in {"softbreak", "hardbreak"}:
        return "\n"
    if node.type == "inline" and any(child.type == "softbreak" for child in node.children):
        return join_lines("".join(map(_plain, node.children)).split("\n"))
    if not node.children:
        return node.content if node.type in {"text", "code_inline", "html_inline"} else ""
    return "".join(map(_plain, node.children)).strip()
