"""A restore carried out as its worker would, what each step took, and a client that asks on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from backups.jobs import nightly
from backups.models import JobState, RestoreJob, RestoreTarget, Snapshot, Source
from backups.orders import order_backup
from backups.restoring import Order, order_restore
from bench.worker import done_by_a_worker
from portal.lib import clock

ASKED_EVERY = 0.1  # seconds: the client asks ten times a second
Figure = tuple[str, str, str]


def backed_up(source: Source) -> Snapshot:
    """Back the source up and return the snapshot to restore."""
    run = order_backup(source, None, clock.now(), rung=False)
    if nightly.run(run.pk, clock.now(), ring_transfer=False) != JobState.GOOD:
        run.refresh_from_db()
        raise RuntimeError(run.error)
    return source.snapshots.get()


def restored(snapshot: Snapshot, *tables: str) -> tuple[RestoreJob, float]:
    """Restore the copy, or these tables of it, to live; return it and its worker's peak in MB."""
    scope = {"kind": "tables", "names": list(tables)} if tables else {"kind": "whole"}
    order = Order(snapshot, RestoreTarget.LIVE, scope, emergency="bench")
    job = order_restore(order, clock.now(), rung=False)
    done = done_by_a_worker(job.pk, "run_restore")
    job.refresh_from_db()
    if job.outcome != "restored":
        raise RuntimeError(job.error)
    return job, done.megabytes


def steps(job: RestoreJob) -> Iterator[Figure]:
    """Yield what each step of the restore took."""
    for step in job.steps:
        began, ended = _step(job, step["phase"])
        after = (began - job.started_at).total_seconds()
        took = (ended - began).total_seconds()
        yield f"    {step['phase']}, after {after:.1f} s", f"{took:.1f} s", ""


class Gaps:
    """The times without an answer that a client met which asks ten times a second."""

    def __init__(self) -> None:
        self._gaps: list[tuple[datetime, datetime]] = []

    def met(self, since: datetime, until: datetime) -> None:
        """Keep one: there was no answer between these two moments."""
        self._gaps.append((since, until))

    def longest(self) -> str:
        """Return the longest of all."""
        return _milliseconds(self._gaps)

    def longest_in(self, job: RestoreJob, phase: str) -> str:
        """Return the longest of those that touch a step of the job."""
        began, ended = _step(job, phase)
        return _milliseconds([gap for gap in self._gaps if gap[1] >= began and gap[0] <= ended])

    def where(self, job: RestoreJob) -> str:
        """Return in which steps of the job the longest lies."""
        since, until = max(self._gaps, key=lambda gap: gap[1] - gap[0])
        phases = [
            phase
            for phase in (step["phase"] for step in job.steps)
            if _step(job, phase)[0] <= until and _step(job, phase)[1] >= since
        ]
        return " and ".join(phases) or "none of its steps"


def _milliseconds(gaps: list[tuple[datetime, datetime]]) -> str:
    longest = max((until - since for since, until in gaps), default=timedelta())
    return f"{longest.total_seconds() * 1000:.0f} ms"


def _step(job: RestoreJob, phase: str) -> tuple[datetime, datetime]:
    step = next(step for step in job.steps if step["phase"] == phase)
    return datetime.fromisoformat(step["began"]), datetime.fromisoformat(step["ended"])


@contextmanager
def asking(ask: Callable[[], object], refused: type[Exception]) -> Iterator[Gaps]:
    """Ask ten times a second all the while; yield what keeps the times without an answer."""
    over, gaps = threading.Event(), Gaps()

    def go_on() -> None:
        last = clock.now()
        while not over.wait(ASKED_EVERY):
            try:
                ask()
            except refused:
                continue
            now = clock.now()
            gaps.met(last, now)
            last = now

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield gaps
    finally:
        over.set()
        thread.join()


@dataclass(frozen=True, slots=True)
class Living:
    """A living database: its kind, a table of 5 %, how a client asks it, what a refusal raises.

    `ask_table` asks the table of 5 % itself, `spoil` damages both as people do.
    """

    kind: str
    table: str
    ask: Callable[[], object]
    ask_table: Callable[[], object]
    refused: type[Exception]
    spoil: Callable[[], None]


def compared(living: Living, snapshot: Snapshot, plain: float) -> Iterator[Figure]:
    """Yield the figures of a whole restore beside `plain` seconds, then of one table's beside it.

    Damaged are rows that stand together, as those of one day do; most of the safety copy is known
    to the vault then, as it is after most mishaps. All that a restore does counts.
    """
    whole, gap = _brought(living, snapshot)
    told = f"{whole.seconds / plain:.2f} ({whole.seconds:.1f} s)"
    yield f"{living.kind}, whole to live / the plain load", told, "at most 2.20"
    yield from (*gap, *steps(whole))
    part, gap = _brought(living, snapshot, living.table)
    told = f"{part.seconds / whole.seconds:.2f} ({part.seconds:.1f} s)"
    yield f"{living.kind}, one table of 5 % / restoring everything", told, "at most 0.15"
    yield from (*gap, *steps(part))


def _brought(living: Living, snapshot: Snapshot, *tables: str) -> tuple[RestoreJob, list[Figure]]:
    living.spoil()
    with (
        asking(living.ask, living.refused) as gap,
        asking(living.ask_table, living.refused) as table_gap,
    ):
        job, megabytes = restored(snapshot, *tables)
    told = [
        ("  longest gap of a client in the swap", gap.longest_in(job, "swap"), "under 1000 ms"),
        (f"  the same, in all of it (it was in {gap.where(job)})", gap.longest(), ""),
    ]
    if tables:
        told.append(("  of one that asks the restored table", table_gap.longest(), ""))
    told.append(("  peak memory of the worker", f"{megabytes:.0f} MB", ""))
    return job, told
