"""Retention carried out, and strays removed.

A copy is marked forgotten before the repository forgets it: a worker killed between the two
leaves a snapshot too many, which the next tidy removes, and never a row that promises too much.
"""

from __future__ import annotations

from datetime import datetime

from backups import wiring
from backups.alerts import clear_alert, raise_alert
from backups.catalogue.keeping import retention_plan
from backups.jobs.lifecycle import JobWatch
from backups.models import (
    AlertKind,
    BackupRun,
    Copy,
    CopyState,
    JobState,
    Repository,
    Snapshot,
    Source,
)
from backups.retention import SAFETY_STAYS
from backups.specs import StoredSnapshot
from portal.lib import clock

NEVER_GOOD = (JobState.FAILED, JobState.ERRORED, JobState.LOST, JobState.CANCELLED)


def tidy(source: Source, now: datetime, watch: JobWatch) -> None:
    """Let go of what the rule lets go, in every vault, and of snapshots that no row vouches for."""
    decided = retention_plan(source, now)
    if decided.refused:
        watch.note(f"Retention refused: {decided.refused}")
        raise_alert(AlertKind.RETENTION_REFUSED, now, source=source, reason=decided.refused)
    else:
        clear_alert(AlertKind.RETENTION_REFUSED, now, source=source)
    Copy.objects.filter(snapshot__in=decided.forget, state=CopyState.STORED).update(
        state=CopyState.FORGOTTEN, forgotten_at=now
    )
    _let_go_of_parts(source, now)
    for row in source.repositories.filter(vault__enabled=True).exclude(initialised_at=None):
        _remove_what_no_row_vouches_for(row, watch)


def _let_go_of_parts(source: Source, now: datetime) -> None:
    """Forget safety copies of chosen tables that nobody holds any more.

    A restore holds its own right after it was made: SAFETY_STAYS is time enough for that.
    """
    parts = Snapshot.every.filter(source=source, part__isnull=False, holds=None)
    over = parts.filter(taken_at__lt=now - SAFETY_STAYS)
    Copy.objects.filter(snapshot__in=over, state=CopyState.STORED).update(
        state=CopyState.FORGOTTEN, forgotten_at=now
    )


def _remove_what_no_row_vouches_for(row: Repository, watch: JobWatch) -> None:
    repository = wiring.repository_for(row)
    listed = repository.snapshots()
    known = dict(
        Copy.objects.filter(repository=row).exclude(restic_id="").values_list("restic_id", "state")
    )
    doomed = [
        snapshot.id
        for snapshot in listed
        if known.get(snapshot.id) == CopyState.FORGOTTEN
        or (snapshot.id not in known and _is_a_stray(snapshot, row.source))
    ]
    if doomed:
        watch.note(f"{row.vault.name}: forgetting {len(doomed)} snapshots")
        repository.forget(doomed, watch)
    row.stored_bytes, row.measured_at = repository.stored_bytes(), clock.now()
    row.save(update_fields=["stored_bytes", "measured_at"])


def _is_a_stray(snapshot: StoredSnapshot, source: Source) -> bool:
    """Say whether a run of ours that surely never became good left this snapshot.

    Whatever this portal cannot account for stays: a database brought back from an older state
    must not make it forget newer nights.
    """
    runs = [tag.removeprefix("run:") for tag in snapshot.tags if tag.startswith("run:")]
    if len(runs) != 1 or not runs[0].isdigit():
        return False
    ended = BackupRun.objects.filter(source=source, pk=int(runs[0]), snapshot=None)
    return ended.filter(state__in=NEVER_GOOD, started_at__lte=snapshot.taken_at).exists()
