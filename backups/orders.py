"""Asking for work: a row and its doorbell in one transaction. The work itself is in jobs.

Pages may import this and never the jobs: here nothing opens a credential or a vault.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from backups.models import (
    BackupRun,
    Comparison,
    ConnectionTest,
    Drill,
    Job,
    JobState,
    Repository,
    RestoreJob,
    RestoreTarget,
    RestoreUndo,
    RunKind,
    Snapshot,
    Source,
    TargetSurvey,
    Transfer,
    VaultCheck,
)
from portal.accounts.models import User
from portal.lib import clock
from portal.lib.queue import Cluster, enqueue

TASKS: dict[type[Job], tuple[str, Cluster]] = {
    BackupRun: ("backups.tasks.run_backup", "long"),
    Transfer: ("backups.tasks.run_transfer", "long"),
    VaultCheck: ("backups.tasks.run_vault_check", "long"),
    Drill: ("backups.tasks.run_drill", "long"),
    Comparison: ("backups.tasks.run_comparison", "long"),
    TargetSurvey: ("backups.tasks.run_survey", "long"),
    RestoreJob: ("backups.tasks.run_restore", "restore"),
    RestoreUndo: ("backups.tasks.run_undo", "restore"),
    ConnectionTest: ("backups.tasks.run_connection_test", "short"),
}


def ring(job: Job, now: datetime) -> bool:
    """Ring a worker for a queued job; False when it is queued no longer."""
    address, cluster = TASKS[type(job)]
    if isinstance(job, RestoreJob) and job.is_download:
        cluster = "long"  # it is in no hurry, and a restore to live never waits behind it
    with transaction.atomic():
        rows = type(job).objects.filter(pk=job.pk, state=JobState.QUEUED)
        if not rows.update(rung_at=now):
            return False
        enqueue(address, job.pk, cluster=cluster)
    return True


def order_night(source: Source, night: date, attempt: int, now: datetime) -> BackupRun | None:
    """Order a source's run for `night`; None when this attempt was ordered before.

    The database's unique constraint decides, so two clusters at midnight make one run.
    """
    late = attempt == 1 and now - clock.midnight(night) > clock.PUNCTUAL
    try:
        with transaction.atomic():
            run = BackupRun.objects.create(
                source=source,
                kind=RunKind.NIGHTLY,
                night=night,
                attempt=attempt,
                late=late,
                ordered_at=now,
            )
            ring(run, now)
    except IntegrityError:
        return None
    return run


def order_backup(source: Source, by: User | None, now: datetime, *, rung: bool = True) -> BackupRun:
    """Order a run now, or return the asked-for one that waits or runs already."""
    with transaction.atomic():
        waiting = source.runs.unfinished().filter(kind=RunKind.MANUAL).first()
        run = waiting or BackupRun.objects.create(
            source=source,
            kind=RunKind.MANUAL,
            night=clock.wib_date(now),
            ordered_at=now,
            ordered_by=by,
        )
        if rung and not waiting:
            ring(run, now)
    return run


def order_safety(source: Source, by: User | None, now: datetime) -> BackupRun:
    """Order the safety copy that a restore carries out itself: no doorbell is rung for it."""
    return BackupRun.objects.create(
        source=source,
        kind=RunKind.SAFETY,
        night=clock.wib_date(now),
        ordered_at=now,
        ordered_by=by,
        rung_at=now,
    )


def order_transfer(source: Source, now: datetime, *, rung: bool = True) -> Transfer | None:
    """Order the payment of a source's owed copies; None when one is queued already."""
    try:
        with transaction.atomic():
            transfer = Transfer.objects.create(source=source, ordered_at=now)
            if rung:
                ring(transfer, now)
    except IntegrityError:
        return None
    return transfer


def order_connection_test(source: Source, by: User | None, now: datetime) -> ConnectionTest:
    """Order a question to the source, or return the one that is not answered yet."""
    with transaction.atomic():
        waiting = source.connection_tests.unfinished().first()
        if waiting:
            return waiting
        test = ConnectionTest.objects.create(source=source, ordered_at=now, ordered_by=by)
        ring(test, now)
    return test


def order_check(
    repository: Repository,
    now: datetime,
    *,
    read_data: bool = False,
    rolling: bool = False,
    rung: bool = True,
) -> VaultCheck:
    """Order a check of a repository; with `read_data` of every byte, `rolling` of the next part."""
    with transaction.atomic():
        check = VaultCheck.objects.create(
            repository=repository, read_data=read_data, rolling=rolling, ordered_at=now
        )
        if rung:
            ring(check, now)
    return check


def order_drill(
    source: Source, by: User | None, now: datetime, *, rung: bool = True
) -> Drill | None:
    """Order a drill of the source's newest copy, or return the one that is not over yet.

    None when the source has no copy to try.
    """
    with transaction.atomic():
        waiting = Drill.objects.unfinished().filter(source=source).first()
        newest = source.snapshots.restorable().nights().first()
        if waiting or newest is None:
            return waiting
        drill = Drill.objects.create(source=source, snapshot=newest, ordered_at=now, ordered_by=by)
        if rung:
            ring(drill, now)
    return drill


def order_comparison(
    snapshot: Snapshot,
    by: User | None,
    now: datetime,
    *,
    tables: Sequence[str] = (),
    paths: Sequence[str] = (),
    down_to_rows: bool = True,
    rung: bool = True,
) -> Comparison:
    """Order a comparison of what is live with `snapshot`, or return its like that is not over.

    `tables` are names as the manifest has them, `paths` files or folders with all below them;
    without either all of the source is compared. Nothing is changed on either side.
    """
    asked = {"tables": list(tables), "paths": list(paths), "down_to_rows": down_to_rows}
    with transaction.atomic():
        alike = Comparison.objects.unfinished().filter(snapshot=snapshot, **asked).first()
        if alike:
            return alike
        ordered = Comparison.objects.create(
            source=snapshot.source, snapshot=snapshot, ordered_at=now, ordered_by=by, **asked
        )
        if rung:
            ring(ordered, now)
    return ordered


def order_survey(
    snapshot: Snapshot,
    scope: Mapping[str, Any],
    target: RestoreTarget,
    reference: str,
    *,
    by: User | None,
    now: datetime,
) -> TargetSurvey:
    """Order a look at what a restore to `target` would meet; the one not over yet is returned."""
    with transaction.atomic():
        waiting = TargetSurvey.objects.unfinished().filter(reference=reference).first()
        if waiting:
            return waiting
        survey = TargetSurvey.objects.create(
            source=snapshot.source,
            snapshot=snapshot,
            scope=dict(scope),
            target=target,
            reference=reference,
            ordered_at=now,
            ordered_by=by,
        )
        ring(survey, now)
    return survey


def cancel(job: Job, now: datetime) -> bool:
    """Cancel a job that waits, or ask the worker of a running one to stop; False when it ended."""
    rows = type(job).objects.filter(pk=job.pk)
    if rows.filter(state=JobState.QUEUED).update(state=JobState.CANCELLED, finished_at=now):
        return True
    asked = rows.filter(state=JobState.RUNNING, cancel_requested_at=None)
    return bool(asked.update(cancel_requested_at=now))


def retire(source: Source, now: datetime) -> None:
    """End a source's nights: nothing new is made, nothing kept is removed."""
    with transaction.atomic():
        Source.objects.filter(pk=source.pk, retired_at=None).update(retired_at=now)
        for job in (*source.runs.unfinished(), *source.transfers.unfinished()):
            cancel(job, now)
