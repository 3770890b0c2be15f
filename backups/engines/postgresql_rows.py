"""The rows of a PostgreSQL table as the server prints them, in byte-wise order, of one snapshot."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2.extensions
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from backups.engines.postgresql_catalogue import qualified
from backups.engines.postgresql_client import session
from backups.engines.postgresql_contents import DATABASE_FILE, SCHEMA_FILE
from backups.engines.postgresql_rows_load import TOC_FILE, data_files, load_rows
from backups.engines.rows import (
    BATCH,
    Column,
    RowPlan,
    Sums,
    TableShape,
    order_by_key,
)
from backups.manifest import FILE_NAME
from backups.rowdiff import Cell, Order, Row
from backups.specs import Fetched, SourceSpec, Watch

HASHTEXTEXTENDED_SINCE = 110000
GENERATED_SINCE = 120000
INTEGERS = ("int2", "int4", "int8")
CAST_IS_PRINT = ("text", "character varying", "uuid")  # for these `::text` prints as usual
ORDERED_BY_SIGNS = ("UTF8", "LATIN1", "SQL_ASCII")  # their bytes rise as the signs do
# What decides how a value prints; two servers with the same settings print alike.
PRINT_SETTINGS = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "3",
    "xmloption": "content",
    "lc_monetary": "C",
    "search_path": "pg_catalog",
    "row_security": "off",  # refused rather than silently left out
}

_TABLES = """
SELECT c.oid, n.nspname, c.relname
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""
_COLUMNS = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod), t.typname, {generated},
       CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'default' ELSE '' END
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_KEYS = """
SELECT ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, n)
             JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
             WHERE k.n <= {key_columns} ORDER BY k.n)
FROM pg_index i
WHERE i.indrelid = %s AND i.indisunique AND i.indisvalid AND i.indimmediate
  AND i.indpred IS NULL AND i.indexprs IS NULL
  AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = i.indrelid
                  AND a.attnum = ANY (i.indkey) AND NOT a.attnotnull)
ORDER BY i.indisprimary DESC, i.indnatts, i.indexrelid
"""


class PostgreSQLRows:
    """Reads rows of PostgreSQL; contract: backups.engines.rows.RowReaders."""

    kind = "postgresql"
    notes = (DATABASE_FILE, SCHEMA_FILE)

    def wanted(self, noted: Fetched, tables: Collection[str]) -> tuple[str, ...]:
        """Return the data files of these tables and the dump's own list."""
        files = (FILE_NAME, *self.notes, TOC_FILE, *data_files(noted, tables))
        return tuple(f"{noted.paths[-1]}/{file}" for file in files)

    def load(
        self,
        fetched: Fetched,
        into: SourceSpec,
        tables: Collection[str],
        keyed: Collection[str],
        watch: Watch,
    ) -> tuple[str, ...]:
        """Load the definitions and the rows of these tables."""
        return load_rows(fetched, into, tables, keyed, watch)

    @contextmanager
    def opened(self, spec: SourceSpec) -> Iterator[PostgreSQLReader]:
        """Open one snapshot; see backups.engines.rows."""
        with session(spec) as connection:
            _print_alike(connection)
            yield PostgreSQLReader(connection)


def _print_alike(connection: Connection) -> None:
    """Settle how values print, and take them as printed: no type is turned into Python's own."""
    if connection.info.parameter_status("server_encoding") == "SQL_ASCII":
        connection.set_client_encoding("LATIN1")  # whatever its bytes are, they come unharmed
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
        for name, value in PRINT_SETTINGS.items():
            cursor.execute("SELECT pg_catalog.set_config(%s, %s, true)", (name, value))


@dataclass(frozen=True, slots=True)
class PostgreSQLReader:
    """One snapshot of one database."""

    connection: Connection

    def tables(self) -> Collection[str]:
        """Return the names of the tables that hold rows."""
        return self._oids().keys()

    def _oids(self) -> dict[str, tuple[int, sql.Identifier]]:
        listed = self._all(_TABLES)
        return {
            qualified(schema, name): (oid, sql.Identifier(schema, name))
            for oid, schema, name in listed
        }

    def shape(self, table: str) -> TableShape | None:
        """Return the table's columns and keys."""
        oid, _ = self._oids().get(table, (None, None))
        if oid is None:
            return None
        version = self.connection.server_version
        generated = "a.attgenerated <> ''" if version >= GENERATED_SINCE else "false"
        key_columns = "i.indnkeyatts" if version >= HASHTEXTEXTENDED_SINCE else "i.indnatts"
        columns = self._all(_COLUMNS.format(generated=generated), (oid,))
        keys = self._all(_KEYS.format(key_columns=key_columns), (oid,))
        return TableShape(
            table,
            tuple(
                Column(
                    name,
                    printed,
                    generated=made,
                    whole=base in INTEGERS,
                    binary=base == "bytea",
                    automatic=automatic,
                )
                for name, printed, base, made, automatic in columns
            ),
            tuple(tuple(names) for (names,) in keys),
        )

    def sums(self, plan: RowPlan) -> Sums:
        """Let the server count and hash: see backups.engines.rows."""
        statement = sql.SQL(
            "SELECT {bucket}, count(*), sum({hashed}) FROM ONLY {table} GROUP BY 1"
        ).format(
            bucket=self._bucket(plan),
            hashed=self._hash(_row_text(plan.names)),
            table=self._table(plan),
        )
        return {bucket: (int(n), int(total)) for bucket, n, total in self._all(statement)}

    def rows(self, plan: RowPlan, buckets: Collection[int] | None) -> Iterator[list[Row]]:
        """Yield the rows through a cursor of the server's."""
        places: list[sql.Composable] = [*map(sql.Identifier, plan.names)]
        if not plan.key:
            places.append(_digest(plan.names))
        statement = sql.SQL("SELECT {cells} FROM ONLY {table} t {where} ORDER BY {order}").format(
            cells=sql.SQL(", ").join(places),
            table=self._table(plan),
            where=self._where(plan, buckets),
            order=sql.SQL(", ").join(self._ordered(plan)),
        )
        with self.connection.cursor(f"pulih_{uuid.uuid4().hex}") as cursor:
            psycopg2.extensions.register_type(AS_PRINTED, cursor)
            cursor.execute(statement)
            while batch := cursor.fetchmany(BATCH):
                yield batch

    def order(self, plan: RowPlan) -> Order:
        """Return the order in which `rows` gives them."""
        return order_by_key(plan)

    def printed(self, cell: Cell) -> object:
        """Return the cell as it is: the server printed it."""
        return cell

    def _where(self, plan: RowPlan, buckets: Collection[int] | None) -> sql.Composable:
        if buckets is None:
            return sql.SQL("")
        listed = sql.Literal(list(buckets))
        return sql.SQL("WHERE {bucket} = ANY ({listed})").format(
            bucket=self._bucket(plan), listed=listed
        )

    def _bucket(self, plan: RowPlan) -> sql.Composable:
        return sql.SQL("({hashed} & {mask})::int").format(
            hashed=self._hash(_row_text(plan.key or plan.names)),
            mask=sql.Literal(plan.buckets - 1),
        )

    def _hash(self, text: sql.Composable) -> sql.Composable:
        if self.connection.server_version >= HASHTEXTEXTENDED_SINCE:
            return sql.SQL('hashtextextended({text} COLLATE "C", 0)').format(text=text)
        return sql.SQL("('x' || substr(md5({text}), 1, 16))::bit(64)::bigint").format(text=text)

    def _ordered(self, plan: RowPlan) -> Iterator[sql.Composable]:
        """Yield the order, byte-wise: a collation would put rows otherwise on another server."""
        if not plan.key:
            yield sql.SQL('{digest} COLLATE "C"').format(digest=_digest(plan.names))
        for column in plan.key_columns:
            name = sql.Identifier(column.name)
            if column.whole:
                yield sql.SQL("{name} NULLS FIRST").format(name=name)
                continue
            cast = column.type.split("(")[0] in CAST_IS_PRINT
            yield sql.SQL("{name} IS NOT NULL").format(name=name)
            text = sql.SQL("{name}::text" if cast else "format('%s', {name})").format(name=name)
            yield self._by_signs(text)

    def _by_signs(self, text: sql.Composable) -> sql.Composable:
        encoding = self.connection.info.parameter_status("server_encoding")
        if encoding in ORDERED_BY_SIGNS:
            return sql.SQL('{text} COLLATE "C"').format(text=text)
        return sql.SQL("convert_to({text}, 'UTF8')").format(text=text)

    def _table(self, plan: RowPlan) -> sql.Composable:
        return self.table(plan.table)

    def table(self, name: str) -> sql.Composable:
        """Return a table of the manifest as SQL spells it."""
        _, identifier = self._oids()[name]
        return identifier

    def _all(self, query: Any, arguments: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(query, arguments)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows


AS_PRINTED = psycopg2.extensions.new_type(
    tuple(psycopg2.extensions.string_types), "AS_PRINTED", psycopg2.extensions.UNICODE
)


def _row_text(names: tuple[str, ...]) -> sql.Composable:
    """Return the row as one text; ROW() quotes, so two different rows never print alike."""
    cells = sql.SQL(", ").join(map(sql.Identifier, names))
    return sql.SQL("ROW({cells})::text").format(cells=cells)


def _digest(names: tuple[str, ...]) -> sql.Composable:
    return sql.SQL("md5({text})").format(text=_row_text(names))
