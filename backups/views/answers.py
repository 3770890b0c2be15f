"""What came back when a worker last asked a source, and when one of its copies was last tried."""

from __future__ import annotations

from dataclasses import dataclass

from backups.explanations import explain
from backups.models import ConnectionTest, Drill, Job, JobState, Source
from portal.lib.marks import Mark


@dataclass(frozen=True, slots=True)
class Answer:
    """How such a job ended: its mark, and for a bad one what happened and what to do."""

    job: Job
    mark: Mark
    happened: str = ""
    advice: str = ""


def answer_of(source: Source) -> Answer | None:
    """Return the source's last connection test, None when it was never asked."""
    return _told(source.connection_tests.first(), Mark.GOOD)


def trial_of(source: Source) -> Answer | None:
    """Return the last drill that is over, None when none of its copies was ever tried."""
    drills = Drill.objects.filter(source=source).exclude(finished_at=None)
    return _told(drills.select_related("snapshot").first(), Mark.PROVEN)


def _told(job: ConnectionTest | Drill | None, well: Mark) -> Answer | None:
    if job is None:
        return None
    if job.is_unfinished:
        return Answer(job, Mark.RUNNING)
    if job.state == JobState.GOOD:
        return Answer(job, well)
    return Answer(job, Mark.FAILED, *explain(job.error_kind))
