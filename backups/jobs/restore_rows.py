"""Bringing picked rows back: proven against the copy, written in one transaction, undone by file.

The same eight steps as any restore. Nothing is loaded beside live: the rows are few and the
transaction is all or nothing. What stood before is a rows file too, written to disk before the
commit; applying it is the undoing. A worker that takes over asks live whether the rows stand.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from backups import wiring
from backups.catalogue.differences import write_pick
from backups.catalogue.hold import hold, release
from backups.engines.registry import row_readers_of_kind, row_writers_of_kind
from backups.engines.rows import RowWriters
from backups.errors import RestoreFailed
from backups.jobs import answering, lifecycle, nightly
from backups.jobs.fetching import fetch, scratch
from backups.jobs.safety import save_what_is_there
from backups.jobs.steps import Steps
from backups.manifest import FILE_NAME
from backups.models import (
    RestoreJob,
    RestorePhase,
    RestoreTarget,
    RestoreUndo,
    RowPick,
    Snapshot,
    Source,
    TargetSurvey,
)
from backups.rowapply import Applied, Applying, plan_for, proven_rows
from backups.rowsfile import read_head, read_rows
from backups.specs import ScopeKind, SourceSpec
from portal.audit.record import record
from portal.lib import clock

PURPOSE = "restore"


def before_file(job: RestoreJob, *, undo: bool = False) -> Path:
    """Return where the rows stand that a restore of rows, or its undoing, replaced."""
    name = f"{job.pk}-undo.jsonl" if undo else f"{job.pk}.jsonl"
    return Path(settings.PULIH_COMPARISONS) / "before" / name


class RowsRestore:
    """One restore of picked rows at work."""

    def __init__(self, job: RestoreJob, watch: lifecycle.JobWatch) -> None:
        """Begin with a job that was claimed; raise RestoreFailed for what has no rows."""
        writers = row_writers_of_kind(job.source.engine)
        readers = row_readers_of_kind(job.source.engine)
        if writers is None or readers is None or job.target != RestoreTarget.LIVE:
            raise RestoreFailed("Rows can only be brought back into a living database.")
        self.job = job
        self.watch = watch
        self.steps = Steps(job, watch)
        self.live = wiring.spec_of(job.source)
        self.writers, self.readers = writers, readers

    def carry_out(self) -> None:
        """Go through the steps; live is touched by one transaction, in the swap."""
        with scratch(self.job.source, PURPOSE) as folder:
            rows = folder / "rows.jsonl"
            write_rows(self.job.scope, rows)
            if not (self.job.recovering and self._stand(rows)):
                self._plan(rows)
                save_what_is_there(self.job, self.steps, self.watch)
                self._prove(rows, folder)
                self._write(rows)
        self._finish()

    def _stand(self, rows: Path) -> bool:
        """Say whether a worker before this one had committed: then there is nothing to do."""
        self.watch.note("Taken over from a worker that fell silent.")
        if not before_file(self.job).exists():
            return False
        with self.writers.writing(self.live) as writer:
            applying = Applying(writer, plan_for(read_head(rows), writer, self.job.source.name))
            return all(map(applying.stands, read_rows(rows)))

    def _plan(self, rows: Path) -> None:
        """Refuse what was picked from another copy, and what live has otherwise by now."""
        with self.steps.step(RestorePhase.PLAN) as facts:
            facts["already"] = look_at_rows(self.job.source, self.job.snapshot, rows)

    def _prove(self, rows: Path, folder: Path) -> None:
        """Load the copy's table into a sandbox; every picked row must stand in it (invariant 2)."""
        head, snapshot = read_head(rows), self.job.snapshot
        dump = Path(snapshot.paths[-1])
        with self.steps.step(RestorePhase.FETCH, snapshot.byte_count) as facts:
            notes = [str(dump / name) for name in (FILE_NAME, *self.readers.notes)]
            noted, _ = fetch(snapshot, folder / "noted", self.watch, notes)
            wanted = self.readers.wanted(noted, {head.table})
            fetched, copy = fetch(snapshot, folder / "fetched", self.watch, wanted)
            facts["vault"] = copy.repository.vault.name
        restorer = wiring.restorer_for(self.job.source)
        with restorer.sandbox(folder / "sandbox", fetched) as sandbox:
            with self.steps.step(RestorePhase.LOAD):
                self.readers.load(fetched, sandbox, {head.table}, (), self.watch)
            with self.steps.step(RestorePhase.PROVE), self.readers.opened(sandbox) as reader:
                proven = proven_rows(reader, head, read_rows(rows))
        self.job.objects_equal = self.job.objects_total = proven

    def _write(self, rows: Path) -> None:
        """Write the rows in one transaction; what stood before is on disk before the commit."""
        with self.steps.step(RestorePhase.SWAP) as facts:
            done = _apply(self.writers, self.live, rows, before_file(self.job))
            facts["rows"] = asdict(done)

    def _finish(self) -> None:
        with self.steps.step(RestorePhase.PROBE):
            answers = answering.ask(self.job.source, wiring.engine_for(self.job.source), self.live)
        with self.steps.step(RestorePhase.KEEP):
            now = clock.now()
        with transaction.atomic():
            lifecycle.finish_good(
                self.job,
                self.watch,
                recovering=False,
                answers=answers,
                swapped_at=now,
                undo_until=now + timedelta(days=settings.PULIH_UNDO_DAYS),
                objects_equal=self.job.objects_equal,
                objects_total=self.job.objects_total,
            )
            facts = {"source": self.job.source.key, "equal": self.job.objects_equal}
            record("restore.restored", actor="system:restore", subject=self.job, facts=facts)


class RowsUndo:
    """One undoing of a restore of rows at work: what stood before is written again."""

    def __init__(self, job: RestoreUndo, watch: lifecycle.JobWatch) -> None:
        """Begin with a job that was claimed."""
        writers = row_writers_of_kind(job.source.engine)
        if writers is None:
            raise RestoreFailed("Rows can only be brought back into a living database.")
        self.job = job
        self.watch = watch
        self.steps = Steps(job, watch)
        self.live = wiring.spec_of(job.source)
        self.writers = writers

    def carry_out(self) -> None:
        """Save what is live, then write the rows that stood before; a repetition does nothing."""
        rows = before_file(self.job.restore)
        with self.steps.step(RestorePhase.PLAN):
            if not rows.exists():
                raise RestoreFailed(
                    "What stood there before is not kept any more.",
                    advice="Restore its safety copy instead.",
                )
        with self.steps.step(RestorePhase.SAFETY):
            run = nightly.make_safety_copy(self.job, self.watch)
            told = f"Sebelum membatalkan pemulihan {self.job.restore_id}"
            hold(run.snapshot, f"undo:{self.job.pk}", told, clock.now())
        with self.steps.step(RestorePhase.SWAP) as facts:
            done = _apply(self.writers, self.live, rows, before_file(self.job.restore, undo=True))
            facts["rows"] = asdict(done)
        with self.steps.step(RestorePhase.PROBE):
            answers = answering.ask(self.job.source, wiring.engine_for(self.job.source), self.live)
        self._finish(answers)

    def _finish(self, answers: dict[str, str]) -> None:
        now = clock.now()
        with transaction.atomic():
            lifecycle.finish_good(self.job, self.watch, recovering=False)
            RestoreJob.objects.filter(pk=self.job.restore_id).update(
                undone_at=now, discarded_at=now, answers=answers
            )
            release(self.job.restore.hold_key)
            facts = {"source": self.job.source.key}
            record("restore.undone", actor="system:restore", subject=self.job.restore, facts=facts)
        forget_rows(self.job.restore)


def forget_rows(job: RestoreJob) -> None:
    """Remove what stood before a restore of rows: it was undone, or its time is over."""
    for undo in (False, True):
        before_file(job, undo=undo).unlink(missing_ok=True)


def look_at_rows(source: Source, snapshot: Snapshot, rows: Path) -> int:
    """Look at each picked row on live; return how many stand there already.

    Raises RestoreFailed for rows of another copy, PlanVoid where live has one otherwise by now.
    """
    writers = row_writers_of_kind(source.engine)
    if writers is None:
        raise RestoreFailed("Rows can only be brought back into a living database.")
    head = read_head(rows)
    if (head.source, head.manifest_sha256) != (source.key, snapshot.manifest_sha256):
        raise RestoreFailed("These rows were picked from another copy than this one.")
    with writers.writing(wiring.spec_of(source)) as writer:
        applying = Applying(writer, plan_for(head, writer, source.name))
        applying.look_at(read_rows(rows))
        return applying.already


def brings_rows(job: RestoreJob | TargetSurvey) -> bool:
    """Say whether what is restored, or looked at, are picked rows and nothing else."""
    return job.scope.get("kind") == ScopeKind.ROWS


def write_rows(scope: Mapping[str, Any], path: Path) -> None:
    """Write the rows of the order: a pick by its number, or the file that an operator named."""
    if number := scope.get("pick"):
        pick = RowPick.objects.filter(pk=number).first()
        if pick is None:
            raise RestoreFailed(f"There is no pick of rows {number}.")
        write_pick(pick, path)
    else:
        given = Path(str(scope.get("file", "")))
        try:
            shutil.copyfile(given, path)
        except OSError as error:
            raise RestoreFailed(f"{given} cannot be read: {error.strerror}.") from error


def _apply(writers: RowWriters, live: SourceSpec, rows: Path, before: Path) -> Applied:
    """Write the rows of a file in one transaction; keep what stood there in the file `before`."""
    head = read_head(rows)
    before.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    with writers.writing(live) as writer:
        applying = Applying(writer, plan_for(head, writer, live.name))
        applying.look_at(read_rows(rows))
        unfinished = before.with_suffix(".part")
        with unfinished.open("wb") as file:
            file.write(head.line())
            done = applying.write(lambda row: file.write(row.line()))
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(before)
    return done
