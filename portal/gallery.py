"""What the living style page shows: each component with made-up data, in every state."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from backups.views.history import month_name
from portal.lib import charts, clock, measures, nights
from portal.lib.marks import Mark
from portal.lib.nights import Night

SIZES = (39.4, 39.9, 40.7, 41.2, 41.9, 42.3, 42.6, 43.0, 44.9, 46.1, 46.9, 47.6, 48.2)
GB = 10**9
ROUND = (Mark.GOOD,) * 9 + (Mark.PROVEN,)


def samples(now: datetime) -> dict[str, Any]:
    """Return the style page's context: nothing in it comes from the database."""
    today = clock.wib_date(now)
    return {
        "now": now,
        "marks": list(Mark),
        "ribbon": _ribbon(today),
        "year": _year(today),
        "trend": _trend([amount * GB for amount in SIZES]),
        "trend_one": _trend([SIZES[0] * GB]),
        "trend_gap": _trend([a * GB if i % 5 else None for i, a in enumerate(SIZES)]),
        "spark": charts.spark(SIZES, "Ukuran selama 13 malam"),
        "moments": [now - gap for gap in (timedelta(0), timedelta(hours=9), timedelta(days=6))],
        "sizes": [0, 999, 48_200, 1_350_000_000, 212_400_000_000],
        "steps": ("done", "here", "failed", "todo"),
    }


def _ribbon(today: date) -> list[Night]:
    marks = (*ROUND, Mark.OWING, Mark.FAILED, Mark.LATE, Mark.PAUSED, Mark.RUNNING, Mark.NONE)
    first = today - timedelta(days=len(marks) - 1)
    return [Night(first + timedelta(days=i), mark, str(mark.label)) for i, mark in enumerate(marks)]


def _year(today: date) -> str:
    days = [today - timedelta(days=n) for n in range(364)]
    cells = {day: Night(day, ROUND[i % len(ROUND)]) for i, day in enumerate(days)}
    cells[days[50]] = Night(days[50], Mark.FAILED)
    cells[days[51]] = Night(days[51], Mark.LATE)
    cells[days[90]] = Night(days[90], Mark.OWING)
    months = sorted({day.replace(day=1) for day in days})[-12:]
    return nights.year(cells, months, today, "Setahun malam", month_name)


def _trend(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    return charts.trend(
        values,
        y_word=lambda amount: measures.size(round(amount)),
        x_words={0: "Nov 25", len(values) - 1: "Nov 26"},
        last_word=measures.size(round(known[-1])),
        label="Ukuran selama setahun",
    )
