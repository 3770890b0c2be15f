"""The steps of a run, as the page draws them: done, here, to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy

from backups.models import BackupRun, Job, JobState, Phase
from backups.views.running import rate_words, so_far_words
from portal.lib import measures

OF_A_RUN = (Phase.CHECK, Phase.DUMP, Phase.STORE, Phase.RECORD)  # the media copy follows it

WHAT = {
    Phase.CHECK: gettext_lazy("Sumber menjawab, ruang cukup, versi cocok"),
    Phase.DUMP: gettext_lazy("Dibaca ulang seluruhnya, setiap objek dihitung"),
    Phase.STORE: gettext_lazy("Ke disk server, langkah 2 SOP pencadangan"),
    Phase.RECORD: gettext_lazy("Hanya yang berubah ditulis ke katalog"),
}


@dataclass(slots=True)
class Step:
    """One step: `state` is done, here, failed or todo."""

    word: str
    what: str
    state: str
    so_far: str = ""
    rate: str = ""
    took: str = ""


def steps_of(run: BackupRun) -> list[Step]:
    """Return the run's steps with where it stands, or where it ended."""
    at = OF_A_RUN.index(Phase(run.phase)) if run.phase in OF_A_RUN else None
    took = durations(run)
    steps = [
        Step(str(phase.label), str(WHAT[phase]), state_of(run, i, at), took=took.get(phase, ""))
        for i, phase in enumerate(OF_A_RUN)
    ]
    if run.state == JobState.RUNNING and at is not None:
        steps[at].so_far, steps[at].rate = so_far_words(run), rate_words(run)
    return steps


def state_of(run: Job, step: int, at: int | None) -> str:
    """Return how a step stands while the job is `at` another (None: it has not begun)."""
    if run.state == JobState.GOOD:
        return "done"
    if at is None or step > at:
        return "todo"
    if step < at:
        return "done"
    return "here" if run.state == JobState.RUNNING else "failed"


def durations(job: Job) -> dict[str, str]:
    """Return phase -> how long it took, in words; a phase that was gone through twice adds up."""
    seconds: dict[str, float] = {}
    for step in job.steps:
        if "ended" in step:
            gap = datetime.fromisoformat(step["ended"]) - datetime.fromisoformat(step["began"])
            seconds[step["phase"]] = seconds.get(step["phase"], 0.0) + gap.total_seconds()
    return {phase: measures.duration(amount) for phase, amount in seconds.items()}
