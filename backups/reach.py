"""How reachable the systems are and were, read from stretches; asked by pages of every room."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Max, Q

from backups.models import (
    InformationSystem,
    JobState,
    PlannedWork,
    RestoreJob,
    RestoreTarget,
    Stretch,
)
from backups.uptime import Interval, common, joined, total, within, without
from portal.lib import clock

Thing = tuple[str, int]  # ("system", its key) for a page, ("source", its key) for a database
FRESH = timedelta(minutes=15)  # what was seen longer ago says nothing of now


@dataclass(frozen=True, slots=True)
class Record:
    """One system over a time. `measured` is when somebody looked; `down` is part of it.

    `repairs` is when data of it were being restored in place. A system is down while its page
    or any of its databases does not answer.
    """

    measured: list[Interval]
    down: list[Interval]
    planned: list[Interval] = field(default_factory=list)
    repairs: list[Interval] = field(default_factory=list)

    def between(self, begin: datetime, end: datetime) -> Record:
        """Return the part of it that lies between two moments."""
        parts = (self.measured, self.down, self.planned, self.repairs)
        return Record(*(within(part, begin, end) for part in parts))

    @property
    def counted(self) -> timedelta:
        """How long it was measured outside planned work."""
        return total(without(self.measured, self.planned))

    @property
    def lost(self) -> timedelta:
        """How long it was down outside planned work."""
        return total(without(self.down, self.planned))

    @property
    def lost_in_plan(self) -> timedelta:
        """How long it was down during planned work."""
        return total(common(self.down, self.planned))

    @property
    def lost_in_repair(self) -> timedelta:
        """How long it was down while its data were being restored."""
        return total(common(self.down, self.repairs))

    @property
    def share(self) -> float | None:
        """The part of the counted time in which it answered, 0 to 1; None where nobody looked."""
        counted = self.counted
        return 1 - self.lost / counted if counted else None


def records(
    systems: Iterable[InformationSystem], begin: datetime, end: datetime
) -> dict[int, Record]:
    """Return system id -> its record between two moments; five queries."""
    known = list(systems)
    seen, missed = _stretches(begin, end)
    behind, planned, repairs = sources_behind(), _planned(begin, end), _repairs(begin, end)
    found = {}
    for system in known:
        things: list[Thing] = [("system", system.pk)]
        things += [("source", pk) for pk in behind.get(system.pk, ())]
        found[system.pk] = Record(
            joined(part for thing in things for part in seen.get(thing, ())),
            joined(part for thing in things for part in missed.get(thing, ())),
            joined([*planned.get(None, ()), *planned.get(system.pk, ())]),
            joined(part for pk in behind.get(system.pk, ()) for part in repairs.get(pk, ())),
        ).between(begin, end)
    return found


def _stretches(
    begin: datetime, end: datetime
) -> tuple[Mapping[Thing, list[Interval]], Mapping[Thing, list[Interval]]]:
    """Return when each thing was looked at, and when it did not answer."""
    seen: defaultdict[Thing, list[Interval]] = defaultdict(list)
    missed: defaultdict[Thing, list[Interval]] = defaultdict(list)
    rows = Stretch.objects.within(begin, end).order_by()
    for system, source, up, began, last, ended in rows.values_list(
        "system_id", "source_id", "up", "began_at", "seen_at", "ended_at"
    ):
        thing = ("system", system) if system else ("source", source)
        stretch = (began, ended or last)
        seen[thing].append(stretch)
        if not up:
            missed[thing].append(stretch)
    return seen, missed


def sources_behind() -> dict[int, list[int]]:
    """Return system id -> the sources behind it; one query."""
    found: dict[int, list[int]] = {}
    pairs = InformationSystem.sources.through.objects.values_list(
        "informationsystem_id", "source_id"
    )
    for system, source in pairs:
        found.setdefault(system, []).append(source)
    return found


def _repairs(begin: datetime, end: datetime) -> dict[int, list[Interval]]:
    """Return source id -> when it was being restored in place."""
    found: dict[int, list[Interval]] = {}
    rows = RestoreJob.objects.filter(target=RestoreTarget.LIVE, started_at__lt=end).filter(
        Q(finished_at=None) | Q(finished_at__gt=begin)
    )
    for source, started, finished in rows.values_list("source", "started_at", "finished_at"):
        if started:
            found.setdefault(source, []).append((started, finished or end))
    return found


def being_restored() -> frozenset[int]:
    """Return the systems whose data are being restored in place just now; one query."""
    running = RestoreJob.objects.filter(state=JobState.RUNNING, target=RestoreTarget.LIVE)
    rows = InformationSystem.objects.filter(sources__in=running.values("source"))
    return frozenset(rows.values_list("pk", flat=True))


def _planned(begin: datetime, end: datetime) -> dict[int | None, list[Interval]]:
    """Return system id -> its announced times; None stands for all systems."""
    found: dict[int | None, list[Interval]] = {}
    rows = PlannedWork.objects.standing().filter(starts_at__lt=end, ends_at__gt=begin)
    for starts, ends, system in rows.values_list("starts_at", "ends_at", "systems"):
        found.setdefault(system, []).append((starts, ends))
    return found


@dataclass(frozen=True, slots=True)
class Now:
    """How a system answers just now: `up` is None where nobody looked lately."""

    up: bool | None
    since: datetime | None = None
    why: str = ""


def standing_now(now: datetime) -> dict[int, Now]:
    """Return system id -> how it answers; what is not there was never looked at. Two queries."""
    last: dict[Thing, Stretch] = {}
    for row in Stretch.objects.going_on().filter(seen_at__gt=now - FRESH):
        last["system" if row.system_id else "source", row.system_id or row.source_id] = row
    behind = sources_behind()
    found = {}
    for system in InformationSystem.objects.values_list("pk", flat=True):
        things: list[Thing] = [
            ("system", system),
            *(("source", pk) for pk in behind.get(system, ())),
        ]
        rows = [last[thing] for thing in things if thing in last]
        if rows:
            found[system] = _now(rows)
    return found


def _now(rows: list[Stretch]) -> Now:
    missing = [row for row in rows if not row.up]
    if missing:
        first = min(missing, key=lambda row: row.began_at)
        return Now(up=False, since=first.began_at, why=first.why)
    return Now(up=True, since=max(row.began_at for row in rows))


def last_look() -> datetime | None:
    """Return when the systems were last looked at."""
    moment: datetime | None = Stretch.objects.going_on().aggregate(last=Max("seen_at"))["last"]
    return moment


def by_day(record: Record, first: date, last: date) -> list[tuple[date, Record]]:
    """Return each WIB day with its part of the record."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [
        (day, record.between(clock.midnight(day), clock.midnight(day + timedelta(days=1))))
        for day in days
    ]
