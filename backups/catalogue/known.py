"""Keeping the searched names alike with the nights: written only where a name came or went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import QuerySet

from backups.models import FILE_KINDS, KnownObject, Shelf, Snapshot, name_key, parts_of
from backups.models.known_object import LONGEST_LEAF
from backups.specs import ManifestObject

BATCH = 2000


def note_appeared(snapshot: Snapshot, entries: Mapping[str, ManifestObject]) -> None:
    """Know these objects from `snapshot` on, or again; `entries` by their name_key."""
    if not entries:
        return
    standing = _of(snapshot).filter(name_key__in=entries.keys())
    known = {row.name_key: row for row in standing}
    KnownObject.objects.bulk_create(
        _new(snapshot, key, entry) for key, entry in entries.items() if key not in known
    )
    standing.filter(shelf=Shelf.LOST).update(gone=None, shelf=Shelf.PATHS)
    standing.filter(shelf=Shelf.NAMES).update(gone=None)
    _widen(known, entries)


def note_changed(snapshot: Snapshot, entries: Mapping[str, ManifestObject]) -> None:
    """Know the columns that these objects have got; files have none and cost nothing."""
    wide = {key: entry for key, entry in entries.items() if entry.columns}
    if wide:
        rows = _of(snapshot).filter(name_key__in=wide.keys())
        _widen({row.name_key: row for row in rows}, wide)


def note_vanished(snapshot: Snapshot, keys: Iterable[str]) -> None:
    """Know that these objects are gone since `snapshot`."""
    gone = list(keys)
    for start in range(0, len(gone), BATCH):
        rows = _of(snapshot).filter(name_key__in=gone[start : start + BATCH])
        rows.filter(shelf=Shelf.NAMES).update(gone=snapshot)
        rows.filter(shelf=Shelf.PATHS).update(gone=snapshot, shelf=Shelf.LOST)


def known_object(
    *, source: int, kind: str, name: str, columns: str, first: int, gone: int | None
) -> KnownObject:
    """Return the unsaved row of an object, from a night's facts or from older rows."""
    parent, leaf = parts_of(kind, name)
    in_files = kind in FILE_KINDS
    shelf = Shelf.NAMES if not in_files else Shelf.LOST if gone else Shelf.PATHS
    return KnownObject(
        source_id=source,
        kind=kind,
        name=name,
        name_key=name_key(kind, name),
        parent=name_key("folder", parent) if parent else "",
        leaf=leaf.lower()[:LONGEST_LEAF],
        columns=columns,
        words=words_of(name, columns),
        shelf=shelf,
        first_id=first,
        gone_id=gone,
    )


def words_of(name: str, columns: str) -> str:
    """Return what the search reads of an object."""
    return f"{name}\n{columns}".lower() if columns else name.lower()


def _of(snapshot: Snapshot) -> QuerySet[KnownObject]:
    return KnownObject.objects.filter(source_id=snapshot.source_id)


def _new(snapshot: Snapshot, key: str, entry: ManifestObject) -> KnownObject:
    row = known_object(
        source=snapshot.source_id,
        kind=entry.kind,
        name=entry.name,
        columns="\n".join(entry.columns),
        first=snapshot.pk,
        gone=None,
    )
    row.name_key = key
    return row


def _widen(known: Mapping[str, KnownObject], entries: Mapping[str, ManifestObject]) -> None:
    """Add columns not known before; one that was dropped stays findable."""
    for key, row in known.items():
        columns = row.columns.split("\n") if row.columns else []
        new = [column for column in entries[key].columns if column not in columns]
        if new:
            row.columns = "\n".join([*columns, *new])
            row.words = words_of(row.name, row.columns)
            row.save(update_fields=["columns", "words"])
