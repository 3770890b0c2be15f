"""Looking at the target of a restore before it is approved: by the restore's own first step.

Nothing is changed there. What is found goes on the row, for whoever decides, and so does the
fingerprint by which the restore knows whether the target is still what was approved.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from backups import wiring
from backups.engines.base import Replacer
from backups.errors import TargetBusy
from backups.jobs import lifecycle
from backups.jobs.fetching import clear_dead, fetch, scratch
from backups.jobs.restore_rows import brings_rows, look_at_rows, write_rows
from backups.manifest import FILE_NAME
from backups.models import JobState, RestoreTarget, Snapshot, TargetSurvey, being_replaced
from backups.specs import Fetched, Scope, SourceSpec, Survey, Told
from backups.survey_words import row_of

PURPOSE = "survey"


def run(pk: int, now: datetime) -> JobState | None:
    """Carry out a queued survey; None when somebody else has it."""
    job = lifecycle.claim(TargetSurvey, pk, now)
    if job is None:
        return None
    state = lifecycle.carry_out(job, lambda watch: _survey(job, watch))
    clear_dead(job.source, PURPOSE)
    return state


def _survey(job: TargetSurvey, watch: lifecycle.JobWatch) -> None:
    if being_replaced(job.source):
        raise TargetBusy(f"{job.source.name} is being restored just now.")
    watch.begin("survey")
    with scratch(job.source, f"{PURPOSE}-{job.pk}") as folder:
        found = _rows(job, folder) if brings_rows(job) else _found(job, folder, watch)
    lifecycle.finish_good(job, watch, found=found)


def _found(job: TargetSurvey, folder: Path, watch: lifecycle.JobWatch) -> dict[str, Any]:
    scope, live = wiring.scope_of(job.scope), wiring.spec_of(job.source)
    replacer = wiring.replacer_for(job.source)
    survey, _ = look(job.snapshot, scope, replacer, live, folder=folder, watch=watch)
    return row_of(survey, forbidding(survey, RestoreTarget(job.target)))


def _rows(job: TargetSurvey, folder: Path) -> dict[str, Any]:
    """Look at each picked row on live; PlanVoid where one is otherwise by now."""
    rows = folder / "rows.jsonl"
    write_rows(job.scope, rows)
    look_at_rows(job.source, job.snapshot, rows)
    return row_of(Survey(), ())


def look(
    snapshot: Snapshot,
    scope: Scope,
    replacer: Replacer,
    live: SourceSpec,
    *,
    folder: Path,
    watch: lifecycle.JobWatch,
) -> tuple[Survey, Fetched]:
    """Look at the target with the copy's own list in hand, fetched into `folder`; return both."""
    dump = Path(snapshot.paths[-1])
    names = [str(dump / name) for name in (FILE_NAME, *replacer.notes)]
    noted, _ = fetch(snapshot, folder / "noted", watch, include=names)
    replacer.wanted(noted, scope)
    return replacer.survey(live, scope, noted), noted


def forbidding(survey: Survey, target: RestoreTarget) -> list[Told]:
    """Return what forbids a restore to `target`; some things forbid only one to live."""
    if target == RestoreTarget.LIVE:
        return list(survey.blockers)
    return [told for told in survey.blockers if target == RestoreTarget.BESIDE and told.beside]
