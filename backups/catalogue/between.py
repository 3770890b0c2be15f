"""What lies between two nights of one source: what appeared, changed, vanished.

Asked of the versions that began or ended between them, so it costs what changed and not what
the source holds.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from backups.models import FILE_KINDS, ObjectVersion, Snapshot

FACTS = ("sha256", "schema_sha256", "byte_count", "row_count")


@dataclass(frozen=True, slots=True)
class Between:
    """The three lists; `changed` rows say `rows_before` and `bytes_before`."""

    appeared: QuerySet[ObjectVersion]
    changed: QuerySet[ObjectVersion]
    vanished: QuerySet[ObjectVersion]


def between(earlier: Snapshot, later: Snapshot, within: str = "") -> Between:
    """Return what differs from `earlier` to `later`, below the folder or schema `within`.

    What came and went again in between, or is again as it was, is no difference.
    """
    opened = _standing(later).filter(since__gt=earlier.pk)
    closed = _standing(earlier).filter(until__lte=later.pk)
    if within:
        opened, closed = opened.filter(_below(within)), closed.filter(_below(within))
    was = _standing(earlier).filter(name_key=OuterRef("name_key"))
    still = _standing(later).filter(name_key=OuterRef("name_key"))
    other = was.exclude(**{fact: OuterRef(fact) for fact in FACTS if fact != "row_count"}) | (
        was.filter(~Q(row_count=OuterRef("row_count")))
    )
    changed = opened.filter(Exists(other)).annotate(
        rows_before=Subquery(was.values("row_count")[:1]),
        bytes_before=Subquery(was.values("byte_count")[:1]),
        schema_before=Subquery(was.values("schema_sha256")[:1]),
    )
    return Between(
        appeared=opened.filter(~Exists(was)).order_by("kind", "name"),
        changed=changed.order_by("kind", "name"),
        vanished=closed.filter(~Exists(still)).order_by("kind", "name"),
    )


def _standing(night: Snapshot) -> QuerySet[ObjectVersion]:
    """Return the versions that this night holds: a source's snapshots are numbered in time."""
    rows = ObjectVersion.objects.filter(source=night.source_id, since__lte=night.pk)
    return rows.filter(Q(until=None) | Q(until__gt=night.pk))


def _below(within: str) -> Q:
    files = Q(kind__in=FILE_KINDS)
    return (files & Q(name__startswith=f"{within}/")) | (~files & Q(name__startswith=f"{within}."))
