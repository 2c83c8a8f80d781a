"""What stands behind a quoted sentence where the sentence itself leaves it out: the year of its
report, who reports where several do, and the heading that makes it a plan or the result of another
year.

    新增城镇就业3.1万人以上。（2021年资料，列于“二、2021年工作安排”）[1]
    城镇登记失业率为3.2%。（白沙县2021年资料）[1]
"""

from __future__ import annotations

import re
from collections.abc import Set

from index.fold import fold
from index.reporters import reporter
from rag.extract import Evidence
from rag.marks import without_marks
from rag.period import is_plan, plans_ahead, years_of, years_spoken_of

_YEAR = r"(?P<reporter>[\u4e00-\u9fff]{2,})?(?P<year>\d{4})年资料"
_HEADING = "列于“(?P<heading>[^”\n]+)”"
# At the end of a line, before the marks.
NOTE = re.compile(
    rf"（(?:{_YEAR})?(?:(?:(?<=资料)，)?{_HEADING})?）(?<!（）)(?=\s*(?:\[\d+\]\s*)*$)",
    re.MULTILINE,
)


def source_note(part: Evidence, reporters: Set[str]) -> str:
    """Return the note for a sentence of a collection with these reporters, "" where it needs none.

    A number under 2021年工作安排 is not reached yet, one under 2020年工作回顾 in the report of 2021
    is of the year before, and neither says so.
    """
    year, name = part.hit.chunk.year, _reporter(part, reporters)
    told = year is None or (str(year) in part.text and not name)
    said = [] if told else [f"{name}{year}年资料"]
    planned = plans_ahead(part.heading) and not is_plan(part.text)
    if planned or _is_of_another_year(part):
        innermost = without_marks(part.heading.rsplit("›", 1)[-1].strip())
        said.append(f"列于“{re.sub('[“”]', '', innermost)}”")
    return f"（{'，'.join(said)}）" if said else ""


def _reporter(part: Evidence, reporters: Set[str]) -> str:
    """Return who reports, "" where nobody else does or the sentence says it."""
    name = reporter(part.hit.chunk.title) if len(reporters) > 1 else ""
    return "" if name in fold(part.text) else name


def _is_of_another_year(part: Evidence) -> bool:
    """Return whether only the heading says that a sentence is not about the year of its report."""
    year = part.hit.chunk.year
    told = years_spoken_of("", part.heading, year)
    return bool(told) and told != {year} and not years_of(part.text)
