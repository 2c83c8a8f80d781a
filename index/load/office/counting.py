"""Numbers of lists and headings in the ways that Office programs write them."""

from __future__ import annotations

from collections.abc import Callable

_DIGITS = "零一二三四五六七八九"
_LEGAL = str.maketrans("零一二三四五六七八九十百千", "零壹贰叁肆伍陆柒捌玖拾佰仟")
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
# Numbers from here on are written in digits.
_MOST = 10000


def counted(number: int, form: str) -> str:
    """Return a number in a form named as by `w:numFmt` (ECMA-376 Part 1, 17.18.59), in plain
    digits where the form is not known or has no sign for the number.

    >>> counted(12, "chineseCounting"), counted(4, "upperRoman"), counted(28, "lowerLetter")
    ('十二', 'IV', 'bb')
    """
    written = _FORMS[form](number) if form in _FORMS and 0 <= number < _MOST else ""
    return written or str(number)


def _han(number: int) -> str:
    """Return 1 to 9999 as it is read: 十二, 一百零五."""
    return _in_full(number).removeprefix("一") if 10 <= number < 20 else _in_full(number)


def _in_full(number: int) -> str:
    text = ""
    for digit, unit in zip(f"{number:04}", "千百十 ", strict=True):
        if digit != "0":
            text += _DIGITS[int(digit)] + unit.strip()
        elif text and text[-1] != "零":
            text += "零"
    return text.rstrip("零")


def _roman(number: int) -> str:
    text = ""
    for value, sign in _ROMAN:
        times, number = divmod(number, value)
        text += sign * times
    return text


def _letter(number: int) -> str:
    """Return a, b, ... z, aa, bb, ..."""
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1) if number > 0 else ""


def _one_of(signs: str) -> Callable[[int], str]:
    return lambda number: signs[number - 1] if 0 < number <= len(signs) else ""


def _run(first: str, length: int) -> str:
    return "".join(chr(ord(first) + i) for i in range(length))


_CIRCLED = _one_of(_run("①", 20) + _run("㉑", 15) + _run("㊱", 15))
_FORMS: dict[str, Callable[[int], str]] = {
    "decimalZero": lambda number: f"{number:02}",
    "decimalFullWidth": lambda number: "".join(chr(ord("０") + int(d)) for d in str(number)),
    "upperRoman": lambda number: _roman(number).upper(),
    "lowerRoman": _roman,
    "upperLetter": lambda number: _letter(number).upper(),
    "lowerLetter": _letter,
    "ideographDigital": lambda number: "".join(("〇" + _DIGITS[1:])[int(d)] for d in str(number)),
    "chineseLegalSimplified": lambda number: _in_full(number).translate(_LEGAL),
    "ideographTraditional": _one_of(_STEMS),
    "ideographZodiac": _one_of(_BRANCHES),
    "decimalEnclosedCircle": _CIRCLED,
    "decimalEnclosedCircleChinese": _CIRCLED,
    "decimalEnclosedParen": _one_of(_run("⑴", 20)),
    "decimalEnclosedFullstop": _one_of(_run("⒈", 20)),
    "ideographEnclosedCircle": _one_of(_run("㊀", 10)),
    "numberInDash": lambda number: f"- {number} -",
    **dict.fromkeys(
        (
            "chineseCounting", "chineseCountingThousand", "taiwaneseCounting",
            "taiwaneseCountingThousand", "japaneseCounting",
        ),
        _han,
    ),
}  # fmt: skip
