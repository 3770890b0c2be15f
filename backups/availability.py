"""How reachable the systems are, as pages show it: a mark, a word, thirty days in cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _

from backups.models import InformationSystem, PlannedWork
from backups.reach import Now, Record, being_restored, by_day, records, standing_now
from portal.lib import clock, measures
from portal.lib.marks import Mark
from portal.lib.nights import Night

DAYS = 30  # in a row of cells
MOMENT = timedelta(minutes=2)  # shorter than between two looks: no outage that anybody met
LONG = timedelta(hours=1)  # from here on a day counts as broken and not as hindered


@dataclass(frozen=True, slots=True)
class Availability:
    """One system as pages show it."""

    system: InformationSystem
    mark: Mark
    word: str
    now: Now | None
    days: list[Night]
    record: Record
    repair: bool

    @property
    def share(self) -> str:
        """The part of the time in which it could be reached, in words: "99,98 %"."""
        return share_words(self.record.share)

    @property
    def days_words(self) -> str:
        """The cells in words, for whoever cannot see them."""
        words = _("%(name)s: dapat dibuka %(share)s dari %(n)d hari terakhir")
        return words % {"name": self.system.name, "share": self.share, "n": DAYS}


def share_words(share: float | None) -> str:
    """Return a share of time as people read it; never rounded up to the whole."""
    if share is None:
        return "—"
    hundredths = min(int(share * 10000), 10000)
    return f"{measures.number(hundredths / 100, 2)}\N{NO-BREAK SPACE}%"


def availability(systems: Iterable[InformationSystem], now: datetime) -> list[Availability]:
    """Return every system's standing, in announced work and while its data are restored too."""
    known = list(systems)
    today = clock.wib_date(now)
    first = today - timedelta(days=DAYS - 1)
    found = records(known, clock.midnight(first), now)
    standing = standing_now(now)
    planned = at_work(now)
    in_repair = being_restored()
    return [
        _one(
            system,
            found[system.pk],
            standing.get(system.pk),
            by_day(found[system.pk], first, today),
            repair=system.pk in in_repair or system.pk in planned or None in planned,
        )
        for system in known
    ]


def at_work(now: datetime) -> frozenset[int | None]:
    """Return the systems of announced work that goes on; None among them stands for all."""
    going = PlannedWork.objects.standing().filter(starts_at__lte=now, ends_at__gt=now)
    return frozenset(going.values_list("systems", flat=True))


def _one(
    system: InformationSystem,
    record: Record,
    now: Now | None,
    days: list[tuple[date, Record]],
    *,
    repair: bool,
) -> Availability:
    mark, word = _standing(now, repair=repair)
    cells = [Night(day, _mark(part), _title(day, part)) for day, part in days]
    return Availability(system, mark, word, now, cells, record, repair)


def _standing(now: Now | None, *, repair: bool) -> tuple[Mark, str]:
    if repair:
        return Mark.PAUSED, _("Sedang diperbaiki")
    if now is None or now.up is None:
        return Mark.NONE, _("Belum diketahui")
    return (Mark.GOOD, _("Dapat dibuka")) if now.up else (Mark.FAILED, _("Tidak dapat dibuka"))


def _mark(record: Record) -> Mark:
    if not record.measured:
        return Mark.NONE
    if record.lost >= LONG:
        return Mark.FAILED
    if record.lost >= MOMENT:
        return Mark.OWING
    return Mark.PAUSED if record.lost_in_plan >= MOMENT else Mark.GOOD


def _title(day: date, record: Record) -> str:
    words: Mapping[Mark, str] = {
        Mark.NONE: _("tidak diperiksa"),
        Mark.GOOD: _("dapat dibuka"),
        Mark.PAUSED: _("pekerjaan terencana"),
    }
    lost = _("%(time)s tidak dapat dibuka") % {
        "time": measures.duration(record.lost.total_seconds())
    }
    return f"{format_date(day, 'l, j F Y')}: {words.get(_mark(record), lost)}"
