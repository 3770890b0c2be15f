"""Drills: fetch, load into a sandbox, dump again, compare every digest (architecture, 5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction

from backups import wiring
from backups.alerts import clear_alert, raise_alert
from backups.errors import ProofFailed
from backups.jobs import lifecycle
from backups.jobs.fetching import fetch, scratch
from backups.jobs.proving import prove_place
from backups.models import (
    AlertKind,
    Drill,
    DrillPhase,
    JobState,
    Snapshot,
    Source,
    last_proof,
)
from backups.orders import order_drill
from backups.specs import Fetched
from backups.verify import Proof
from portal.lib import clock

PROVEN_WITHIN = timedelta(days=7)
A_NIGHT_BEARS = 8  # drills ordered in one night; the longest unproven come first
SERVER_FACTS = frozenset({"roles", "database"})  # of the server; no load of one database has them


def run(pk: int, now: datetime) -> JobState | None:
    """Carry out a queued drill; None when somebody else has it.

    GOOD marks the snapshot proven. A drill that fails is an alarm, for that night cannot be
    counted on.
    """
    job = lifecycle.claim(Drill, pk, now)
    if job is None:
        return None
    state = lifecycle.carry_out(job, lambda watch: _drill(job, watch))
    job.refresh_from_db()
    if state == JobState.GOOD:
        clear_alert(AlertKind.DRILL_FAILED, clock.now(), source=job.source)
    elif state != JobState.CANCELLED:
        raise_alert(
            AlertKind.DRILL_FAILED,
            clock.now(),
            source=job.source,
            error=job.error,
            error_kind=job.error_kind,
            advice=job.advice,
        )
    return state


def _drill(job: Drill, watch: lifecycle.JobWatch) -> None:
    with scratch(job.source, "drill") as folder:
        watch.begin(DrillPhase.FETCH, job.snapshot.byte_count)
        fetched, _ = fetch(job.snapshot, folder / "fetched", watch)
        proof = _loaded_and_proven(job, fetched, folder, watch)
    _write(job, proof, watch)


def _loaded_and_proven(
    job: Drill, fetched: Fetched, folder: Path, watch: lifecycle.JobWatch
) -> Proof:
    restorer, engine = wiring.restorer_for(job.source), wiring.engine_for(job.source)
    watch.begin(DrillPhase.LOAD, job.snapshot.byte_count)
    with restorer.sandbox(folder / "sandbox", fetched) as place:
        restorer.load(fetched, place, watch)
        watch.begin(DrillPhase.PROVE, job.snapshot.byte_count)
        return prove_place(
            fetched, place, engine, folder / "again", watch,
            covers=lambda entry: entry.kind not in SERVER_FACTS,
            definitions=restorer.brings_definitions(),
        )  # fmt: skip


def _write(job: Drill, proof: Proof, watch: lifecycle.JobWatch) -> None:
    figures = {"objects_equal": proof.equal, "objects_total": proof.compared}
    if not proof.holds:
        Drill.objects.filter(pk=job.pk).update(**figures)
        raise ProofFailed(f"{job.source.name}: {proof.sentence()}.")
    with transaction.atomic():
        lifecycle.finish_good(job, watch, **figures)
        Snapshot.objects.filter(pk=job.snapshot_id).update(proven_at=clock.now())


def order_due(now: datetime) -> list[Drill]:
    """Order drills of the sources longest unproven; return them.

    Each source is due when its last proof is a week old; a night bears only so many.
    """
    proven = Source.objects.active().annotate(proven_at=last_proof())
    due = sorted(
        (s for s in proven if s.proven_at is None or now - s.proven_at >= PROVEN_WITHIN),
        key=lambda source: (source.proven_at is not None, source.proven_at or now),
    )
    ordered = (order_drill(source, None, now) for source in due[:A_NIGHT_BEARS])
    return [drill for drill in ordered if drill]
