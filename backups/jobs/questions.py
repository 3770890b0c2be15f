"""Small work: asking a source whether it is there."""

from __future__ import annotations

from datetime import datetime

from backups import wiring
from backups.jobs import lifecycle
from backups.models import ConnectionTest, JobState


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
