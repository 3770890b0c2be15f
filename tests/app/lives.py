"""Made-up nights of objects that appear, change and vanish, as the catalogue records them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from backups.catalogue.record import Changes, record
from backups.models import BackupRun, Copy, CopyState, JobState, RunKind, Snapshot, Source
from backups.specs import ManifestObject
from portal.lib import clock

FIRST = datetime(2026, 10, 31, 17, 3, tzinfo=UTC)  # 00:03 WIB on 1 November


def digest(*words: object) -> str:
    """Return a digest that differs where the words differ."""
    return sha256(repr(words).encode()).hexdigest()


def table(name: str, rows: int, columns: tuple[str, ...] = ("id",), edition: int = 0):
    """Return a table as a manifest has it; another `edition` is other data of the same size."""
    return ManifestObject(
        "table",
        name,
        bytes=rows * 9,
        rows=rows,
        sha256=digest(name, rows, edition),
        schema_sha256=digest(columns),
        columns=columns,
    )


def a_file(path: str, size: int = 9, edition: int = 0) -> ManifestObject:
    """Return a file as a manifest has it."""
    return ManifestObject("file", path, bytes=size, sha256=digest(path, size, edition))


def a_night(source: Source, day: int, objects: Iterable[ManifestObject]) -> Snapshot:
    """Record a good night of November 2026 that holds these objects."""
    held = list(objects)
    taken = FIRST + timedelta(days=day - 1)
    totals = {
        "object_count": len(held),
        "row_count": sum(entry.rows or 0 for entry in held),
        "byte_count": sum(entry.bytes for entry in held),
    }
    run = BackupRun.objects.create(
        source=source,
        kind=RunKind.MANUAL,
        night=clock.wib_date(taken),
        state=JobState.GOOD,
        ordered_at=taken,
        started_at=taken,
        finished_at=taken,
        **totals,
    )
    snapshot = Snapshot.objects.create(source=source, run=run, taken_at=taken, **totals)
    for repository in source.repositories.all():
        Copy.objects.create(
            snapshot=snapshot,
            repository=repository,
            state=CopyState.STORED,
            restic_id=digest(snapshot.pk),
            tree=digest(snapshot.pk),
            stored_at=taken,
        )
    recorded(snapshot, held)
    return snapshot


def recorded(snapshot: Snapshot, objects: Iterable[ManifestObject]) -> Changes:
    """Record the night's objects."""
    return record(snapshot, objects)


def november(source: Source, until: int = 30) -> None:
    """Give the source November's nights: krs shrinks on the 12th, is gone from the 19th to 24th."""
    for day in range(1, until + 1):
        a_night(source, day, objects_of(day))


def objects_of(day: int) -> list[ManifestObject]:
    """Return what the night of this day holds."""
    objects = [
        table("public.mahasiswa", 900),
        table("public.dosen", 40, ("nidn", "nama_dosen")),
    ]
    if day < 12:
        objects.append(table("public.krs", 40112))
    elif day < 19 or day >= 25:
        objects.append(table("public.krs", 18004))
    return objects
