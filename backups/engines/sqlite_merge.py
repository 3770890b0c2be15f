"""Tables of one SQLite file put into a copy of another, with their indexes, triggers and rowids."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from backups.engines.sqlite_file import open_file

ROWID_NAMES = ("rowid", "_rowid_", "oid")
_OF_TABLE = """
    SELECT sql FROM giver.sqlite_master WHERE tbl_name = ? AND type <> 'table'
    AND sql IS NOT NULL ORDER BY type"""
_STORED = "SELECT name FROM pragma_table_xinfo(?, 'giver') WHERE hidden = 0 ORDER BY cid"
_WITHOUT_ROWID = "SELECT wr FROM pragma_table_list(?) WHERE schema = 'giver'"


def merge(into: Path, giver: Path, tables: Iterable[str]) -> None:
    """Make these tables of `into` what they are in `giver`; one that it has not is dropped.

    `into` is a file of our own; all is one transaction of it. Raises sqlite3.Error.
    """
    with closing(open_file(into, "mode=rw")) as database:
        database.text_factory = bytes  # whatever stands in the text is copied by SQLite itself
        database.execute("PRAGMA foreign_keys = OFF")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("ATTACH DATABASE ? AS giver", (str(giver),))
        database.execute("BEGIN IMMEDIATE")
        for table in tables:
            _replace(database, table)
        database.execute("COMMIT")
        database.execute("DETACH DATABASE giver")


def _replace(database: sqlite3.Connection, table: str) -> None:
    database.execute(f"DROP TABLE IF EXISTS main.{quoted(table)}")
    found = database.execute(
        "SELECT sql FROM giver.sqlite_master WHERE type = 'table' AND name = ?", (table,)
    ).fetchone()
    if found is None:
        return
    database.execute(found[0].decode())
    columns = [name.decode() for (name,) in database.execute(_STORED, (table,))]
    hidden = _rowid(database, table, columns)
    names = ", ".join([*hidden, *map(quoted, columns)])
    database.execute(
        f"INSERT INTO main.{quoted(table)} ({names})"  # noqa: S608 - quoted names
        f" SELECT {names} FROM giver.{quoted(table)} NOT INDEXED"
    )
    _copy_sequence(database, table)
    for (sql,) in database.execute(_OF_TABLE, (table,)).fetchall():
        database.execute(sql.decode())


def _rowid(database: sqlite3.Connection, table: str, columns: list[str]) -> list[str]:
    """Return the name by which the table's hidden rowid is copied, where it has one."""
    without = database.execute(_WITHOUT_ROWID, (table,)).fetchone()
    if without and without[0]:
        return []
    taken = {column.lower() for column in columns}
    return [name for name in ROWID_NAMES if name not in taken][:1]


def _copy_sequence(database: sqlite3.Connection, table: str) -> None:
    """Take over the highest number that AUTOINCREMENT ever gave."""
    kept = "SELECT 1 FROM giver.sqlite_master WHERE name = 'sqlite_sequence'"
    own = "SELECT 1 FROM main.sqlite_master WHERE name = 'sqlite_sequence'"
    if database.execute(kept).fetchone() and database.execute(own).fetchone():
        database.execute("DELETE FROM main.sqlite_sequence WHERE name = ?", (table,))
        database.execute(
            "INSERT INTO main.sqlite_sequence SELECT name, seq FROM giver.sqlite_sequence"
            " WHERE name = ?",
            (table,),
        )


def quoted(name: str) -> str:
    """Return a name as SQL spells it."""
    return '"' + name.replace('"', '""') + '"'
