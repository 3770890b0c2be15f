"""What an approver reads of a plan, out of the catalogue: how much, how long, what lies between.

Whole numbers only, for the plan is hashed. Rows are those of nights: what live holds right now
is told by a comparison, which is evidence of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from backups.models import (
    ComparedObject,
    Comparison,
    Drill,
    JobState,
    ObjectVersion,
    RowPick,
    Snapshot,
)

MOST_NAMED = 50
BYTES_A_SECOND = 20_000_000  # where no drill has measured the source: a careful guess
AT_LEAST = 30  # seconds: fetching and proving take some time whatever the size


def weigh(snapshot: Snapshot, scope: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Return size, time and what changed since the copy, for what is brought back."""
    if scope["kind"] == "rows":
        return _rows(snapshot, scope, now)
    versions = list(_of(snapshot, scope)[: MOST_NAMED + 1])
    compared = _compared(snapshot)
    named = [_object(version, compared) for version in versions[:MOST_NAMED]]
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
        **_in_between(snapshot, scope),
    }


def _rows(snapshot: Snapshot, scope: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Return what picked rows do: some are added, some overwritten, some taken away."""
    pick = RowPick.objects.select_related("compared__comparison").get(pk=scope["pick"])
    size = pick.compared.bytes_backup or 0
    told = {
        "name": pick.compared.name,
        "rows": pick.total,
        "bytes": size,
        "rows_last_night": pick.compared.rows_live,
        "gone": False,
        "missing": pick.missing,
        "changed": pick.changed,
        "extra": pick.extra,
    }
    return {
        "objects": [told],
        "object_count": 1,
        "rows": pick.total,
        "bytes": size,
        "seconds": _seconds(snapshot, size),
        "age_seconds": int((now - snapshot.taken_at).total_seconds()),
        "changed_since": 0,
        "comparison": pick.compared.comparison_id,
        "overwritten": pick.changed,
        "lost": pick.extra,
        "picked": True,
    }


def _compared(snapshot: Snapshot) -> Comparison | None:
    """Return the newest comparison of this copy with live that came to its end."""
    done = Comparison.objects.filter(snapshot=snapshot, state=JobState.GOOD)
    return done.order_by("-pk").first()


def _in_between(snapshot: Snapshot, scope: dict[str, Any]) -> dict[str, Any]:
    """Return what live has otherwise than the copy, row by row, where a comparison told."""
    compared = _compared(snapshot)
    if compared is None:
        return {}
    objects = compared.compared.all()
    if scope["kind"] != "whole":
        objects = objects.filter(name__in=scope["names"])
    counted = list(objects.exclude(changed=None, extra=None).values_list("changed", "extra"))
    if not counted:
        return {"comparison": compared.pk}
    return {
        "comparison": compared.pk,
        "overwritten": sum(changed or 0 for changed, _ in counted),
        "lost": sum(extra or 0 for _, extra in counted),
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


def _object(version: ObjectVersion, compared: Comparison | None) -> dict[str, Any]:
    """Return one object: its rows in the copy, in the newest night, and against live if known."""
    told: ComparedObject | None = None
    if compared:
        told = compared.compared.filter(name=version.name, kind=version.kind).first()
    newest = ObjectVersion.objects.filter(
        source=version.source_id, name_key=version.name_key, until=None
    ).first()
    return {
        "name": version.name,
        "rows": version.row_count,
        "bytes": version.byte_count,
        "rows_last_night": newest.row_count if newest else None,
        "gone": newest is None,
        "missing": told.missing if told else None,
        "changed": told.changed if told else None,
        "extra": told.extra if told else None,
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
