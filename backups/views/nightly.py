"""Runs as rows of a table: the same on a source's page and in the list of all its nights."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from backups.models import BackupRun, Copy, CopyState, JobState, RunKind, Source
from backups.views.nights import mark_of
from portal.lib.marks import Mark


@dataclass(slots=True)
class RunRow:
    """One run with its mark, and how much more it held than the good one before it."""

    run: BackupRun
    mark: Mark
    word: str
    change: int | None


def runs_of(source: Source) -> QuerySet[BackupRun]:
    """Return the source's nights, the newest first, each saying whether it owes a copy."""
    owed = Copy.objects.filter(snapshot__run=OuterRef("pk"), state=CopyState.OWED)
    runs = source.runs.exclude(kind=RunKind.SAFETY).select_related("snapshot", "source")
    return runs.annotate(owing=Exists(owed)).order_by("-night", "-pk")


def rows_of(runs: list[BackupRun]) -> list[RunRow]:
    """Return the runs as rows; the last has no change where nothing good lies before it."""
    rows = []
    for i, run in enumerate(runs):
        before = next((r.byte_count for r in runs[i + 1 :] if r.byte_count is not None), None)
        now = run.byte_count
        rows.append(
            RunRow(
                run=run,
                mark=mark_for(run),
                word="" if run.state == JobState.GOOD else run.get_state_display(),
                change=now - before if now is not None and before is not None else None,
            )
        )
    return rows


def latest_runs(source: Source, count: int) -> list[RunRow]:
    """Return the newest `count` runs as rows."""
    return rows_of(list(runs_of(source)[: count + 1]))[:count]


def mark_for(run: BackupRun) -> Mark:
    """Return the mark of a run that came from `runs_of`."""
    snapshot = getattr(run, "snapshot", None)
    proven_at: datetime | None = snapshot.proven_at if snapshot else None
    owing: bool = getattr(run, "owing")  # noqa: B009 - annotated by runs_of
    return mark_of(run.state, proven=proven_at is not None, owing=owing)
