"""What became of every object since a night, by digests alone. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from backups.errors import BackupError
from backups.rowdiff import Verdict
from backups.specs import ManifestObject

SERVER_FACTS = frozenset({"roles", "database", "schema"})  # notes beside the objects themselves
NEAR_NAMES = 3


@dataclass(slots=True)
class ObjectDiff:
    """One object on both sides. The row figures are None until rows were compared."""

    kind: str
    name: str
    verdict: Verdict
    backup: ManifestObject | None = None
    live: ManifestObject | None = None
    schema_changed: bool = False
    rows_backup: int | None = None
    rows_live: int | None = None
    missing: int | None = None
    changed: int | None = None
    extra: int | None = None
    key: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    backup_only: tuple[str, ...] = ()
    live_only: tuple[str, ...] = ()
    retyped: tuple[str, ...] = ()
    file: str = ""
    file_bytes: int | None = None
    file_sha256: str = ""
    kept_rows: int | None = None
    has_rows: bool = field(default=False)


def compare_objects(
    backup: Iterable[ManifestObject], live: Iterable[ManifestObject], *, contents_only: bool
) -> Iterator[ObjectDiff]:
    """Yield every object of either side with its verdict.

    With `contents_only` (files) owner, mode and times do not count. An object without a digest (it
    changed while it was stored) is compared by its size.
    """
    theirs = {(entry.kind, entry.name): entry for entry in _objects(live)}
    for entry in _objects(backup):
        twin = theirs.pop((entry.kind, entry.name), None)
        if twin is None:
            yield _counted(ObjectDiff(entry.kind, entry.name, Verdict.MISSING, backup=entry))
        else:
            yield _counted(_compared(entry, twin, contents_only=contents_only))
    for (kind, name), entry in theirs.items():
        yield _counted(ObjectDiff(kind, name, Verdict.EXTRA, live=entry))


def _objects(entries: Iterable[ManifestObject]) -> Iterator[ManifestObject]:
    return (entry for entry in entries if entry.kind not in SERVER_FACTS)


def _compared(backup: ManifestObject, live: ManifestObject, *, contents_only: bool) -> ObjectDiff:
    schema = not contents_only and backup.schema_sha256 != live.schema_sha256
    if backup.sha256 is None or live.sha256 is None:
        content = backup.bytes != live.bytes
    else:
        content = (backup.sha256, backup.rows) != (live.sha256, live.rows)
    verdict = Verdict.CHANGED if schema or content else Verdict.SAME
    return ObjectDiff(backup.kind, backup.name, verdict, backup, live, schema_changed=schema)


def _counted(diff: ObjectDiff) -> ObjectDiff:
    """Fill in what the manifests themselves say of rows."""
    diff.rows_backup = diff.backup.rows if diff.backup else None
    diff.rows_live = diff.live.rows if diff.live else None
    diff.has_rows = diff.kind == "table"
    if not diff.has_rows:
        return diff
    match diff.verdict:
        case Verdict.SAME:
            diff.missing = diff.changed = diff.extra = 0
        case Verdict.MISSING:
            diff.missing, diff.changed, diff.extra = diff.rows_backup, 0, 0
        case Verdict.EXTRA:
            diff.missing, diff.changed, diff.extra = 0, 0, diff.rows_live
    return diff


def resolve(asked: Sequence[str], known: Collection[str], *, where: str) -> tuple[str, ...]:
    """Return the full names that are meant; the schema may be left off where that is plain.

    Raises BackupError that names what is not there, with names near it.
    """
    return tuple(dict.fromkeys(_resolved(name, known, where) for name in asked))


def _resolved(name: str, known: Collection[str], where: str) -> str:
    if name in known:
        return name
    ends = [each for each in known if each.rpartition(".")[2] == name]
    if len(ends) == 1:
        return ends[0]
    if ends:
        raise BackupError(
            f"{name!r} is a table of more than one schema in {where}.",
            advice=f"Say which: {', '.join(sorted(ends))}.",
        )
    near = get_close_matches(
        name, [*known, *(each.rpartition(".")[2] for each in known)], NEAR_NAMES
    )
    advice = f"Did you mean {', '.join(sorted(set(near)))}?" if near else "See: manage.py find"
    raise BackupError(f"There is no table {name!r} in {where}.", advice=advice)


def below(paths: Sequence[str], name: str) -> bool:
    """Say whether a file is one of these paths or stands below one."""
    return any(name == path or name.startswith(f"{path}/") for path in _plain(paths))


def _plain(paths: Sequence[str]) -> list[str]:
    return [path.strip("/").removeprefix("./") for path in paths]
