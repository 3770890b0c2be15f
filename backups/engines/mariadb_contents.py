"""What a finished dump holds: compared with the catalogue, and listed for the manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import orjson

from backups.engines.mariadb_catalogue import Catalogue
from backups.engines.mariadb_parts import Part
from backups.engines.mariadb_stream import Cutter
from backups.specs import ManifestObject

DATABASE_FILE = "database.json"
ROLES_FILE = "roles.sql"
NAMES_TOLD = 8
ROWS_ELSEWHERE = frozenset(  # engines whose rows mariadb-dump never writes (its --no-data-med)
    {"mrg_myisam", "mrg_isam", "connect", "oqgraph", "spider", "vp", "federated"}
)


def lacking(cutter: Cutter, before: Catalogue, after: Catalogue) -> list[str]:
    """Return what stood in the database before and after the dump and is not in it."""
    stayed = before.objects & after.objects
    lost = stayed - cutter.definitions.keys()
    rowless = {
        ("rows of table", name)
        for name, table in before.tables.items()
        if ("table", name) in stayed
        and table.kind == "table"
        and table.engine not in ROWS_ELSEWHERE
        and name not in cutter.rows
    }
    return _told(lost | rowless)


def restless(cutter: Cutter, before: Catalogue, after: Catalogue) -> list[str]:
    """Return what was made or dropped while the dump ran and is not in it."""
    return _told((before.objects ^ after.objects) - cutter.definitions.keys())


def _told(objects: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{kind} {name!r}" for kind, name in sorted(objects)]


def some(names: Iterable[str]) -> str:
    """Return the first names of many, and how many more there are."""
    listed = list(names)
    more = len(listed) - NAMES_TOLD
    return ", ".join(listed[:NAMES_TOLD]) + (f" and {more} more" if more > 0 else "")


def limits_of(catalogue: Catalogue) -> Iterator[str]:
    """Say what no backup of this database by its dump tool can promise."""
    tables = {name: each for name, each in catalogue.tables.items() if each.kind == "table"}
    elsewhere = {name for name, each in tables.items() if each.engine in ROWS_ELSEWHERE}
    loose = [
        f"{name} ({each.engine})"
        for name, each in sorted(tables.items())
        if each.engine not in catalogue.transactional and name not in elsewhere
    ]
    if loose:
        yield f"Not transactional, so perhaps not of the same moment as the rest: {some(loose)}."
    if elsewhere:
        yield f"Their rows stand elsewhere and are not in this backup: {some(sorted(elsewhere))}."


def objects_of(
    cutter: Cutter, parts: Iterable[Part], columns: dict[str, tuple[str, ...]]
) -> Iterator[ManifestObject]:
    """Yield each object that the dump holds, and the schema as a whole."""
    rows = {part.name: part for part in parts if part.kind == "rows"}
    for (kind, name), definition in cutter.definitions.items():
        entry = ManifestObject(kind, name, schema_sha256=definition)
        if kind in {"table", "view"}:
            entry = replace(entry, columns=columns.get(name, ()))
        if kind == "table" and name in rows:
            part = rows[name]
            entry = replace(entry, rows=cutter.rows[name], file=part.file)
            yield replace(entry, bytes=part.bytes, sha256=part.sha256)
        elif value := cutter.values.get(name) if kind == "sequence" else None:
            yield replace(entry, bytes=len(value), sha256=hashlib.sha256(value).hexdigest())
        else:
            yield entry
    yield ManifestObject("schema", "schema", schema_sha256=_schema_digest(cutter))


def _schema_digest(cutter: Cutter) -> str:
    lines = (f"{kind} {name!r} {sha}\n" for (kind, name), sha in sorted(cutter.definitions.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def write_notes(folder: Path, catalogue: Catalogue) -> Iterator[ManifestObject]:
    """Write what belongs to the database but not into its dump; yield how each is listed."""
    settings = {"character_set": catalogue.character_set, "collation": catalogue.collation}
    yield _note(folder, "database", DATABASE_FILE, orjson.dumps(settings))
    if catalogue.grants is not None:
        text = "".join(f"{line};\n" for line in catalogue.grants)
        yield _note(folder, "roles", ROLES_FILE, text.encode())


def _note(folder: Path, kind: str, file: str, data: bytes) -> ManifestObject:
    (folder / file).write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    return ManifestObject(kind, kind, bytes=len(data), sha256=digest, file=file)
