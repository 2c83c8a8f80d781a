"""Chinese numerals read as digits, so that `一百五十六` and `156` are the same to a search."""

from __future__ import annotations

import re

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_GROUPS = {"万": 10**4, "亿": 10**8}

NUMERAL = re.compile("[零〇一二三四五六七八九十百千万亿两]+")


def arabic(numeral: str) -> str | None:
    """Return a Chinese numeral (Simplified) in digits, or None if it is not a well-formed number.

    >>> arabic("一百五十六"), arabic("二〇一九"), arabic("三万五千一百"), arabic("万一")
    ('156', '2019', '35100', None)
    """
    if all(char in _DIGITS for char in numeral):
        return "".join(str(_DIGITS[char]) for char in numeral)
    total = section = 0
    digit: int | None = None
    last_unit = 10**4
    for char in numeral:
        if char in _DIGITS:
            if digit:
                return None
            digit = _DIGITS[char]
        elif char in _UNITS:
            unit = _UNITS[char]
            if unit >= last_unit or (digit is None and (unit != 10 or section)):
                return None
            section += (1 if digit is None else digit) * unit
            digit, last_unit = None, unit
        else:
            section += digit or 0
            if not section and not total:
                return None
            total = (total + section) * _GROUPS[char] if char == "亿" else total + section * 10**4
            section, digit, last_unit = 0, None, 10**4
    return str(total + section + (digit or 0))
