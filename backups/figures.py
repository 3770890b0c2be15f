"""Figures over a time, for reports: nights, bytes read, proof, drills. Computed, never kept.

Days are WIB and both ends are included. What each figure means stands with its page
(portal.reports.indicators); tests/recount.py computes the same from the raw rows in another way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncDate, TruncMonth

from backups.models import (
    BackupRun,
    Copy,
    CopyState,
    Drill,
    JobState,
    Repository,
    RunKind,
    Source,
    VaultCheck,
    VaultRole,
    last_proof,
)
from portal.lib import clock

COUNTED_AFTER = timedelta(hours=1)  # a night counts from an hour after its 00:00
MONTH = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Nights:
    """Nights due, those of which a proven whole copy lies in both places, and in one only."""

    due: int = 0
    kept: int = 0
    single: int = 0

    def __add__(self, other: Nights) -> Nights:
        return Nights(self.due + other.due, self.kept + other.kept, self.single + other.single)

    @property
    def missed(self) -> int:
        """Nights of which nothing whole was stored."""
        return self.due - self.kept - self.single

    @property
    def share(self) -> float | None:
        """The part that is in both places, 0 to 1; None where no night was due."""
        return self.kept / self.due if self.due else None


def months_of(first: date, last: date) -> list[date]:
    """Return the first day of every month that has a day between two days."""
    count = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(n // 12, n % 12 + 1, 1) for n in count]


def last_counted(last: date, now: datetime) -> date:
    """Return the last night that counts by now: tonight's from an hour after midnight on."""
    return min(last, clock.wib_date(now - COUNTED_AFTER))


def nights_by_month(first: date, last: date, now: datetime) -> dict[date, Nights]:
    """Return month -> its nights; every month of the time is there. Two queries."""
    until = last_counted(last, now)
    months = months_of(first, last)
    due = dict.fromkeys(months, 0)
    for begin, end in _due_times(first, until):
        for month in months_of(begin, end) if begin <= end else ():
            due[month] += (min(end, _month_end(month)) - max(begin, month)).days + 1
    good = _good(first, until)
    return {month: Nights(due[month], *good.get(month, (0, 0))) for month in months}


def _month_end(month: date) -> date:
    return (month + MONTH).replace(day=1) - timedelta(days=1)


def _due_times(first: date, until: date) -> Iterable[tuple[date, date]]:
    """Yield each source's first and last due night of the time.

    A source is due from the first 00:00 after it was added until the last before it was retired;
    a paused one until its last run.
    """
    ran = BackupRun.objects.filter(source=OuterRef("pk")).exclude(kind=RunKind.SAFETY)
    newest = ran.order_by("-night").values("night")[:1]
    for source in Source.objects.annotate(last_run=Subquery(newest)):
        begin, end = clock.wib_date(source.created_at) + timedelta(days=1), until
        if source.retired_at:
            end = min(end, clock.wib_date(source.retired_at))
        if source.paused:
            end = min(end, source.last_run or date.min)
        yield max(begin, first), end


def _good(first: date, until: date) -> dict[date, tuple[int, int]]:
    """Return month -> due nights with a whole copy in both places, and in the local one alone."""
    runs = (
        BackupRun.objects.filter(state=JobState.GOOD, night__gte=first, night__lte=until)
        .exclude(kind=RunKind.SAFETY)
        .annotate(
            added=TruncDate("source__created_at", tzinfo=clock.WIB),
            retired=TruncDate("source__retired_at", tzinfo=clock.WIB),
            moved=Exists(_arrived(VaultRole.MEDIA)),
        )
        .filter(Q(retired=None) | Q(retired__gte=F("night")), night__gt=F("added"))
        .filter(Exists(_arrived(VaultRole.LOCAL)))
    )
    found: dict[date, tuple[int, int]] = {}
    rows = runs.annotate(month=TruncMonth("night")).values("month", "source").order_by()
    for row in rows.annotate(
        stored=Count("night", distinct=True),
        kept=Count("night", distinct=True, filter=Q(moved=True)),
    ):
        kept, single = found.get(row["month"], (0, 0))
        found[row["month"]] = (kept + row["kept"], single + row["stored"] - row["kept"])
    return found


def _arrived(role: VaultRole) -> QuerySet[Copy]:
    """Return the copies of a run's snapshot that arrived there; tidied later is no fault."""
    arrived = Copy.objects.filter(state__in=(CopyState.STORED, CopyState.FORGOTTEN))
    return arrived.filter(snapshot__run=OuterRef("pk"), repository__vault__role=role)


@dataclass(frozen=True, slots=True)
class ReadCheck:
    """Bytes that lie in the vaults, and those read whole within the days that a vault promises."""

    held: int
    read: int

    @property
    def share(self) -> float | None:
        """The part that was read; None where nothing lies there."""
        return self.read / self.held if self.held else None


def read_check(at: datetime) -> ReadCheck:
    """Return how much of what lies in the vaults was read by the moment `at`; one query.

    Sizes are as last measured; whether a repository was read follows from its checks.
    """
    checks = VaultCheck.objects.filter(
        repository=OuterRef("pk"), read_data=True, state=JobState.GOOD, finished_at__lte=at
    )
    checked = Subquery(checks.order_by("-finished_at").values("finished_at")[:1])
    held = done = 0
    repositories = Repository.objects.filter(vault__enabled=True, source__retired_at=None)
    for repository in repositories.select_related("vault").annotate(checked=checked):
        amount = repository.stored_bytes or 0
        told = [repository.checked, repository.read_at]
        last = max((moment for moment in told if moment and moment <= at), default=None)
        held += amount
        if last and last > at - timedelta(days=repository.vault.read_within_days):
            done += amount
    return ReadCheck(held, done)


@dataclass(frozen=True, slots=True)
class Proof:
    """When a source was last proven by the moment asked for, and how many days ago."""

    source: Source
    at: datetime | None
    days: int | None


def proofs(at: datetime) -> list[Proof]:
    """Return every active source's last proof by `at`, the longest unproven first; one query."""
    sources = Source.objects.active().filter(created_at__lt=at)
    rows = sources.annotate(proven=last_proof(at))
    found = [Proof(row, row.proven, (at - row.proven).days if row.proven else None) for row in rows]
    return sorted(found, key=lambda proof: (proof.at is not None, proof.at, proof.source.name))


def typical_age(found: Iterable[Proof]) -> int | None:
    """Return the middle of the proven ages in days; None where nothing was ever proven."""
    ages = [proof.days for proof in found if proof.days is not None]
    return round(median(ages)) if ages else None


@dataclass(frozen=True, slots=True)
class Recovery:
    """A source's drills of the time: how many, how many proved it, how long they took."""

    source: Source
    drills: int
    proven: int
    typical: float | None
    longest: float | None

    @property
    def target(self) -> int:
        """The seconds within which the source is to be back."""
        return self.source.recovery_target_minutes * 60

    @property
    def in_time(self) -> bool | None:
        """Whether even the longest stayed within the target; None where none proved it."""
        return None if self.longest is None else self.longest <= self.target


def recoveries(first: date, last: date) -> list[Recovery]:
    """Return the sources that were drilled in the time; one query."""
    over = Drill.objects.exclude(finished_at=None).filter(
        finished_at__gte=clock.midnight(first),
        finished_at__lt=clock.midnight(last + timedelta(days=1)),
    )
    by_source: dict[int, list[Drill]] = {}
    for drill in over.select_related("source").order_by("source__name", "pk"):
        by_source.setdefault(drill.source_id, []).append(drill)
    return [_recovery(drills) for drills in by_source.values()]


def _recovery(drills: list[Drill]) -> Recovery:
    good = [drill for drill in drills if drill.state == JobState.GOOD]
    took = [drill.seconds for drill in good if drill.seconds is not None]
    return Recovery(
        source=drills[0].source,
        drills=len(drills),
        proven=len(good),
        typical=median(took) if took else None,
        longest=max(took, default=None),
    )
