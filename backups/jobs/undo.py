"""Undoing a restore: save what was written since, prove what stands aside, swap back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from backups import wiring
from backups.catalogue.hold import hold, release
from backups.errors import BackupError, RestoreFailed
from backups.jobs import answering, lifecycle, nightly, settling
from backups.jobs.fetching import fetch, scratch
from backups.jobs.proving import prove_place
from backups.jobs.restore_rows import RowsUndo, brings_rows
from backups.jobs.steps import Firm, Steps
from backups.manifest import FILE_NAME
from backups.models import JobState, RestoreJob, RestorePhase, RestoreUndo
from backups.specs import SourceSpec, Standing
from portal.audit.record import record
from portal.lib import clock

PURPOSE = "undo"


def run(pk: int, now: datetime) -> JobState | None:
    """Carry out a queued undo; None when somebody else has it."""
    job = lifecycle.claim(RestoreUndo, pk, now)
    if job is None:
        return None
    work = RowsUndo if brings_rows(job.restore) else _Undo
    state = lifecycle.carry_out(job, lambda watch: work(job, watch).carry_out())
    job.refresh_from_db()
    settling.tell(job, clock.now())
    return state


class _Undo:
    """One undo at work."""

    def __init__(self, job: RestoreUndo, watch: lifecycle.JobWatch) -> None:
        self.job = job
        self.restore = job.restore
        self.watch = watch
        self.steps = Steps(job, watch)
        self.replacer = wiring.replacer_for(job.source)
        self.engine = wiring.engine_for(job.source)
        self.live = wiring.spec_of(job.source)
        self.scope = wiring.scope_of(self.restore.scope)

    def carry_out(self) -> None:
        """Go through the steps; before the swap back nothing living changes."""
        label = self.restore.label
        standing = self._standing()
        if self.job.recovering and standing != Standing.SWAPPED:
            self.watch.note("A worker before this one had swapped back already.")
        else:
            self._bring_back(standing)
        with self.steps.step(RestorePhase.PROBE):
            answers = answering.ask(self.job.source, self.engine, self.live)
        with self.steps.step(RestorePhase.KEEP):
            self.replacer.discard(self.live, self.scope, label)
        self._finish(answers)

    def _bring_back(self, standing: Standing) -> None:
        with self.steps.step(RestorePhase.PLAN):
            if standing != Standing.SWAPPED:
                raise RestoreFailed(
                    f"What was live in {self.job.source.name} before is not there any more.",
                    advice="Restore its safety copy instead.",
                )
        with self.steps.step(RestorePhase.SAFETY):
            run = nightly.make_safety_copy(self.job, self.watch, self._replaced())
            key = f"undo:{self.job.pk}"
            hold(run.snapshot, key, f"Sebelum membatalkan pemulihan {self.restore.pk}", clock.now())
        aside = self.replacer.aside(self.live, self.scope, self.restore.label)
        with scratch(self.job.source, PURPOSE) as folder:
            self._prove(aside, folder)
        with self.steps.step(RestorePhase.SWAP):
            self._swap_back()

    def _standing(self) -> Standing:
        """Return where the target stands, mended; one that is silent in mid-undo is waited for."""
        if not self.job.recovering:
            return self._mended()
        return settling.ask_until_it_answers(self.job, self._mended)

    def _mended(self) -> Standing:
        return self.replacer.mend(self.live, self.scope, self.restore.label)

    def _swap_back(self) -> None:
        """Swap back; after trouble only the target can say whether that had gone through."""
        watch = Firm(self.watch)
        try:
            self.replacer.swap_back(self.live, self.scope, self.restore.label, watch)
        except BackupError:
            standing = settling.ask_until_it_answers(self.job, self._mended)
            if standing == Standing.SWAPPED:
                raise

    def _replaced(self) -> list[str] | None:
        """Return the tables that are replaced; None for all, or when some were made by us."""
        safety = self.restore.safety
        part = safety.part if safety else None
        return part if part and set(self.scope.names) <= set(part) else None

    def _prove(self, aside: SourceSpec, folder: Path) -> None:
        """Compare what stands aside with the safety copy made before it was put there.

        What people wrote between that copy and the swap may differ: it is told, and kept.
        """
        with self.steps.step(RestorePhase.PROVE) as facts:
            safety = self.restore.safety
            if safety is None:
                return
            name = str(Path(safety.paths[-1]) / FILE_NAME)
            noted, _ = fetch(safety, folder / "noted", self.watch, include=(name,))
            proof = prove_place(
                noted, aside, self.engine, folder / "again", self.watch,
                covers=lambda entry: self.replacer.covers(entry, self.scope),
                definitions=self.replacer.brings_definitions(self.live, self.scope),
            )  # fmt: skip
            facts["written_since"] = list(proof.different)
            self.job.objects_equal, self.job.objects_total = proof.equal, proof.compared
            if told := proof.sentence():
                self.watch.note(f"Since the safety copy: {told}")

    def _finish(self, answers: dict[str, str]) -> None:
        now = clock.now()
        ended: dict[str, Any] = {"recovering": False, "error_kind": "", "advice": ""}
        ended |= {"objects_equal": self.job.objects_equal, "objects_total": self.job.objects_total}
        with transaction.atomic():
            lifecycle.finish_good(self.job, self.watch, **ended)
            RestoreJob.objects.filter(pk=self.restore.pk).update(
                undone_at=now, discarded_at=now, answers=answers
            )
            release(self.restore.hold_key)
            facts = {"source": self.job.source.key, "equal": self.job.objects_equal}
            record("restore.undone", actor="system:restore", subject=self.restore, facts=facts)
