"""The contents of living tables exchanged in one transaction, all that leans on them kept.

The tables stay the very tables that they are: views, grants, owners, policies, indexes and
triggers need nothing put back. Foreign keys are taken off for the exchange and put on again,
which checks every row on both sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg2 import sql
from psycopg2.errors import IntegrityError
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from backups.engines.postgresql_writer import rows, run
from backups.errors import RestoreFailed

_ENABLE = {"O": "ENABLE TRIGGER", "R": "ENABLE REPLICA TRIGGER", "A": "ENABLE ALWAYS TRIGGER"}
# How pg_dump lets values be printed, so that digests are those of the manifest.
_PLAIN = (
    "SET search_path = pg_catalog",
    "SET datestyle = ISO",
    "SET intervalstyle = postgres",
    "SET timezone = 'UTC'",
    "SET bytea_output = hex",
    "SET extra_float_digits = 3",
    "SET row_security = off",
    "SET client_min_messages = warning",
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table by its two names, and the columns whose values are kept (no generated ones)."""

    schema: str
    name: str
    columns: tuple[str, ...] = ()

    @property
    def ident(self) -> sql.Composable:
        """Its name, quoted."""
        return sql.Identifier(self.schema, self.name)

    def copy(self, direction: str) -> sql.Composable:
        """Return the COPY of its columns TO STDOUT or FROM STDIN; one without columns has none."""
        columns = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        listed = sql.SQL(" ({})").format(columns) if self.columns else sql.SQL("")
        return sql.SQL("COPY {}{} {}").format(self.ident, listed, sql.SQL(direction))


def print_plainly(connection: Connection) -> None:
    """Let the session print values as pg_dump does."""
    for statement in _PLAIN:
        run(connection, statement)


def columns_of(connection: Connection, table: Table) -> tuple[str, ...] | None:
    """Return a table's stored columns in their order; None when there is no such table."""
    found = rows(
        connection,
        "SELECT ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid"
        " AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum)"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = {} AND c.relname = {} AND c.relkind = 'r'",
        table.schema,
        table.name,
    )
    return tuple(found[0][0]) if found else None


def lock(connection: Connection, tables: Sequence[Table]) -> None:
    """Take the tables for ourselves alone; others wait, and after a while we give up."""
    if tables:
        named = sql.SQL(", ").join(sql.SQL("ONLY {}").format(table.ident) for table in tables)
        _run(connection, sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(named))


def oids(connection: Connection, tables: Iterable[Table]) -> list[int]:
    """Return the numbers of the tables and of the partitioned tables above them."""
    found: set[int] = set()
    for table in tables:
        found |= {
            oid
            for (oid,) in rows(
                connection,
                "SELECT a.relid::oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,"
                " LATERAL (SELECT c.oid AS relid UNION SELECT pg_partition_ancestors(c.oid)) a"
                " WHERE n.nspname = {} AND c.relname = {} AND a.relid IS NOT NULL",
                table.schema,
                table.name,
            )
        }
    return sorted(found)


@dataclass(frozen=True, slots=True)
class Untied:
    """Statements that put back what was taken off for the exchange."""

    statements: tuple[str, ...] = ()


def untie(connection: Connection, tables: Sequence[Table], leave: Sequence[Table] = ()) -> Untied:
    """Take off the tables' foreign keys, in and out, and quiet their triggers.

    What ties to a table of `leave`, which is to go, is not put back.
    """
    numbers, leaving = oids(connection, tables), oids(connection, leave)
    back: list[str] = []
    for table, name, definition, comment, ends in rows(
        connection,
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid),"
        " quote_literal(obj_description(oid, 'pg_constraint')),"
        " ARRAY[conrelid, confrelid]::bigint[]"
        " FROM pg_constraint WHERE contype = 'f' AND conparentid = 0"
        " AND (conrelid = ANY ({}::oid[]) OR confrelid = ANY ({}::oid[]))",
        numbers,
        numbers,
    ):
        run_text(connection, f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        if not set(ends) & set(leaving):
            back.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
            if comment:
                back.append(f"COMMENT ON CONSTRAINT {name} ON {table} IS {comment}")
    for table, name, enabled in rows(
        connection,
        "SELECT tgrelid::regclass::text, quote_ident(tgname), tgenabled::text FROM pg_trigger"
        " WHERE NOT tgisinternal AND tgenabled <> 'D' AND tgrelid = ANY ({}::oid[])",
        sorted(set(numbers) - set(leaving)),
    ):
        run_text(connection, f"ALTER TABLE {table} DISABLE TRIGGER {name}")
        back.append(f"ALTER TABLE {table} {_ENABLE[enabled]} {name}")
    for (table,) in rows(
        connection,
        "SELECT oid::regclass::text FROM pg_class WHERE relforcerowsecurity"
        " AND oid = ANY ({}::oid[])",
        sorted(set(numbers) - set(leaving)),
    ):
        run_text(connection, f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        back.append(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    return Untied(tuple(back))


def tie(connection: Connection, name: str, statements: Iterable[str]) -> None:
    """Put back what was taken off; rows that refer to nothing end the exchange."""
    try:
        for statement in statements:
            run_text(connection, statement)
    except IntegrityError as error:
        raise RestoreFailed(
            f"{name}: rows of {error.diag.table_name} refer to what this copy has not "
            f"(constraint {error.diag.constraint_name}).",
            advice="Nothing was changed. Restore the table that they refer to as well, choose "
            "another night, or restore beside and bring back picked rows.",
        ) from error


def empty(connection: Connection, tables: Sequence[Table]) -> None:
    """Empty the tables at once; sequences go on where they are."""
    if tables:
        named = sql.SQL(", ").join(sql.SQL("ONLY {}").format(table.ident) for table in tables)
        _run(connection, sql.SQL("TRUNCATE TABLE {}").format(named))


def advance_sequences(live: Connection, place: Connection, table: Table) -> None:
    """Set the table's sequences on to where the copy's were; never back, so no number repeats."""
    owned = (
        "SELECT n.nspname::text, s.relname::text FROM pg_depend d"
        " JOIN pg_class s ON s.oid = d.objid"
        " JOIN pg_namespace n ON n.oid = s.relnamespace"
        " JOIN pg_class c ON c.oid = d.refobjid JOIN pg_namespace m ON m.oid = c.relnamespace"
        " WHERE s.relkind = 'S' AND d.deptype IN ('a', 'i') AND m.nspname = {} AND c.relname = {}"
    )
    for schema, name in rows(live, owned, table.schema, table.name):
        sequence = sql.Identifier(schema, name)
        there = rows(
            place,
            "SELECT true FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = {} AND c.relname = {}",
            schema,
            name,
        )
        if there:
            ((value, called),) = _fetch(
                place, sql.SQL("SELECT last_value, is_called FROM {}").format(sequence)
            )
            _run(
                live,
                sql.SQL(
                    "SELECT setval({}::regclass, {}, {}) FROM {} WHERE last_value < {}"
                    " OR (last_value = {} AND NOT is_called)"
                ).format(
                    sql.Literal(sequence.as_string(live)),
                    sql.Literal(value),
                    sql.Literal(called),
                    sequence,
                    sql.Literal(value),
                    sql.Literal(value),
                ),
            )


def make_container(connection: Connection, table: Table) -> None:
    """Make a table of the same names whose columns are all text: it prints what it was given."""
    _run(connection, sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(table.schema)))
    columns = sql.SQL(", ").join(
        sql.SQL("{} text").format(sql.Identifier(column)) for column in table.columns
    )
    _run(connection, sql.SQL("CREATE TABLE {} ({})").format(table.ident, columns))


def _run(connection: Connection, statement: sql.Composable) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _fetch(connection: Connection, statement: sql.Composable) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def run_text(connection: Connection, statement: str) -> None:
    """Execute a statement that the server itself wrote."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
