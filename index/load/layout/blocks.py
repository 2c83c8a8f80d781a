"""Pages to blocks: paragraphs in reading order, headings, and rows of tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise

from index.load.content import PAGE_BREAK, Block
from index.load.layout.columns import read_columns
from index.load.layout.flow import Line, Paragraph, Part, PlacedTable, between, paragraphs
from index.load.layout.margins import without_margins
from index.load.layout.page import Page, TextLine
from index.load.layout.titles import heading_levels
from index.load.layout.watermark import without_watermarks
from index.load.table.blocks import table_blocks
from index.load.table.cell import is_absent, is_quantity

# The edges of a table that goes on are no further apart, in points.
_SAME_EDGE = 4.0
# In so many Chinese characters, each as wide as it is high, a line shows its size; no characters
# are lower than this share of their width.
_WIDE_ENOUGH, _FLAT = 8, 0.3
# Where a larger share of the characters is bold, bold says nothing.
_BOLD_TEXT = 0.4
# What may stand above a table that goes on from the page before.
_ABOVE_TABLE = re.compile(r"[（(]?(?:续|(?:计量|货币|金额)?单位\s*[:：])")


def page_blocks(pages: Sequence[Page]) -> list[Block]:
    """Return the blocks of all pages of a file in reading order, with PAGE_BREAK where each begins.

    Running headers, footers, page numbers and watermarks are left out. A paragraph goes on over
    columns and pages, and so does a table under its header. A heading of level 1 is the title of
    the file.
    """
    size = _body_size([line for page in pages for line in page.lines])
    pages = [
        replace(page, lines=tuple(_measured(line, size) for line in page.lines)) for page in pages
    ]
    pages = without_watermarks(pages, size)
    lines = [line for page in pages for line in page.lines]
    parts = paragraphs(read_columns(without_margins(pages, size), size), size)
    levels = heading_levels(parts, _bold_share(lines) > _BOLD_TEXT)
    return _paged(_blocks(parts, levels), pages[-1].number if pages else 0)


def title_of(blocks: Sequence[Block]) -> str:
    """Return the heading that is the title of the file, or "" where it has none."""
    titles = (block.text.replace(PAGE_BREAK, "") for block in blocks if block.level == 1)
    return next(titles, "")


def _measured(line: TextLine, size: float) -> TextLine:
    """Return a line that is about as high as its characters are wide, in text of `size` points:
    OCR may add to its box what stands above it, or see no more than a rule below it."""
    chinese = sum(char >= "\u2e80" for char in line.text)
    width = (line.right - line.left) / max(1.0, (chinese + len(line.text)) / 2)
    if chinese >= _WIDE_ENOUGH and line.size > width * 1.1:
        return replace(line, size=width)
    if line.size < width * _FLAT:
        width = min(width, size)
        return replace(line, size=width, top=line.bottom - width)
    return line


def _body_size(lines: Sequence[TextLine]) -> float:
    """Return the size of the text, in points: half of the characters are no larger."""
    sizes = sorted((line.size, len(line.text)) for line in lines)
    half = sum(length for _, length in sizes) / 2
    for size, length in sizes:
        half -= length
        if half <= 0:
            return size
    return 0.0


def _bold_share(lines: Sequence[TextLine]) -> float:
    total = sum(len(line.text) for line in lines)
    return sum(len(line.text) for line in lines if line.bold) / max(1, total)


def _blocks(parts: Sequence[Part], levels: dict[int, int]) -> Iterator[tuple[int, int, Block]]:
    """Yield each block with the numbers of the pages on which it begins and ends; PAGE_BREAK
    stands in it where a further page begins."""
    table: PlacedTable | None = None
    for at, part in enumerate(parts):
        if isinstance(part, Paragraph):
            yield part.page, part.lines[-1].page, Block(_text(part.lines), levels.get(at))
            if not _ABOVE_TABLE.match(part.text):
                table = None
            continue
        rows = part.rows
        made: list[Block] = []
        if table is not None and _is_same_table(table, part):
            made = table_blocks(table.rows, table.unit)
            rows = (*table.rows, *_below_header(table.rows, part.rows))
            part = replace(part, unit=table.unit)
        blocks = table_blocks(rows, part.unit)
        if made and blocks[: len(made)] != made:
            # The rows read differently together: they are no one table.
            made, rows, blocks = [], part.rows, table_blocks(part.rows, part.unit)
        for block in blocks[len(made) :]:
            yield part.page, part.page, block
        table = replace(part, rows=rows)


def _is_same_table(table: PlacedTable, below: PlacedTable) -> bool:
    """True where a table goes on from the page or the column before under the same columns."""
    further = below.page == table.page + 1 or below.left - table.left > _SAME_EDGE
    widths = table.right - table.left, below.right - below.left
    if not further or len(below.rows[0]) != len(table.rows[0]):
        return False
    if abs(widths[0] - widths[1]) > _SAME_EDGE:
        return False
    # A header of its own opens another table.
    values, first = table.rows[-1], below.rows[0]
    return _alike(table.rows[0], first) or not any(
        is_quantity(value) and cell and not is_quantity(cell) and not is_absent(cell)
        for value, cell in zip(values, first, strict=True)
    )


def _below_header(
    rows: Sequence[tuple[str, ...]], more: Sequence[tuple[str, ...]]
) -> Sequence[tuple[str, ...]]:
    """Return the rows of a page without the header of the table where it is repeated."""
    repeated = 0
    while repeated < min(len(rows), len(more)) and _alike(rows[repeated], more[repeated]):
        repeated += 1
    return more[repeated:]


def _alike(row: Sequence[str], other: Sequence[str]) -> bool:
    """True for the same names, also where OCR read a bracket or a letter differently."""
    one, two = "".join(row), "".join(other)
    return one == two or (
        not any(map(is_quantity, other)) and SequenceMatcher(None, one, two).ratio() > 0.85
    )


def _text(lines: Sequence[Line]) -> str:
    text = lines[0].text
    for above, line in pairwise(lines):
        text += between(above, line) + PAGE_BREAK * (line.page - above.page) + line.text
    return text


def _paged(blocks: Iterator[tuple[int, int, Block]], last: int) -> list[Block]:
    """Return the blocks with PAGE_BREAK before the first block of each page and of each empty page
    before it."""
    paged: list[Block] = []
    page = 0
    for first, end, block in blocks:
        paged.append(replace(block, text=PAGE_BREAK * (first - page) + block.text))
        page = end
    if not paged:
        return [Block(PAGE_BREAK * last)] if last else []
    paged[-1] = replace(paged[-1], text=paged[-1].text + PAGE_BREAK * (last - page))
    return paged
