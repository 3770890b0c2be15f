"""Where the results of comparisons stand, and reading them again: browsed, filtered, picked.

The web tier reads these files and never a vault or a server. They hold people's data, so opening
one is an event of the trail (backups.views.comparisons).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from backups.models import ComparedObject, Comparison, JobState, ObjectVerdict


def comparison_folder(comparison: Comparison) -> Path:
    """Return the folder of a comparison's rows files."""
    return Path(settings.PULIH_COMPARISONS) / str(comparison.pk)


def rows_path(compared: ComparedObject) -> Path | None:
    """Return the file of an object's differing rows; None where no row differs."""
    return Path(settings.PULIH_COMPARISONS) / compared.file if compared.file else None


@dataclass(frozen=True, slots=True)
class TableFinding:
    """One table of a finding, as people are told of it."""

    name: str
    verdict: str
    missing: int | None
    changed: int | None
    extra: int | None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a finished comparison says, for whoever ordered it: figures, and where to look.

    `taken_at` is the night's moment, `live_at` that of what it was compared with; `stood_in` is
    True where that was another night because the source was down. Row counts are None where no
    rows were compared.
    """

    comparison: int
    href: str
    taken_at: datetime
    live_at: datetime | None
    stood_in: bool
    same: int
    changed: int
    missing: int
    extra: int
    rows_missing: int | None
    rows_changed: int | None
    rows_extra: int | None
    differing: tuple[TableFinding, ...]


def finding_of(comparison: Comparison, most: int = 20) -> Finding | None:
    """Return what the comparison found, `most` of its objects named; None before its good end."""
    if comparison.state != JobState.GOOD:
        return None
    differing = comparison.compared.exclude(verdict=ObjectVerdict.SAME)[:most]
    return Finding(
        comparison=comparison.pk,
        href=comparison.get_absolute_url(),
        taken_at=comparison.snapshot.taken_at,
        live_at=comparison.live_at,
        stood_in=comparison.against_id is not None,
        same=comparison.objects_same,
        changed=comparison.objects_changed,
        missing=comparison.objects_missing,
        extra=comparison.objects_extra,
        rows_missing=comparison.rows_missing,
        rows_changed=comparison.rows_changed,
        rows_extra=comparison.rows_extra,
        differing=tuple(
            TableFinding(each.name, each.verdict, each.missing, each.changed, each.extra)
            for each in differing
        ),
    )
