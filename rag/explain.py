"""Why a passage was found: the words that it shares with the question, the years it speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rag.period import years_spoken_of
from rag.types import WordScore


def word_scores(
    shares: Mapping[int, Iterable[tuple[str, float, float]]],
) -> dict[int, tuple[WordScore, ...]]:
    """Return the words of each row, those that count most first, from `lexical_shares`."""
    return {
        row: tuple(
            sorted(
                (WordScore(*share) for share in parts),
                key=lambda word: (-(word.text + word.label), word.word),
            )
        )
        for row, parts in shares.items()
    }


def passage_years(heading: str, stated: int | None) -> tuple[int, ...]:
    """Return the years that a passage of a report of the year `stated` is taken to speak of, in
    order: those that the headings above it tell, else the report's own and the one before it, whose
    results it gives. A report without a year speaks of none."""
    if stated is None:
        return ()
    return tuple(sorted(years_spoken_of("", heading, stated) or {stated - 1, stated}))
