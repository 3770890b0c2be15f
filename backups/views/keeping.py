"""What the retention rule keeps, and what it will let go at the next tidying."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from backups.catalogue.keeping import nights_of, rule_of
from backups.models import Source
from backups.retention import Night, plan
from portal.lib import clock
from portal.lib.marks import Mark
from portal.lib.nights import Night as Cell

STRIP = 35  # nights in the strip
TONIGHT = 0  # stands for the night to come: no row has this id


@dataclass(slots=True)
class Kept:
    """One line of the rule: how many nights it keeps, and from when to when."""

    word: str
    asked: str
    count: int
    first: date
    last: date


@dataclass(slots=True)
class Preview:
    """The rule's next decision, as if tonight went well."""

    at: datetime
    standing: int
    kept: list[Kept]
    going: list[date]
    strip: list[Cell]


def preview_of(source: Source, now: datetime) -> Preview:
    """Return what will stay and go when the coming night has been stored."""
    at = clock.next_midnight(now)
    nights = nights_of(source)
    coming = Night(TONIGHT, at, clock.wib_date(at))
    decided = plan([*nights, coming], rule_of(source), at)
    days = {night.id: night.day for night in [*nights, coming]}
    going = sorted(days[pk] for pk in decided.forget)
    by_reason: dict[str, list[date]] = {}
    for pk, reasons in decided.keep.items():
        by_reason.setdefault(reasons[0], []).append(days[pk])
    kept = [
        Kept(word, asked, len(by_reason[reason]), min(by_reason[reason]), max(by_reason[reason]))
        for reason, (word, asked) in _words(source).items()
        if reason in by_reason
    ]
    return Preview(
        at, len(nights), kept, going, _strip(set(days.values()), going, clock.wib_date(now))
    )


def _words(source: Source) -> dict[str, tuple[str, str]]:
    """Return reason -> its name and what the rule asks of it."""
    return {
        "daily": (_("Harian"), _("%(n)d malam terakhir") % {"n": source.keep_daily}),
        "weekly": (_("Mingguan"), _("%(n)d minggu terakhir") % {"n": source.keep_weekly}),
        "monthly": (_("Bulanan"), _("%(n)d bulan terakhir") % {"n": source.keep_monthly}),
        "yearly": (_("Tahunan"), _("%(n)d tahun terakhir") % {"n": source.keep_yearly}),
        "floor": (_("Batas bawah"), _("paling sedikit %(n)d") % {"n": source.keep_floor}),
        "last normal": (_("Malam lazim terakhir"), _("sebelum perubahan yang tidak lazim")),
        "held": (_("Ditahan"), _("sedang dipakai")),
        "owes a copy": (_("Belum tersalin"), _("menunggu salinan 2")),
    }


def _strip(standing: set[date], going: list[date], today: date) -> list[Cell]:
    """Return the last nights as cells: there, about to go, or gone."""
    cells = []
    for n in range(STRIP - 1, -1, -1):
        day = today - timedelta(days=n)
        mark = Mark.GONE if day in going else Mark.GOOD if day in standing else Mark.NONE
        cells.append(Cell(day, mark, day.isoformat()))
    return cells
