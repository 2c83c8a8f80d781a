"""English terms of the field in Chinese, for questions over Chinese reports that are in English or
hold GDP, CPI and the like.

`glossary.tsv` holds a term's English forms, parted by `|`, a tab, and the Chinese words that
reports use for it, parted by spaces.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources


def with_terms(question: str) -> str:
    """Return a question with the Chinese words of its English terms behind it, so that it can be
    searched by words, too; one without such terms as it is."""
    terms, form = _glossary()
    found = [terms[match.group()] for match in form.finditer(question.lower())]
    return " ".join([question, *dict.fromkeys(found)])


@cache
def _glossary() -> tuple[dict[str, str], re.Pattern[str]]:
    """Return the Chinese for each English form, and what finds them, the longest first."""
    lines = resources.files("rag").joinpath("glossary.tsv").read_text(encoding="utf-8")
    terms = {
        english: chinese
        for forms, chinese in (line.split("\t") for line in lines.splitlines())
        for english in forms.split("|")
    }
    longest_first = sorted(terms, key=len, reverse=True)
    return terms, re.compile(
        rf"(?<![a-z\d])(?:{'|'.join(map(re.escape, longest_first))})(?![a-z\d])"
    )
