"""What two ordered streams of rows do not share. Pure; memory does not grow with the table.

Both sides give the same columns of the same table in the same order (engines see to it that the
order is byte-wise, whatever the collation), in batches. Equal stretches are skipped whole, so a
table that hardly changed costs little more than its reading.

Rows with the same key form a group on either side. A key is one row to a group; a table without
a key has all of the row as its key, so a group counts equal rows: a multiset.
"""

from __future__ import annotations

import marshal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

Cell = str | int | float | bytes | None
Row = tuple[Cell, ...]
Order = Callable[[Row], tuple[object, ...]]
Batches = Iterable[list[Row]]


class Verdict(StrEnum):
    """What became of a row (or an object) since the backup."""

    SAME = "same"
    CHANGED = "changed"
    MISSING = "missing"  # in the backup, no longer live
    EXTRA = "extra"  # live, not in the backup


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that differs. `columns` are the positions of the cells that do.

    `copies` is more than one only where a table has no key and holds equal rows.
    """

    verdict: Verdict
    backup: Row | None
    live: Row | None
    columns: tuple[int, ...] = ()
    copies: int = 1


@dataclass(slots=True)
class Tally:
    """How many rows differ, and how."""

    missing: int = 0
    changed: int = 0
    extra: int = 0

    def count(self, difference: Difference) -> None:
        """Add one difference."""
        found = getattr(self, difference.verdict)
        setattr(self, difference.verdict, found + difference.copies)

    @property
    def total(self) -> int:
        """All of them."""
        return self.missing + self.changed + self.extra


def differences(
    backup: Batches, live: Batches, order: Order, *, keyed: bool
) -> Iterator[Difference]:
    """Yield what differs, in the order of the key.

    `order` gives a row's place; both streams rise by it. Without `keyed` two rows at the same
    place are never one changed row.
    """
    ours, theirs = _Stream(backup, order), _Stream(live, order)
    while ours.more() and theirs.more():
        if _skip_equal(ours, theirs):
            continue
        here, there = ours.place(), theirs.place()
        if here < there:
            yield from _alone(ours.group(here), Verdict.MISSING)
        elif there < here:
            yield from _alone(theirs.group(there), Verdict.EXTRA)
        else:
            yield from _paired(ours.group(here), theirs.group(here), keyed=keyed)
    while ours.more():
        yield from _alone(ours.group(ours.place()), Verdict.MISSING)
    while theirs.more():
        yield from _alone(theirs.group(theirs.place()), Verdict.EXTRA)


class _Stream:
    """One side, read batch by batch."""

    def __init__(self, batches: Batches, order: Order) -> None:
        self._batches = iter(batches)
        self._order = order
        self.rows: list[Row] = []
        self.at = 0

    def more(self) -> bool:
        """Say whether a row stands here; read on where a batch is used up."""
        while self.at >= len(self.rows):
            batch = next(self._batches, None)
            if batch is None:
                return False
            self.rows, self.at = batch, 0
        return True

    def place(self) -> tuple[object, ...]:
        """Return the place of the row that stands here."""
        return self._order(self.rows[self.at])

    def group(self, place: tuple[object, ...]) -> Counter[bytes]:
        """Take every row at this place, spelled so that 1 and 1.0 are two things."""
        found: Counter[bytes] = Counter()
        while self.more() and self.place() == place:
            found[_spelled(self.rows[self.at])] += 1
            self.at += 1
        return found


def _spelled(rows: Cell | Row | list[Row]) -> bytes:
    """Return cells as bytes that are equal only for what is equal in kind too: 1 is not 1.0."""
    return marshal.dumps(rows, 0)


def _skip_equal(ours: _Stream, theirs: _Stream) -> bool:
    """Pass over rows that are equal on both sides; False when the very next ones are not."""
    length = min(len(ours.rows) - ours.at, len(theirs.rows) - theirs.at)
    while length:
        mine = ours.rows[ours.at : ours.at + length]
        other = theirs.rows[theirs.at : theirs.at + length]
        if mine == other and _spelled(mine) == _spelled(other):
            ours.at += length
            theirs.at += length
            return True
        length //= 2
    return False


def _alone(group: Counter[bytes], verdict: Verdict) -> Iterator[Difference]:
    for spelled, copies in group.items():
        row: Row = marshal.loads(spelled)  # noqa: S302 - what _spelled made a moment ago
        if verdict == Verdict.MISSING:
            yield Difference(verdict, row, None, copies=copies)
        else:
            yield Difference(verdict, None, row, copies=copies)


def _paired(backup: Counter[bytes], live: Counter[bytes], *, keyed: bool) -> Iterator[Difference]:
    """Yield what two groups of the same place do not share."""
    gone, new = backup - live, live - backup
    if keyed:
        pairs = list(zip(gone.elements(), new.elements(), strict=False))
        for before, after in pairs:
            yield _changed(marshal.loads(before), marshal.loads(after))  # noqa: S302 - as above
        gone -= Counter(before for before, _ in pairs)
        new -= Counter(after for _, after in pairs)
    yield from _alone(gone, Verdict.MISSING)
    yield from _alone(new, Verdict.EXTRA)


def _changed(before: Row, after: Row) -> Difference:
    pairs = enumerate(zip(before, after, strict=True))
    columns = tuple(at for at, (old, new) in pairs if _spelled(old) != _spelled(new))
    return Difference(Verdict.CHANGED, before, after, columns)
