"""The years a question is about, and the years a sentence of a report speaks of.

A report of year Y states the plans for Y (`今年`, `拟`) and the results of Y-1 (`去年`,
`过去一年`, under a heading such as `2018年工作回顾`), so the results of a year stand in the report
of the year after it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date

from index.congress import congress_years
from index.fold import fold
from index.numerals import arabic

_FULL = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d|\.\d|[万亿元人个项户公套])")
_HAN = re.compile("[一二][九〇零][一二三四五六七八九〇零]{2}(?=年)")
# 17年 is 2017; 10年来 and 30年间 are spans of time.
_SHORT = re.compile(r"(?<!\d)(\d{2})年(?![来间内里后前以代多])")
# Two-digit years below this are of this century.
_PIVOT = 50

# Not the time of the statement but what it is compared with: 比上年增长, 较去年同期.
_COMPARED = re.compile(
    "(?:比|较|同比|超过|高于|低于|从)(?:去年|上年|上一年|前年|今年)[^，。；]{0,4}"
)
_THIS_YEAR = re.compile("今年|本年|当前|目前|现在|年内|拟|新的一年|预期|力争")
_LAST_YEAR = re.compile("去年|上年|上一年|过去一年|一年来|这一年")
_PLAN = re.compile("预期|预计|目标|计划|拟|打算|准备|力争|争取|安排|希望|今年要|要求|规划|任务")
_RESULT_ASKED = re.compile("实际|完成了|达到了|实现了|结果|究竟|到底")
_SPAN = re.compile(r"((?:19|20)\d{2})年?[到至—–~～-]+((?:19|20)\d{2})(?!\d)")
_EACH = re.compile("各|分别|两年|相比|之差")
_AFTER = re.compile(r"((?:19|20)\d{2})年?(?:以后|之后|后|起)的?([一二两三四五六七八九十])年")
# A five-year plan: the first ran from 1953 to 1957, the sixth and later ones from 1981, 1986, ….
_NUMBER = "十[一二三四五六七八九]|[一二三四六七八九十]"
_FIVE_YEARS = re.compile(
    rf"[“\"]({_NUMBER})五[”\"]|(?<![一二三四五六七八九十\d])(?:({_NUMBER})五"
    "(?=期间|时期|规划|计划|以来|末|时)|(十[一二三四五六七八九])五(?![年月日号天个十百千万]))"
)
_FIRST_YEARS = {1: 1953, 2: 1958, 3: 1966, 4: 1971, 5: 1976}
_AGO = {"前年": 2, "去年": 1, "上年": 1, "上一年": 1, "今年": 0, "本年": 0}
_NAMED_REPORT = re.compile(
    r"((?:19|20)\d{2})年?的?([\u4e00-\u9fff]{0,8}?(?:报告|公报|总结|年报|通知))"
)
_REVIEW = re.compile("回顾|过去|去年|上年|完成情况|取得的成绩|主要成就")
_PROGRAMME = re.compile("今年|任务|安排|打算|部署|总体要求|预期目标|重点工作|下一步")

_AHEAD = re.compile("任务|总体要求|重点|部署|打算")

_NAMED_IN_ENGLISH = re.compile(r"\b((?:19|20)\d{2}) (?:[a-z]+ ){0,3}report\b")


def years_of(text: str) -> tuple[int, ...]:
    """Return the years that a question or a sentence names, in order, without repetition; those of
    a five-year plan (`“十三五”`) are all five."""
    folded = fold(text)
    years = [int(year) for year in _FULL.findall(folded)]
    years += [int(digits) for form in _HAN.findall(folded) if (digits := arabic(form))]
    years += [year for plan in _FIVE_YEARS.finditer(folded) for year in _five_years(plan)]
    if not years:
        years += [_century(int(short)) for short in _SHORT.findall(folded)]
    return tuple(dict.fromkeys(years))


def _five_years(plan: re.Match[str]) -> range:
    number = int(arabic(plan[1] or plan[2] or plan[3]) or 0)
    first = _FIRST_YEARS.get(number, 1951 + 5 * number)
    return range(first, first + 5)


def years_asked(
    question: str, known: Collection[int] = (), today: int | None = None
) -> tuple[int, ...]:
    """Return the years that a question is about: those it names, or all those of a span
    (`2003到2007`, `2018年以后的五年`).

    Where it names none, `去年` is counted from the year `today`, this one if None, if reports of
    the years `known` may speak of that year.
    """
    folded = fold(question)
    years = list(years_of(folded))
    if names_span(folded):
        for span in _SPAN.finditer(folded):
            years += range(int(span[1]), int(span[2]) + 1)
    for span in _AFTER.finditer(folded):
        first = int(span[1])
        years = [year for year in years if year != first]
        years += range(first + 1, first + 1 + int(arabic(span[2]) or 0))
    if not years:
        present = today or date.today().year
        counted = [present - ago for word, ago in _AGO.items() if word in folded]
        years = [year for year in counted if any(may_speak_of((year,), one) for one in known)]
    return tuple(dict.fromkeys(years))


def _century(short: int) -> int:
    return short + (2000 if short < _PIVOT else 1900)


def may_speak_of(years: tuple[int, ...], stated: int | None) -> bool:
    """Return whether a report of the year `stated` may speak of `years`: it is of one of them, or
    of the year after and so states the results."""
    return stated is not None and (stated in years or stated - 1 in years)


# What a passage counts whose heading says that it is about other years.
_OTHER_YEARS = 0.5


def passage_fit(
    years: tuple[int, ...], report_year: int | None, stated: int | None, heading: str
) -> float:
    """Return how well a passage of a report of the year `stated` speaks of `years`, from 0 to 1.

    `report_year` is the year of the report that the question names, if it names one.
    """
    if report_year is not None:
        return float(report_year == stated)
    if not years or not may_speak_of(years, stated):
        return 0.0
    told = years_spoken_of("", heading, stated)
    return 1.0 if not told or told & set(years) else _OTHER_YEARS


def years_spoken_of(sentence: str, heading: str, stated: int | None) -> set[int]:
    """Return the years that a sentence is about, in a report of the year `stated`; empty where
    neither its words nor the heading above it tell."""
    folded = fold(sentence)
    spoken = set(years_of(folded))
    if stated is None:
        return spoken
    plain = _COMPARED.sub("", folded)
    if _LAST_YEAR.search(plain):
        spoken.add(stated - 1)
    if _THIS_YEAR.search(plain):
        spoken.add(stated)
    if spoken:
        return spoken
    innermost = fold(heading).rsplit("›", 1)[-1]
    above = years_of(innermost) or years_of(fold(heading))
    if above:
        return set(above)
    if _REVIEW.search(innermost):
        return {stated - 1}
    return {stated} if _PROGRAMME.search(innermost) else set()


def names_span(question: str) -> bool:
    """Return whether the years of a question are one span of time (`2003到2007`, `“十三五”`), not
    two years to be compared."""
    folded = fold(question)
    if _AFTER.search(folded) or _FIVE_YEARS.search(folded):
        return True
    return bool(_SPAN.search(folded)) and not _EACH.search(folded)


def named_report(question: str) -> tuple[int, str] | None:
    """Return the year and kind of the one report that a question names (`2018年政府工作报告`,
    `十六大报告`), None where it names none or several. The kind is "" where its name does not
    tell."""
    folded = fold(question)
    named = {(int(year), kind) for year, kind in _NAMED_REPORT.findall(folded)}
    named |= {(int(year), "") for year in _NAMED_IN_ENGLISH.findall(folded)}
    named |= {(year, "") for year in congress_years(folded)}
    return named.pop() if len(named) == 1 else None


def is_plan(text: str) -> bool:
    """Return whether a sentence states, or a question asks for, what is meant to be done."""
    return bool(_PLAN.search(_COMPARED.sub("", fold(text))))


def plans_ahead(heading: str) -> bool:
    """Return whether what stands under a heading is still to be done."""
    innermost = fold(heading).rsplit("›", 1)[-1]
    ahead = is_plan(innermost) or _AHEAD.search(innermost)
    return bool(ahead) and not _REVIEW.search(innermost)


def asks_for_result(question: str) -> bool:
    """Return whether a question asks for what was in fact done."""
    return bool(_RESULT_ASKED.search(fold(question)))


def sentence_fit(years: tuple[int, ...], sentence: str, heading: str, stated: int | None) -> float:
    """Return how well a sentence speaks of `years`, from 0 (of other years) to 1 (of one of them).

    Where the sentence does not tell, a report of one of the years gets 0.7, one of the year after
    0.4 (a bulletin or a summary states only its own year) and one without a year 0.5.
    """
    if not years:
        return 1.0
    spoken = years_spoken_of(sentence, heading, stated)
    if spoken:
        # A plan for several years, or a comparison, names others beside the one that is asked for.
        return 1.0 if spoken & set(years) else 0.0
    if stated is None:
        return 0.5
    if stated in years:
        return 0.7
    return 0.4 if may_speak_of(years, stated) else 0.0
