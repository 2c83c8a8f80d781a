"""Spreadsheets: each sheet a heading, its tables row by row, the cells as they are shown."""

from __future__ import annotations

from datetime import date, time, timedelta
from io import BytesIO
from itertools import chain
from typing import TYPE_CHECKING

from index.errors import UnreadableFile
from index.load.content import Block, Content
from index.load.office.graphic import drawn_text
from index.load.office.number_format import dated, shown
from index.load.office.package import Package
from index.load.sheet.grid import MOST_CELLS, Sheet, grid_blocks, merged_rows
from index.load.sheet.ods import read_ods
from index.load.sheet.xlsx_cells import Marks, read_marks

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

    _Value = str | float | bool | date | time | timedelta

_DAMAGED = "文件已损坏、设有密码或不是 Excel 表格，请用 Excel 或 WPS 打开后另存为 .xlsx 再重试"
_NO_FORMATS = (
    "这种格式的文件读不到数字的显示格式，百分比写成了小数（如 0.072 即 7.2%）；"
    "要与表中所见一致，请另存为 .xlsx 后重试"
)


def load_sheet(data: bytes) -> Content:
    """Return all sheets of a workbook (`.xlsx`, `.xls`, `.xlsb`, `.ods`), hidden ones too.

    Numbers and dates are written as their cells show them; `.xls` and `.xlsb` do not tell, so that
    percentages are written as fractions there, and `problems` say so. Formulas give the result
    that is stored with them. A workbook of one sheet has the title of its table.

    Raises UnreadableFile if the file is damaged, locked or no workbook.
    """
    package = Package.open(data, ".xlsx", tree=False) if data.startswith(b"PK") else None
    if package is not None and "content.xml" in package.names:
        sheets, problems = read_ods(package), []
    else:
        sheets, problems = _read_excel(data, package)
    blocks: list[Block] = []
    for sheet in sheets:
        found = grid_blocks(merged_rows(sheet)) + [Block(text) for text in sheet.boxes]
        blocks += [Block(sheet.name, 1), *found] if found else []
        if sheet.uncached:
            problems.append(
                f"工作表“{sheet.name}”有 {sheet.uncached} 个公式单元格没有存下计算结果，"
                "请用 Excel 或 WPS 打开并保存后重试"
            )
    levels = [block.level for block in blocks if block.level]
    title = next((block.text for block in blocks if block.level == 2), "")
    return Content(
        tuple(blocks), title=title if levels.count(1) == 1 else "", problems=tuple(problems)
    )


def _read_excel(data: bytes, package: Package | None) -> tuple[list[Sheet], list[str]]:
    """Return the sheets of an Excel file, and what could not be read of them."""
    from python_calamine import CalamineError

    marks = read_marks(package) if package is not None else {}
    try:
        sheets, problems = _cells(data, marks)
    except CalamineError as error:
        raise UnreadableFile(_DAMAGED) from error
    except BaseException as error:
        # Some damaged files make the library panic. It is written in Rust, so that this is no
        # Exception, and its class cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise UnreadableFile(_DAMAGED) from error
    for sheet in sheets:
        known = marks.get(sheet.name)
        if package is not None and known is not None:
            sheet.uncached = known.uncached
            if known.drawing:
                sheet.boxes += drawn_text(package.tree(known.drawing))
    return sheets, problems


def _cells(data: bytes, marks: dict[str, Marks]) -> tuple[list[Sheet], list[str]]:
    """Return the sheets as calamine reads them, and what could not be read."""
    from python_calamine import CalamineWorkbook

    sheets: list[Sheet] = []
    problems: list[str] = []
    workbook = CalamineWorkbook.from_filelike(BytesIO(data))
    for name in workbook.sheet_names:
        known = marks.get(name)
        # Looked at first: the empty cells between two others take memory too.
        found = workbook.get_sheet_by_name(name) if known is None or known.is_compact else None
        if found is None or found.height * found.width > MOST_CELLS:
            problems.append(f"工作表“{name}”的单元格散布得太开，没有读出；请删去远处的单元格后重试")
            continue
        rows = found.to_python()
        sheets.append(Sheet(name, _shown(rows, found.start or (0, 0), known), _merged(found)))
        if known is None and _NO_FORMATS not in problems and any(map(_is_fraction, chain(*rows))):
            problems.append(_NO_FORMATS)
    return sheets, problems


def _shown(
    rows: list[list[_Value]], start: tuple[int, int], marks: Marks | None
) -> list[list[str]]:
    """Return the texts of the cells; `start` is the place of the first one in the sheet."""
    formats = {} if marks is None else marks.formats
    return [
        [_text(value, formats.get((y, x), "")) for x, value in enumerate(row, start[1])]
        for y, row in enumerate(rows, start[0])
    ]


def _text(value: _Value, code: str) -> str:
    if isinstance(value, str):
        return value.rstrip()
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, date):
        return dated(value, code)
    if isinstance(value, time):
        return value.isoformat("seconds" if value.second else "minutes")
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")
    return shown(value, code)


def _merged(sheet: CalamineSheet) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return the merged ranges, counted from the first cell that is not empty."""
    top, left = sheet.start or (0, 0)
    return [
        ((first[0] - top, first[1] - left), (last[0] - top, last[1] - left))
        for first, last in sheet.merged_cell_ranges or ()
    ]


def _is_fraction(value: _Value) -> bool:
    return isinstance(value, float) and 0 < abs(value) < 1
