"""A series as a small line chart in SVG. Pure functions; what comes from a report is made inert.

Results are full points, joined by a line that is dashed across years without one; plans are hollow
and not joined. Each point is a link to the card of its source.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

from rag.series import Point, Series
from ui.inert import card_id, inert
from ui.labels import Labels

# In units of the drawing, which is scaled to the width of the answer.
WIDTH, HEIGHT = 480, 200
LEFT, RIGHT, TOP, BOTTOM = 52, 26, 34, 26
_TICKS = 4
# Numbers are shown in these, as reports write them.
_SIZES = ((10**8, "亿"), (10**4, "万"))
_DIVISIBLE_BY_TEN_THOUSAND = frozenset("%‰")


def plot_html(series: Series, turn: int, labels: Labels) -> str:
    """Return the chart of the answer of a turn, with what it leaves out said below it."""
    size, prefix = _size(series)
    values = [float(point.value / size) for point in series.points]
    ticks = _ticks(min(values), max(values))
    spots = [
        (_x(point.year, series.points), _y(value, ticks), point)
        for point, value in zip(series.points, values, strict=True)
    ]
    unit = inert(labels.plot_unit.format(unit=f"{prefix}{series.unit}"))
    parts = [
        *(_grid(tick, ticks) for tick in ticks),
        f'<text class="wj-unit" x="4" y="14">{unit}</text>',
        *(_year(x, point.year) for x, _, point in spots),
        *_lines([spot for spot in spots if not spot[2].planned]),
        *(_point(x, y, point, turn, labels) for x, y, point in spots),
    ]
    drawing = (
        f'<svg class="wj-plot" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}">{"".join(parts)}</svg>'
    )
    notes = "".join(f"<span>{inert(note)}</span>" for note in _notes(series, labels))
    return f'<div class="wj-figure">{drawing}<div class="wj-notes">{notes}</div></div>'


def _size(series: Series) -> tuple[Decimal, str]:
    largest = max(abs(point.value) for point in series.points)
    if series.unit not in _DIVISIBLE_BY_TEN_THOUSAND:
        for size, prefix in _SIZES:
            if largest >= size:
                return Decimal(size), prefix
    return Decimal(1), ""


def _ticks(low: float, high: float) -> list[float]:
    """Return round numbers from below the least value to above the greatest."""
    span = (high - low) or abs(high) or 1.0
    step = 10 ** math.floor(math.log10(span / _TICKS))
    step *= next(factor for factor in (1, 2, 5, 10) if factor * step * _TICKS >= span)
    first, last = math.floor(low / step), math.ceil(high / step)
    last += first == last
    return [number * step for number in range(first, last + 1)]


def _x(year: int, points: Sequence[Point]) -> float:
    first, last = points[0].year, points[-1].year
    inset = 18
    return LEFT + inset + (WIDTH - LEFT - RIGHT - 2 * inset) * (year - first) / (last - first)


def _y(value: float, ticks: Sequence[float]) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - ticks[0]) / (ticks[-1] - ticks[0])


def _grid(tick: float, ticks: Sequence[float]) -> str:
    y = _y(tick, ticks)
    return (
        f'<line class="wj-grid" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"></line>'
        f'<text class="wj-tick" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:.10g}</text>'
    )


def _year(x: float, year: int) -> str:
    return f'<text class="wj-tick" x="{x:.1f}" y="{HEIGHT - 6}" text-anchor="middle">{year}</text>'


def _lines(spots: Sequence[tuple[float, float, Point]]) -> list[str]:
    drawn = []
    for (x1, y1, before), (x2, y2, after) in zip(spots, spots[1:], strict=False):
        kind = "wj-line" if after.year == before.year + 1 else "wj-line wj-gap"
        drawn.append(
            f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"></line>'
        )
    return drawn


def _point(x: float, y: float, point: Point, turn: int, labels: Labels) -> str:
    number = point.citation.number
    wording = labels.plot_planned if point.planned else labels.plot_point
    said = inert(wording.format(year=point.year, words=point.words, number=number))
    kind = "wj-point wj-planned" if point.planned else "wj-point"
    return (
        f'<a href="#{card_id(turn, number)}" class="{kind}">'
        f'<title>{said}</title><circle class="wj-reach" cx="{x:.1f}" cy="{y:.1f}" r="15"></circle>'
        f'<circle class="wj-dot" cx="{x:.1f}" cy="{y:.1f}" r="4"></circle>'
        f'<text x="{x:.1f}" y="{y - 10:.1f}" text-anchor="middle">{inert(point.words)}</text></a>'
    )


def _notes(series: Series, labels: Labels) -> list[str]:
    notes = []
    if any(point.planned for point in series.points):
        notes.append(labels.plot_has_plans)
    if series.missing:
        years = labels.plot_between.join(str(year) for year in series.missing)
        notes.append(labels.plot_missing.format(years=years))
    return notes
