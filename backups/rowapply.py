"""Picked rows written to what is live: conflicts told first, then all or nothing, then proven.

A row is written only where live still has what the comparison saw. Where it has the wanted row
already, nothing is to be done. What stood before goes to `before` in the same format, turned
round, so that applying it is the undoing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import orjson

from backups.engines.rows import RowPlan, RowReader, RowWriter
from backups.errors import PlanVoid, ProofFailed
from backups.rowsfile import RowLine, RowsHead

CONFLICTS_TOLD = 5
CELLS_TOLD = 3
TURNED = {"missing": "extra", "changed": "changed", "extra": "missing"}


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done. `already` rows were as wanted before."""

    inserted: int
    updated: int
    deleted: int
    already: int


def plan_for(head: RowsHead, writer: RowWriter, where: str) -> RowPlan:
    """Return how the rows of a file are written; PlanVoid where the table is another by now."""
    shape = writer.shape(head.table)
    if shape is None:
        raise PlanVoid(
            f"{where} has no table {head.table} any more.",
            advice="Bring the table back first, then compare and pick again.",
        )
    plain = {column.name: column for column in shape.columns if not column.generated}
    gone = [name for name in head.columns if name not in plain]
    if gone:
        raise PlanVoid(f"{head.table} of {where} has no column {', '.join(gone)} any more.")
    columns = tuple(plain[name] for name in head.columns)
    return RowPlan(head.table, columns, head.key)


@dataclass(slots=True)
class Applying:
    """Picked rows on their way into one table, by what is to be done with each."""

    writer: RowWriter
    plan: RowPlan
    delete: list[RowLine] = field(default_factory=list)
    update: list[RowLine] = field(default_factory=list)
    insert: list[RowLine] = field(default_factory=list)
    already: int = 0
    conflicts: list[str] = field(default_factory=list)

    def look_at(self, rows: Iterable[RowLine]) -> None:
        """Lock what stands where the rows go; PlanVoid when it is not what was compared."""
        for row in rows:
            self._sort(row)
        if self.conflicts:
            told = "; ".join(self.conflicts[:CONFLICTS_TOLD])
            more = len(self.conflicts) - CONFLICTS_TOLD
            raise PlanVoid(
                f"{self.plan.table} changed since it was compared, at {told}"
                f"{f' and {more} more' if more > 0 else ''}.",
                advice="Compare again and pick anew; nothing was written.",
            )

    def write(self, before: Callable[[RowLine], object]) -> Applied:
        """Keep what stands there now, write, and read everything again; return what was done.

        Raises ProofFailed when what stands after it is not what was picked (a trigger, for one,
        changed it): the caller then takes the transaction back.
        """
        for row in self._turned():
            before(row)
        self._write()
        self._prove()
        return Applied(
            inserted=sum(row.copies for row in self.insert),
            updated=len(self.update),
            deleted=sum(row.copies for row in self.delete),
            already=self.already,
        )

    def stands(self, row: RowLine) -> bool:
        """Say whether live has this row as it was picked."""
        there = self._there(row)
        if not self.plan.key:
            return len(there) >= row.copies if row.backup else True
        return _alike(there, row.backup)

    def _sort(self, row: RowLine) -> None:
        there = self._there(row)
        if not self.plan.key:
            self._sort_unkeyed(row, len(there))
        elif _alike(there, row.backup):
            self.already += 1
        elif not _alike(there, row.live):
            self.conflicts.append(_named(row))
        else:
            self._list_for(row).append(row)

    def _sort_unkeyed(self, row: RowLine, there: int) -> None:
        """List a row without a key, one of many: only to remove it so many must be there."""
        if row.verdict == "extra" and there < row.copies:
            self.conflicts.append(_named(row))
        else:
            self._list_for(row).append(row)

    def _list_for(self, row: RowLine) -> list[RowLine]:
        lists = {"missing": self.insert, "changed": self.update, "extra": self.delete}
        return lists[row.verdict]

    def _there(self, row: RowLine) -> list[dict[str, object]]:
        found = self.writer.standing(self.plan, row.backup or row.live or {})
        printed = self.writer.printed
        return [dict(zip(self.plan.names, map(printed, each), strict=False)) for each in found]

    def _turned(self) -> Iterator[RowLine]:
        """Yield what brings each row back to what it is now."""
        for row in (*self.insert, *self.update, *self.delete):
            yield RowLine(
                TURNED[row.verdict], row.key, row.live, row.backup, row.columns, row.copies
            )

    def _write(self) -> None:
        """Delete, update, insert: in this order no unique value is in its own way."""
        if self.delete:
            self.writer.delete(self.plan, [(row.live or {}, row.copies) for row in self.delete])
        for row in self.update:
            self.writer.update(self.plan, row.backup or {}, row.columns)
        wanted = [row.backup or {} for row in self.insert for _ in range(row.copies)]
        if wanted:
            self.writer.insert(self.plan, wanted)

    def _prove(self) -> None:
        picked = (*self.insert, *self.update, *self.delete)
        wrong = [row for row in picked if not self.stands(row)]
        if wrong:
            raise ProofFailed(
                f"{self.plan.table}: {len(wrong)} rows do not stand as they were picked, for one"
                f" {_named(wrong[0])}.",
                advice="A trigger of the table may have changed them; nothing was written.",
            )


def _alike(there: list[dict[str, object]], row: Mapping[str, object] | None) -> bool:
    """Say whether exactly this row stands there, or none; 1 and 1.0 are two things."""
    wanted = [] if row is None else [row]
    return _spelled(there) == _spelled(wanted)


def _spelled(rows: object) -> bytes:
    return orjson.dumps(rows, option=orjson.OPT_SORT_KEYS)


def _named(row: RowLine) -> str:
    cells = row.key or row.backup or row.live or {}
    return ", ".join(f"{name} = {cell}" for name, cell in list(cells.items())[:CELLS_TOLD])


def proven_rows(reader: RowReader, head: RowsHead, rows: Iterable[RowLine]) -> int:
    """Return how many picked rows stand in the copy just so; ProofFailed when one does not.

    What is to be removed must not stand in it. All of the table passes by once.
    """
    shape = reader.shape(head.table)
    if shape is None:
        raise ProofFailed(f"The copy holds no table {head.table}.")
    plan = RowPlan(head.table, tuple(shape.column(name) for name in head.columns), head.key)
    picked = list(rows)
    wanted: Counter[bytes] = Counter()
    for row in picked:
        if row.backup is not None:
            wanted[_place(plan, row.backup)] += row.copies
    refused = {_place(plan, row.live, key=True) for row in picked if row.backup is None}
    for batch in reader.rows(plan, None):
        for cells in batch:
            told = dict(zip(plan.names, map(reader.printed, cells), strict=False))
            if plan.key and refused and _place(plan, told, key=True) in refused:
                raise ProofFailed(f"The copy has {told}, which was to be removed.")
            place = _place(plan, told)
            if place in wanted:
                wanted[place] -= 1
    lacking = sum(count for count in wanted.values() if count > 0)
    if lacking:
        raise ProofFailed(f"{lacking} of the picked rows of {head.table} are not in the copy so.")
    return len(picked)


def _place(plan: RowPlan, row: Mapping[str, object] | None, *, key: bool = False) -> bytes:
    names = plan.key if key else plan.names
    return orjson.dumps([(row or {}).get(name) for name in names])
