"""A document's title and year, from what the file says of itself."""

from __future__ import annotations

import re

from index.numerals import arabic

_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")
_HAN_YEAR = re.compile("([一二][九〇零][一二三四五六七八九〇零]{2})年")
_DATE = re.compile(
    r"(?<!\d)((?:19|20)\d{2})(?:\s*年\s*\d{1,2}\s*月|[-/.]\d{1,2}[-/.]\d{1,2}(?!\d))"
)
# A date line stands near the top: within this many characters.
_HEAD = 300
# Longest title made of a text's opening words, in characters.
_TITLE_LENGTH = 30
_LEAD_IN = re.compile(r"^(?:[\d\-/.:年月日时分\s，,]+|(?:正文|原标题|标题|题目|来源)[：:]\s*)+")


def year_of(*names: str, text: str) -> int | None:
    """Return the year in the first of `names` that has one, else that of a date near the top of
    the text, else None."""
    for name in names:
        if match := _YEAR.search(name):
            return int(match[1])
        if (match := _HAN_YEAR.search(name)) and (year := arabic(match[1])):
            return int(year)
    match = _DATE.search(text[:_HEAD])
    return int(match[1]) if match else None


def title_of(stem: str, text: str) -> str:
    """Return the title of a plain text: its file name, or its opening words where the file name
    says nothing (`n0001`, `scan-3`)."""
    if re.search("[\u4e00-\u9fff]", stem) or re.search("[A-Za-z]{4}", stem):
        return stem
    opening = _LEAD_IN.sub("", text[:_HEAD].lstrip()).split("\n", 1)[0]
    sentence = re.split("[。！？!?；;]", opening, maxsplit=1)[0].strip()
    if not sentence:
        return stem
    return sentence if len(sentence) <= _TITLE_LENGTH else sentence[:_TITLE_LENGTH] + "…"
