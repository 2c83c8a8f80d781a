"""Which reports a search is kept to: by year, by title, by place below the corpus root."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from index.fold import fold
from index.records import Entry

# Titles or paths that are named where a condition fits none.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions that a report must meet, all of them; without conditions every report does.

    `years` is a span, both ends included, that a report's year lies in; one without a year does
    not. One of `titles` stands in the report's title. `path` is a pattern for the whole path below
    the corpus root, in which `*` stands for anything, `/` too, `?` for one character and `[…]` for
    one of several. Width, case and script make no difference.

    Raises ValueError, with a Chinese sentence for the user, for a condition that makes no sense.
    """

    years: tuple[int, int] | None = None
    titles: Sequence[str] = ()
    path: str | None = None

    def __post_init__(self) -> None:
        if self.years is not None:
            object.__setattr__(self, "years", _span(self.years))
        object.__setattr__(self, "titles", _texts(self.titles))
        if self.path is not None and not (isinstance(self.path, str) and self.path.strip()):
            message = f"路径条件应为一个非空的字符串，例如 gov/*，收到的是 {self.path!r}。"
            raise ValueError(message)

    def __bool__(self) -> bool:
        """Whether there is any condition."""
        return self != Filter()

    def admits(self, entry: Entry) -> bool:
        """Return whether a report meets the conditions."""
        return self._admits_year(entry.year) and self._admits_name(entry.title, entry.path)

    def _admits_year(self, year: int | None) -> bool:
        if self.years is None:
            return True
        first, last = self.years
        return year is not None and first <= year <= last

    def _admits_name(self, title: str, path: str) -> bool:
        folded = fold(title)
        return (not self.titles or any(fold(part) in folded for part in self.titles)) and (
            self.path is None or fnmatchcase(fold(path), fold(self.path.strip()))
        )


def admitted(keep: Filter, entries: Sequence[Entry]) -> frozenset[str] | None:
    """Return the ids of the documents that meet the conditions; None where there are none, so that
    all do."""
    return frozenset(entry.id for entry in entries if keep.admits(entry)) if keep else None


def _span(years: object) -> tuple[int, int]:
    """Return the years as a pair. Raises ValueError if they are not two whole numbers in order."""
    pair = tuple(years) if isinstance(years, (tuple, list)) else ()
    if len(pair) != 2 or any(type(year) is not int for year in pair):
        message = f"年份条件应为起止两个整数，例如 (2015, 2019)，收到的是 {years!r}。"
        raise ValueError(message)
    first, last = pair
    if first > last:
        message = f"年份条件的起始年份 {first} 晚于结束年份 {last}，请对调。"
        raise ValueError(message)
    return first, last


def _texts(titles: object) -> tuple[str, ...]:
    """Return the parts of titles as a tuple. Raises ValueError if they are not texts."""
    parts = tuple(titles) if isinstance(titles, (tuple, list)) else None
    if parts is None or not all(isinstance(part, str) and part.strip() for part in parts):
        message = f'标题条件应为一组非空的字符串，例如 ["工作报告"]，收到的是 {titles!r}。'
        raise ValueError(message)
    return tuple(part.strip() for part in parts)


def none_admitted(keep: Filter, entries: Sequence[Entry]) -> str:
    """Return a Chinese sentence for the user that no report meets the conditions, and what of
    years, titles or paths there is to name instead."""
    there = []
    if keep.years is not None:
        there.append(_years_there([entry.year for entry in entries]))
    if keep.titles:
        there.append("标题有" + _some([f"《{entry.title}》" for entry in entries]))
    if keep.path is not None:
        there.append("路径有" + _some([entry.path for entry in entries]))
    return f"没有符合条件的报告。索引里共 {len(entries)} 份报告，{'；'.join(there)}。"


def _years_there(years: Sequence[int | None]) -> str:
    known = sorted({year for year in years if year is not None})
    if not known:
        return "都没有标明年份"
    runs: list[list[int]] = []
    for year in known:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    told = "、".join(f"{run[0]}—{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
    unknown = years.count(None)
    return f"年份有 {told}" + (f"（另有 {unknown} 份没有标明年份）" if unknown else "")


def _some(names: Sequence[str]) -> str:
    distinct = list(dict.fromkeys(names))
    return "、".join(distinct[:_NAMED]) + (" 等" if len(distinct) > _NAMED else "")
