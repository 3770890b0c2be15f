"""Writing a night into the catalogue: only what changed is written.

The manifest passes in batches and each batch meets its open versions by an indexed key, so a
million files need little memory, and a quiet night of them writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.db.models import QuerySet

from backups.catalogue.known import note_appeared, note_changed, note_vanished
from backups.models import ObjectVersion, Snapshot, name_key
from backups.specs import ManifestObject

BATCH = 2000


@dataclass(slots=True)
class Changes:
    """How a night differs from the one before it, in objects."""

    appeared: int = 0
    changed: int = 0
    vanished: int = 0
    same: int = 0


def record(snapshot: Snapshot, objects: Iterable[ManifestObject]) -> Changes:
    """Bring the catalogue to the state of `snapshot`; call it in the transaction that makes it.

    Returns the counts. An object whose digest is unknown (it changed under the store) counts as
    changed when its size differs, and is else left as it was.
    """
    changes = Changes()
    open_rows = ObjectVersion.objects.filter(source=snapshot.source, until=None)
    alive = _IdSet()
    for batch in _batches(objects):
        _write(snapshot, batch, _known(open_rows, batch), alive, changes)
    changes.vanished = _close_vanished(snapshot, open_rows, alive)
    return _kept(snapshot, changes)


def record_differences(
    snapshot: Snapshot, before: Iterable[ManifestObject], after: Iterable[ManifestObject]
) -> Changes:
    """Bring the catalogue from the snapshot before this one to this one, as `record` would.

    `before` and `after` are what the two manifests do not share, as it was and as it is; the rest
    is not even looked at.
    """
    changes = Changes()
    open_rows = ObjectVersion.objects.filter(source=snapshot.source, until=None)
    standing: set[str] = set()
    for batch in _batches(after):
        standing.update(batch)
        _write(snapshot, batch, _known(open_rows, batch), _IdSet(), changes)
    vanished = sorted({name_key(entry.kind, entry.name) for entry in before} - standing)
    for start in range(0, len(vanished), BATCH):
        keys = vanished[start : start + BATCH]
        changes.vanished += open_rows.filter(name_key__in=keys).update(until=snapshot)
        note_vanished(snapshot, keys)
    return _kept(snapshot, changes)


def _kept(snapshot: Snapshot, changes: Changes) -> Changes:
    """Write the counts on the snapshot's row and give them back."""
    snapshot.appeared, snapshot.changed = changes.appeared, changes.changed
    snapshot.vanished = changes.vanished
    snapshot.save(update_fields=["appeared", "changed", "vanished"])
    return changes


def _known(
    open_rows: QuerySet[ObjectVersion], batch: dict[str, ManifestObject]
) -> dict[str, tuple]:
    """Return the open versions of this batch's objects: pk, digests, bytes, rows by key."""
    wanted = ("name_key", "pk", "sha256", "schema_sha256", "byte_count", "row_count")
    rows = open_rows.filter(name_key__in=batch.keys()).values_list(*wanted)
    return {row[0]: row[1:] for row in rows}


def _batches(objects: Iterable[ManifestObject]) -> Iterator[dict[str, ManifestObject]]:
    stream = iter(objects)
    while batch := {name_key(entry.kind, entry.name): entry for entry in islice(stream, BATCH)}:
        yield batch


def _write(
    snapshot: Snapshot,
    batch: dict[str, ManifestObject],
    known: dict[str, tuple],
    alive: _IdSet,
    changes: Changes,
) -> None:
    closing: list[int] = []
    opening: list[ObjectVersion] = []
    new: dict[str, ManifestObject] = {}
    other: dict[str, ManifestObject] = {}
    for key, entry in batch.items():
        old = known.get(key)
        if old and _same(entry, old):
            alive.add(old[0])
            changes.same += 1
            continue
        opening.append(_version(snapshot, key, entry))
        if old:
            closing.append(old[0])
            other[key] = entry
        else:
            new[key] = entry
    ObjectVersion.objects.filter(pk__in=closing).update(until=snapshot)
    alive.update(version.pk for version in ObjectVersion.objects.bulk_create(opening))
    changes.appeared += len(new)
    changes.changed += len(other)
    note_appeared(snapshot, new)
    note_changed(snapshot, other)


def _same(entry: ManifestObject, old: tuple) -> bool:
    _, sha256, schema_sha256, byte_count, row_count = old
    if entry.bytes != byte_count or entry.rows != row_count:
        return False
    if schema_sha256 != (entry.schema_sha256 or ""):
        return False
    return entry.sha256 is None or sha256 == entry.sha256


def _version(snapshot: Snapshot, key: str, entry: ManifestObject) -> ObjectVersion:
    return ObjectVersion(
        source_id=snapshot.source_id,
        kind=entry.kind,
        name=entry.name,
        name_key=key,
        columns="\n".join(entry.columns),
        row_count=entry.rows,
        byte_count=entry.bytes,
        sha256=entry.sha256 or "",
        schema_sha256=entry.schema_sha256 or "",
        since=snapshot,
    )


def _close_vanished(snapshot: Snapshot, open_rows: QuerySet[ObjectVersion], alive: _IdSet) -> int:
    """Close every open version that this night did not show; return how many."""
    rows = open_rows.values_list("pk", "name_key").iterator(chunk_size=10_000)
    vanished = [row for row in rows if row[0] not in alive]
    for start in range(0, len(vanished), BATCH):
        chunk = vanished[start : start + BATCH]
        ObjectVersion.objects.filter(pk__in=[pk for pk, _key in chunk]).update(until=snapshot)
        note_vanished(snapshot, [key for _pk, key in chunk])
    return len(vanished)


class _IdSet:
    """A set of row ids as bits: a million of them in a few hundred kilobytes."""

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}

    def add(self, number: int) -> None:
        page = self._pages.setdefault(number >> 15, bytearray(1 << 12))
        page[(number & 0x7FFF) >> 3] |= 1 << (number & 7)

    def update(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self.add(number)

    def __contains__(self, number: int) -> bool:
        page = self._pages.get(number >> 15)
        return bool(page and page[(number & 0x7FFF) >> 3] & (1 << (number & 7)))
