"""How the rows of one table are read for a comparison: the same way on both sides. Pure.

A reader is one session with one consistent view. What it gives is what the server prints, so a
value is equal exactly where a dump of it would be; NULL is None, never a word.

`sums` lets both servers do the work: rows fall into buckets by the hash of their key, each
bucket has its count and the sum of its rows' hashes, and only buckets whose figures differ are
read. A sum and not an exclusive-or: two equal rows must not cancel out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from backups.rowdiff import Cell, Order, Row
from backups.specs import Fetched, SourceSpec, Watch

ROWS_IN_A_BUCKET = 256
FEWEST_BUCKETS, MOST_BUCKETS = 64, 1 << 16
BATCH = 2000  # rows read at once

Sums = Mapping[int, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column as its server describes it.

    `generated` ones follow from the others; `whole` ones are integers, which sort by value;
    `binary` ones hold bytes. `automatic`: "always" or "default" where the server numbers rows.
    """

    name: str
    type: str
    generated: bool = False
    whole: bool = False
    binary: bool = False
    automatic: str = ""


@dataclass(frozen=True, slots=True)
class TableShape:
    """A table as one side has it. `keys` tell rows apart, the primary key first."""

    name: str
    columns: tuple[Column, ...]
    keys: tuple[tuple[str, ...], ...] = ()

    def column(self, name: str) -> Column:
        """Return the column of this name."""
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True, slots=True)
class SchemaGap:
    """What two shapes of a table do not share; nothing of it is compared but `retyped`."""

    backup_only: tuple[str, ...] = ()
    live_only: tuple[str, ...] = ()
    retyped: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.backup_only or self.live_only or self.retyped)


@dataclass(frozen=True, slots=True)
class RowPlan:
    """What is read of one table on both sides, and in which order.

    Rows hold the cells of `columns` and, where there is no `key`, the row's own digest (or for
    SQLite nothing) behind them. `buckets` is a power of two.
    """

    table: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    buckets: int = FEWEST_BUCKETS

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(column.name for column in self.columns)

    @property
    def key_columns(self) -> tuple[Column, ...]:
        """The key's columns, in the key's order."""
        known = {column.name: column for column in self.columns}
        return tuple(known[name] for name in self.key)

    @property
    def key_places(self) -> tuple[int, ...]:
        """Where the key stands in a row."""
        return tuple(self.names.index(name) for name in self.key)


class RowReader(Protocol):
    """One session on one side: whatever it reads is of one moment."""

    def tables(self) -> Collection[str]:
        """Return the names, as manifests have them, of every table with rows of its own."""

    def shape(self, table: str) -> TableShape | None:
        """Return the table's shape; None where there is none."""

    def sums(self, plan: RowPlan) -> Sums | None:
        """Return each bucket's count and sum; None where reading all is as quick."""

    def rows(self, plan: RowPlan, buckets: Collection[int] | None) -> Iterator[list[Row]]:
        """Yield the rows in the plan's order, in batches; of these buckets, or all of them."""

    def order(self, plan: RowPlan) -> Order:
        """Return what says where a row stands."""

    def printed(self, cell: Cell) -> object:
        """Return a cell as JSON keeps it, so that the same value can be written back."""


class RowReaders(Protocol):
    """One kind of source whose rows can be read."""

    @property
    def kind(self) -> str:
        """The engine's kind."""

    @property
    def notes(self) -> tuple[str, ...]:
        """The small files of a dump's folder, besides the manifest, that `wanted` reads."""

    def wanted(self, noted: Fetched, tables: Collection[str]) -> tuple[str, ...]:
        """Return the absolute in-snapshot paths that the rows of these tables stand in.

        `noted` holds the manifest and the notes alone. () means all of the snapshot.
        """

    def load(
        self,
        fetched: Fetched,
        into: SourceSpec,
        tables: Collection[str],
        keyed: Collection[str],
        watch: Watch,
    ) -> tuple[str, ...]:
        """Load these tables with their rows into the empty sandbox; return what went amiss.

        Indexes, foreign keys and triggers may be left out: nobody writes to it. But the tables
        `keyed` keep their keys: nobody else knows them.
        """

    def opened(self, spec: SourceSpec) -> AbstractContextManager[RowReader]:
        """Open a session that changes nothing; raises the family of backups.errors."""


class RowWriter(Protocol):
    """One transaction on what is live: rows read under lock, written, and read again.

    Cells go in as `RowReader.printed` gave them. Nothing is committed before the block's good end.
    """

    def shape(self, table: str) -> TableShape | None:
        """Return the table's shape; None where there is none."""

    def standing(self, plan: RowPlan, row: Mapping[str, object]) -> list[Row]:
        """Lock and return the rows that stand there: by the key, else all that are equal."""

    def insert(self, plan: RowPlan, rows: Sequence[Mapping[str, object]]) -> None:
        """Write new rows; those that refer to each other may come in any order.

        Numbers that the server gives by itself go on behind them.
        """

    def update(self, plan: RowPlan, row: Mapping[str, object], columns: Collection[str]) -> None:
        """Set these columns of the row with the key of `row` to what `row` has."""

    def delete(self, plan: RowPlan, rows: Sequence[tuple[Mapping[str, object], int]]) -> None:
        """Remove rows by their key, else so many that are equal; in whatever order they refer."""

    def printed(self, cell: Cell) -> object:
        """Return a cell as JSON keeps it."""


class RowWriters(Protocol):
    """One kind of source whose rows can be written back."""

    @property
    def kind(self) -> str:
        """The engine's kind."""

    def writing(self, live: SourceSpec) -> AbstractContextManager[RowWriter]:
        """Open a transaction by the `write` credential; raises the family of backups.errors.

        A row that refers to what is not there raises RestoreFailed in the server's words.
        """


def plan_of(backup: TableShape, live: TableShape, rows: int) -> tuple[RowPlan, SchemaGap]:
    """Return what both sides can be compared by, and what they cannot.

    Generated columns are left out: they follow from the others. A key counts when both sides
    have its columns; live's own comes first, for picked rows will be written there.
    """
    ours = {column.name: column for column in backup.columns}
    theirs = {column.name: column for column in live.columns}
    shared = [name for name in ours if name in theirs]
    plain = [name for name in shared if not (ours[name].generated or theirs[name].generated)]
    columns = tuple(_both(ours[name], theirs[name]) for name in plain)
    keys = (key for key in (*live.keys, *backup.keys) if set(key) <= set(plain))
    gap = SchemaGap(
        tuple(name for name in ours if name not in theirs),
        tuple(name for name in theirs if name not in ours),
        tuple(name for name in shared if ours[name].type != theirs[name].type),
    )
    return RowPlan(backup.name, columns, next(keys, ()), _buckets(rows)), gap


def _both(backup: Column, live: Column) -> Column:
    """Return live's column, an integer only where it is one on both sides."""
    return Column(
        live.name,
        live.type,
        whole=backup.whole and live.whole,
        binary=backup.binary and live.binary,
        automatic=live.automatic,
    )


def _buckets(rows: int) -> int:
    wanted = max(FEWEST_BUCKETS, min(MOST_BUCKETS, rows // ROWS_IN_A_BUCKET))
    return 1 << (wanted - 1).bit_length()


def differing(backup: Sums, live: Sums) -> list[int]:
    """Return the buckets whose figures are not the same, in order."""
    every = backup.keys() | live.keys()
    return sorted(each for each in every if backup.get(each) != live.get(each))


def order_by_key(plan: RowPlan) -> Order:
    """Return where a row of printed values stands: integers by value, all else by its signs.

    NULL comes first. Without a key the digest behind the cells is the place.
    """
    if not plan.key:
        return lambda row: (row[-1],)
    makers = [(place, _by_value if column.whole else _by_signs) for place, column in _keys(plan)]
    if len(makers) == 1:
        [(place, make)] = makers
        return lambda row: make(row[place])
    return lambda row: tuple(part for place, make in makers for part in make(row[place]))


def _keys(plan: RowPlan) -> list[tuple[int, Column]]:
    return list(zip(plan.key_places, plan.key_columns, strict=True))


Make = Callable[[Cell], tuple[object, ...]]


def _by_value(cell: Cell) -> tuple[object, ...]:
    return (0, 0) if cell is None else (1, int(cell))


def _by_signs(cell: Cell) -> tuple[object, ...]:
    return (0, "") if cell is None else (1, cell)
