"""What an approver reads of a plan, out of the catalogue: how much, how long, what lies between.

Whole numbers only, for the plan is hashed. Rows are those of nights: what live holds right now
is told by a comparison, which is evidence of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from backups.models import Drill, JobState, ObjectVersion, Snapshot

MOST_NAMED = 50
BYTES_A_SECOND = 20_000_000  # where no drill has measured the source: a careful guess
AT_LEAST = 30  # seconds: fetching and proving take some time whatever the size


def weigh(snapshot: Snapshot, scope: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Return size, time and what changed since the copy, for what is brought back."""
    versions = list(_of(snapshot, scope)[: MOST_NAMED + 1])
    named = [_object(version) for version in versions[:MOST_NAMED]]
    whole = scope["kind"] == "whole"
    size = snapshot.byte_count if whole else sum(version.byte_count for version in versions)
    rows = snapshot.row_count if whole else sum(version.row_count or 0 for version in versions)
    return {
        "objects": [] if whole else named,
        "object_count": snapshot.object_count if whole else len(versions),
        "rows": rows,
        "bytes": size,
        "seconds": _seconds(snapshot, size),
        "age_seconds": int((now - snapshot.taken_at).total_seconds()),
        "changed_since": _changed_since(snapshot, scope),
    }


def missing_names(snapshot: Snapshot, names: Iterable[str]) -> list[str]:
    """Return those names that the copy does not hold."""
    wanted = list(dict.fromkeys(names))
    held = set(held_by(snapshot).filter(name__in=wanted).values_list("name", flat=True))
    return [name for name in wanted if name not in held]


def held_by(snapshot: Snapshot) -> QuerySet[ObjectVersion]:
    """Return the objects as this night saw them."""
    versions = ObjectVersion.objects.filter(source=snapshot.source_id, since__lte=snapshot.pk)
    return versions.filter(Q(until=None) | Q(until__gt=snapshot.pk))


def _of(snapshot: Snapshot, scope: dict[str, Any]) -> QuerySet[ObjectVersion]:
    held = held_by(snapshot).order_by("kind", "name")
    return held if scope["kind"] == "whole" else held.filter(name__in=scope["names"])


def _object(version: ObjectVersion) -> dict[str, Any]:
    """Return one object: its rows in the copy, and in the newest night that is known."""
    newest = ObjectVersion.objects.filter(
        source=version.source_id, name_key=version.name_key, until=None
    ).first()
    return {
        "name": version.name,
        "rows": version.row_count,
        "bytes": version.byte_count,
        "rows_last_night": newest.row_count if newest else None,
        "gone": newest is None,
        "changed": newest is None or newest.pk != version.pk,
    }


def _changed_since(snapshot: Snapshot, scope: dict[str, Any]) -> int:
    """Return how many objects some later night has otherwise, or has no more."""
    return _of(snapshot, scope).exclude(until=None).count()


def _seconds(snapshot: Snapshot, size: int) -> int:
    """Return how long it takes, after the source's last drill where there was one."""
    drill = Drill.objects.filter(
        source=snapshot.source_id, state=JobState.GOOD, finished_at__isnull=False
    ).select_related("snapshot").order_by("-pk").first()  # fmt: skip
    if drill and drill.started_at and drill.finished_at and drill.snapshot.byte_count:
        took = (drill.finished_at - drill.started_at).total_seconds()
        return max(AT_LEAST, int(took * size / drill.snapshot.byte_count))
    return max(AT_LEAST, size // BYTES_A_SECOND)
