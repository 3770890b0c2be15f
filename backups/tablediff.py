"""One table compared on two sides, down to its rows: cheap first, exact at the end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, islice

from backups.engines.rows import RowPlan, RowReader, SchemaGap, Sums, differing, plan_of
from backups.errors import Cancelled
from backups.rowdiff import Batches, Difference, Row, Tally, differences
from backups.specs import Watch

READ_ALL_FROM = 4  # where one bucket in so many differs, the whole table is read in one go

Sink = Callable[[RowPlan, Difference], None]


@dataclass(slots=True)
class TableDiff:
    """How a table is compared, and what came of it. A side that has it not counts no rows."""

    plan: RowPlan
    gap: SchemaGap
    on_backup: bool = True
    on_live: bool = True
    tally: Tally = field(default_factory=Tally)
    rows_backup: int | None = None
    rows_live: int | None = None


def prepare(table: str, backup: RowReader, live: RowReader, rows: int) -> TableDiff | None:
    """Return how the table is compared; None where neither side has it.

    `rows` is about how many there are. Where one side has it not, all its rows are missing, or
    extra.
    """
    ours, theirs = backup.shape(table), live.shape(table)
    known = ours or theirs
    if known is None:
        return None
    plan, gap = plan_of(ours or known, theirs or known, rows)
    return TableDiff(plan, gap, on_backup=ours is not None, on_live=theirs is not None)


def compare_table(
    diff: TableDiff, backup: RowReader, live: RowReader, sink: Sink, watch: Watch
) -> None:
    """Compare a prepared table; each difference goes to `sink` in the order of the key.

    Raises Cancelled when the watch says so.
    """
    plan = diff.plan
    buckets = _buckets(diff, backup, live) if diff.on_backup and diff.on_live else None
    if buckets is not None and not buckets:
        return
    ours = _Counted(backup.rows(plan, buckets) if diff.on_backup else (), watch)
    theirs = _Counted(live.rows(plan, buckets) if diff.on_live else (), watch)
    if buckets is not None:
        _begin_both(ours, theirs)
    for difference in differences(ours, theirs, backup.order(plan), keyed=bool(plan.key)):
        diff.tally.count(difference)
        sink(plan, difference)
    if buckets is None:
        diff.rows_backup = ours.rows if diff.on_backup else None
        diff.rows_live = theirs.rows if diff.on_live else None


def _buckets(diff: TableDiff, backup: RowReader, live: RowReader) -> Collection[int] | None:
    """Return the buckets in which the sides differ; None: all there are is to be read."""
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(live.sums, diff.plan)
        sums_backup, sums_live = backup.sums(diff.plan), other.result()
    if sums_backup is None or sums_live is None:
        return None
    diff.rows_backup, diff.rows_live = _rows(sums_backup), _rows(sums_live)
    found = differing(sums_backup, sums_live)
    return found if len(found) * READ_ALL_FROM < diff.plan.buckets else None


def _begin_both(ours: _Counted, theirs: _Counted) -> None:
    """Let both servers look for their rows at once: each reads its whole table for them."""
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(theirs.begin)
        ours.begin()
        other.result()


def _rows(sums: Sums) -> int:
    return sum(count for count, _ in sums.values())


class _Counted:
    """Batches, counted as they pass; a cancel is heard between them."""

    def __init__(self, batches: Batches, watch: Watch) -> None:
        self._batches = iter(batches)
        self._first: list[list[Row]] = []
        self._watch = watch
        self.rows = 0

    def begin(self) -> None:
        """Read the first batch now; it comes first none the less."""
        self._first += islice(self._batches, 1)

    def __iter__(self) -> Iterator[list[Row]]:
        for batch in chain(self._first, self._batches):
            self.rows += len(batch)
            if self._watch.stopped():
                raise Cancelled("The comparison was cancelled.")
            yield batch
