"""What every minute puts right: nights not opened, doorbells not heard, workers that died.

Everything here follows from rows alone, so it may run twice, late, or in two clusters at once.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F

from backups.alerts import clear_alert, raise_alert
from backups.jobs import download_care
from backups.jobs.judging import judge_waiting
from backups.jobs.lifecycle import log
from backups.models import (
    LOST_AFTER,
    AlertKind,
    BackupRun,
    Copy,
    CopyState,
    Job,
    JobState,
    RestoreJob,
    RunKind,
    Source,
    TouchingJob,
    Transfer,
)
from backups.orders import TASKS, order_night, order_transfer, ring
from portal.lib import clock
from portal.lib.queue import enqueue

RING_AGAIN_AFTER = timedelta(minutes=10)
TRY_AGAIN_AFTER = timedelta(minutes=10)
TRIES_PER_NIGHT = 3
RECOVERIES = 3  # workers that may die over one restore before a person is asked


def every_minute(now: datetime) -> None:
    """Open the night where it is not open, end what is lost, ring what waits, judge ages."""
    end_lost_jobs(now)
    open_night(now)
    pay_owed_copies(now)
    ring_waiting(now)
    judge_ages(now)
    discard_what_is_over(now)
    judge_waiting(now)
    download_care.every_minute(now)


def open_night(now: datetime) -> list[BackupRun]:
    """Order tonight's run of every source that has none, or whose last try may be repeated.

    At 00:00 WIB that is every active source; at 03:00, after workers were down, the same, once,
    marked late. A source added after midnight waits for the next one.
    """
    night = clock.wib_date(now)
    ordered = []
    for source in Source.objects.active().filter(created_at__lt=clock.midnight(night)):
        attempt = _next_attempt(source, night, now)
        run = order_night(source, night, attempt, now) if attempt else None
        if run:
            ordered.append(run)
            if run.late:
                raise_alert(AlertKind.NIGHT_LATE, now, source=source, night=str(night))
    return ordered


def _next_attempt(source: Source, night: date, now: datetime) -> int | None:
    """Return the number of the try that is due, None when none is."""
    nightly = source.runs.filter(kind=RunKind.NIGHTLY, night=night)
    last = nightly.order_by("-attempt").first()
    if last is None:
        return 1
    if last.attempt >= TRIES_PER_NIGHT or last.permanent:
        return None
    if last.state == JobState.LOST:
        return last.attempt + 1
    ended_long_ago = last.finished_at is not None and last.finished_at <= now - TRY_AGAIN_AFTER
    return last.attempt + 1 if last.state == JobState.FAILED and ended_long_ago else None


def end_lost_jobs(now: datetime) -> int:
    """Turn jobs whose worker fell silent into LOST; return how many."""
    ended = 0
    for model in TASKS:
        for job in model.objects.silent_since(now - LOST_AFTER):
            taken_up = isinstance(job, TouchingJob) and _take_up(job)
            ended += 0 if taken_up else _end_lost(job, now)
    return ended


def _take_up(job: TouchingJob) -> bool:
    """Queue a restore whose worker died for another one, which asks the target where it stands."""
    if job.recoveries >= RECOVERIES:
        return False
    rows = type(job)._default_manager.filter(  # noqa: SLF001 - Django documents it
        pk=job.pk, state=JobState.RUNNING, heartbeat_at=job.heartbeat_at
    )
    log.warning("%s fell silent with its worker %s; it is taken up", job, job.worker)
    return bool(
        rows.update(
            state=JobState.QUEUED,
            recovering=True,
            recoveries=F("recoveries") + 1,
            rung_at=None,
            cancel_requested_at=None,
        )
    )


def discard_what_is_over(now: datetime) -> int:
    """Ring for each restore whose undo period is over and whose old still stands aside."""
    over = RestoreJob.objects.filter(
        state=JobState.GOOD, undo_until__lte=now, discarded_at=None, undone_at=None
    )
    due = over.filter(discard_rung_at=None) | over.filter(
        discard_rung_at__lte=now - RING_AGAIN_AFTER
    )
    for job in due:
        with transaction.atomic():
            RestoreJob.objects.filter(pk=job.pk).update(discard_rung_at=now)
            enqueue("backups.tasks.discard_old", job.pk, cluster="restore")
    return len(due)


def _end_lost(job: Job, now: datetime) -> int:
    rows = type(job).objects.filter(
        pk=job.pk, state=JobState.RUNNING, heartbeat_at=job.heartbeat_at
    )
    lost = rows.update(
        state=JobState.LOST,
        finished_at=now,
        error=f"The worker {job.worker} fell silent; nothing of this run counts.",
        error_kind="WorkerLost",
        advice="A night's run is started again by itself; any other, order once more.",
    )
    if lost and isinstance(job, BackupRun):
        log.warning("%s was lost with its worker %s", job, job.worker)
        raise_alert(
            AlertKind.RUN_FAILED, now, source=job.source, run=job.pk, error_kind="WorkerLost"
        )
    return lost


def ring_waiting(now: datetime) -> int:
    """Ring again for jobs whose doorbell nobody heard; return how many."""
    rung = 0
    for model in TASKS:
        waiting = model.objects.due(now)
        for job in waiting.filter(rung_at=None) | waiting.filter(
            rung_at__lte=now - RING_AGAIN_AFTER
        ):
            rung += ring(job, now)
    return rung


def pay_owed_copies(now: datetime) -> None:
    """Order a transfer for every source with an owed copy whose next try has come."""
    owed = Copy.objects.filter(state=CopyState.OWED, repository__vault__enabled=True)
    due = owed.filter(next_try_at=None) | owed.filter(next_try_at__lte=now)
    for source in Source.objects.filter(pk__in=due.values("snapshot__source")):
        if not Transfer.objects.unfinished().filter(source=source).exists():
            order_transfer(source, now)


def judge_ages(now: datetime) -> None:
    """Open an alarm for each source whose newest good copy is older than its target."""
    for source in Source.objects.active():
        newest = source.snapshots.restorable().nights().first()
        born = newest.taken_at if newest else source.created_at
        if now - born > timedelta(hours=source.age_target_hours):
            last_good = newest.taken_at.isoformat() if newest else None
            raise_alert(AlertKind.NIGHT_MISSED, now, source=source, last_good=last_good)
        else:
            clear_alert(AlertKind.NIGHT_MISSED, now, source=source)
