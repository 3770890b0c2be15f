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
    refused: bool
    strip: list[Cell]


def preview_of(source: Source, now: datetime) -> Preview:
    """Return what will stay and go when the coming night has been stored.

    Refused when the clock or the gaps between nights cannot be trusted: then nothing goes.
    """
    at = clock.next_midnight(now)
    nights = nights_of(source)
    coming = Night(TONIGHT, at, clock.wib_date(at))
    decided = plan([*nights, coming], rule_of(source), at)
    days = {night.id: night.day for night in [*nights, coming]}
    going = sorted(days[pk] for pk in decided.forget)
    kept = _kept(source, {pk: reasons[0] for pk, reasons in decided.keep.items()}, days)
    strip = _strip(set(days.values()), going, clock.wib_date(now))
    return Preview(at, len(nights), kept, going, bool(decided.refused), strip)


def _kept(source: Source, reasons: dict[int, str], days: dict[int, date]) -> list[Kept]:
    """Return one line for each reason that keeps a night; a night counts for its first."""
    kept: dict[str, list[date]] = {}
    for pk, reason in reasons.items():
        kept.setdefault(reason, []).append(days[pk])
    return [
        Kept(word, asked, len(kept[reason]), min(kept[reason]), max(kept[reason]))
        for reason, (word, asked) in _words(source).items()
        if reason in kept
    ]


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
