"""Whether the reports answer a question at all, and what to say where they do not."""

from __future__ import annotations

from collections.abc import Sequence

from index.fold import fold
from index.generation import Generation
from index.records import Entry
from rag.expectation import Kind, gives
from rag.extract import Evidence
from rag.period import may_speak_of, named_report
from rag.places import speaks_of
from rag.question import Question

# Chosen so that few right answers are refused; see `tools/fit_confidence.py`.
LEAST_CONFIDENCE = 0.35

_ASKED: dict[Kind, str] = {
    "money": "金额",
    "date": "时间",
    "share": "比例",
    "amount": "数量",
}


def reason_to_refuse(
    question: Question,
    generation: Generation,
    chosen: Sequence[Evidence],
    confidence: float,
) -> str | None:
    """Return why the question is not answered, in words for the user, or None if it is.
    `confidence` is the probability that the sentences `chosen` answer it."""
    documents = generation.documents
    missing = _missing_report(question, documents) or _missing_years(question, documents)
    if missing:
        return missing
    if not chosen:
        return "找到的段落说的都不是所问的年份，所以不作回答。"
    missing = _missing_number(question, chosen)
    unsure = confidence < LEAST_CONFIDENCE
    # A number of another place is as good as any other to the words and to the meaning.
    if not missing:
        names = question.reporters + (question.places if unsure or question.asks else ())
        missing = _missing_name(names, generation, chosen)
    if missing or not unsure:
        return missing
    return "资料里没有找到能确定回答这个问题的内容，所以不作回答。"


def _missing_number(question: Question, chosen: Sequence[Evidence]) -> str | None:
    """Say so where the question asks for a number and no sentence gives one of this kind."""
    if not question.asks or any(gives(question.asks, question.unit, part.text) for part in chosen):
        return None
    return f"找到的段落没有给出所问的{_ASKED[question.asks]}，所以不作回答。"


def _missing_name(
    names: Sequence[str], generation: Generation, chosen: Sequence[Evidence]
) -> str | None:
    """Say so where the reports with the evidence say nothing of a place, or of who reports: what
    they say is of another."""
    if not names:
        return None
    sources = {part.hit.chunk.document_id for part in chosen}
    documents = [generation.records.document(source) for source in sources]
    absent = {name for name in names if not any(speaks_of(each, name) for each in documents)}
    if not absent:
        return None
    shortest = (n for n in names if n in absent and not any(o in n for o in absent - {n}))
    said = "、".join(f"“{name}”" for name in dict.fromkeys(shortest))
    return f"找到的报告没有提到{said}，所以不作回答。"


def _missing_report(question: Question, documents: Sequence[Entry]) -> str | None:
    """Say so where the question names a report by its year and kind that is not there, while
    reports of this kind from other years are."""
    named = named_report(question.text)
    if named is None or not named[1]:
        return None
    year, kind = named
    years = [entry.year for entry in documents if entry.year and kind in fold(entry.title)]
    if not years or year in years:
        return None
    return f"资料里没有{year}年的{kind}（{_span(years)}），所以不作回答。"


def _missing_years(question: Question, documents: Sequence[Entry]) -> str | None:
    """Say so where every document has a year and none can speak of those asked for."""
    years = [entry.year for entry in documents]
    known = [year for year in years if year is not None]
    if not question.years or len(known) < len(years) or not known:
        return None
    first, last = min(known), max(known)
    if any(first <= year <= last for year in question.years) or any(
        may_speak_of(question.years, year) for year in known
    ):
        return None
    asked = "、".join(f"{year}年" for year in question.years)
    return f"资料里没有关于{asked}的报告（{_span(known)}），所以不作回答。"


def _span(years: Sequence[int]) -> str:
    """Return `现有2019年、2021年` of a few years, `现有1954—2025年` of many."""
    distinct = sorted(set(years))
    if len(distinct) <= 4:
        return "现有" + "、".join(f"{year}年" for year in distinct)
    return f"现有{distinct[0]}—{distinct[-1]}年间的{len(distinct)}个年份"
