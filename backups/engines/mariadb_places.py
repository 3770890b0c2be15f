"""The databases that a restore makes beside a living one, and what it notes in the last of them.

Beside stands the new, aside the old. The notes hold whatever a later worker must know to bring
a swap to its end or back: only there, in the server itself, do they share its fate.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pymysql

from backups.engines import mariadb_client as client
from backups.engines.mariadb_sql import quoted
from backups.errors import SourceRefused
from backups.specs import SourceSpec

NAME_LIMIT = 64  # letters of a database's name
PLAN = "plan"
EVENTS = "events"
_BASE_TABLES = """
    SELECT table_name FROM information_schema.tables
    WHERE table_schema = %s AND table_type <> 'VIEW' ORDER BY table_name"""
_SCHEMAS = "SELECT schema_name FROM information_schema.schemata WHERE schema_name IN %s"


@dataclass(frozen=True, slots=True)
class Places:
    """The names of one restore's databases."""

    beside: str
    aside: str
    notes: str

    @classmethod
    def of(cls, database: str, label: str) -> Places:
        """Return them for this database; the label alone keeps them apart from all others."""
        room = NAME_LIMIT - len(label) - len("___catatan")
        stem = f"{database[:room]}__{label}"
        return cls(f"{stem}_baru", f"{stem}_lama", f"{stem}_catatan")

    @classmethod
    def of_beside(cls, beside: str) -> Places:
        """Return them, known by the first."""
        stem = beside.removesuffix("_baru")
        return cls(beside, f"{stem}_lama", f"{stem}_catatan")

    @property
    def all(self) -> tuple[str, ...]:
        """All of them."""
        return self.beside, self.aside, self.notes


@dataclass(frozen=True, slots=True)
class Ends:
    """Where the new of an exchange comes from, where the old goes, and where that is noted."""

    origin: str
    aside: str
    notes: str


def as_writer(live: SourceSpec) -> SourceSpec:
    """Return the source as its `write` credential reaches it; SourceRefused when it has none."""
    if live.write is None:
        raise SourceRefused(
            f"Source {live.name} has no user name to write with.",
            advice="Set its credential for restores, then test the connection.",
        )
    return replace(live, read=live.write)


@contextmanager
def writing(live: SourceSpec) -> Iterator[pymysql.cursors.Cursor]:
    """Yield a cursor of a session that writes; each statement counts at once."""
    home = replace(as_writer(live), database="information_schema")  # live's own may be gone
    with client.session(home) as connection, connection.cursor() as cursor:
        connection.autocommit(value=True)
        cursor.execute("SET foreign_key_checks = 0, sql_notes = 0")
        yield cursor


def standing_of(cursor: pymysql.cursors.Cursor, names: tuple[str, ...]) -> set[str]:
    """Return which of these databases are there."""
    cursor.execute(_SCHEMAS, (names,))
    return {name for (name,) in cursor.fetchall()}


def tables_in(cursor: pymysql.cursors.Cursor, database: str) -> list[str]:
    """Return the tables and sequences of a database; [] where it is not there."""
    cursor.execute(_BASE_TABLES, (database,))
    return [name for (name,) in cursor.fetchall()]


def make_notes(cursor: pymysql.cursors.Cursor, notes: str) -> None:
    """Make the notes anew, empty."""
    drop(cursor, notes)
    cursor.execute(f"CREATE DATABASE {quoted(notes)} CHARACTER SET utf8mb4")
    cursor.execute(
        f"CREATE TABLE {quoted(notes)}.notes"
        " (name VARCHAR(100) PRIMARY KEY, body LONGBLOB NOT NULL) ENGINE = InnoDB"
    )


def note(cursor: pymysql.cursors.Cursor, notes: str, name: str, body: Any) -> None:
    """Write one note, in place of the one before."""
    statement = f"REPLACE INTO {quoted(notes)}.notes VALUES (%s, %s)"  # noqa: S608 - quoted
    cursor.execute(statement, (name, json.dumps(body).encode()))


def noted(cursor: pymysql.cursors.Cursor, notes: str, name: str) -> Any:
    """Return one note, None when there is none."""
    try:
        query = f"SELECT body FROM {quoted(notes)}.notes WHERE name = %s"  # noqa: S608 - quoted
        cursor.execute(query, (name,))
    except (pymysql.err.ProgrammingError, pymysql.err.OperationalError) as error:
        if error.args[0] in {1049, 1146}:  # no such database, no such table
            return None
        raise
    found = cursor.fetchone()
    return json.loads(found[0]) if found else None


def drop(cursor: pymysql.cursors.Cursor, database: str) -> None:
    """Drop a database of ours, where it is there."""
    cursor.execute(f"DROP DATABASE IF EXISTS {quoted(database)}")


def drop_empty(cursor: pymysql.cursors.Cursor, database: str) -> None:
    """Drop a database of ours in which no table stands."""
    if not tables_in(cursor, database):
        drop(cursor, database)
