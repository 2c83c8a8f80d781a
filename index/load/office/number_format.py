"""Numbers as a sheet shows them: by the number format of their cell."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from math import isfinite

# Formats that files only give by number (ECMA-376 Part 1, 18.8.30), as far as they change how a
# number or a date is shown. The rest show it in full.
BUILT_IN = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    **dict.fromkeys((5, 6, 37, 38, 41, 42), "#,##0"),
    **dict.fromkeys((7, 8, 39, 40, 43, 44), "#,##0.00"),
    9: "0%",
    10: "0.00%",
    **dict.fromkeys((17, 27, 36, 50, 52, 57), "yyyy-mm"),
    **dict.fromkeys((14, 15, 16, 22, 28, 29, 30, 31, 51, 53, 54, 58), "yyyy-mm-dd"),
}
# A literal, a currency or condition in brackets, room as wide as a character, a filler, or one
# sign.
_TOKEN = re.compile(r'"(?P<quoted>[^"]*)"|\\(?P<sign>.)|\[(?P<bracket>[^\]]*)\]|[_*].|(?P<one>.)')
_DIGITS = re.compile(r"[#0?][#0?,]*(?:\.[#0?]*,*)?|\.[#0?]+,*")
# Numbers from here on have more digits than sheets hold.
_LARGEST = 1e15


def shown(value: float, code: str = "") -> str:
    """Return a number as a cell with the format `code` shows it: `0.0%`, `#,##0.00`, `0"万元"`.

    Where the format is a general one, or one of fractions, powers or conditions, the number is
    written in full, to the 15 digits that sheets hold.
    """
    if not isfinite(value):
        return str(value)
    number = Decimal(format(value, ".15g"))
    sections = _sections(code)
    kind = 1 if number < 0 else 2 if number == 0 else 0
    section = sections[kind] if kind < len(sections) else sections[0]
    sign = "-" if number < 0 and len(sections) < 2 else ""
    text = _filled(abs(number), section) if abs(number) < _LARGEST else ""
    return sign + text if text else _plain(number)


def dated(value: date, code: str = "") -> str:
    """Return a date, or date and time, in digits: `2023-02-28`, `2023-02-28 08:30`. Where the
    format `code` shows no day or no month, neither does the text."""
    marks = "".join(mark for mark, _ in _sections(code)[0]).lower()
    if "y" in marks and "d" not in marks:
        return value.strftime("%Y-%m" if "m" in marks else "%Y")
    if not isinstance(value, datetime) or value.time() == time():
        return f"{value:%Y-%m-%d}"
    return value.isoformat(" ", "seconds" if value.second else "minutes")


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


# A section of a format: pairs of a mark that means something and a literal; one of them is empty.
_Section = list[tuple[str, str]]


@lru_cache(maxsize=256)
def _sections(code: str) -> list[_Section]:
    """Return the parts of a format for positive, negative and zero numbers; an empty one where
    they depend on conditions or are written in Chinese."""
    sections: list[_Section] = [[]]
    for token in _TOKEN.finditer(code):
        literal = token["quoted"] or token["sign"] or ""
        bracket = token["bracket"] or ""
        if bracket.startswith("$"):
            literal = bracket[1:].partition("-")[0]
        elif bracket[:1] in {"<", ">", "="} or bracket.lower().startswith("dbnum"):
            return [[]]
        mark = token["one"] or ""
        if mark == ";":
            sections.append([])
        elif mark or literal:
            sections[-1].append((mark, literal))
    return sections


def _filled(number: Decimal, section: _Section) -> str:
    """Return a number that is not negative in a section's digits, between its literals; "" where
    the section has neither or says nothing of digits."""
    marks = "".join(mark or "\0" for mark, _ in section)
    digits = _DIGITS.search(marks)
    if re.search(r"[EeGg@/]", marks) or (digits and _DIGITS.search(marks, digits.end())):
        return ""
    signs = [literal or ("" if mark in ",?" else mark) for mark, literal in section]
    if digits is None:
        return "".join(signs).strip()
    signs[digits.start() : digits.end()] = [
        _written(number.scaleb(2 * marks.count("%")), digits.group())
    ]
    return "".join(signs).strip()


def _written(number: Decimal, digits: str) -> str:
    """Return the number with as many digits as `#,##0.0#` asks for. Each comma behind the last
    digit divides it by a thousand."""
    form = digits.rstrip(",")
    whole, _, decimals = form.partition(".")
    if not form.strip("?"):
        # Only room for digits, as behind the dash that stands for zero.
        return ""
    number = number.scaleb(-3 * (len(digits) - len(form)))
    number = number.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    integer, _, fraction = format(number, ",f" if "," in whole else "f").partition(".")
    needed = len(decimals.rstrip("#?"))
    fraction = fraction[:needed] + fraction[needed:].rstrip("0")
    integer = integer.rjust(whole.count("0"), "0")
    return f"{integer}.{fraction}" if fraction else integer
