"""What became of each night: rows of runs and copies read as marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.db.models import Exists, OuterRef
from django.utils.dateformat import format as format_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from backups.models import BackupRun, Copy, CopyState, JobState, RunKind, Source
from portal.lib import clock
from portal.lib.marks import Mark
from portal.lib.nights import Night

Marks = Mapping[date, Mark]

# The best that happened on a night is what became of it; later in this list is better.
RANK = (Mark.LATE, Mark.FAILED, Mark.RUNNING, Mark.OWING, Mark.GOOD, Mark.PROVEN)
LATE_AFTER = timedelta(hours=1)  # a night not even ordered this long after 00:00 is late


def mark_of(state: str, *, proven: bool, owing: bool) -> Mark:
    """Return the mark of one run."""
    if state == JobState.GOOD:
        return Mark.PROVEN if proven else Mark.OWING if owing else Mark.GOOD
    if state in (JobState.QUEUED, JobState.RUNNING):
        return Mark.RUNNING
    return Mark.LATE if state == JobState.CANCELLED else Mark.FAILED


def marks_since(first: date, sources: Iterable[Source]) -> dict[int, dict[date, Mark]]:
    """Return source id -> night -> mark for every night from `first` that has a run; one query."""
    owed = Copy.objects.filter(snapshot__run=OuterRef("pk"), state=CopyState.OWED)
    runs = BackupRun.objects.filter(source__in=list(sources), night__gte=first)
    rows = (
        runs.exclude(kind=RunKind.SAFETY)
        .annotate(owing=Exists(owed))
        .values_list("source_id", "night", "state", "snapshot__proven_at", "owing")
        .order_by()
    )
    found: dict[int, dict[date, Mark]] = {}
    for source, night, state, proven_at, owing in rows:
        nights = found.setdefault(source, {})
        mark = mark_of(state, proven=proven_at is not None, owing=owing)
        nights[night] = _better(mark, nights.get(night))
    return found


def _better(mark: Mark, other: Mark | None) -> Mark:
    return mark if other is None or RANK.index(mark) > RANK.index(other) else other


def complete(source: Source, marks: Marks, first: date, now: datetime) -> list[Night]:
    """Return every night from `first` to tonight: what had no run is late, paused or not yet."""
    tonight = clock.wib_date(now)
    language = get_language() or ""
    return [
        _night(day, marks.get(day) or _without_run(source, marks, day, now), language)
        for day in (first + timedelta(days=n) for n in range((tonight - first).days + 1))
    ]


def _without_run(source: Source, marks: Marks, day: date, now: datetime) -> Mark:
    if clock.midnight(day) <= source.created_at:
        return Mark.NONE
    if (source.paused or source.retired_at) and day > max(marks, default=date.min):
        return Mark.PAUSED
    return Mark.NONE if now < clock.midnight(day) + LATE_AFTER else Mark.LATE


@lru_cache(maxsize=8192)  # the same for every source
def _night(day: date, mark: Mark, language: str) -> Night:  # noqa: ARG001 - its words follow it
    word = _("tidak ada malam") if mark == Mark.NONE else mark.label.lower()
    return Night(day, mark, f"{format_date(day, 'l, j F Y')}: {word}")


def sentence(name: str, nights: list[Night]) -> str:
    """Return the ribbon in words, for whoever cannot see it."""
    good = sum(night.mark in (Mark.GOOD, Mark.PROVEN, Mark.OWING) for night in nights)
    due = sum(night.mark not in (Mark.NONE, Mark.PAUSED) for night in nights)
    return _("%(name)s: %(good)d dari %(due)d malam tersalin") % {
        "name": name,
        "good": good,
        "due": due,
    }
