"""What a question asks for, read from its words."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace

from index.fold import fold, simplify
from index.generation import Generation
from index.words import tokens
from rag.expectation import Kind, kind_asked, unit_asked
from rag.glossary import with_terms
from rag.period import asks_for_result, is_plan, named_report, names_span, years_asked, years_of
from rag.places import places_in, reporters_in
from rag.spelling import also_meant

# Words that only ask. They stand in few reports, so BM25 would take them for rare and telling.
_ASKING = re.compile(
    "请问|多少|什么时候|什么|哪一?[些个几年种家位座条项方]|哪里|哪儿|哪|几[个种项条类岁位名家年天次]|"
    "百分之几|第几|多[大长高远久]|有没有|是不是|能不能|是否|如何|怎么样|怎样|怎么|咋|为什么|为何|为啥|"
    "吗|呢|吧|啊|呀|来着|分别|各自|各是|一下|告诉我|说说|介绍"
)
_HAN = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Question:
    """A question as read.

    `weights` are its search tokens with how often each stands in it, and `rarity` what each tells
    in the reports to be searched (see `of_collection`). `years` are the years it names,
    `separate_years` those of them to be answered one by one, and `report_year` that of the report
    it names. `wants_plan` is True where it asks for what was meant to be done; else a result is
    preferred. `asks` is the kind of quantity that it asks for, and `unit` the unit that stands
    behind `多少` or `几` ("" where none does). `places` are those it names, `reporters`
    the beginnings of the names of those whose yearly reports are there, and
    `names` pairs of a name that it uses and another that the reports have for it. `searched` is the
    question with what is searched beside it. `is_chinese` is False where the question holds no Han
    character: few of its words can match, and its cosines are lower."""

    text: str
    weights: dict[str, float]
    rarity: dict[str, float]
    years: tuple[int, ...]
    separate_years: tuple[int, ...]
    report_year: int | None
    wants_plan: bool
    asks: Kind
    unit: str
    places: tuple[str, ...]
    reporters: tuple[str, ...]
    names: tuple[tuple[str, str], ...]
    searched: str
    is_chinese: bool

    @property
    def has_chinese_words(self) -> bool:
        """Whether words of a Chinese report can match."""
        return bool(_HAN.search(self.searched))

    def tokens_of(self, text: str) -> set[str]:
        """Return the search tokens of a text, with those of the question's own names for what has
        another name there."""
        found = set(tokens(text))
        if self.names:
            plain = simplify(fold(text))
            for own, other in self.names:
                found.update(tokens(own) if other in plain else ())
        return found


def read_question(text: str, known: Collection[int] = ()) -> Question:
    """Return what `text` asks for of reports of the years `known`."""
    searched = with_terms(text)
    spelled = _spell_years(fold(searched))
    report = named_report(text)
    # What a report says of other years stands in that report.
    years = tuple(dict.fromkeys((*(report or ())[:1], *years_asked(text, known))))
    return Question(
        text=text,
        weights={token: float(count) for token, count in Counter(tokens(spelled)).items()},
        rarity={},
        years=years,
        separate_years=years if len(years) > 1 and not (report or names_span(text)) else (),
        report_year=report[0] if report else None,
        wants_plan=is_plan(text) and not asks_for_result(text),
        asks=kind_asked(text),
        unit=unit_asked(text),
        places=places_in(text),
        reporters=(),
        names=(),
        searched=searched,
        is_chinese=bool(_HAN.search(text)),
    )


def of_collection(question: Question, generation: Generation) -> Question:
    """Return a question with the words that were probably meant, the inverse document frequency of
    each of its words, as in BM25, times its weight, and the reporters that it names."""
    weights = also_meant(question.weights, generation.frequency)
    total = generation.manifest.chunks
    counts = {token: generation.frequency(token) for token in weights}
    rarity = {
        token: math.log(1 + (total - count + 0.5) / (count + 0.5)) * weights[token]
        for token, count in counts.items()
    }
    named = reporters_in(question.text, generation.reporters)
    return replace(question, weights=weights, rarity=rarity, reporters=named)


def _spell_years(folded: str) -> str:
    """Take out asking words and write `17年` as `2017年`, as reports do."""
    for year in years_of(folded):
        folded = re.sub(rf"(?<!\d){year % 100:02d}年", f"{year}年", folded)
    return _ASKING.sub(" ", folded)
