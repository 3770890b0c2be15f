"""What a source answered when a worker last asked it."""

from __future__ import annotations

from dataclasses import dataclass

from backups.explanations import explain
from backups.models import ConnectionTest, JobState, Source
from portal.lib.marks import Mark


@dataclass(slots=True)
class Answer:
    """The last connection test: its mark, and for a bad one what happened and what to do."""

    test: ConnectionTest
    mark: Mark
    happened: str
    advice: str


def answer_of(source: Source) -> Answer | None:
    """Return the source's last answer, None when it was never asked."""
    test = source.connection_tests.first()
    if test is None:
        return None
    if test.is_unfinished:
        return Answer(test, Mark.RUNNING, "", "")
    if test.state == JobState.GOOD:
        return Answer(test, Mark.GOOD, "", "")
    return Answer(test, Mark.FAILED, *explain(test.error_kind))
