"""Chinese numerals read as numbers, so that `一百五十六` and `156` are the same to a search."""

from __future__ import annotations

import re
from decimal import Decimal

# Many a typist takes ○ for 〇, and 0 in 二0二五.
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")}
_DIGITS |= {"〇": 0, "○": 0, "0": 0, "两": 2}
_ZEROS = "零〇○"
# The largest first: a numeral is cut at its largest scale.
_SCALES = {"亿": 10**8, "万": 10**4, "千": 1000, "百": 100, "十": 10}
_TENS = str.maketrans({"廿": "二十", "卅": "三十"})

# A Chinese numeral, or Arabic digits with a scale behind them, and whether it is of a share.
NUMERAL = re.compile(
    r"(分之)?((?:(?<![\d.])\d+(?:\.\d+)?(?=[万亿])|[零〇○一二三四五六七八九十百千万亿两]+"
    r"(?:点[零〇一二三四五六七八九]+)?)[万亿]*)"
)
_ARABIC = re.compile(r"\d+(?:\.\d+)?")


def arabic(numeral: str) -> str | None:
    """Return a Chinese numeral (Simplified) in digits, or None if it is not a well-formed number.

    >>> arabic("一百五十六"), arabic("二〇一九"), arabic("三万五千一百"), arabic("万一")
    ('156', '2019', '35100', None)
    """
    if all(char in _DIGITS for char in numeral):
        return "".join(str(_DIGITS[char]) for char in numeral)
    value = value_of(numeral)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return None if value is None else str(value)


def value_of(numeral: str) -> int | Decimal | None:
    """Return the number that a numeral with scales stands for, or None if it is not well-formed.
    Its digits may be Chinese or Arabic, without separators, and it may have a decimal part.

    >>> value_of("两千三百"), value_of("1亿2千万"), value_of("三万五"), value_of("千万")
    (2300, Decimal('120000000'), 35000, None)
    """
    whole, point, rest = numeral.translate(_TENS).partition("点")
    if not point:
        return _value(whole)
    decimals = rest.rstrip("十百千万亿")
    number = _value(whole)
    if number is None or not decimals or not all(char in _DIGITS for char in decimals):
        return None
    digits = "".join(str(_DIGITS[char]) for char in decimals)
    return _value(f"{number}.{digits}{rest[len(decimals) :]}")


def _value(numeral: str) -> int | Decimal | None:
    for scale, size in _SCALES.items():
        if scale in numeral:
            before, _, after = numeral.rpartition(scale)
            count, rest = _count(before, scale), _rest(after, size)
            return None if count is None or rest is None else count * size + rest
    if _ARABIC.fullmatch(numeral):
        return Decimal(numeral)
    digit = numeral.lstrip(_ZEROS)
    return _DIGITS.get(digit) if digit else 0 if numeral else None


def _count(before: str, scale: str) -> int | Decimal | None:
    """Return how many of a scale there are: 十 alone is one ten, but 百 alone is no number."""
    if not before:
        return 1 if scale == "十" else None
    too_large = scale if scale in "万亿" else _SCALES
    if any(char in too_large for char in before):
        return None
    return _value(before)


def _rest(after: str, size: int) -> int | Decimal | None:
    """Return what follows a scale of this size. A single digit stands for its tenths, as in
    三万五 (35000), unless a zero comes before it, as in 三万零五."""
    if not after:
        return 0
    rest = _value(after)
    if rest is None or rest >= size:
        return None
    return rest * size // 10 if after in _DIGITS and after not in _ZEROS else rest
