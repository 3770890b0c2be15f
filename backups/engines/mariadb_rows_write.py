"""Rows of a living MariaDB or MySQL table written back, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import pymysql

from backups.engines.mariadb_client import LONG_ANSWER_SECONDS, session
from backups.engines.mariadb_places import as_writer
from backups.engines.mariadb_rows import BINARIES, HEX_MARK, MariaDBReader, base_of, cell_of
from backups.engines.mariadb_sql import quoted
from backups.engines.rows import Column, RowPlan, TableShape
from backups.errors import RestoreFailed
from backups.rowdiff import Cell, Row
from backups.specs import SourceSpec

SETTINGS = (
    # Strict, but as lenient as whatever once wrote the rows: old zero dates come back as well.
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO', time_zone = '+00:00'",
    "SET SESSION foreign_key_checks = 1, unique_checks = 1",
    "START TRANSACTION",
)
REFERENCES = (1451, 1452)  # a row that others refer to, one that refers to nothing
_TRANSACTIONAL = """
    SELECT t.engine, e.transactions FROM information_schema.tables AS t
    LEFT JOIN information_schema.engines AS e ON e.engine = t.engine
    WHERE t.table_schema = DATABASE() AND BINARY t.table_name = %s"""

Each = TypeVar("Each")


class MariaDBRowWriters:
    """Writes rows of MariaDB and MySQL; contract: backups.engines.rows.RowWriters."""

    kind = "mariadb"

    @contextmanager
    def writing(self, live: SourceSpec) -> Iterator[MariaDBRowWriter]:
        """Open a transaction; see backups.engines.rows."""
        with session(as_writer(live), answer_seconds=LONG_ANSWER_SECONDS) as connection:
            connection.decoders = {}
            with connection.cursor() as cursor:
                for statement in SETTINGS:
                    cursor.execute(statement)
            try:
                yield MariaDBRowWriter(connection)
                connection.commit()
            except (pymysql.err.IntegrityError, pymysql.err.DataError) as error:
                raise RestoreFailed(
                    f"Source {live.name} refused the rows: {error.args[-1]}.",
                    advice="Bring back first what they refer to; nothing was written.",
                ) from error


@dataclass(frozen=True, slots=True)
class MariaDBRowWriter:
    """One transaction."""

    connection: pymysql.Connection

    def shape(self, table: str) -> TableShape | None:
        """Return the table's shape; raise RestoreFailed where nothing could be taken back."""
        for engine, transactions in self._all(_TRANSACTIONAL, (table,)):
            if transactions != "YES":
                raise RestoreFailed(
                    f"{table} is a table of {engine}, which knows no transactions: rows cannot be"
                    " written all or not at all.",
                    advice="Bring back the whole table instead.",
                )
        return MariaDBReader(self.connection).shape(table)

    def standing(self, plan: RowPlan, row: Mapping[str, object]) -> list[Row]:
        """Lock and return what stands there."""
        cells = ", ".join(quoted(name) for name in plan.names)
        found, values = _found(plan, row)
        rows = self._all(
            f"SELECT {cells} FROM {quoted(plan.table)} WHERE {found} FOR UPDATE",  # noqa: S608 - names are quoted
            values,
        )
        return [tuple(map(cell_of, each)) for each in rows]

    def insert(self, plan: RowPlan, rows: Sequence[Mapping[str, object]]) -> None:
        """Write the rows; those whose parent comes later among them are tried again after it."""
        self._in_some_order(rows, lambda row: self._insert(plan, row))

    def delete(self, plan: RowPlan, rows: Sequence[tuple[Mapping[str, object], int]]) -> None:
        """Remove the rows; those that others among them refer to, after these."""
        self._in_some_order(rows, lambda each: self._delete(plan, *each))

    def _in_some_order(self, rows: Sequence[Each], work: Callable[[Each], None]) -> None:
        """Do the work for each row; InnoDB checks references row by row, so some have to wait."""
        waiting = list(rows)
        while waiting:
            left: list[Each] = []
            for row in waiting:
                try:
                    work(row)
                except pymysql.err.IntegrityError as error:
                    if error.args[0] not in REFERENCES:
                        raise
                    refused = error
                    left.append(row)
            if len(left) == len(waiting):
                raise refused
            waiting = left

    def _insert(self, plan: RowPlan, row: Mapping[str, object]) -> None:
        names = ", ".join(quoted(name) for name in plan.names)
        places = ", ".join(["%s"] * len(plan.columns))
        values = tuple(_value(column, row[column.name]) for column in plan.columns)
        self._run(f"INSERT INTO {quoted(plan.table)} ({names}) VALUES ({places})", values)  # noqa: S608 - names are quoted

    def update(self, plan: RowPlan, row: Mapping[str, object], columns: Collection[str]) -> None:
        """Set these columns."""
        known = {column.name: column for column in plan.columns}
        changes = ", ".join(f"{quoted(name)} = %s" for name in columns)
        found, values = _found(plan, row)
        new = tuple(_value(known[name], row[name]) for name in columns)
        self._run(
            f"UPDATE {quoted(plan.table)} SET {changes} WHERE {found}",  # noqa: S608 - names are quoted
            (*new, *values),
        )

    def _delete(self, plan: RowPlan, row: Mapping[str, object], copies: int) -> None:
        found, values = _found(plan, row)
        self._run(
            f"DELETE FROM {quoted(plan.table)} WHERE {found} LIMIT {int(copies)}",  # noqa: S608 - names are quoted
            values,
        )

    def printed(self, cell: Cell) -> object:
        """Return the cell as it is."""
        return cell

    def _all(self, query: str, arguments: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(query, arguments)
            return list(cursor.fetchall())

    def _run(self, statement: str, values: tuple[object, ...]) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values)


def _found(plan: RowPlan, row: Mapping[str, object]) -> tuple[str, tuple[object, ...]]:
    """Return what finds the row, and its values: by the key, else by every cell as printed."""
    if plan.key:
        parts = [f"{quoted(column.name)} <=> %s" for column in plan.key_columns]
        return " AND ".join(parts), tuple(
            _value(column, row[column.name]) for column in plan.key_columns
        )
    parts = [
        f"{quoted(c.name)} <=> %s" if c.binary else f"BINARY CAST({quoted(c.name)} AS CHAR) <=> %s"
        for c in plan.columns
    ]
    values = (_value(column, row[column.name]) for column in plan.columns)
    return " AND ".join(parts) or "TRUE", tuple(values)


def _value(column: Column, cell: object) -> object:
    """Return a printed cell as the driver takes it: bytes for what holds bytes."""
    if isinstance(cell, str) and base_of(column.type) in BINARIES and cell.startswith(HEX_MARK):
        return bytes.fromhex(cell.removeprefix(HEX_MARK))
    return cell
