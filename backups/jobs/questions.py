"""Small work: asking a source whether it is there, a repository whether it is sound."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backups import wiring
from backups.alerts import clear_alert, raise_alert
from backups.errors import RepositoryDamaged
from backups.jobs import lifecycle
from backups.models import AlertKind, ConnectionTest, JobState, VaultCheck
from portal.lib import clock


def test_connection(pk: int, now: datetime) -> JobState | None:
    """Ask the source and keep its answer; None when somebody else has the job."""
    job = lifecycle.claim(ConnectionTest, pk, now)
    if job is None:
        return None
    return lifecycle.carry_out(job, lambda watch: _ask(job, watch))


def _ask(job: ConnectionTest, watch: lifecycle.JobWatch) -> None:
    facts = wiring.engine_for(job.source).probe(wiring.spec_of(job.source))
    lifecycle.finish_good(
        job,
        watch,
        server_version=facts.server_version[:120],
        size_bytes=facts.size_bytes,
        object_count=facts.objects,
        warnings=list(facts.warnings),
    )


def check_vault(pk: int, now: datetime) -> JobState | None:
    """Check one repository, with `read_data` every byte; damage opens an alarm."""
    job = lifecycle.claim(VaultCheck, pk, now)
    if job is None:
        return None
    state = lifecycle.carry_out(job, lambda watch: _check(job, watch))
    source, vault = job.repository.source, job.repository.vault
    if state == JobState.GOOD:
        clear_alert(AlertKind.VAULT_DAMAGED, clock.now(), source=source, vault=vault)
    elif job.error_kind == RepositoryDamaged.__name__:
        facts: dict[str, Any] = {"error": job.error, "error_kind": job.error_kind}
        raise_alert(AlertKind.VAULT_DAMAGED, clock.now(), source=source, vault=vault, **facts)
    return state


def _check(job: VaultCheck, watch: lifecycle.JobWatch) -> None:
    wiring.repository_for(job.repository).check(watch, read_data=job.read_data)
    lifecycle.finish_good(job, watch)
    now = clock.now()
    job.repository.checked_at = now
    if job.read_data:
        job.repository.read_at = now
    job.repository.save(update_fields=["checked_at", "read_at"])
