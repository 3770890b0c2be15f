"""The rows of a comparison: what the night kept is loaded into a sandbox and read beside live."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backups import wiring
from backups.catalogue.differences import comparison_folder
from backups.engines.rows import RowPlan, RowReader, RowReaders
from backups.errors import ProofFailed
from backups.jobs.fetching import fetch
from backups.jobs.lifecycle import JobWatch
from backups.models import Comparison, ComparisonPhase, Snapshot
from backups.objectdiff import ObjectDiff
from backups.rowdiff import Difference, Verdict
from backups.rowsfile import RowsHead, RowsWriter, row_line
from backups.specs import Fetched
from backups.tablediff import TableDiff, compare_table, prepare

MOST_ROWS = 1_000_000  # of one table that its file keeps; all are counted


@dataclass(frozen=True, slots=True)
class RowStage:
    """What comparing rows needs to know of its comparison."""

    job: Comparison
    snapshot: Snapshot
    readers: RowReaders
    folder: Path
    watch: JobWatch

    @contextmanager
    def night(
        self, snapshot: Snapshot, noted: Fetched, tables: Collection[str], keyed: Collection[str]
    ) -> Iterator[RowReader]:
        """Load these tables of a night into a sandbox of its own, and open it.

        `keyed` are those whose key only the copy can tell: live has no such table.
        """
        place = self.folder / f"night-{snapshot.pk}"
        place.mkdir(mode=0o700)
        wanted = self.readers.wanted(noted, tables)
        self.watch.begin(ComparisonPhase.FETCH, snapshot.byte_count)
        fetched, _ = fetch(snapshot, place / "fetched", self.watch, wanted)
        self.watch.begin(ComparisonPhase.LOAD)
        with wiring.restorer_for(self.job.source).sandbox(place / "sandbox", fetched) as sandbox:
            for amiss in self.readers.load(fetched, sandbox, tables, keyed, self.watch):
                self.watch.note(amiss)
            with self.readers.opened(sandbox) as reader:
                yield reader

    def compare(self, diffs: Sequence[ObjectDiff], backup: RowReader, live: RowReader) -> None:
        """Compare the rows of these tables; what came of it is written on each diff."""
        self.watch.begin(ComparisonPhase.ROWS, len(diffs))
        for number, diff in enumerate(diffs, 1):
            self._table(diff, number, backup, live)
            self.watch.advance(number, len(diffs))

    def _table(self, diff: ObjectDiff, number: int, backup: RowReader, live: RowReader) -> None:
        prepared = prepare(diff.name, backup, live, diff.rows_backup or 0)
        if prepared is None:
            return
        path = comparison_folder(self.job) / f"{number:04d}.jsonl"
        with RowsWriter(path, self._head(prepared.plan), MOST_ROWS) as writer:

            def keep(plan: RowPlan, difference: Difference) -> None:
                writer.add(row_line(plan, difference, backup.printed))

            compare_table(prepared, backup, live, keep, self.watch)
        self._require_whole(diff, prepared)
        _fill(diff, prepared)
        diff.kept_rows = writer.rows
        if writer.sha256:
            diff.file = f"{self.job.pk}/{path.name}"
            diff.file_bytes, diff.file_sha256 = writer.size, writer.sha256
        if writer.left_out:
            self.watch.note(f"{diff.name}: {writer.left_out} more rows differ than its file keeps.")

    def _head(self, plan: RowPlan) -> RowsHead:
        return RowsHead(
            source=self.job.source.key,
            snapshot=self.snapshot.pk,
            manifest_sha256=self.snapshot.manifest_sha256,
            table=plan.table,
            engine=self.job.source.engine,
            key=plan.key,
            columns=plan.names,
        )

    def _require_whole(self, diff: ObjectDiff, found: TableDiff) -> None:
        """Raise ProofFailed where the sandbox holds other rows than the night recorded."""
        recorded = diff.backup.rows if diff.backup else None
        if None not in (recorded, found.rows_backup) and recorded != found.rows_backup:
            raise ProofFailed(
                f"{self.job.source.name}: {diff.name} was loaded with {found.rows_backup} rows; the"
                f" night recorded {recorded}."
            )


def _fill(diff: ObjectDiff, found: TableDiff) -> None:
    diff.missing, diff.changed, diff.extra = (
        found.tally.missing,
        found.tally.changed,
        found.tally.extra,
    )
    diff.rows_backup, diff.rows_live = found.rows_backup, found.rows_live
    diff.key, diff.columns = found.plan.key, found.plan.names
    diff.backup_only, diff.live_only = found.gap.backup_only, found.gap.live_only
    diff.retyped = found.gap.retyped
    diff.schema_changed = diff.schema_changed or bool(found.gap)
    if diff.verdict in (Verdict.MISSING, Verdict.EXTRA):
        return
    same = found.tally.total == 0 and not diff.schema_changed
    diff.verdict = Verdict.SAME if same else Verdict.CHANGED
