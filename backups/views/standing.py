"""How each source stands this morning: one row of a table, read in a fixed number of queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backups.models import Copy, CopyState, Snapshot, Source
from backups.views.nights import complete, marks_since, sentence
from portal.lib import clock
from portal.lib.marks import Mark
from portal.lib.nights import Night

RIBBON = 14  # nights in a row of the table

COPY_MARKS = {
    CopyState.STORED: Mark.GOOD,
    CopyState.OWED: Mark.OWING,
    CopyState.DAMAGED: Mark.FAILED,
    CopyState.FORGOTTEN: Mark.NONE,
}
ORDER = (Mark.FAILED, Mark.LATE, Mark.OWING, Mark.RUNNING, Mark.GOOD, Mark.PROVEN, Mark.NONE)


@dataclass(frozen=True, slots=True)
class CopyStanding:
    """One copy of a source's newest snapshot."""

    mark: Mark
    vault: str
    word: str

    @property
    def words(self) -> str:
        """The copy in words: which vault, and how it stands there."""
        return f"{self.vault}: {self.word.lower()}"


@dataclass(slots=True)
class Standing:
    """One source as the morning shows it. `age_over` says that the newest copy is too old."""

    source: Source
    nights: list[Night]
    mark: Mark
    last_good: datetime | None
    age_hours: int | None
    age_over: bool
    bytes: int | None
    change: int | None
    proven_at: datetime | None
    copies: list[CopyStanding] = field(default_factory=list)

    @property
    def ribbon_words(self) -> str:
        """The ribbon in words."""
        return sentence(self.source.name, self.nights)

    @property
    def trouble(self) -> str:
        """How loud the row is: "bad", "warn" or nothing."""
        if self.mark in (Mark.FAILED, Mark.LATE) or self.age_over:
            return "bad"
        return "warn" if self.mark == Mark.OWING else ""


def with_newest(sources: QuerySet[Source]) -> QuerySet[Source]:
    """Return the sources with their newest restorable snapshot, the size before it, and proof."""
    stored = Copy.objects.filter(snapshot=OuterRef("pk"), state=CopyState.STORED)
    newest = Snapshot.objects.nights().filter(Exists(stored), source=OuterRef("pk"))
    newest = newest.order_by("-taken_at")
    proven = newest.exclude(proven_at=None)
    return sources.select_related("server").annotate(
        newest_id=Subquery(newest.values("pk")[:1]),
        newest_at=Subquery(newest.values("taken_at")[:1]),
        newest_bytes=Subquery(newest.values("byte_count")[:1]),
        bytes_before=Subquery(newest.values("byte_count")[1:2]),
        last_proven_at=Subquery(proven.values("proven_at")[:1]),
    )


def standings(sources: QuerySet[Source], now: datetime) -> list[Standing]:
    """Return one Standing for each source, the ones that need a hand first."""
    rows: list[Any] = list(with_newest(sources))  # what is annotated has no type
    first = clock.wib_date(now) - timedelta(days=RIBBON - 1)
    marks = marks_since(first, rows)
    copies = _copies(row.newest_id for row in rows)
    found = [
        _standing(row, complete(row, marks.get(row.pk, {}), first, now), copies, now)
        for row in rows
    ]
    return sorted(found, key=lambda row: (_urgency(row), row.source.name.casefold()))


def _standing(
    row: Any, nights: list[Night], copies: dict[int, list[CopyStanding]], now: datetime
) -> Standing:
    age = now - (row.newest_at or row.created_at)
    known = row.newest_bytes is not None and row.bytes_before is not None
    target = timedelta(hours=row.age_target_hours)
    active = not row.paused and not row.retired_at
    return Standing(
        source=row,
        nights=nights,
        mark=nights[-1].mark,
        last_good=row.newest_at,
        age_hours=int(age.total_seconds() // 3600) if row.newest_at else None,
        age_over=active and age > target,
        bytes=row.newest_bytes,
        change=row.newest_bytes - row.bytes_before if known else None,
        proven_at=row.last_proven_at,
        copies=copies.get(row.newest_id, []),
    )


def _urgency(row: Standing) -> int:
    if row.source.paused:
        return len(ORDER)
    return min(ORDER.index(row.mark), 1 if row.age_over else len(ORDER))


def _copies(snapshots: Iterable[int | None]) -> dict[int, list[CopyStanding]]:
    """Return snapshot id -> its copies, the local one first; one query."""
    ids = [pk for pk in snapshots if pk]
    rows = Copy.objects.filter(snapshot__in=ids).select_related("repository__vault")
    found: dict[int, list[CopyStanding]] = {}
    for copy in rows.order_by("repository__vault__role", "repository__vault__name"):
        state = CopyState(copy.state)
        cell = CopyStanding(COPY_MARKS[state], copy.repository.vault.name, str(state.label))
        found.setdefault(copy.snapshot_id, []).append(cell)
    return found


def headline(rows: list[Standing]) -> tuple[str, str]:
    """Return last night as one sentence with its count, and what is behind it."""
    due = [row for row in rows if row.mark not in (Mark.PAUSED, Mark.NONE)]
    good = [row for row in due if row.mark in (Mark.GOOD, Mark.PROVEN, Mark.OWING)]
    counts: Counter[Mark] = Counter(
        row.mark for row in rows if row.mark not in (Mark.GOOD, Mark.PROVEN)
    )
    rest = ", ".join(f"{counts[mark]} {mark.label.lower()}" for mark in Mark if counts[mark])
    if not rows:
        return _("Belum ada sumber yang dicadangkan."), ""
    if not due:
        return _("Belum ada malam yang jatuh tempo."), rest
    if len(good) == len(due):
        words = ngettext(
            "Sumber satu-satunya tersalin tadi malam.",
            "Semua %(n)d sumber tersalin tadi malam.",
            len(due),
        )
        return words % {"n": len(due)}, rest
    words = _("%(good)d dari %(due)d sumber tersalin tadi malam.")
    return words % {"good": len(good), "due": len(due)}, rest
