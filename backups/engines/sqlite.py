"""SQLite: a copy by the online backup API, checked and read back table by table.

The dump's folder:
    manifest.jsonl  schema.sql  database.json (encoding, user_version, ...)
    data/database.sqlite    one whole database file: cp or sqlite3 is all a restore needs

A table's SHA-256 is over its rows in the order of its B-tree (rowid, or primary key WITHOUT
ROWID), each row its columns in order without generated ones, each value by its storage class:
    NULL "n"   INTEGER "i<decimal>,"   REAL "r" and 8 bytes, IEEE 754 big endian
    TEXT "t<length>:" and its UTF-8    BLOB "b<length>:" and its bytes
so 1, 1.0, '1' and x'31' all differ. A virtual table has no digest of its own: what it holds
stands in its shadow tables, which have.
"""

from __future__ import annotations

import hashlib
import sqlite3
import struct
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import orjson

from backups import manifest
from backups.engines.sqlite_file import (
    REPAIR_ADVICE,
    Progress,
    copy_database,
    open_file,
    open_source,
    pragma,
    rests,
    size_of,
    source_file,
    troubles_told,
)
from backups.errors import DumpFailed
from backups.specs import Dump, ManifestObject, SourceFacts, SourceSpec, Watch

COPY_FILE = "data/database.sqlite"
SCHEMA_FILE = "schema.sql"
DATABASE_FILE = "database.json"
ROWS_PER_FETCH = 1000
FAULTS_TOLD = 3
HAS_COLUMNS = ("table", "view")
SETTINGS = ("encoding", "page_size", "auto_vacuum", "user_version", "application_id")

_SCHEMA = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name"
_ALL_COLUMNS = "SELECT name FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid"
_STORED_COLUMNS = "SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0 ORDER BY cid"


class _Text(bytes):
    """A text value as its UTF-8, whether that is valid or not."""


_ENCODERS: dict[type, Callable[..., bytes]] = {
    type(None): lambda _: b"n",
    int: lambda value: b"i%d," % value,
    float: lambda value: b"r" + struct.pack(">d", value),
    _Text: lambda value: b"t%d:%b" % (len(value), value),
    bytes: lambda value: b"b%d:%b" % (len(value), value),
}


class SQLite:
    """The engine of SQLite files; contract: backups.engines.base.Engine."""

    kind = "sqlite"
    tools: tuple[str, ...] = ()
    by_table = False

    def probe(self, spec: SourceSpec) -> SourceFacts:
        """Ask the file for its size and objects."""
        with troubles_told(spec):
            path = source_file(spec)
            with closing(open_source(path, resting=rests(path))) as source:
                return SourceFacts(
                    server_version=_version(),
                    size_bytes=size_of(source),
                    objects=len(source.execute(_SCHEMA).fetchall()),
                )

    def dump(
        self,
        spec: SourceSpec,
        folder: Path,
        watch: Watch,
        previous: Path | None,  # noqa: ARG002 - the file's own size is the better guess
    ) -> Dump:
        """Copy the database and read the copy; see backups.engines.base.Engine."""
        copy = folder / COPY_FILE
        copy.parent.mkdir()
        with troubles_told(spec):
            progress = Progress(spec, watch)
            taken_at = copy_database(spec, copy, progress)
            warnings = tuple(_checked(spec, copy))
            objects = sorted(
                _objects(copy, folder, progress), key=lambda each: (each.kind, each.name)
            )
            summary = manifest.write(
                folder,
                objects,
                engine=self.kind,
                server_version=_version(),
                taken_at=taken_at,
                warnings=warnings,
            )
        for warning in warnings:
            watch.note(warning)
        return Dump(summary, (folder,))

    def restless(self, spec: SourceSpec, dump: Dump) -> tuple[str, ...]:  # noqa: ARG002
        """Return (): a dump in a folder of our own does not change any more."""
        return ()


def _version() -> str:
    return f"SQLite {sqlite3.sqlite_version}"


@contextmanager
def _opened_copy(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield the copy as it stands on disk; nobody else writes to it."""
    with closing(open_file(path, "mode=ro&immutable=1")) as database:
        yield database


def _checked(spec: SourceSpec, copy: Path) -> list[str]:
    """Return what its own rules find wrong in the copy; raise DumpFailed when it is damaged."""
    with _opened_copy(copy) as database:
        faults = [row[0] for row in database.execute(f"PRAGMA integrity_check({FAULTS_TOLD})")]
        if faults != ["ok"]:
            raise DumpFailed(
                f"Source {spec.name} is damaged: {'; '.join(faults)}.", advice=REPAIR_ADVICE
            )
        orphans = Counter(row[0] for row in database.execute("PRAGMA foreign_key_check"))
    return [f"{n} rows of {table} refer to rows that do not exist." for table, n in orphans.items()]


def _objects(copy: Path, folder: Path, progress: Progress) -> Iterator[ManifestObject]:
    """Yield all that the copy holds; write its schema and settings beside it."""
    with _opened_copy(copy) as database:
        schema = database.execute(_SCHEMA).fetchall()
        settings = {name: pragma(database, name) for name in SETTINGS}
        columns = {
            name: _columns(database, name) for kind, name, _ in schema if kind in HAS_COLUMNS
        }
    with _opened_copy(copy) as database:
        database.text_factory = _Text
        for kind, name, sql in schema:
            digest = hashlib.sha256(sql.encode()).hexdigest()
            entry = ManifestObject(kind, name, schema_sha256=digest, columns=columns.get(name, ()))
            if kind == "table" and not sql.upper().startswith("CREATE VIRTUAL"):
                entry = _with_content(database, entry, progress)
            yield entry
    yield _note(folder, "schema", SCHEMA_FILE, "".join(f"{sql};\n" for *_, sql in schema).encode())
    yield _note(folder, "database", DATABASE_FILE, orjson.dumps(settings))


def _columns(database: sqlite3.Connection, name: str) -> tuple[str, ...]:
    """Return the columns of a table or view; none of one that is broken or needs an extension."""
    try:
        return tuple(column for (column,) in database.execute(_ALL_COLUMNS, (name,)))
    except sqlite3.OperationalError:
        return ()


def _with_content(
    database: sqlite3.Connection, entry: ManifestObject, progress: Progress
) -> ManifestObject:
    """Read all of the table's rows; NOT INDEXED keeps them in the order of the table itself."""
    stored = [str(name, "utf-8") for (name,) in database.execute(_STORED_COLUMNS, (entry.name,))]
    names = ", ".join(map(_quoted, stored))
    query = f"SELECT {names} FROM {_quoted(entry.name)} NOT INDEXED"  # noqa: S608 - quoted names
    cursor = database.execute(query)
    digest, size, count = hashlib.sha256(), 0, 0
    while rows := cursor.fetchmany(ROWS_PER_FETCH):
        data = b"".join([_ENCODERS[type(value)](value) for row in rows for value in row])
        digest.update(data)
        size += len(data)
        count += len(rows)
        progress.came(len(data))
    return replace(entry, bytes=size, rows=count, sha256=digest.hexdigest())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _note(folder: Path, kind: str, file: str, data: bytes) -> ManifestObject:
    (folder / file).write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    return ManifestObject(kind, kind, bytes=len(data), sha256=digest, file=file)
