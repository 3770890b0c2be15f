"""Rows of a living SQLite table written back, in one transaction that others wait for."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from backups.engines.rows import RowPlan, TableShape
from backups.engines.sqlite_file import open_file, pragma, source_file, troubles_told
from backups.engines.sqlite_rows import SQLiteReader, as_text, printed, value_of
from backups.errors import RestoreFailed, SourceRefused
from backups.rowdiff import Cell, Row
from backups.specs import SourceSpec


class SQLiteRowWriters:
    """Writes rows of SQLite; contract: backups.engines.rows.RowWriters."""

    kind = "sqlite"

    @contextmanager
    def writing(self, live: SourceSpec) -> Iterator[SQLiteRowWriter]:
        """Open a transaction; see backups.engines.rows."""
        with troubles_told(live):
            path = source_file(live)
            if not os.access(path, os.W_OK):
                raise SourceRefused(f"Source {live.name}: {path} may not be written by the worker.")
            with closing(open_file(path, "mode=rw")) as database:
                database.execute("PRAGMA foreign_keys=ON")
                database.execute("BEGIN IMMEDIATE")
                database.execute("PRAGMA defer_foreign_keys=ON")
                encoding = str(pragma(database, "encoding")).lower()
                database.text_factory = as_text
                with _refusals_told(live):
                    yield SQLiteRowWriter(database, encoding)
                    database.execute("COMMIT")


@contextmanager
def _refusals_told(live: SourceSpec) -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise RestoreFailed(
            f"Source {live.name} refused the rows: {error}.",
            advice="Bring back first what they refer to; nothing was written.",
        ) from error


@dataclass(frozen=True, slots=True)
class SQLiteRowWriter:
    """One transaction."""

    database: sqlite3.Connection
    encoding: str

    def shape(self, table: str) -> TableShape | None:
        """Return the table's shape."""
        return SQLiteReader(self.database, self.encoding).shape(table)

    def standing(self, plan: RowPlan, row: Mapping[str, object]) -> list[Row]:
        """Return what stands there; the transaction already keeps all others from writing."""
        cells = ", ".join(map(_quoted, plan.names)) or "NULL"
        found, values = _found(plan, row)
        statement = f"SELECT {cells} FROM {_quoted(plan.table)} WHERE {found}"  # noqa: S608 - quoted names
        return self.database.execute(statement, values).fetchall()

    def insert(self, plan: RowPlan, rows: Sequence[Mapping[str, object]]) -> None:
        """Write the rows; references are checked at the end of the transaction."""
        names = ", ".join(map(_quoted, plan.names))
        for row in rows:
            places, values = _places(row[name] for name in plan.names)
            self.database.execute(
                f"INSERT INTO {_quoted(plan.table)} ({names}) VALUES ({', '.join(places)})",  # noqa: S608 - quoted names
                values,
            )

    def update(self, plan: RowPlan, row: Mapping[str, object], columns: Collection[str]) -> None:
        """Set these columns."""
        places, new = _places(row[name] for name in columns)
        pairs = zip(columns, places, strict=True)
        changes = ", ".join(f"{_quoted(name)} = {place}" for name, place in pairs)
        found, values = _found(plan, row)
        statement = f"UPDATE {_quoted(plan.table)} SET {changes} WHERE {found}"  # noqa: S608 - quoted names
        self.database.execute(statement, (*new, *values))

    def delete(self, plan: RowPlan, rows: Sequence[tuple[Mapping[str, object], int]]) -> None:
        """Remove the rows; references are checked at the end of the transaction."""
        table = _quoted(plan.table)
        for row, copies in rows:
            found, values = _found(plan, row)
            if not plan.key:
                some = f"SELECT rowid FROM {table} WHERE {found} LIMIT {int(copies)}"  # noqa: S608 - quoted names
                found = f"rowid IN ({some})"
            self.database.execute(f"DELETE FROM {table} WHERE {found}", values)  # noqa: S608 - quoted names

    def printed(self, cell: Cell) -> object:
        """Return the cell as JSON keeps it."""
        return printed(cell)


def _found(plan: RowPlan, row: Mapping[str, object]) -> tuple[str, tuple[object, ...]]:
    """Return what finds the row, each cell of its own storage class, whatever the collation."""
    names = plan.key or plan.names
    places, values = _places(row[name] for name in names)
    pairs = list(zip(names, places, strict=True))
    parts = [f"{_quoted(name)} IS {place} COLLATE BINARY" for name, place in pairs]
    kinds = [f"typeof({_quoted(name)}) = typeof({place})" for name, place in pairs]
    return " AND ".join((*parts, *kinds)) or "1", (*values, *values)


def _places(cells: Iterator[object]) -> tuple[list[str], tuple[object, ...]]:
    """Return a place for each cell, and its value; text that is no UTF-8 goes in as its bytes."""
    places: list[str] = []
    values: list[object] = []
    for cell in cells:
        match value_of(cell):
            case ("text", bytes() as data):
                places.append("CAST(? AS TEXT)")
                values.append(data)
            case value:
                places.append("?")
                values.append(value)
    return places, tuple(values)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
