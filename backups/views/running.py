"""Work that waits or runs, of every kind, as one list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from backups.models import (
    BackupRun,
    Comparison,
    ComparisonPhase,
    Drill,
    DrillPhase,
    Job,
    Phase,
    RestoreJob,
    RestorePhase,
    RestoreUndo,
    Source,
    Transfer,
    VaultCheck,
)
from portal.lib import measures

STEPS: dict[type[Job], dict[str, Any]] = {
    BackupRun: dict(Phase.choices),
    Transfer: dict(Phase.choices),
    Drill: dict(DrillPhase.choices),
    RestoreJob: dict(RestorePhase.choices),
    Comparison: dict(ComparisonPhase.choices),
}
# These phases count objects, not bytes.
OBJECTS_COUNTED = (Phase.RECORD, Phase.RETENTION, ComparisonPhase.ROWS)


@dataclass(slots=True)
class Work:
    """One job as its bar shows it."""

    job: Job
    title: str
    href: str

    @property
    def anchor(self) -> str:
        """A name for its line that stays the same while the page refreshes."""
        return f"{type(self.job).__name__.lower()}-{self.job.pk}"

    @property
    def step(self) -> str:
        """What it does just now, in words."""
        steps = STEPS.get(type(self.job), {})
        return str(steps.get(self.job.phase) or self.job.get_state_display())

    @property
    def since(self) -> datetime:
        """When it began, or since when it waits."""
        return self.job.started_at or self.job.ordered_at

    @property
    def rate(self) -> str:
        """How fast it goes, in words; nothing where nothing can be said."""
        return rate_words(self.job)


def rate_words(job: Job) -> str:
    """Return a running job's speed: "112 MB/dtk"; "" where it is not known."""
    if not job.rate or not job.total:
        return ""
    if job.phase in OBJECTS_COUNTED:
        return _("%(n)s objek/dtk") % {"n": measures.number(job.rate)}
    return _("%(size)s/dtk") % {"size": measures.size(job.rate)}


def so_far_words(job: Job) -> str:
    """Return how much of the phase is done, in its own unit."""
    words = measures.number if job.phase in OBJECTS_COUNTED else measures.size
    if job.total:
        return _("%(done)s dari %(total)s") % {"done": words(job.done), "total": words(job.total)}
    return words(job.done) if job.done else ""


def running_work(**of: Any) -> list[Work]:
    """Return every job that waits or runs, the oldest first; seven queries."""
    runs = BackupRun.objects.unfinished().filter(**of).select_related("source")
    transfers = Transfer.objects.unfinished().filter(**of).select_related("source")
    drills = Drill.objects.unfinished().filter(**of).select_related("source")
    compared = Comparison.objects.unfinished().filter(**of).select_related("source")
    work = [*map(_run, runs), *map(_transfer, transfers), *map(_drill, drills)]
    work += map(_comparison, compared)
    work += map(_restore, RestoreJob.objects.unfinished().filter(**of).select_related("source"))
    undoings = RestoreUndo.objects.unfinished().filter(**of)
    work += map(_undo, undoings.select_related("source", "restore"))
    if not of:
        checks = VaultCheck.objects.unfinished()
        work += map(_check, checks.select_related("repository__source", "repository__vault"))
    return sorted(work, key=lambda row: row.job.ordered_at)


def work_on(source: Source) -> list[Work]:
    """Return the work that waits or runs on one source."""
    return running_work(source=source)


def _run(job: BackupRun) -> Work:
    return Work(job, str(job.source), job.get_absolute_url())


def _transfer(job: Transfer) -> Work:
    title = _("%(source)s, salinan 2") % {"source": job.source}
    return Work(job, title, job.source.get_absolute_url())


def _drill(job: Drill) -> Work:
    title = _("Uji pemulihan %(source)s") % {"source": job.source}
    return Work(job, title, job.source.get_absolute_url())


def _comparison(job: Comparison) -> Work:
    title = _("Perbandingan %(source)s") % {"source": job.source}
    return Work(job, title, job.get_absolute_url())


def _restore(job: RestoreJob) -> Work:
    title = _("Pemulihan %(source)s") % {"source": job.source}
    return Work(job, title, job.get_absolute_url())


def _undo(job: RestoreUndo) -> Work:
    title = _("Pengembalian %(source)s") % {"source": job.source}
    return Work(job, title, job.restore.get_absolute_url())


def _check(job: VaultCheck) -> Work:
    title = _("Pemeriksaan %(vault)s, %(source)s") % {
        "vault": job.repository.vault,
        "source": job.repository.source,
    }
    return Work(job, title, job.repository.source.get_absolute_url())
