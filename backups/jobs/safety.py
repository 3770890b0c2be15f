"""The safety copy: what a restore is about to replace is in the vault first (invariant 3)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager

from backups.catalogue.hold import hold
from backups.jobs import nightly
from backups.jobs.alongside import alongside
from backups.jobs.lifecycle import JobWatch
from backups.jobs.steps import Steps
from backups.models import RestoreJob, RestorePhase
from backups.orders import cancel
from portal.lib import clock


def save_what_is_there(
    job: RestoreJob,
    steps: Steps,
    watch: JobWatch,
    only: Sequence[str] | None = None,
    begun: threading.Event | None = None,
) -> None:
    """Back up what is live, or these tables of it, and hold that copy; it is a step of its own."""
    with steps.step(RestorePhase.SAFETY) as facts:
        if begun:
            begun.set()
        run = nightly.make_safety_copy(job, watch, only)
        hold(run.snapshot, job.hold_key, f"Pengaman pemulihan {job.pk}", clock.now())
        facts["bytes"] = run.byte_count


def saving_what_is_there(
    job: RestoreJob, steps: Steps, watch: JobWatch, only: Sequence[str] | None
) -> AbstractContextManager[None]:
    """Do the same while the block runs, which must not touch what is live; wait for both."""

    def give_up() -> None:
        if job.safety_run:
            cancel(job.safety_run, clock.now())

    return alongside(
        lambda begun: save_what_is_there(job, steps, watch, only, begun), watch, give_up
    )
