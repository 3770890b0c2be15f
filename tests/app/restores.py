"""Made-up restores for tests and pictures: one at work, one done, one that failed."""

from __future__ import annotations

from datetime import timedelta

from backups.models import JobState, RestoreJob, RestorePhase, RestoreTarget, Source
from tests.app.factories import NOW

MINUTE = timedelta(minutes=1)
TOOK = (0.4, 4.0, 226.0, 72.0, 51.0, 0.2, 1.4, 0.1)


def restore(source: Source, state: str = JobState.GOOD, **fields) -> RestoreJob:
    """Return a restore of the newest night, with the steps that its state has behind it."""
    ended = state in {JobState.GOOD, JobState.FAILED, JobState.CANCELLED}
    values = {
        "source": source,
        "snapshot": source.snapshots.first(),
        "scope": {"kind": "whole"},
        "target": RestoreTarget.LIVE,
        "label": f"pulih_{RestoreJob.objects.count():04d}",
        "reference": "plan:0",
        "reference_name": "DT-2026-000123-7",
        "state": state,
        "ordered_at": NOW - 9 * MINUTE,
        "started_at": None if state == JobState.QUEUED else NOW - 8 * MINUTE,
        "finished_at": NOW - 2 * MINUTE if ended else None,
        "operator": "os:bpti",
        "log": "13:26:48 214 tables loaded\n13:26:52 manifest sha256 ok",
        "survey": {"warnings": [{"code": "stale_view", "facts": {"view": "public.rekap"}}]},
    }
    if state == JobState.GOOD:
        values |= {
            "objects_equal": 214,
            "objects_total": 214,
            "swapped_at": NOW - 3 * MINUTE,
            "undo_until": NOW + timedelta(days=7),
            "answers": {source.name: "", "Halaman KRS": "https://krs.example: 502"},
        }
    values["steps"] = steps(8 if state == JobState.GOOD else 5)
    return RestoreJob.objects.create(**(values | fields))


def steps(count: int, *, open_one: bool = False) -> list[dict]:
    """Return the first steps as the row keeps them, the last one still open where asked."""
    at, kept = NOW - 8 * MINUTE, []
    for phase, took in zip(RestorePhase.values[:count], TOOK, strict=False):
        ended = at + timedelta(seconds=took)
        kept.append({"phase": phase, "began": at.isoformat(), "ended": ended.isoformat()})
        at = ended
    if open_one:
        del kept[-1]["ended"]
    return kept


def at_work(source: Source) -> RestoreJob:
    """Return a restore in the middle of its proof."""
    return restore(
        source,
        JobState.RUNNING,
        phase=RestorePhase.PROVE,
        done=812_440_000,
        total=1_204_318_000,
        rate=5_100_000,
        heartbeat_at=NOW,
        worker="w",
        steps=steps(5, open_one=True),
    )


def saving_and_loading(source: Source) -> RestoreJob:
    """Return a restore that loads beside live while live is still being saved."""
    job = at_work(source)
    job.steps = steps(4, open_one=True)
    del job.steps[1]["ended"]
    job.phase = RestorePhase.LOAD
    job.save(update_fields=["steps", "phase"])
    return job


def waiting(source: Source) -> RestoreJob:
    """Return a restore whose server fell silent in the swap."""
    return restore(
        source,
        JobState.QUEUED,
        phase=RestorePhase.SWAP,
        recovering=True,
        error="SIAKAD: connection refused",
        error_kind="TargetAway",
        steps=steps(6, open_one=True),
    )


def forbidden(source: Source) -> RestoreJob:
    """Return a restore that the survey of its target ended."""
    needed = {"folder": "/srv/arsip", "needed": 48_200_000_000, "free": 3_100_000_000}
    blockers = [
        {"code": "no_write_beside", "facts": {"folder": "/srv/arsip"}},
        {"code": "no_room", "facts": needed},
    ]
    return restore(
        source,
        JobState.FAILED,
        error_kind="RestoreFailed",
        steps=steps(1, open_one=True),
        survey={"warnings": [], "blockers": blockers},
    )


def emergency(source: Source, **fields) -> RestoreJob:
    """Return a restore by command that no second person has looked at."""
    reason = "SIAKAD rusak dua jam sebelum ujian; kepala BPTI dihubungi lewat telepon."
    return restore(source, reference="", reference_name="", emergency=reason, **fields)
