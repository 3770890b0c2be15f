"""When a vault will be full: a straight line through what it took on the days before.

Pure. The least squares of a line: growth a day is its slope, `fit` is R squared, from 0 (the
line says nothing) to 1 (every day lies on it). Less than a week of days foretells nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

LEAST_DAYS = 7
LOOKED_AT = 60  # days; older growth was another time's
FURTHEST = 3650  # days; a line says nothing of later ones


@dataclass(frozen=True, slots=True)
class Forecast:
    """Growth in bytes a day, how well the line fits, and the day when nothing is free any more.

    `full_on` is None where it does not grow, nobody knows what is free, or it is ten years off.
    """

    growth: int
    fit: float
    full_on: date | None
    days: int


def forecast(measures: Sequence[tuple[date, int]], free_bytes: int | None) -> Forecast | None:
    """Return what these days foretell, oldest first; None when they are too few."""
    last = measures[-1][0] if measures else None
    seen = [each for each in measures if last and (last - each[0]).days < LOOKED_AT]
    if last is None or (last - seen[0][0]).days < LEAST_DAYS - 1:
        return None
    xs = [(day - seen[0][0]).days for day, _ in seen]
    ys = [used for _, used in seen]
    slope, fit = _line(xs, ys)
    days = xs[-1] - xs[0] + 1
    if free_bytes is None or slope < 1 or free_bytes / slope > FURTHEST:
        return Forecast(round(slope), fit, None, days)
    return Forecast(round(slope), fit, last + timedelta(days=int(free_bytes / slope)), days)


def _line(xs: Sequence[int], ys: Sequence[int]) -> tuple[float, float]:
    """Return the slope and R squared of the line of least squares."""
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    across = sum((x - mean_x) ** 2 for x in xs)
    both = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    up = sum((y - mean_y) ** 2 for y in ys)
    if not across:
        return 0.0, 0.0
    return both / across, (both * both / (across * up)) if up else 1.0
