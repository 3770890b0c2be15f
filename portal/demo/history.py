"""Believable history, made up from a fixed seed: years of nights, drills and looks at systems.

For tests, pictures and the bench, never for a portal in use: the copies it tells of lie nowhere.
Rows are written in bulk, so that five years of three hundred sources take minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from random import Random

from backups.models import (
    BackupRun,
    Copy,
    CopyState,
    Drill,
    InformationSystem,
    JobState,
    Phase,
    Repository,
    RunKind,
    Snapshot,
    Source,
    Stretch,
)
from portal.demo.academic import SEED
from portal.lib import clock

BATCH = 2000
FAILURES, LATE = 0.008, 0.004  # of all nights
DRILL_EVERY = 14  # nights
GROWTH = 1.35  # a source's size after a year, times
OUTAGES = 14  # of a system in a year
LONGEST_OUTAGE = 150  # minutes
FAULTS = (
    ("NoSpace", "The vault's disk is full: 3.4 GB needed, 1.2 GB free."),
    ("SourceUnreachable", "The server did not answer."),
    ("DumpFailed", "The dump ended before its end."),
)
WHYS = ("PageFault", "PageUnreachable", "SourceUnreachable")


@dataclass(frozen=True, slots=True)
class Span:
    """Nights from `first` to `last`, both included."""

    first: date
    last: date

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=n) for n in range(len(self)))

    def __len__(self) -> int:
        return (self.last - self.first).days + 1


def chance(*of: object) -> Random:
    """Return a source of chance that is the same for the same words."""
    return Random(f"{SEED} {of}")  # noqa: S311 - the same rows everywhere, not a secret


def write_nights(source: Source, span: Span, size: int = 8 * 10**9) -> int:
    """Give the source its nights with snapshots, both copies and drills; return how many nights.

    `size` is what it holds on the last night. What retention would have let go stands as tidied.
    """
    random = chance("nights", source.key)
    runs = [run for run in (_run(source, night, span, size, random) for night in span) if run]
    BackupRun.objects.bulk_create(runs, batch_size=BATCH)
    good = [run for run in runs if run.state == JobState.GOOD]
    snapshots = Snapshot.objects.bulk_create(map(_snapshot, good), batch_size=BATCH)
    repositories = list(source.repositories.select_related("vault"))
    kept = _kept(source, span.last)
    copies = (
        _copy(snapshot, repository, stands=kept(run.night))
        for run, snapshot in zip(good, snapshots, strict=True)
        for repository in repositories
    )
    Copy.objects.bulk_create(copies, batch_size=BATCH)
    _write_drills(source, snapshots, random)
    return len(runs)


def _run(source: Source, night: date, span: Span, size: int, random: Random) -> BackupRun | None:
    """Return the night's run; None for one that nobody ordered."""
    luck = random.random()
    if luck < LATE:
        return None
    begun = clock.midnight(night) + timedelta(seconds=random.randint(4, 40))
    run = BackupRun(source=source, kind=RunKind.NIGHTLY, night=night, ordered_at=begun)
    run.started_at = begun
    if luck < LATE + FAILURES:
        run.state, run.phase = JobState.FAILED, Phase.STORE
        run.error_kind, run.error = random.choice(FAULTS)
        run.finished_at = begun + timedelta(minutes=2)
        return run
    run.state = JobState.GOOD
    years = (span.last - night).days / 365
    run.byte_count = round(size / GROWTH**years * random.uniform(0.995, 1.005))
    run.row_count, run.object_count = run.byte_count // 400, 40 + source.pk % 200
    run.finished_at = begun + timedelta(seconds=20 + run.byte_count / 60e6)
    return run


def _snapshot(run: BackupRun) -> Snapshot:
    seal = sha256(f"{run.source_id} {run.night}".encode()).hexdigest()
    return Snapshot(
        source_id=run.source_id,
        run=run,
        taken_at=run.ordered_at + timedelta(seconds=4),
        manifest_sha256=seal,
        object_count=run.object_count or 0,
        row_count=run.row_count or 0,
        byte_count=run.byte_count or 0,
        added_bytes=(run.byte_count or 0) // 160,
    )


class _kept:  # noqa: N801 - called like the function that it is
    """Says whether retention's usual rule still keeps a night (backups.retention, simplified)."""

    def __init__(self, source: Source, last: date) -> None:
        self._daily = last - timedelta(days=source.keep_daily)
        self._weekly = last - timedelta(weeks=source.keep_weekly)
        self._monthly = last - timedelta(days=31 * source.keep_monthly)

    def __call__(self, night: date) -> bool:
        return (
            night > self._daily
            or (night > self._weekly and night.weekday() == 6)  # noqa: PLR2004 - Sunday
            or (night > self._monthly and night.day == 1)
        )


def _copy(snapshot: Snapshot, repository: Repository, *, stands: bool) -> Copy:
    stored = snapshot.taken_at + timedelta(minutes=12)
    return Copy(
        snapshot=snapshot,
        repository=repository,
        state=CopyState.STORED if stands else CopyState.FORGOTTEN,
        restic_id=sha256(f"{repository.pk} {snapshot.pk}".encode()).hexdigest(),
        tree=snapshot.manifest_sha256,
        stored_at=stored,
        forgotten_at=None if stands else stored + timedelta(days=31),
    )


def _write_drills(source: Source, snapshots: Sequence[Snapshot], random: Random) -> None:
    """Try one copy every two weeks; now and then one takes longer than its target, or fails."""
    tried = snapshots[source.pk % DRILL_EVERY :: DRILL_EVERY]
    drills = [_drill(source, snapshot, random) for snapshot in tried]
    Drill.objects.bulk_create(drills, batch_size=BATCH)
    for drill in drills:
        if drill.state == JobState.GOOD:
            drill.snapshot.proven_at = drill.finished_at
    Snapshot.objects.bulk_update(tried, ["proven_at"], batch_size=BATCH)


def _drill(source: Source, snapshot: Snapshot, random: Random) -> Drill:
    night = clock.wib_date(snapshot.taken_at)
    begun = clock.midnight(night) + timedelta(hours=2, minutes=random.randint(0, 90))
    took = timedelta(seconds=60 + snapshot.byte_count / 30e6 * random.uniform(0.8, 2.2))
    failed = random.random() < FAILURES
    return Drill(
        source=source,
        snapshot=snapshot,
        state=JobState.FAILED if failed else JobState.GOOD,
        error_kind="ProofFailed" if failed else "",
        ordered_at=begun,
        started_at=begun,
        finished_at=begun + took,
        objects_total=snapshot.object_count,
        objects_equal=snapshot.object_count - (3 if failed else 0),
    )


def write_looks(system: InformationSystem, begin: datetime, end: datetime) -> int:
    """Give the system's page its stretches of up and down between two moments; return how many."""
    random = chance("looks", system.slug)
    count = round(OUTAGES * (end - begin) / timedelta(days=365))
    minutes = int((end - begin) / timedelta(minutes=5))
    starts = sorted(random.sample(range(minutes), min(count, minutes)))
    at = begin
    rows: list[Stretch] = []
    for start in starts:
        fell = max(at, begin + start * timedelta(minutes=5))
        back = fell + timedelta(minutes=5 * random.randint(1, LONGEST_OUTAGE // 5))
        rows += [_stretch(system, at, fell), _stretch(system, fell, back, random.choice(WHYS))]
        at = back
    rows = [row for row in rows if row.began_at < row.seen_at < end]
    last = max((row.seen_at for row in rows), default=begin)
    open_one = _stretch(system, last, end)
    open_one.ended_at = None
    Stretch.objects.bulk_create([*rows, open_one], batch_size=BATCH)
    return len(rows) + 1


def _stretch(system: InformationSystem, began: datetime, ended: datetime, why: str = "") -> Stretch:
    return Stretch(
        system=system,
        up=not why,
        began_at=began,
        seen_at=ended,
        ended_at=ended,
        looks=max(1, int((ended - began) / timedelta(minutes=5))),
        milliseconds=None if why else 180,
        why=why,
    )
