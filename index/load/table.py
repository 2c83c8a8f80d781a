"""Tables to blocks: each row with its header, so that a row can be read alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.load.content import Block

# The unit of a table stands in a line above it.
_UNIT = re.compile(r"[（(]?(单位[:：][^\n）)]{1,20})[）)]?$")


def unit_of(line: str) -> str:
    """Return `单位：万元` of a line that states the unit of the table below it, else ""."""
    match = _UNIT.match(line.strip())
    return match[1] if match else ""


def table_blocks(rows: Sequence[Sequence[str]], unit: str = "") -> list[Block]:
    """Return each row below the header as `header：cell；header：cell（unit）`.

    Empty cells are left out, and so are rows without any.
    """
    if not rows:
        return []
    header = rows[0]
    blocks = []
    for row in rows[1:]:
        cells = [
            f"{name}：{cell}" if name else cell
            for name, cell in zip(header, row, strict=False)
            if cell
        ]
        if cells:
            blocks.append(Block("；".join(cells) + (f"（{unit}）" if unit else "")))
    return blocks
