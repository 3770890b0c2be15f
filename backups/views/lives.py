"""Objects over nights, drawn: which night has it, had it otherwise, has it no longer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache, reduce
from operator import or_

from django.db.models import Q
from django.utils.dateformat import format as format_date
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from backups.catalogue.find import Hit
from backups.catalogue.timeline import version_at
from backups.models import TROUBLED, BackupRun, Copy, CopyState, ObjectVersion, Snapshot
from portal.lib import clock
from portal.lib.marks import Mark
from portal.lib.nights import Night

STRIP = 30  # nights in the strip of a hit
AFTER_LOSS = 3  # of them, nights after the first that lacks it
_WORDS = {
    Mark.HERE: _("ada"),
    Mark.CHANGED: _("ada, berubah malam itu"),
    Mark.MISSING: _("tidak ada"),
    Mark.FAILED: _("malam gagal"),
    Mark.NONE: _("tidak ada malam, atau belum dibuat"),
}


@dataclass(slots=True)
class Nights:
    """A source's nights of some stretch: snapshots by day, restorable ones, failed days."""

    taken: list[tuple[int, date]] = field(default_factory=list)
    restorable: set[int] = field(default_factory=set)
    failed: set[date] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The days that a strip shows, both ends included."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        """All of them, the oldest first."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


def stretch_for(hit: Hit, now: datetime) -> Stretch:
    """Return the last thirty nights, or for what was lost before those the ones around it."""
    today = clock.wib_date(now)
    last = today
    if hit.gone_at:
        last = min(today, clock.wib_date(hit.gone_at) + timedelta(days=AFTER_LOSS))
        if clock.wib_date(hit.last_seen) > today - timedelta(days=STRIP - 1):
            last = today
    return Stretch(last - timedelta(days=STRIP - 1), last)


def nights_in(stretches: Mapping[int, Stretch]) -> dict[int, Nights]:
    """Return source id -> its nights of that source's stretch; three queries."""
    found = {source: Nights() for source in stretches}
    if not stretches:
        return found
    taken = reduce(or_, (_taken_in(source, days) for source, days in stretches.items()))
    rows = Snapshot.objects.filter(taken).order_by("pk")
    for pk, source, at in rows.values_list("pk", "source_id", "taken_at"):
        found[source].taken.append((pk, clock.wib_date(at)))
    ids = [pk for nights in found.values() for pk, _day in nights.taken]
    stored = Copy.objects.filter(snapshot__in=ids, state=CopyState.STORED)
    standing = set(stored.values_list("snapshot", flat=True))
    for nights in found.values():
        nights.restorable = {pk for pk, _day in nights.taken if pk in standing}
    for source, night in _failed(stretches):
        found[source].failed.add(night)
    return found


def _taken_in(source: int, days: Stretch) -> Q:
    end = clock.midnight(days.last + timedelta(days=1))
    return Q(source=source, taken_at__gte=clock.midnight(days.first), taken_at__lt=end)


def _failed(stretches: Mapping[int, Stretch]) -> Iterable[tuple[int, date]]:
    first = min(days.first for days in stretches.values())
    runs = BackupRun.objects.filter(source__in=stretches, state__in=TROUBLED, night__gte=first)
    return runs.order_by().values_list("source_id", "night")


def versions_in(
    hits: Sequence[Hit], nights: Mapping[int, Nights]
) -> dict[tuple[int, str], list[ObjectVersion]]:
    """Return (source, key) -> the versions that stood in the source's stretch; one query."""
    wanted = [_of_source(source, hits, some) for source, some in nights.items() if some.taken]
    found: dict[tuple[int, str], list[ObjectVersion]] = {}
    if wanted:
        for version in ObjectVersion.objects.filter(reduce(or_, wanted)).order_by("since_id"):
            found.setdefault((version.source_id, version.name_key), []).append(version)
    return found


def _of_source(source: int, hits: Sequence[Hit], nights: Nights) -> Q:
    keys = [hit.known.name_key for hit in hits if hit.known.source_id == source]
    standing = Q(until=None) | Q(until__gt=nights.taken[0][0])
    return Q(source=source, name_key__in=keys) & standing


def cells_of(
    first: int, versions: Sequence[ObjectVersion], nights: Nights, days: Stretch
) -> list[Night]:
    """Return one cell for each day: there, changed that night, not there, failed, or no night.

    `first` is the snapshot in which the object was seen first.
    """
    last_of_day = {day: pk for pk, day in nights.taken}
    cells = []
    for day in days.days:
        if day in last_of_day:
            mark = _mark_of(first, versions, last_of_day[day])
        else:
            mark = Mark.FAILED if day in nights.failed else Mark.NONE
        cells.append(_cell(day, mark))
    return cells


def _mark_of(first: int, versions: Sequence[ObjectVersion], night: int) -> Mark:
    version = version_at(versions, night)
    if version is None:
        return Mark.MISSING if night > first else Mark.NONE
    return Mark.CHANGED if night == version.since_id and night != first else Mark.HERE


def _cell(day: date, mark: Mark) -> Night:
    return Night(day, mark, _title(day, mark, get_language()))


@lru_cache(maxsize=8192)  # a page draws the same nights once for each hit
def _title(day: date, mark: Mark, _language: str | None) -> str:
    return f"{format_date(day, 'l, j F Y')}: {_WORDS[mark]}"
