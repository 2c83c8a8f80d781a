"""The years of the national congresses of the Communist Party of China, which reports and questions
name by their number: 十六大, 党的第十六次全国代表大会."""

from __future__ import annotations

import re

from index.fold import fold
from index.numerals import arabic

_EARLY = dict(enumerate((1921, 1922, 1923, 1925, 1927, 1928, 1945, 1956, 1969, 1973, 1977), 1))
# From the twelfth on, in 1982, every five years.
_REGULAR, _FIRST_REGULAR = 12, 1982
_NUMBER = "[一二三四五六七八九十]+"
# 十大 and 十三大任务 are any ten or thirteen things, 十六大以来 is the time since then; and other
# bodies hold numbered congresses, too.
_NAMED = re.compile(
    rf"(?:共产党|党的?)第(?P<whole>{_NUMBER})次(?:全国)?代表大会"
    rf"|[(]党?的?(?P<bracketed>{_NUMBER})大[)]"
    rf"|党的(?P<party>{_NUMBER})大(?!以[来后前]|之?[后前]|时期)"
    r"|(?<![一二三四五六七八九十第])(?P<short>二?十[一二三四五六七八九]|二十)大"
    r"(?=的?报告|上|中?提出|指出|认为|确[定立]|说|讲|强调|要求|部署|[把对])"
    r"|\b(?P<english>\d{1,2})(?:st|nd|rd|th) (?:national |cpc |communist |party )*congress"
)


def congress_years(text: str) -> tuple[int, ...]:
    """Return the years of the party congresses that a title or a question names, in order."""
    numbers = (int(arabic(match[match.lastgroup])) for match in _NAMED.finditer(fold(text)))
    years = (_EARLY.get(number, _FIRST_REGULAR + 5 * (number - _REGULAR)) for number in numbers)
    return tuple(dict.fromkeys(years))
