"""Which nights stay and which may go, read from the catalogue's own rows.

Pages show this plan and jobs.tidy carries it out: one reading, so the preview cannot lie.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Q

from backups.models import CopyState, Snapshot, Source
from backups.retention import Night, Plan, Rule, plan
from portal.lib import clock


def rule_of(source: Source) -> Rule:
    """Return the source's retention rule."""
    return Rule(
        daily=source.keep_daily,
        weekly=source.keep_weekly,
        monthly=source.keep_monthly,
        yearly=source.keep_yearly,
        floor=source.keep_floor,
    )


def nights_of(source: Source) -> list[Night]:
    """Return the source's good snapshots, of which a copy stands, as the rule sees them."""
    standing = Count("copies", filter=Q(copies__state=CopyState.STORED), distinct=True)
    owing = Count("copies", filter=Q(copies__state=CopyState.OWED), distinct=True)
    snapshots = (
        Snapshot.objects.filter(source=source)
        .select_related("run")
        .annotate(standing=standing, owing=owing, held=Count("holds", distinct=True))
    )
    return [
        Night(
            id=snapshot.pk,
            taken_at=snapshot.taken_at,
            day=clock.wib_date(snapshot.taken_at),
            anomalous=snapshot.anomalous,
            held=bool(snapshot.held),
            owed=bool(snapshot.owing),
            safety=snapshot.is_safety,
        )
        for snapshot in snapshots.filter(standing__gt=0)
    ]


def retention_plan(source: Source, now: datetime) -> Plan:
    """Return what would stay and go for this source."""
    return plan(nights_of(source), rule_of(source), now)
