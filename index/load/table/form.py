"""Forms: tables in which every other column holds the labels of the values beside them."""

from __future__ import annotations

import re
from dataclasses import replace

from index.load.table.cell import is_absent, is_quantity, is_year
from index.load.table.rows import LONGEST_LABEL, Row

# Names of columns that stand above whatever kind of thing: with one of them the first of two
# columns or the second has a header.
_FIRST_NAME = re.compile(
    "项目|指标|名称|类别|分类|类型|科目|序号|事项|年份|年度|月份|行业|地区|部门|术语|名词|词语|简称|"
    "要素|参数|字段|属性|条款|阶段|步骤|问题"
)
_SECOND_NAME = re.compile(
    "值|金额|数值|数量|数据|内容|说明|备注|定义|释义|解释|含义|描述|职责|要求|标准|情况|结果|比重|占比|"
    "比例|增速|单位"
)
# Labels of forms. Where they stand below the first row, the first row is no header.
_FORM_LABEL = re.compile(
    r".{0,8}(?:姓名|性别|民族|出生年月|籍贯|学历|学位|职称|职务|电话|手机|传真|邮箱|邮编|邮政编码|地址|"
    r"身份证号码?|政治面貌|代表人|负责人|联系人|经办人|单位名称|项目名称|项目编号|建设单位|主管单位|"
    r"申报单位|承担单位|实施单位|建设地点|建设性质|建设内容|起止时间|起止年月|填报日期|信用代码)[：:]?"
)


def is_form(rows: list[Row]) -> bool:
    """True where every other column holds labels and no header stands above them."""
    if not rows or len(rows[0].cells) % 2:
        return False
    pairs = [_once(row) for row in rows if not row.only]
    labels = [cell for row in pairs for cell in row.cells[::2] if cell]
    values = [cell for row in pairs for cell in row.cells[1::2] if cell]
    if any(is_quantity(cell) or is_year(cell) or len(cell) > LONGEST_LABEL for cell in labels):
        return False
    if any(map(is_quantity, rows[0].cells)):
        return True
    below = [cell for row in pairs[1:] for cell in row.cells[::2] if cell]
    named = sum(cell[-1] in "：:" or bool(_FORM_LABEL.fullmatch(cell)) for cell in below)
    if below and named * 2 >= len(below) and not any(map(_FORM_LABEL.fullmatch, values)):
        return True
    return len(rows[0].cells) == 2 and not _has_two_names(rows)


def _has_two_names(rows: list[Row]) -> bool:
    """True where the first row of a table of two columns is its header: it says so, or all values
    below it are of one kind, numbers in one unit."""
    first, second = rows[0].cells
    if not first or _FIRST_NAME.fullmatch(first) or _SECOND_NAME.fullmatch(second):
        return True
    values = [row.cells[1] for row in rows[1:] if not is_absent(row.cells[1])]
    numbers = all(is_quantity(value) or is_year(value) for value in values)
    units = {re.sub(r"[^%％‰\u4e00-\u9fff]", "", value) for value in values}
    return bool(values) and numbers and len(units) == 1


def _once(row: Row) -> Row:
    """Return the row with the text of a merged cell in its first place alone."""
    before = ("", *row.cells)
    cells = (cell if cell != left else "" for left, cell in zip(before, row.cells, strict=False))
    return replace(row, cells=tuple(cells))


def pairs_of(row: Row) -> str:
    """Return `label：value；label：value` of a row of a form."""
    if row.only:
        return row.only
    cells = _once(row).cells
    pairs = zip(cells[::2], cells[1::2], strict=True)
    shown = [
        f"{label.rstrip('：:')}：{value}" if label and value else label or value
        for label, value in pairs
    ]
    return "；".join(filter(None, shown))
