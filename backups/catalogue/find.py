"""Searching every night at once, in the portal's own database and never in a repository.

A hit is an object, not a night: where it is, since when, until when, how often it changed
(SOP, restore step 3: "proses pencarian data yang rusak atau hilang").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from backups.models import ObjectVersion, Source

MOST_HITS = 200
MOST_VERSIONS = 5000  # looked at for one search; a word that fits more is asked to be longer
LONGEST_TERM = 300


@dataclass(frozen=True, slots=True)
class Hit:
    """One object. `last_seen` is the last night that had it, `rows` its count on that night.

    `gone_at` is the first night without it; None while it is present.
    """

    source: Source
    kind: str
    name: str
    name_key: str
    first_seen: datetime
    last_seen: datetime
    gone_at: datetime | None
    versions: int
    rows: int | None
    bytes: int

    @property
    def present(self) -> bool:
        """True when the newest night has it."""
        return self.gone_at is None


def find(term: str, sources: Iterable[Source] | None = None) -> list[Hit]:
    """Return the objects whose name, path or column has `term` in it, the closest names first.

    Case does not count; no sign of the term means anything but itself. An empty term finds
    nothing.
    """
    word = term.strip()[:LONGEST_TERM]
    if not word or "\0" in word:
        return []
    versions = ObjectVersion.objects.filter(Q(name__icontains=word) | Q(columns__icontains=word))
    if sources is not None:
        versions = versions.filter(source__in=sources)
    hits = _hits(versions)
    return sorted(hits, key=lambda hit: _closeness(hit, word))[:MOST_HITS]


def _hits(versions: QuerySet[ObjectVersion]) -> list[Hit]:
    grouped: dict[tuple[int, str], list[ObjectVersion]] = {}
    rows = versions.select_related("source", "since", "until").order_by("since__taken_at")
    for version in rows[:MOST_VERSIONS]:
        grouped.setdefault((version.source_id, version.name_key), []).append(version)
    return [_hit(group) for group in grouped.values()]


def _hit(versions: list[ObjectVersion]) -> Hit:
    """Return one object's hit from its versions, oldest first."""
    newest = versions[-1]
    return Hit(
        source=newest.source,
        kind=newest.kind,
        name=newest.name,
        name_key=newest.name_key,
        first_seen=versions[0].since.taken_at,
        last_seen=_last_seen(newest),
        gone_at=newest.until.taken_at if newest.until else None,
        versions=len(versions),
        rows=newest.row_count,
        bytes=newest.byte_count,
    )


def _last_seen(newest: ObjectVersion) -> datetime:
    """Return when the last night that had this version was taken."""
    nights = newest.source.snapshots.all()
    if newest.until:
        nights = nights.filter(taken_at__lt=newest.until.taken_at)
    last = nights.order_by("-taken_at").values_list("taken_at", flat=True).first()
    return last or newest.since.taken_at


def _closeness(hit: Hit, word: str) -> tuple[int, int, str]:
    """Order hits: the name itself, a name that begins so, one that has it, a column that has it."""
    name, wanted = hit.name.lower(), word.lower()
    last_part = name.replace("/", ".").rsplit(".", 1)[-1]
    if wanted in (name, last_part):
        rank = 0
    elif last_part.startswith(wanted):
        rank = 1
    else:
        rank = 2 if wanted in name else 3
    return (rank, len(name), name)
