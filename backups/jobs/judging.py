"""Looking at each new night once: what is strange about it, and what is strange no longer.

Runs after the night is surely good, in a transaction of its own: whatever goes wrong here costs
no backup, and a night that a killed worker left unjudged is judged within a minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum

from backups.alerts import raise_alert
from backups.anomalies import (
    LEAST_FILES,
    Anomaly,
    Figures,
    Limits,
    Night,
    Strange,
    Table,
    judge,
    recovered,
)
from backups.catalogue.timeline import version_at
from backups.models import (
    ANOMALIES,
    Alert,
    AlertKind,
    KnownObject,
    ObjectVersion,
    Snapshot,
    Source,
    name_key,
    parts_of,
)

USUAL_NIGHTS = 30
AT_ONCE = 50  # nights judged in one go; the next minute takes the rest
LIVED = 2  # nights that a table must have stood before its loss is told


def judge_waiting(now: datetime, source: Source | None = None) -> int:
    """Judge every night that waits for it, the oldest first; return how many were."""
    waiting = Snapshot.objects.nights().filter(judged_at=None)
    if source:
        waiting = waiting.filter(source=source)
    chosen = list(waiting.select_related("source").order_by("pk")[:AT_ONCE])
    return sum(judge_night(snapshot, now) for snapshot in chosen)


def judge_night(snapshot: Snapshot, now: datetime) -> bool:
    """Judge one night; False when somebody else has. Marks it anomalous while any alarm is open."""
    with transaction.atomic():
        unjudged = Snapshot.objects.filter(pk=snapshot.pk, judged_at=None)
        if not unjudged.update(judged_at=now):
            return False
        figures = _figures([snapshot])[0]
        _clear_recovered(snapshot, figures, now)
        night = _night(snapshot, figures)
        quiet = _open_alarms(snapshot.source).exists()
        for anomaly in judge(night, limits_of(snapshot.source), quiet=quiet):
            _tell(snapshot, anomaly, now)
        if _open_alarms(snapshot.source).exists():
            Snapshot.objects.filter(pk=snapshot.pk).update(anomalous=True)
    return True


def limits_of(source: Source) -> Limits:
    """Return where strange begins for this source."""
    return Limits(
        shrink_percent=source.alarm_shrink_percent,
        vanish_percent=source.alarm_vanish_percent,
        size_percent=source.alarm_size_percent,
        mass_percent=source.alarm_mass_percent,
        still_nights=source.alarm_still_nights,
    )


def _open_alarms(source: Source) -> QuerySet[Alert]:
    return Alert.objects.filter(source=source, kind__in=ANOMALIES, cleared_at=None)


def _tell(snapshot: Snapshot, anomaly: Anomaly, now: datetime) -> None:
    known = KnownObject.objects.filter(source=snapshot.source_id, name_key=anomaly.key)
    raise_alert(
        AlertKind(anomaly.kind),
        now,
        source=snapshot.source,
        about=anomaly.key,
        night=snapshot.pk,
        key=anomaly.key,
        object=known.values_list("pk", flat=True).first(),
        **anomaly.facts,
    )


def _clear_recovered(snapshot: Snapshot, figures: Figures, now: datetime) -> None:
    for alert in _open_alarms(snapshot.source):
        kind, facts = Strange(alert.kind), alert.facts
        if facts.get("night") == snapshot.pk:
            continue
        if recovered(kind, facts, figures, _rows_now(snapshot, facts["key"])):
            Alert.objects.filter(pk=alert.pk, cleared_at=None).update(cleared_at=now)


def _rows_now(snapshot: Snapshot, key: str) -> int | None:
    """Return the rows of a table on this night; None where it is not there."""
    versions = ObjectVersion.objects.filter(source=snapshot.source_id, name_key=key)
    standing = versions.filter(Q(until=None) | Q(until__gt=snapshot.pk), since__lte=snapshot.pk)
    rows: int | None = standing.values_list("row_count", flat=True).first()
    return rows


def _night(snapshot: Snapshot, figures: Figures) -> Night:
    earlier = Snapshot.objects.nights().filter(source=snapshot.source_id, pk__lt=snapshot.pk)
    before = earlier.order_by("-pk").first()
    normal = list(earlier.filter(anomalous=False).order_by("-pk")[:USUAL_NIGHTS])[::-1]
    tables, lost = _tables(snapshot, normal), 0
    if (snapshot.vanished or 0) >= LEAST_FILES:
        lost = _lost_files(snapshot)
    dropped = _dropped(snapshot, tables)
    return Night(
        figures=figures,
        before=_figures([before])[0] if before else None,
        history=tuple(_figures(normal)),
        tables=tuple(tables),
        dropped=dropped,
        lost_files=lost,
    )


def _figures(nights: Sequence[Snapshot]) -> list[Figures]:
    """Return the figures of these nights; the rows that they rewrote in one query."""
    opened = ObjectVersion.objects.filter(since__in=[night.pk for night in nights])
    counted = opened.exclude(row_count=None).values("since").order_by()
    rewritten = dict(counted.annotate(rows=Sum("row_count")).values_list("since", "rows"))
    return [
        Figures(
            objects=night.object_count,
            rows=night.row_count,
            bytes=night.byte_count,
            appeared=night.appeared or 0,
            changed=night.changed or 0,
            vanished=night.vanished or 0,
            rewritten=rewritten.get(night.pk, 0),
        )
        for night in nights
    ]


def _tables(snapshot: Snapshot, normal: Sequence[Snapshot]) -> list[Table]:
    """Return the tables that have fewer rows than before, or are gone; with their usual rows."""
    rows = ObjectVersion.objects.filter(source=snapshot.source_id).exclude(row_count=None)
    closed = {version.name_key: version for version in rows.filter(until=snapshot)}
    opened = {version.name_key: version for version in rows.filter(since=snapshot)}
    returned = opened.keys() - closed.keys()
    lives: dict[str, list[ObjectVersion]] = {}
    earlier = rows.filter(since__lt=snapshot.pk, name_key__in=_lost(closed, opened) | returned)
    for version in earlier.order_by("since_id"):
        lives.setdefault(version.name_key, []).append(version)
    found = (_table(life, opened.get(key), snapshot, normal) for key, life in sorted(lives.items()))
    return [table for table in found if table]


def _lost(closed: dict[str, ObjectVersion], opened: dict[str, ObjectVersion]) -> set[str]:
    """Return the keys of the tables that are gone or smaller."""
    return {
        key
        for key, version in closed.items()
        if key not in opened or (opened[key].row_count or 0) < (version.row_count or 0)
    }


def _table(
    life: list[ObjectVersion],
    now: ObjectVersion | None,
    snapshot: Snapshot,
    normal: Sequence[Snapshot],
) -> Table | None:
    """Return the table with its life before this night; None where it lived too short."""
    stood = (version_at(life, night.pk) for night in normal if night.pk < snapshot.pk)
    usual = tuple(version.row_count or 0 for version in stood if version)
    if now is None and len(usual) < LIVED:
        return None
    before = life[-1].row_count or 0
    after = None if now is None else now.row_count
    return Table(life[-1].name_key, life[-1].name, before, after, usual)


def _dropped(snapshot: Snapshot, tables: Sequence[Table]) -> dict[str, tuple[str, ...]]:
    """Return the schemas that lost all of their tables, at least two, this night."""
    lost: dict[str, list[str]] = {}
    for table in tables:
        schema = parts_of("table", table.name)[0]
        if table.after is None and schema:
            lost.setdefault(schema, []).append(table.name)
    return {
        schema: tuple(names)
        for schema, names in lost.items()
        if len(names) > 1 and not _stands(snapshot, schema)
    }


def _stands(snapshot: Snapshot, schema: str) -> bool:
    """Say whether any table of the schema is in this night."""
    rows = ObjectVersion.objects.filter(source=snapshot.source_id, since__lte=snapshot.pk)
    standing = rows.filter(Q(until=None) | Q(until__gt=snapshot.pk)).exclude(row_count=None)
    inside = KnownObject.objects.filter(
        source=snapshot.source_id, parent=name_key("folder", schema)
    )
    return standing.filter(name_key__in=inside.values("name_key")).exists()


def _lost_files(snapshot: Snapshot) -> int:
    """Return how many files are gone whose content stands under no other name: not just moved."""
    opened = ObjectVersion.objects.filter(since=snapshot)
    closed = ObjectVersion.objects.filter(until=snapshot, kind="file")
    gone = closed.exclude(name_key__in=opened.values("name_key"))
    moved = gone.exclude(sha256="").filter(sha256__in=opened.exclude(sha256="").values("sha256"))
    counts = gone.aggregate(gone=Count("pk", distinct=True))
    return int(counts["gone"] - moved.count())
