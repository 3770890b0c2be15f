"""The rows of an SQLite table, each value with its storage class, in byte-wise order.

Both sides are files on this machine, so reading all is as quick as any hash would be.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from backups.engines.rows import BATCH, Column, RowPlan, Sums, TableShape
from backups.engines.sqlite_file import open_source, pragma, rests, source_file, troubles_told
from backups.engines.sqlite_restore import SQLiteRestorer
from backups.rowdiff import Cell, Order, Row
from backups.specs import Fetched, SourceSpec, Watch

STORED, GENERATED = 0, (2, 3)  # www.sqlite.org/pragma.html#pragma_table_xinfo

_TABLES = """
SELECT name FROM sqlite_master
WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
"""
_COLUMNS = 'SELECT name, type, hidden, pk, "notnull" FROM pragma_table_xinfo(?) ORDER BY cid'
_UNIQUE = """
SELECT name FROM pragma_index_list(?) WHERE "unique" AND NOT partial AND origin <> 'pk'
ORDER BY seq DESC
"""
_INDEXED = "SELECT name FROM pragma_index_info(?) ORDER BY seqno"


class SQLiteRows:
    """Reads rows of SQLite; contract: backups.engines.rows.RowReaders."""

    kind = "sqlite"
    notes: tuple[str, ...] = ()

    def wanted(self, noted: Fetched, tables: Collection[str]) -> tuple[str, ...]:  # noqa: ARG002
        """Return (): all tables stand in the one file."""
        return ()

    def load(
        self,
        fetched: Fetched,
        into: SourceSpec,
        tables: Collection[str],  # noqa: ARG002 - all stand in the one file
        keyed: Collection[str],  # noqa: ARG002 - keys come with it
        watch: Watch,
    ) -> tuple[str, ...]:
        """Load the file."""
        SQLiteRestorer().load(fetched, into, watch)
        return ()

    @contextmanager
    def opened(self, spec: SourceSpec) -> Iterator[SQLiteReader]:
        """Open one read transaction; see backups.engines.rows."""
        with troubles_told(spec):
            path = source_file(spec)
            with closing(open_source(path, resting=rests(path))) as database:
                database.execute("BEGIN")
                encoding = str(pragma(database, "encoding")).lower()  # and the transaction begins
                database.text_factory = as_text
                yield SQLiteReader(database, "utf-8" if encoding == "utf-8" else encoding)


def as_text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class SQLiteReader:
    """One read transaction of one file."""

    database: sqlite3.Connection
    encoding: str

    def tables(self) -> Collection[str]:
        """Return the names of the tables that hold rows."""
        return [name for (name,) in self.database.execute(_TABLES)]

    def shape(self, table: str) -> TableShape | None:
        """Return the table's columns and keys."""
        listed = self.database.execute(_COLUMNS, (table,)).fetchall()
        if not listed or table not in self.tables():
            return None
        columns = tuple(
            Column(name, kind, generated=hidden in GENERATED)
            for name, kind, hidden, *_ in listed
            if hidden == STORED or hidden in GENERATED
        )
        primary = [(place, name) for name, _, _, place, _ in listed if place]
        keys = [tuple(name for _, name in sorted(primary))] if primary else []
        filled = {name for name, _, _, _, not_null in listed if not_null}
        for (index,) in self.database.execute(_UNIQUE, (table,)).fetchall():
            names = tuple(name for (name,) in self.database.execute(_INDEXED, (index,)))
            if filled.issuperset(names):
                keys.append(names)
        return TableShape(table, columns, tuple(keys))

    def sums(self, plan: RowPlan) -> Sums | None:  # noqa: ARG002 - the contract's
        """Return None: reading it all is as quick."""
        return None

    def rows(
        self,
        plan: RowPlan,
        buckets: Collection[int] | None,  # noqa: ARG002 - there are none
    ) -> Iterator[list[Row]]:
        """Yield the rows; SQLite sorts on disk where its own order is another."""
        cells = ", ".join(map(_quoted, plan.names)) or "NULL"
        order = (
            ", ".join(f"{_quoted(name)} COLLATE BINARY" for name in plan.key or plan.names) or "1"
        )
        statement = f"SELECT {cells} FROM {_quoted(plan.table)} ORDER BY {order}"  # noqa: S608 - quoted names
        cursor = self.database.execute(statement)
        while batch := cursor.fetchmany(BATCH):
            yield batch

    def order(self, plan: RowPlan) -> Order:
        """Return SQLite's own order: NULL, numbers, texts, blobs (datatype3.html, 4.1)."""
        places = plan.key_places or tuple(range(len(plan.columns)))
        return lambda row: tuple(part for at in places for part in self._place(row[at]))

    def _place(self, cell: Cell) -> tuple[object, ...]:
        match cell:
            case None:
                return (0, 0)
            case int() | float():
                return (1, cell)
            case str():
                return (2, self._bytes(cell))
        return (3, cell)

    def _bytes(self, text: str) -> bytes:
        if self.encoding == "utf-8":
            return text.encode("utf-8", "surrogateescape")
        return text.encode(self.encoding, "surrogatepass")

    def printed(self, cell: Cell) -> object:
        """Return the cell as JSON: numbers as such, bytes by their digits, the rest as text."""
        return printed(cell)


def printed(cell: Cell) -> object:
    """Return a value of SQLite as JSON keeps it; `sqlite_value` gives it back."""
    match cell:
        case bytes():
            return {"hex": cell.hex()}
        case float() if cell in (float("inf"), float("-inf")):
            return {"real": "9e999" if cell > 0 else "-9e999"}
        case str() if not cell.isprintable() and not _encodes(cell):
            return {"text_hex": cell.encode("utf-8", "surrogateescape").hex()}
    return cell


def value_of(printed_cell: object) -> Cell | tuple[str, bytes]:
    """Return what `printed` was made of; text that is no UTF-8 as ("text", its bytes)."""
    match printed_cell:
        case {"hex": str(digits)}:
            return bytes.fromhex(digits)
        case {"real": str(number)}:
            return float(number)
        case {"text_hex": str(digits)}:
            return ("text", bytes.fromhex(digits))
        case None | str() | int() | float():
            return printed_cell
    raise TypeError(f"{printed_cell!r} is no value of SQLite.")


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
