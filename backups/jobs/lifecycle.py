"""How a job's row moves: claim, heartbeat, finish. Each move is a compare-and-swap.

A worker that lost its row (swept, cancelled, taken by a second one) learns it at the next beat,
stops its child, and its result changes nothing.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any, Self, TypeVar

from django.db import Error as DatabaseAway
from django.db import IntegrityError, close_old_connections, connection, transaction

from backups.errors import BackupError, Cancelled, TargetAway
from backups.models import Job, JobState
from portal.lib import clock

log = logging.getLogger(__name__)
AnyJob = TypeVar("AnyJob", bound=Job)

SAVE_EVERY = 1.0  # seconds between two saved states of progress
KEPT_LOG_LINES = 60


def worker_name() -> str:
    """Return who works here: host, process, thread."""
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_native_id()}"[:120]


def claim(model: type[AnyJob], pk: int, now: datetime) -> AnyJob | None:
    """Take a queued job; None when it is no longer queued or its like runs already."""
    values = {
        "state": JobState.RUNNING,
        "worker": worker_name(),
        "started_at": now,
        "heartbeat_at": now,
        "finished_at": None,
    }
    try:
        with transaction.atomic():
            taken = model.objects.filter(pk=pk, state=JobState.QUEUED).update(**values)
    except IntegrityError:  # one running job per source: the constraint speaks for the database
        return None
    return model.objects.get(pk=pk) if taken else None


def carry_out(job: Job, work: Callable[[JobWatch], None]) -> JobState:
    """Do `work` under a heartbeat, write how it ended, and return the state that stands.

    `work` itself calls `finish_good` (with what it wrote, in one transaction). Expected trouble
    ends as FAILED with its sentence; our own bug ends as ERRORED and is raised again. A restore
    whose target fell silent has no end yet: it is QUEUED again.
    """
    with JobWatch(job) as watch:
        try:
            work(watch)
        except Cancelled as error:
            _finish(job, JobState.CANCELLED, watch, error)
        except TargetAway as error:
            _put_back(job, watch, error)
        except BackupError as error:
            _finish(job, JobState.FAILED, watch, error)
        except BaseException as error:
            _finish(job, JobState.ERRORED, watch, error)
            raise
    job.refresh_from_db()
    return JobState(job.state)


def finish_good(job: Job, watch: JobWatch, **values: Any) -> None:
    """Write GOOD; call it in the transaction that writes the proof. Raises when it was taken."""
    ended = {"finished_at": clock.now(), "phase": "", "log": watch.log_text(), "error": ""}
    ended |= watch.ended_steps()
    if not _still_ours(job).update(state=JobState.GOOD, **ended, **values):
        raise Cancelled("The job was taken from this worker; its result is not recorded.")


def _finish(job: Job, state: JobState, watch: JobWatch, error: BaseException) -> None:
    expected = isinstance(error, BackupError)
    changed = _still_ours(job).update(
        state=state,
        finished_at=clock.now(),
        log=watch.log_text(),
        error=str(error) or type(error).__name__,
        error_kind=type(error).__name__[:40],
        advice=error.advice if isinstance(error, BackupError) else "",
        permanent=error.permanent if isinstance(error, BackupError) else True,
        **watch.ended_steps(),
    )
    if not expected:
        log.error("Job %s %s ended by our own error", type(job).__name__, job.pk, exc_info=error)
    elif changed:
        log.warning("%s: %s", job, error)


def _put_back(job: Job, watch: JobWatch, error: TargetAway) -> None:
    """Let the row wait for its target: the minute-wise care rings for it until that answers."""
    told = {"error": str(error), "error_kind": type(error).__name__, "advice": error.advice}
    log.warning("%s waits: %s", job, error)
    _still_ours(job).update(
        state=JobState.QUEUED, recovering=True, rung_at=None, log=watch.log_text(), **told
    )


def _still_ours(job: Job) -> Any:
    return type(job).objects.filter(pk=job.pk, state=JobState.RUNNING, worker=job.worker)


class JobWatch:
    """A Watch that saves progress at most once a second and hears of a cancel as often.

    Its thread is the heartbeat: while it beats, the sweep leaves the row alone.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._lock = threading.Lock()
        self._phase = ""
        self._done = 0
        self._total: int | None = None
        self._begun = time.monotonic()
        self._lines: deque[str] = deque(maxlen=KEPT_LOG_LINES)
        self._steps: list[dict[str, str]] = []
        self._stopped = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True, name="heartbeat")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def begin(self, phase: str, total: int | None = None, *, firm: bool = False) -> None:
        """Start a phase of the job; its progress counts from nought.

        Raises Cancelled when somebody asked to stop; not for what is `firm`.
        """
        with self._lock:
            self._phase, self._done, self._total = phase, 0, total
            self._begun = time.monotonic()
            self._end_step()
            self._steps.append({"phase": str(phase), "began": clock.now().isoformat()})
        if self.stopped() and not firm:
            raise Cancelled("The work was cancelled.")

    def _end_step(self) -> None:
        if self._steps:
            self._steps[-1].setdefault("ended", clock.now().isoformat())

    def ended_steps(self) -> dict[str, Any]:
        """Return what to write of the phases at the end; nothing where the job keeps its own."""
        with self._lock:
            self._end_step()
        return self._kept_steps()

    def _kept_steps(self) -> dict[str, Any]:
        return {} if self._job.steps else {"steps": list(self._steps)}

    def advance(self, done: int, total: int | None = None) -> None:
        """Say how far the phase is."""
        with self._lock:
            self._done = done
            self._total = total if total is not None else self._total

    def note(self, line: str) -> None:
        """Keep one line for the job's log."""
        stamp = clock.now().astimezone(clock.WIB).strftime("%H:%M:%S")
        self._lines.append(f"{stamp} {line[:500]}")

    def stopped(self) -> bool:
        """Return True when a person cancelled, or the row is no longer ours."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Let the work stop at its next look, as by a cancel: what goes on beside it failed."""
        self._stopped.set()

    def log_text(self) -> str:
        """Return the kept lines."""
        return "\n".join(list(self._lines))

    def state(self) -> tuple[str, int, int | None, int]:
        """Return phase, done, total and rate per second as of now."""
        with self._lock:
            elapsed = max(time.monotonic() - self._begun, 0.001)
            return self._phase, self._done, self._total, int(self._done / elapsed)

    def _beat(self) -> None:
        close_old_connections()
        try:
            while not self._over.wait(SAVE_EVERY):
                self._save()
        finally:
            connection.close()

    def _save(self) -> None:
        phase, done, total, rate = self.state()
        values = {"phase": phase, "done": done, "total": total, "rate": rate}
        values |= self._kept_steps()
        try:
            alive = _still_ours(self._job).filter(cancel_requested_at=None)
            if not alive.update(heartbeat_at=clock.now(), log=self.log_text(), **values):
                self._stopped.set()
        except Exception as error:  # a database that is away for a moment must not end the backup
            job = f"{type(self._job).__name__} {self._job.pk}"  # its name would ask the database
            ours = not isinstance(error, DatabaseAway)
            log.warning("A heartbeat of %s could not be saved: %s", job, error, exc_info=ours)
            connection.close()
