"""The manifest file: JSON Lines, so that a million objects stream through little memory.

First line a head, then one object a line in a fixed order, last line a foot with the totals.
A file without its foot is not a manifest: the writer was killed (architecture, invariant 1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from backups.errors import DumpFailed
from backups.specs import ManifestObject, ManifestSummary

FILE_NAME = "manifest.jsonl"
FORMAT = "pulih-manifest-1"
# How an object's line is known again unparsed: its end, and (if JSON escapes nothing) its name.
STAT_ENDING = b'"stat":[%d,%d,%d,%d]}\n'
NAMED = b'"name":"%b","bytes":'
_FOOT = b'{"end":'
_FOOT_BYTES = 1 << 16
_WRITTEN_AT_ONCE = 1 << 20


class Kept(NamedTuple):
    """An object that is as an earlier manifest has it: its line is written again as it stands."""

    line: bytes
    size: int


def write(
    folder: Path,
    objects: Iterable[ManifestObject | Kept],
    *,
    engine: str,
    server_version: str,
    taken_at: datetime,
    warnings: Sequence[str] = (),
) -> ManifestSummary:
    """Write `folder`/manifest.jsonl from `objects` and return its totals and SHA-256.

    `warnings` are read after the last object, so a generator may still be filling them. The
    file gets its name when it is finished.
    """
    path, unfinished = folder / FILE_NAME, folder / f"{FILE_NAME}.part"
    digest = hashlib.sha256()
    totals = {"objects": 0, "rows": 0, "bytes": 0}
    head = {"format": FORMAT, "engine": engine, "server_version": server_version}
    head["taken_at"] = taken_at.isoformat()
    with unfinished.open("wb") as file:
        lines = bytearray(_encode(head))
        for entry in objects:
            totals["objects"] += 1
            if isinstance(entry, Kept):
                lines += entry.line
                totals["bytes"] += entry.size
            else:
                lines += _encode(_object_to_line(entry))
                totals["rows"] += entry.rows or 0
                totals["bytes"] += entry.bytes
            if len(lines) > _WRITTEN_AT_ONCE:
                digest.update(lines)
                file.write(lines)
                lines.clear()
        lines += _encode({"end": True, **totals, "warnings": list(warnings)})
        digest.update(lines)
        file.write(lines)
    unfinished.rename(path)
    return ManifestSummary(
        path=path,
        sha256=digest.hexdigest(),
        engine=engine,
        server_version=server_version,
        taken_at=taken_at,
        warnings=tuple(warnings),
        **totals,
    )


NOTES = frozenset({"schema", "roles", "database"})  # of a dump itself, whichever tables it holds
TABLES = frozenset({"table", "sequence"})  # a MariaDB sequence is a table of its own


def listed(objects: Iterable[ManifestObject], only: Collection[str] | None) -> list[ManifestObject]:
    """Return what a manifest lists of a dump that holds the rows of `only` alone (None: all)."""
    return [
        entry
        for entry in objects
        if only is None or entry.kind in NOTES or (entry.kind in TABLES and entry.name in only)
    ]


def read_head(path: Path) -> dict[str, Any]:
    """Return a manifest's first line: format, engine, server_version, taken_at."""
    with path.open("rb") as file:
        head = _line(next(file, b""), path)
    if head.get("format") != FORMAT:
        raise DumpFailed(f"{path.name} is not a manifest of this portal.")
    return head


def read_objects(path: Path) -> Iterator[ManifestObject]:
    """Yield every object of a manifest; raise DumpFailed when it is cut short or not one."""
    for raw in read_lines(path):
        yield _line_to_object(_line(raw, path))


def read_lines(path: Path) -> Iterator[bytes]:
    """Yield every object's line unparsed; raise DumpFailed as read_objects does."""
    with path.open("rb") as file:
        if _line(next(file, b""), path).get("format") != FORMAT:
            raise DumpFailed(f"{path.name} is not a manifest of this portal.")
        for raw in file:
            if raw.startswith(_FOOT):
                _line(raw, path)
                return
            yield raw
    raise _cut_short(path)


class Differences(NamedTuple):
    """What two manifests of one source do not share: objects as they were, and as they are."""

    before: list[ManifestObject]
    after: list[ManifestObject]


def differences(before: Path, after: Path, *, most: int = 100_000) -> Differences | None:
    """Return what differs; None when that is more than `most` objects, too many to hold.

    Lines are compared unparsed and paired off wherever they stand, so that a million equal
    objects cost half a second and the order matters only for memory.
    """
    gone: set[bytes] = set()
    new: set[bytes] = set()
    for old_line, new_line in zip_longest(read_lines(before), read_lines(after)):
        if old_line == new_line:
            continue
        _pair_off(old_line, new, gone)
        _pair_off(new_line, gone, new)
        if len(gone) + len(new) > 2 * most:
            return None
    return Differences(_parsed(gone, before), _parsed(new, after))


def _pair_off(line: bytes | None, unmatched: set[bytes], own: set[bytes]) -> None:
    if line in unmatched:
        unmatched.remove(line)
    elif line:
        own.add(line)


def _parsed(lines: set[bytes], path: Path) -> list[ManifestObject]:
    return [_line_to_object(_line(line, path)) for line in sorted(lines)]


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a manifest file, as its summary gives it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def total_bytes(path: Path) -> int:
    """Return the bytes that a finished manifest counts, read from its foot alone."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _FOOT_BYTES))
        lines = file.read().splitlines() or [b""]
    foot = _line(lines[-1], path)
    if not foot.get("end"):
        raise _cut_short(path)
    return int(foot["bytes"])


def _cut_short(path: Path) -> DumpFailed:
    return DumpFailed(f"{path.name} ends too early: it was never finished.")


def _encode(line: dict[str, Any]) -> bytes:
    return orjson.dumps(line) + b"\n"


def _line(raw: bytes, path: Path) -> dict[str, Any]:
    try:
        line = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise DumpFailed(f"{path.name} is damaged: {error}") from error
    if not isinstance(line, dict):
        raise DumpFailed(f"{path.name} is damaged: a line is not an object.")
    return line


def _object_to_line(entry: ManifestObject) -> dict[str, Any]:
    line: dict[str, Any] = {"kind": entry.kind, "name": entry.name, "bytes": entry.bytes}
    for key in ("rows", "sha256", "schema_sha256"):
        if (value := getattr(entry, key)) is not None:
            line[key] = value
    if entry.columns:
        line["columns"] = entry.columns
    if entry.file:
        line["file"] = entry.file
    if entry.stat:
        line["stat"] = entry.stat
    return line


def _line_to_object(line: dict[str, Any]) -> ManifestObject:
    stat = line.get("stat")
    return ManifestObject(
        kind=line["kind"],
        name=line["name"],
        bytes=line["bytes"],
        rows=line.get("rows"),
        sha256=line.get("sha256"),
        schema_sha256=line.get("schema_sha256"),
        columns=tuple(line.get("columns", ())),
        file=line.get("file", ""),
        stat=(stat[0], stat[1], stat[2], stat[3]) if stat else None,
    )
