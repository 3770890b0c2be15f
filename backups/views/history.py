"""A source's year in pictures: its nights, and its size over time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.dateformat import format as format_date
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from backups.models import Source
from backups.views.nights import complete, marks_since
from portal.lib import charts, clock, measures, nights
from portal.lib.marks import Mark

MONTHS = 12
MONTH = timedelta(days=30)


@dataclass(slots=True)
class Year:
    """The last twelve months of nights: the picture and its two figures."""

    picture: SafeString
    good: int
    due: int


def year_of(source: Source, now: datetime) -> Year:
    """Return the source's nights of the last twelve months."""
    today = clock.wib_date(now)
    months = months_until(today)
    marks = marks_since(months[0], [source]).get(source.pk, {})
    cells = {night.day: night for night in complete(source, marks, months[0], now)}
    found = [night.mark for night in cells.values()]
    good = sum(mark in (Mark.GOOD, Mark.PROVEN, Mark.OWING) for mark in found)
    due = sum(mark not in (Mark.NONE, Mark.PAUSED) for mark in found)
    words = _("Setahun %(name)s: %(good)d dari %(due)d malam tersalin")
    label = words % {"name": source.name, "good": good, "due": due}
    return Year(nights.year(cells, months, today, label, month_name), good, due)


def months_until(today: date) -> list[date]:
    """Return the first days of twelve months, this one the last."""
    count = today.year * 12 + today.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(count - MONTHS + 1, count + 1)]


def month_name(first: date) -> str:
    """Return "Nov", and "Jan 2026" where a year begins."""
    return format_date(first, "M Y" if first.month == 1 else "M")


@dataclass(slots=True)
class Growth:
    """A source's size over a year: the picture, the rows behind it, and the pace in words."""

    picture: SafeString
    rows: list[tuple[date, int, int]]
    pace: str
    row_picture: SafeString | None = None


def growth_of(source: Source, now: datetime) -> Growth | None:
    """Return the size at each month's last good night; None where there are not yet two."""
    since = clock.midnight(months_until(clock.wib_date(now))[0])
    months: dict[date, tuple[date, int, int]] = {}
    taken = source.snapshots.filter(taken_at__gte=since).order_by("taken_at")
    for at, amount, count in taken.values_list("taken_at", "byte_count", "row_count"):
        day = clock.wib_date(at)
        months[day.replace(day=1)] = (day, amount, count)
    if len(months) < 2:  # noqa: PLR2004 - one point is no trend
        return None
    rows = list(months.values())
    return Growth(_trend(source, rows), rows, _pace(rows), _row_trend(source, rows))


def _row_trend(source: Source, rows: list[tuple[date, int, int]]) -> SafeString | None:
    """Return the rows over the same nights; None for a source without any."""
    counts = [count for _day, _amount, count in rows]
    if not any(counts):
        return None
    every = max(1, (len(rows) - 1) // 4)
    return charts.trend(
        counts,
        y_word=lambda value: measures.number(round(value)),
        x_words={i: format_date(rows[i][0], "M y") for i in range(0, len(rows), every)},
        last_word=measures.number(counts[-1]),
        label=_("Jumlah baris %(name)s dari bulan ke bulan") % {"name": source.name},
    )


def _trend(source: Source, rows: list[tuple[date, int, int]]) -> SafeString:
    words = _("Ukuran %(name)s dari %(first)s ke %(last)s")
    sizes = [amount for _day, amount, _rows in rows]
    every = max(1, (len(rows) - 1) // 4)
    return charts.trend(
        sizes,
        y_word=_tick,
        x_words={i: format_date(rows[i][0], "M y") for i in range(0, len(rows), every)},
        last_word=measures.size(sizes[-1]),
        label=words
        % {
            "name": source.name,
            "first": measures.size(sizes[0]),
            "last": measures.size(sizes[-1]),
        },
    )


def _tick(amount: float) -> str:
    """Return an axis figure; ticks are round, so "40,0 GB" says no more than "40 GB"."""
    return measures.size(round(amount)).replace(measures.number(0, 1)[1:], "")


def _pace(rows: list[tuple[date, int, int]]) -> str:
    """Return how fast it grows, between the first and the last month."""
    (first, before, _a), (last, after, _b) = rows[0], rows[-1]
    each = round((after - before) / ((last - first) / MONTH)) if last > first else 0
    if not each:
        return _("tetap")
    words = _("naik %(size)s per bulan") if each > 0 else _("turun %(size)s per bulan")
    return words % {"size": measures.size(abs(each))}
