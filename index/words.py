"""The one tokenizer, for indexing and for asking.

A text becomes jieba's words (search mode), plus every pair of neighbouring Han characters, plus
Latin words and numbers as they stand, plus Chinese numerals in digits. Words carry meaning; pairs
find what jieba cuts differently in another context (names, new terms); digits let `156项` find
`一百五十六项`.

The words are cut by rjieba, jieba written in Rust, with jieba's own dictionary. It is given runs of
Han characters only, and cuts these as jieba does; in Latin words and numbers the two differ.
"""

from __future__ import annotations

import re

import rjieba

from index.fold import fold
from index.numerals import NUMERAL, arabic

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff〇"
# A run of Han characters, or a Latin word or number with its inner points and hyphens: 2.8, pm2.5.
_RUN = re.compile(rf"(?P<han>[{_HAN}]+)|[^\W_{_HAN}]+(?:[.\-&'][^\W_{_HAN}]+)*")
_THOUSANDS = re.compile(r"(?<=\d)[,，](?=\d{3}(?!\d))")


def words(text: str) -> list[str]:
    """Return the words of `text`, folded, without punctuation, in order.

    jieba's hidden Markov model for unknown words is off: it cuts the same name differently in
    different sentences, and the character pairs of `tokens` find unknown names.
    """
    return _words(fold(text))


def _words(folded: str) -> list[str]:
    found: list[str] = []
    for run in _RUN.finditer(_THOUSANDS.sub("", folded)):
        if run["han"]:
            found += rjieba.cut_for_search(run.group(), False)
        else:
            found.append(run.group())
    return found


def tokens(text: str) -> list[str]:
    """Return all search tokens of `text`: its words, character pairs, and numerals in digits."""
    folded = fold(text)
    found = _words(folded)
    seen = set(found)
    for run in _RUN.finditer(folded):
        han = run["han"] or ""
        # A pair that is itself a word here stands among the words and is not counted twice.
        found += [pair for i in range(len(han) - 1) if (pair := han[i : i + 2]) not in seen]
    for share, numeral in NUMERAL.findall(_THOUSANDS.sub("", folded)):
        # 一千五百万 is written 15000000 or 1500万; of the latter, the 1500 is among the words.
        forms = {numeral} if numeral[0].isdecimal() else {numeral, numeral.rstrip("万亿")}
        found += {arabic(form) for form in forms if len(form) > 1 or share} - {None}
    return found
