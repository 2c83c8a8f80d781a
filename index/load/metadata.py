"""A document's title, year, date of publication and issuing body.

What a person states in a side file or in front matter comes before what the text says.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from index.congress import congress_years
from index.errors import UnreadableFile
from index.load.content import Content
from index.numerals import arabic

_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")
_HAN_YEAR = re.compile("([一二][九〇零][一二三四五六七八九〇零]{2})年")
_DATE = re.compile(
    r"(?<!\d)((?:19|20)\d{2})(?:\s*年\s*(\d{1,2})\s*月(?:\s*(\d{1,2})\s*日)?"
    r"|[-/.](\d{1,2})[-/.](\d{1,2})(?!\d))"
)
# Who issued a report, where a line says so; or the last line but the date, where that is a body.
_ISSUER = re.compile(
    r"^(?:发文机关|發文機關|发布机构|發布機構|发布单位|發布單位|编制单位|印发机关|主办单位|信息来源)"
    r"[：:]\s*([^\s，。；]{2,30})",
    re.MULTILINE,
)
_SIGNED = re.compile(
    r"^([^\s，。；：]{2,30}(?:局|部|委|委员会|委員會|办公厅|办公室|政府|公司|院|厅|廳|处|處|中心|集团|银行))\n+"
    r"[（(]?([一二]?[\d〇零一二三四五六七八九]{3,4}年\S*)",
    re.MULTILINE,
)
# The number of an official document (GB/T 9704) has the year in which it was issued.
_NUMBERED = re.compile(r"[〔\[（(]((?:19|20)\d{2})[〕\]）)]\s*\d{1,5}\s*号")
# The mark of a note behind a title.
_NOTE_MARK = re.compile(r"\s*[\[［【(（]\d{1,2}[\]］】)）]$")
# A date line stands near the top, and who issued a report near either end: within this many
# characters.
_HEAD, _NEAR = 300, 600
# Longest title made of a text's opening words, in characters.
_TITLE_LENGTH = 30
_LEAD_IN = re.compile(r"^(?:[\d\-/.:年月日时分\s，,]+|(?:正文|原标题|标题|题目|来源)[：:]\s*)+")


@dataclass(frozen=True, slots=True)
class Stated:
    """What a side file `NAME.meta.json` states; empty where it says nothing."""

    title: str = ""
    year: int | None = None
    date: str = ""
    issuer: str = ""

    @staticmethod
    def read(data: bytes) -> Stated:
        """Return what the JSON object in `data` states; nothing where `data` is empty.

        Raises UnreadableFile, naming the keys that are known, if it is anything else.
        """
        if not data:
            return Stated()
        try:
            stated = json.loads(data)
        except ValueError:
            stated = None
        kinds = {"title": str, "year": int, "date": str, "issuer": str}
        if not isinstance(stated, dict) or not all(
            isinstance(value, kinds.get(key, ())) for key, value in stated.items()
        ):
            message = (
                "旁边的 .meta.json 写法有误，应当像 "
                '{"title": "…", "year": 2023, "date": "2023-02-28", "issuer": "…"}'
            )
            raise UnreadableFile(message)
        return Stated(**stated)


def describe(
    stem: str, text: str, content: Content, stated: Stated
) -> tuple[str, int | None, str, str]:
    """Return title, year, date of publication (ISO 8601, as far as it is known) and issuing body;
    empty or None where nothing tells.

    The year is the one that the report is about: that in its title before that of its publication.
    """
    title = stated.title or _NOTE_MARK.sub("", content.title or title_of(stem, text))
    signed = _SIGNED.search(text[-_NEAR:]) or _SIGNED.search(text[:_HEAD])
    published = _iso(stated.date) or _iso(content.date) or _iso(text[:_HEAD])
    published = published or (_iso(signed[2]) if signed else "")
    year = stated.year or content.year or year_of(title, stem)
    numbered = _NUMBERED.search(text[:_HEAD])
    if year is None and (numbered or published):
        year = int(numbered[1] if numbered else published[:4])
    named = _ISSUER.search(text[:_NEAR]) or signed
    issuer = stated.issuer or content.issuer or (named[1] if named else "")
    return title, year, published, issuer


def _iso(text: str) -> str:
    """Return the first date in a text as `2023-02-28`, `2023-02` or `2023`, or ""."""
    match = _DATE.search(text)
    if match is None:
        return text if re.fullmatch(r"(?:19|20)\d{2}(?:-\d{2})?", text) else ""
    parts = (match[1], match[2] or match[4], match[3] or match[5])
    return "-".join(f"{int(part):02d}" for part in parts if part)


def year_of(*names: str) -> int | None:
    """Return the year in the first of `names` that has one, or that of the party congress which it
    names, else None."""
    for name in names:
        if match := _YEAR.search(name):
            return int(match[1])
        if (match := _HAN_YEAR.search(name)) and (year := arabic(match[1])):
            return int(year)
        if years := congress_years(name):
            return years[0]
    return None


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
