"""What a restore or an undo does when its target falls silent in the middle of it.

It waits a while; then the row is put back, and the minute-wise care rings for it again and again
until the target answers: only the target itself can say whether the old is live or the new.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from backups.alerts import clear_alert, raise_alert
from backups.errors import BackupError, SourceUnreachable, TargetAway
from backups.models import AlertKind, RestorePhase, TouchingJob
from backups.specs import Standing

SERVER_BACK_SECONDS = 180.0  # in which a crashed server has recovered by itself, as a rule
POLL_SECONDS = 1.0


def ask_until_it_answers(job: TouchingJob, ask: Callable[[], Standing]) -> Standing:
    """Return where the target stands, as `ask` finds and leaves it, once it answers.

    Raises TargetAway when it does not; a row that was put back before does not wait again. What
    else hinders (a password changed meanwhile, say) is waited for too once the swap was begun.
    """
    deadline = time.monotonic() + (0.0 if job.recovering else SERVER_BACK_SECONDS)
    while True:
        try:
            return ask()
        except SourceUnreachable as error:
            trouble: BackupError = error
        except BackupError as error:
            if RestorePhase.SWAP not in {step["phase"] for step in job.steps}:
                raise
            raise TargetAway(str(error), advice=error.advice) from error
        if time.monotonic() > deadline:
            raise TargetAway(str(trouble)) from trouble
        time.sleep(POLL_SECONDS)


def tell(job: TouchingJob, now: datetime) -> None:
    """Open the alarm of a job that waits for its target, and close it once that is over."""
    about = f"{type(job).__name__[:8]}-{job.pk}"
    if job.waits_for_target:
        raise_alert(
            AlertKind.UNREACHABLE, now, source=job.source, about=about, error_kind=job.error_kind
        )
    else:
        clear_alert(AlertKind.UNREACHABLE, now, source=job.source, about=about)
