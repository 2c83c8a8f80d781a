"""What a cell of a table holds: a quantity, a year, a total's label, a number in a list."""

from __future__ import annotations

import re

_NUMBER = r"[+\-−±]?[¥￥$€]?[+\-−]?\d+(?:[,，]\d{3})*(?:\.\d+)?"
# Signs that units of quantities are made of. Those of time and order are left out (月, 日, 号, 期):
# 3月 and 2号 name a thing, they do not measure it.
_UNIT = (
    r"(?:个月|工作日|[%％‰℃°万亿千百十元圆美港欧个人户口家项件台套辆头只条座处所位名吨公斤克米里顷亩"
    r"平方立升度次倍天年岁小时分钟秒点页篇册间床例株千瓦伏KkMmGgTtWwHhVvA²³/])"
)
_QUANTITY = re.compile(
    rf"[（(]?{_NUMBER}(?:\s*[-~～—–至/]\s*{_NUMBER})?[）)]?\s*{_UNIT}{{0,6}}[）)]?"
)
_YEAR = re.compile(
    r"(?:19|20)\d{2}\s*年?[度末底初]?(?:\s*[-~～—–至/]\s*(?:19|20)?\d{2}\s*年?[度末底]?)?"
    r"|(?:19|20)\d{2}[-/]\d{1,2}(?:[-/]\d{1,2})?"
)
_ABSENT = re.compile(r"[-—–―…./\\*×\s]+|N/?A|NA|n/?a|无|不详")
_TOTAL = re.compile(
    r"(?:[一二三四五六七八九十]+、)?\s*(?:合\s*计|总\s*计|共\s*计|总\s*数|Total)[：:]?"
)
_NUMERALS = "一二三四五六七八九十"
# Ways of numbering the rows of a table. A row's way tells which rows stand at the same level.
_NUMBERINGS = tuple(
    re.compile(form)
    for form in (
        rf"第[{_NUMERALS}\d]+[编篇部章节类]",
        rf"[{_NUMERALS}]+(?:[、.．\s]|$)",
        rf"[（(][{_NUMERALS}]+[）)]",
        r"\d{1,3}(?:[、．\s]|\.(?!\d)|$)",
        r"\d{1,2}(?:\.\d{1,2})+(?!\d)",
        r"[（(]\d{1,3}[）)]",
        r"[①-⑳]",
        r"(?:[IVX]+|[Ⅰ-Ⅻ])(?:[、.．\s]|$)",
        r"[A-Z](?:[、.．\s]|$)",
    )
)


def is_quantity(cell: str) -> bool:
    """True for a number, alone or with its unit (`1,234.5`, `7.2%`, `3.6亿元`), but not a year."""
    return bool(_QUANTITY.fullmatch(cell)) and not is_year(cell)


def is_year(cell: str) -> bool:
    """True for a bare year, years or a date in digits: `2021`, `2021年`, `2021-2023`, `2023-02-28`.

    As a heading of a column it names the column; in the rows it may be a quantity too.
    """
    return bool(_YEAR.fullmatch(cell))


def is_absent(cell: str) -> bool:
    """True for an empty cell and for the marks of a missing value: `—`, `…`, `/`."""
    return not cell or bool(_ABSENT.fullmatch(cell))


def is_total(cell: str) -> bool:
    """True for the label of a grand total: 合计, 总计."""
    return bool(_TOTAL.fullmatch(cell))


def numbering(cell: str) -> int | None:
    """Return which way of numbering a label opens with (`一、`, `（一）`, `1.`, ...), or None.

    >>> numbering("一、收入") == numbering("二、支出"), numbering("收入")
    (True, None)
    """
    for way, form in enumerate(_NUMBERINGS):
        if form.match(cell):
            return way
    return None
