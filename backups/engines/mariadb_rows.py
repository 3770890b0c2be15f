"""The rows of a MariaDB or MySQL table as the server prints them, byte-wise, of one snapshot.

A table of an engine without transactions (MyISAM, Aria) has no snapshots: it is read as it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import pymysql
from pymysql.cursors import SSCursor

from backups.engines.mariadb_client import LONG_ANSWER_SECONDS, session
from backups.engines.mariadb_contents import DATABASE_FILE
from backups.engines.mariadb_parts import LIST_NAME
from backups.engines.mariadb_restore import MariaDBRestorer
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

INTEGERS = frozenset({"tinyint", "smallint", "mediumint", "int", "bigint"})
TEXTS = frozenset({"char", "varchar", "enum", "set"})
LONG_TEXTS = frozenset({"tinytext", "text", "mediumtext", "longtext", "json"})
LONG_BINARIES = frozenset({"tinyblob", "blob", "mediumblob", "longblob"})
SHORT_BINARIES = frozenset({"binary", "varbinary", "bit"})
GEOMETRIES = frozenset(
    {
        "geometry",
        "point",
        "linestring",
        "polygon",
        "multipoint",
        "multilinestring",
        "multipolygon",
        "geometrycollection",
        "geomcollection",
    }
)
BINARIES = SHORT_BINARIES | LONG_BINARIES | GEOMETRIES
HEX_MARK = "0x"
TABLE_PARTS = frozenset({"table", "rows", "after"})
ALWAYS_LOADED = frozenset({"header", "footer", "sequence"})  # a column's default may ask a sequence
# What decides how a value prints, and that a key is sorted by all of its bytes.
SETTINGS = (
    "SET SESSION sql_mode = '', time_zone = '+00:00'",
    "SET SESSION max_sort_length = 65536, net_write_timeout = 3600",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)

_TABLES = """
    SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()
    AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED')"""
_COLUMNS = """
    SELECT column_name, column_type, data_type, extra
    FROM information_schema.columns
    WHERE table_schema = DATABASE() AND BINARY table_name = %s ORDER BY ordinal_position"""
_KEYS = """
    SELECT index_name, column_name, nullable, sub_part
    FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND BINARY table_name = %s AND non_unique = 0
    ORDER BY index_name <> 'PRIMARY', index_name, seq_in_index"""


class MariaDBRows:
    """Reads rows of MariaDB and MySQL; contract: backups.engines.rows.RowReaders."""

    kind = "mariadb"
    notes = (LIST_NAME, DATABASE_FILE)

    def wanted(self, noted: Fetched, tables: Collection[str]) -> tuple[str, ...]:
        """Return the parts of these tables, and those that every load needs."""
        lines = (noted.dump / LIST_NAME).read_bytes().splitlines()
        parts = (orjson.loads(line) for line in lines)
        chosen = (
            part["file"]
            for part in parts
            if part["kind"] in ALWAYS_LOADED
            or (part["kind"] in TABLE_PARTS and part["name"] in tables)
        )
        files = (FILE_NAME, *self.notes, *chosen)
        return tuple(f"{noted.paths[-1]}/{file}" for file in files)

    def load(
        self,
        fetched: Fetched,
        into: SourceSpec,
        tables: Collection[str],  # noqa: ARG002 - only their parts were fetched
        keyed: Collection[str],  # noqa: ARG002 - keys are part of a table's definition
        watch: Watch,
    ) -> tuple[str, ...]:
        """Load the parts that were fetched, in their order."""
        MariaDBRestorer().load(fetched, into, watch)
        return ()

    @contextmanager
    def opened(self, spec: SourceSpec) -> Iterator[MariaDBReader]:
        """Open one snapshot; see backups.engines.rows."""
        with session(spec, answer_seconds=LONG_ANSWER_SECONDS) as connection:
            connection.decoders = {}  # everything as printed; bytes where there is no character set
            with connection.cursor() as cursor:
                for statement in SETTINGS:
                    cursor.execute(statement)
            yield MariaDBReader(connection)


@dataclass(frozen=True, slots=True)
class MariaDBReader:
    """One snapshot of one database."""

    connection: pymysql.Connection

    def tables(self) -> Collection[str]:
        """Return the names of the tables that hold rows."""
        return [name for (name,) in self._all(_TABLES)]

    def shape(self, table: str) -> TableShape | None:
        """Return the table's columns and keys."""
        columns = [_column(*row) for row in self._all(_COLUMNS, (table,))]
        if not columns:
            return None
        return TableShape(table, tuple(columns), self._keys(table))

    def _keys(self, table: str) -> tuple[tuple[str, ...], ...]:
        parts: defaultdict[str, list[str]] = defaultdict(list)
        unfit = set()
        for index, column, nullable, sub_part in self._all(_KEYS, (table,)):
            parts[index].append(column)
            if column is None or nullable == "YES" or sub_part is not None:
                unfit.add(index)
        return tuple(tuple(names) for index, names in parts.items() if index not in unfit)

    def sums(self, plan: RowPlan) -> Sums:
        """Let the server count and hash: see backups.engines.rows."""
        rows = self._all(
            f"SELECT {_bucket(plan)}, COUNT(*), SUM({_number(_digest(plan.columns))})"  # noqa: S608 - names are quoted
            f" FROM {_quoted(plan.table)} GROUP BY 1"
        )
        return {int(bucket): (int(n), int(total)) for bucket, n, total in rows}

    def rows(self, plan: RowPlan, buckets: Collection[int] | None) -> Iterator[list[Row]]:
        """Yield the rows as they come; nothing is held back by the client."""
        cells = [_quoted(column.name) for column in plan.columns]
        if not plan.key:
            cells.append(_digest(plan.columns))
        where = ""
        if buckets is not None:
            where = f"WHERE {_bucket(plan)} IN ({', '.join(map(str, buckets))})"
        statement = (
            f"SELECT {', '.join(cells)} FROM {_quoted(plan.table)} {where}"  # noqa: S608 - names are quoted
            f" ORDER BY {', '.join(_ordered(plan))}"
        )
        with self.connection.cursor(SSCursor) as cursor:
            cursor.execute(statement)
            while batch := cursor.fetchmany(BATCH):
                yield [tuple(map(cell_of, row)) for row in batch]

    def order(self, plan: RowPlan) -> Order:
        """Return the order in which `rows` gives them."""
        return order_by_key(plan)

    def printed(self, cell: Cell) -> object:
        """Return the cell as it is: the server printed it, bytes as 0x and their digits."""
        return cell

    def _all(self, query: str, arguments: object = None) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(query, arguments)
            return list(cursor.fetchall())


def _column(name: str, printed: str, base: str, extra: str) -> Column:
    words = extra.upper()
    return Column(
        name,
        printed,
        generated="GENERATED" in words and "DEFAULT_GENERATED" not in words,
        whole=base in INTEGERS and "zerofill" not in printed,
        binary=base in BINARIES,
        automatic="default" if "AUTO_INCREMENT" in words else "",
    )


def cell_of(cell: str | bytes | None) -> str | None:
    return HEX_MARK + cell.hex() if isinstance(cell, bytes) else cell


def _bucket(plan: RowPlan) -> str:
    if not plan.key:
        return f"CRC32({_digest(plan.columns)}) & {plan.buckets - 1}"
    return f"CRC32({_joined(plan.key_columns)}) & {plan.buckets - 1}"


def _number(digest: str) -> str:
    """Return the first 64 bits of an MD5 as a number."""
    return f"CAST(CONV(LEFT({digest}, 16), 16, 10) AS UNSIGNED)"


def _digest(columns: tuple[Column, ...]) -> str:
    return f"MD5({_joined(columns)})"


def _joined(columns: tuple[Column, ...]) -> str:
    """Return the cells as one text; two different rows never join alike."""
    return "CONCAT_WS(',', ''" + "".join(f", {_spelled(column)}" for column in columns) + ")"


def _spelled(column: Column) -> str:
    """Return a cell so that it joins with any other, NULL as NULL and not as a word.

    Long ones by their digest: what is joined must stay below the server's max_allowed_packet.
    """
    name, base = _quoted(column.name), base_of(column.type)
    if base in LONG_BINARIES | GEOMETRIES:
        return f"QUOTE(MD5({name}))"
    if base in SHORT_BINARIES:
        return f"QUOTE(HEX({name}))"
    if base in LONG_TEXTS:
        return f"QUOTE(MD5(CONVERT({name} USING utf8mb4)))"
    if base in TEXTS:
        return f"QUOTE(CONVERT({name} USING utf8mb4))"
    return f"QUOTE(CONVERT(CAST({name} AS CHAR) USING utf8mb4))"


def _ordered(plan: RowPlan) -> Iterator[str]:
    """Yield the order, byte-wise whatever the collation; NULL comes first by itself."""
    if not plan.key:
        yield _digest(plan.columns)
    for column in plan.key_columns:
        name = _quoted(column.name)
        if column.whole or base_of(column.type) in BINARIES:
            yield name
        elif base_of(column.type) in TEXTS | LONG_TEXTS:
            yield f"CAST(CONVERT({name} USING utf8mb4) AS BINARY)"
        else:
            yield f"CAST(CAST({name} AS CHAR) AS BINARY)"


def base_of(printed: str) -> str:
    return printed.partition("(")[0].partition(" ")[0].lower()


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
