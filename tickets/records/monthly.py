"""The monthly record of backups: what each source's nights came to, from the portal's own rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Max, Q

from backups.models import BackupRun, CopyState, Drill, JobState, RunKind, Snapshot, Source
from portal.lib import measures
from portal.lib.clock import midnight, next_midnight, wib_date
from tickets.records.content import Fact, Table
from tickets.spelling import month_name

BASIS = (
    "SOP Backup dan Restore Data Server, SOP-02.001/BPTI/2020",
    "Jadwal pencadangan otomatis setiap hari pukul 00.00 WIB",
)
DECEMBER = 12


@dataclass(frozen=True, slots=True)
class SourceMonth:
    """One source's month, in nights."""

    name: str
    engine: str
    asked: int
    good: int
    proven: int
    on_media: int
    size: int
    missed: tuple[date, ...]


def after(month: date) -> date:
    """Return the first day of the next month."""
    year = month.year + (month.month == DECEMBER)
    return date(year, month.month % DECEMBER + 1, 1)


def nights_until(month: date, now: datetime) -> int:
    """Return how many nights of the month have been, at most all of it."""
    end = min(after(month), wib_date(now) + timedelta(days=1))
    return max(0, (end - month).days)


def sources_of(month: date, now: datetime) -> list[SourceMonth]:
    """Return every source that stood in that month, in four questions to the database."""
    end = after(month)
    standing = Source.objects.filter(created_at__lt=midnight(end)).filter(
        Q(retired_at=None) | Q(retired_at__gte=midnight(month))
    )
    good = _good_nights(month, end)
    snapshots = _snapshots(month, end)
    return [
        _month_of(source, month, now, good.get(source.pk, set()), snapshots.get(source.pk, {}))
        for source in standing.order_by("name")
    ]


def _good_nights(month: date, end: date) -> dict[int, set[date]]:
    runs = BackupRun.objects.filter(night__gte=month, night__lt=end, state=JobState.GOOD).exclude(
        kind=RunKind.SAFETY
    )
    nights: dict[int, set[date]] = {}
    for source, night in runs.values_list("source_id", "night"):
        nights.setdefault(source, set()).add(night)
    return nights


def _snapshots(month: date, end: date) -> dict[int, dict[str, int]]:
    """Return, by source, how many copies were proven and stand on the media, and the last size."""
    begin, over = midnight(month), midnight(end)
    taken = Snapshot.objects.nights().filter(taken_at__gte=begin, taken_at__lt=over)
    media = Q(copies__state=CopyState.STORED, copies__repository__vault__role="media")
    counted = taken.values("source_id").annotate(
        proven=Count("pk", filter=Q(proven_at__isnull=False), distinct=True),
        media=Count("pk", filter=media, distinct=True),
        last=Max("pk"),
    )
    found = {row["source_id"]: row for row in counted}
    lasts = Snapshot.objects.filter(pk__in=[row["last"] for row in found.values()])
    sizes = dict(lasts.values_list("source_id", "byte_count"))
    return {
        key: {"proven": row["proven"], "media": row["media"], "size": sizes.get(key, 0)}
        for key, row in found.items()
    }


def _month_of(
    source: Source, month: date, now: datetime, good: set[date], kept: dict[str, int]
) -> SourceMonth:
    first = max(month, wib_date(next_midnight(source.created_at)))
    asked = max(0, nights_until(month, now) - (first - month).days)
    nights = [first + timedelta(days=ahead) for ahead in range(asked)]
    return SourceMonth(
        name=source.name,
        engine=str(source.get_engine_display()),
        asked=asked,
        good=len([night for night in nights if night in good]),
        proven=kept.get("proven", 0),
        on_media=kept.get("media", 0),
        size=kept.get("size", 0),
        missed=tuple(night for night in nights if night not in good),
    )


def statement(month: date) -> str:
    """Return the sentence that leads to the facts."""
    return (
        f"PIHAK PERTAMA telah melaksanakan pencadangan data server selama bulan "
        f"{month_name(month)} {month.year} dengan hasil sebagai berikut:"
    )


def told(month: date, now: datetime) -> tuple[tuple[Fact, ...], tuple[Table, ...]]:
    """Return the month's facts and the table of its sources."""
    sources = sources_of(month, now)
    asked, good = sum(one.asked for one in sources), sum(one.good for one in sources)
    facts = (
        Fact("Bulan", (f"{month_name(month)} {month.year}",)),
        Fact("Sumber data", (measures.number(len(sources)),)),
        Fact("Malam yang baik", (f"{measures.number(good)} dari {measures.number(asked)}",)),
        Fact("Malam yang tidak baik", _missed(sources)),
        Fact("Uji pemulihan", (_drills(month),)),
    )
    rows = tuple(
        (
            one.name,
            one.engine,
            f"{one.good}/{one.asked}",
            measures.number(one.proven),
            measures.number(one.on_media),
            measures.size(one.size),
        )
        for one in sources
    )
    head = ("Sumber", "Jenis", "Malam baik", "Terbukti", "Di media internal", "Ukuran terakhir")
    return facts, (Table("Hasil setiap sumber", head, rows, (2, 3, 4, 5)),)


def _missed(sources: Iterable[SourceMonth]) -> tuple[str, ...]:
    """Return which nights failed, a line a source; a source with many is told by their number."""
    lines = []
    for one in sources:
        if not one.missed:
            continue
        days = ", ".join(str(night.day) for night in one.missed)
        lines.append(f"{one.name}: {len(one.missed)} (tanggal {days})")
    return tuple(lines) or ("Tidak ada",)


def _drills(month: date) -> str:
    done = Drill.objects.filter(
        finished_at__gte=midnight(month), finished_at__lt=midnight(after(month))
    )
    states = Counter(done.values_list("state", flat=True))
    good = states.get(JobState.GOOD, 0)
    return f"{good} dari {sum(states.values())} terbukti" if states else "Tidak ada"
