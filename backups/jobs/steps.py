"""The steps of a restore: each kept on the row with its begin and end, and when it may stop."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from backups.jobs.lifecycle import JobWatch
from backups.models import BEFORE_SWAP, TouchingJob
from backups.specs import Unwatched
from portal.lib import clock


class Firm(Unwatched):
    """A Watch for what must not be stopped half-way: it tells, and never hears."""

    def __init__(self, watch: JobWatch) -> None:
        self._watch = watch

    def advance(self, done: int, total: int | None = None) -> None:
        self._watch.advance(done, total)

    def note(self, line: str) -> None:
        self._watch.note(line)


class Steps:
    """Writes the steps of one job as they begin and end; two of them may run at once."""

    def __init__(self, job: TouchingJob, watch: JobWatch) -> None:
        self.job = job
        self.watch = watch
        self._lock = threading.Lock()

    @contextmanager
    def step(self, phase: str, total: int | None = None) -> Iterator[dict[str, Any]]:
        """Carry out one step; what is put into the yielded facts is kept with it.

        Raises Cancelled at the begin of a step before the swap when a person asked for that.
        """
        self.watch.begin(phase, total, firm=phase not in BEFORE_SWAP)
        kept: dict[str, Any] = {"phase": str(phase), "began": clock.now().isoformat()}
        with self._lock:
            self.job.steps = [*self.job.steps, kept]
        self._save(kept, phase=phase)
        yield kept
        ended = clock.now().isoformat()
        with self._lock:
            kept["ended"] = ended
        self._save(kept)

    def _save(self, step: dict[str, Any], **values: Any) -> None:  # noqa: ARG002 - for who looks on
        rows = type(self.job)._default_manager.filter(pk=self.job.pk)  # noqa: SLF001 - Django's own
        with self._lock:
            rows.update(steps=self.job.steps, **values)
