"""Elements of a web page or e-book to blocks: paragraphs, headings, lists, tables in order."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.errors import UnreadableFile
from index.load.content import Block
from index.load.paragraph import join_lines
from index.load.table.blocks import table_blocks, unit_above
from index.load.text.decode import decode

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# The encoding that a page states is looked for in this many bytes.
_HEAD = 4096
_CHARSET = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
# What is never shown, and readings above characters, which would stand between them.
_UNSEEN = """
script style noscript template iframe object svg select button input textarea rt rp title
"""
# What begins and ends a paragraph.
_PARAGRAPHS = """
address article aside blockquote body br caption center dd details div dl dt fieldset figcaption
figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody td
tfoot th thead tr ul
"""
_CELLS = ("td", "th")
_IS_PARAGRAPH = frozenset(_PARAGRAPHS.split())
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
# Something hidden is left out unless it is a text of this many characters, such as a folded part.
_FOLDED = 200
_HIDDEN = (
    ".//*[@hidden or contains(translate(@style, ' ', ''), 'display:none')]"
    f"[string-length(normalize-space()) < {_FOLDED}]"
)
_BLANK = re.compile("[ \t\r\f\xa0\u3000]+")
_INDENT = re.compile("[ \t\r\n]*([\xa0\u3000]+)")
_NUMBERED = re.compile(r"[（(]?[\d一二三四五六七八九十]+[)）.．、]|[①-⑳]")
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)\w+;")
_XHTML = re.compile(r"\s*(?:<\?xml|<!DOCTYPE html PUBLIC [\"']-//W3C//DTD XHTML)", re.IGNORECASE)
# A table that makes the lay-out of a page has one cell with most of its text.
_LAYOUT_SHARE, _LAYOUT_CHARS = 0.6, 300
# Most columns of a table: HTML's own limit for those of one cell.
_WIDEST = 1000


def decode_markup(data: bytes) -> tuple[str, str]:
    """Return the text of a page and its encoding: UTF-8 where the bytes are, else the Chinese one
    that the page states, else the likeliest.

    Raises UnreadableFile where they are no text.
    """
    stated = _CHARSET.search(data[:_HEAD])
    name = stated[1].decode().lower() if stated else ""
    # Pages that state GB2312 hold characters of its successors.
    codec = "gb18030" if name.startswith("gb") else "cp950" if name.startswith("big5") else "ascii"
    for candidate, encoding in (("utf-8-sig", "utf-8"), (codec, name)):
        try:
            return data.decode(candidate), encoding
        except UnicodeDecodeError:
            continue
    return decode(data)


def parse_html(text: str) -> HtmlElement:
    """Return the root of a page, without comments; read as XML where it is well-formed XHTML.

    Raises UnreadableFile if it holds nothing, or elements nested deeper than lxml reads.
    """
    from lxml import etree
    from lxml import html as lxml_html

    options = {"encoding": "utf-8", "remove_comments": True, "remove_pis": True}
    if _XHTML.match(text):
        # Named characters are defined in a DTD, which is not fetched.
        source = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
        parser = lxml_html.XHTMLParser(resolve_entities=False, no_network=True, **options)
        try:
            root = lxml_html.document_fromstring(_bytes(source), parser=parser)
        except etree.XMLSyntaxError:
            pass  # XHTML in name only, as most pages that say so
        else:
            lxml_html.xhtml_to_html(root)
            return root
    parser = lxml_html.HTMLParser(huge_tree=True, **options)
    try:
        root = lxml_html.document_fromstring(_bytes(text), parser=parser)
    except etree.ParserError as error:
        message = "网页文件里没有内容"
        raise UnreadableFile(message) from error
    if any("depth" in entry.message for entry in parser.error_log):
        message = "网页的元素嵌套过深，读不完整，请在浏览器中打开后打印为 PDF 再试"
        raise UnreadableFile(message)
    return root


def _bytes(text: str) -> bytes:
    # lxml refuses a str that declares an encoding.
    return text.replace("\0", "").encode("utf-8", "replace")


def drop_unseen(root: HtmlElement) -> None:
    """Take out, in place, what a browser does not show."""
    for element in [*root.iter(*_UNSEEN.split()), *root.xpath(_HIDDEN)]:
        if element is not root and element.getparent() is not None:
            element.drop_tree()


def blocks_of(root: HtmlElement, skipped: Collection[HtmlElement] = ()) -> list[Block]:
    """Return the text below `root`, `skipped` left out, as blocks in reading order."""
    from lxml.etree import iterwalk

    writer = _Writer()
    walk = iterwalk(root, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            writer.end(element, is_root=element is root)
        elif element in skipped:
            writer.end_line()
            walk.skip_subtree()
        elif element.tag == "pre":
            writer.add([Block(element.text_content().strip("\n"))])
            walk.skip_subtree()
        elif element.tag == "table" and (rows := rows_of(element)):
            writer.add_table(element, rows)
            walk.skip_subtree()
        else:
            writer.start(element)
    writer.end_line()
    return writer.blocks


def shown_line(text: str) -> str:
    """Return text as a browser shows it in one line; a line end between Chinese is nothing."""
    return join_lines(_BLANK.sub(" ", text).split("\n"))


@dataclass(slots=True)
class _Writer:
    """The blocks read so far and the line being read."""

    blocks: list[Block] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    level: int | None = None
    marker: str = ""
    # The number of the next item of each list that is open, None where items have none.
    numbers: list[int | None] = field(default_factory=list)
    # How many blocks there were behind the last table: its unit is not that of the next one.
    settled: int = 0

    def start(self, element: HtmlElement) -> None:
        """Take up an element's own text."""
        tag = element.tag
        if tag in _IS_PARAGRAPH:
            self.end_line()
        if tag in _HEADINGS:
            self.level = _HEADINGS[tag]
        elif tag in {"ol", "ul"}:
            self.numbers.append(_first_number(element))
        elif tag == "li" and self.numbers and self.numbers[-1] is not None:
            self.marker = f"{self.numbers[-1]}. "
            self.numbers[-1] += 1
        self.line.append(element.text or "")

    def end(self, element: HtmlElement, *, is_root: bool) -> None:
        """Leave an element and take up the text behind it."""
        tag = element.tag
        if tag in _HEADINGS:
            self._add_line()
            self.level = None
        elif tag in _IS_PARAGRAPH:
            self.end_line()
        if tag in {"ol", "ul"} and self.numbers:
            self.numbers.pop()
        elif tag == "li":
            self.marker = ""
        if not is_root:
            self.line.append(element.tail or "")

    def end_line(self) -> None:
        """End a paragraph; a heading goes on to its own end."""
        if self.level:
            self.line.append("\n")
        else:
            self._add_line()

    def _add_line(self) -> None:
        text = shown_line("".join(self.line))
        self.line.clear()
        if text:
            marker = "" if _NUMBERED.match(text) else self.marker
            self.blocks.append(Block(marker + text, self.level))
            self.marker = ""

    def add(self, blocks: Sequence[Block]) -> None:
        """Add finished blocks."""
        self._add_line()
        self.blocks += blocks

    def add_table(self, table: HtmlElement, rows: Sequence[Sequence[str]]) -> None:
        """Add the rows of a table, with the unit that one of the two lines above it states."""
        self._add_line()
        self.blocks += [Block(shown_line(c.text_content())) for c in table.iter("caption")]
        above = reversed(self.blocks[self.settled :][-2:])
        unit = unit_above(block.text for block in above)
        self.blocks += table_blocks(rows, unit)
        self.settled = len(self.blocks)


def _first_number(element: HtmlElement) -> int | None:
    """Return the number of a list's first item, None where items have a dot or a letter."""
    start = element.get("start", "1")
    numbered = element.tag == "ol" and element.get("type", "1") == "1" and start.isdecimal()
    return int(start) if numbered else None


def rows_of(table: HtmlElement) -> list[list[str]]:
    """Return the texts of a table's cells, a cell over several rows or columns in each of them.

    Empty for a table that serves the lay-out of a page: it holds tables or an article, or has less
    than two rows or columns.
    """
    if next(table.iterdescendants("table"), None) is not None:
        return []
    rows = [row for row in table.iter("tr") if any(cell.tag in _CELLS for cell in row)]
    lengths = [len("".join(cell.itertext()).strip()) for row in rows for cell in row]
    if not rows or max(lengths) > max(_LAYOUT_CHARS, sum(lengths) * _LAYOUT_SHARE):
        return []
    grid = _spread(rows)
    if sum(len(set(row) - {None}) > 1 for row in grid) < 2:
        return []
    # Where no row is a header, header cells are the names of a form.
    colon = "" if any(all(cell.tag == "th" for cell in row) for row in rows) else "："
    texts = {cell: _cell_text(cell, colon) for row in rows for cell in row}
    return [[texts[cell] if cell is not None else "" for cell in row] for row in grid]


def _spread(rows: Sequence[HtmlElement]) -> list[list[HtmlElement | None]]:
    """Return the cells by row and column."""
    at: dict[tuple[int, int], HtmlElement] = {}
    for y, row in enumerate(rows):
        x = 0
        for cell in row.iterchildren(*_CELLS):
            while (y, x) in at:
                x += 1
            for down in range(min(_span(cell, "rowspan"), len(rows) - y)):
                for right in range(min(_span(cell, "colspan"), max(_WIDEST - x, 1))):
                    at.setdefault((y + down, x + right), cell)
    width = max(x for _, x in at) + 1
    return [[at.get((y, x)) for x in range(width)] for y in range(len(rows))]


def _span(cell: HtmlElement, name: str) -> int:
    span = cell.get(name, "").strip()
    return max(int(span), 1) if span.isdecimal() else 1


def _cell_text(cell: HtmlElement, colon: str) -> str:
    """Return the lines of a cell, blanks before the first one kept: they indent a label."""
    lines = (
        [block.text for block in blocks_of(cell)] if len(cell) else [shown_line(cell.text or "")]
    )
    text = "\n".join(lines)
    blanks = _INDENT.match("".join(cell.itertext()))
    if text and cell.tag == "th" and not text.endswith(("：", ":")):
        text += colon
    return (blanks[1] if blanks else "") + text
