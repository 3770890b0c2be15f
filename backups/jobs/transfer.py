"""Paying owed copies: from the local vault to the internal media (SOP, backup step 3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from backups import wiring
from backups.alerts import clear_alert, raise_alert
from backups.errors import BackupError, Cancelled, RepositoryError
from backups.jobs import lifecycle
from backups.jobs.repositories import ready_repository, standing_copy
from backups.jobs.tidy import tidy
from backups.models import AlertKind, Copy, CopyState, JobState, Phase, Source, Transfer
from backups.models.vault import Vault
from portal.lib import clock

FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=1)


def run(pk: int, now: datetime) -> JobState | None:
    """Carry out a queued transfer; None when somebody else has it.

    GOOD when nothing is owed any more. A vault that fails keeps its copies owed, with the next
    try noted on each; the other vaults and the local copies are untouched.
    """
    job = lifecycle.claim(Transfer, pk, now)
    if job is None:
        return None
    return lifecycle.carry_out(job, lambda watch: _pay_all(job, watch))


def _pay_all(job: Transfer, watch: lifecycle.JobWatch) -> None:
    troubles = []
    for vault in Vault.objects.media():
        owed = _owed(job.source, vault)
        if not owed:
            continue
        try:
            _pay(owed, vault, watch)
            clear_alert(AlertKind.COPY_OWED, clock.now(), source=job.source, vault=vault)
        except Cancelled:
            raise
        except BackupError as error:
            _postpone(job.source, vault, error)
            troubles.append(error)
    watch.begin(Phase.RETENTION)
    tidy(job.source, clock.now(), watch)
    if troubles:
        raise troubles[0]
    lifecycle.finish_good(job, watch)


def _owed(source: Source, vault: Vault) -> list[Copy]:
    """Return what this source owes the vault, oldest first."""
    owed = Copy.objects.filter(
        snapshot__source=source, repository__vault=vault, state=CopyState.OWED
    )
    return list(owed.select_related("snapshot", "repository").order_by("snapshot__taken_at"))


def _pay(owed: list[Copy], vault: Vault, watch: lifecycle.JobWatch) -> None:
    for copy in owed:
        origin = standing_copy(copy.snapshot)
        here = wiring.repository_for(origin.repository)
        _, there = ready_repository(copy.snapshot.source, vault, like=here)
        watch.begin(Phase.TRANSFER, copy.snapshot.byte_count)
        watch.note(f"{copy.snapshot} to {vault.name}")
        stored = here.copy_to(there, origin.restic_id, watch)
        if stored.tree != origin.tree:
            raise RepositoryError(f"{vault.name} holds something else than was sent to it.")
        Copy.objects.filter(pk=copy.pk, state=CopyState.OWED).update(
            state=CopyState.STORED,
            restic_id=stored.id,
            tree=stored.tree,
            stored_at=clock.now(),
            next_try_at=None,
            error="",
        )


def _postpone(source: Source, vault: Vault, error: BackupError) -> None:
    now = clock.now()
    for copy in _owed(source, vault):
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(copy.attempts, 6))
        Copy.objects.filter(pk=copy.pk).update(
            attempts=copy.attempts + 1, next_try_at=now + pause, error=str(error)
        )
    facts: dict[str, Any] = {
        "error": str(error),
        "advice": error.advice,
        "error_kind": type(error).__name__,
    }
    raise_alert(AlertKind.COPY_OWED, now, source=source, vault=vault, **facts)
