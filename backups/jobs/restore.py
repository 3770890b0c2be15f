"""A restore from claim to proof: beside, proven, then swapped, and the old kept for its undoing.

plan -> safety copy -> fetch -> load beside -> prove -> swap -> probe -> keep. The safety copy
reads what is live while the copy is fetched and loaded beside it; before anything is proven both
are done. Until the swap nothing living changes (architecture, invariant 2); a worker that takes
over what another left asks the target first.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from backups import wiring
from backups.catalogue.hold import release
from backups.errors import (
    BackupError,
    PlanVoid,
    ProofFailed,
    RestoreFailed,
    TargetAway,
)
from backups.jobs import answering, lifecycle, settling
from backups.jobs.download import DownloadMaking
from backups.jobs.fetching import fetch, scratch
from backups.jobs.proving import prove_place
from backups.jobs.restore_rows import RowsRestore, brings_rows, forget_rows
from backups.jobs.safety import saving_what_is_there
from backups.jobs.steps import Firm, Steps
from backups.jobs.surveying import forbidding, look
from backups.manifest import FILE_NAME, read_objects
from backups.models import JobState, RestoreJob, RestorePhase, RestoreTarget
from backups.specs import Fetched, ManifestObject, ScopeKind, SourceSpec, Standing, Survey
from backups.survey_words import in_english, row_of
from backups.verify import Proof
from portal.audit.record import record
from portal.lib import clock
from portal.lib.queue import enqueue

PURPOSE = "restore"


def run(pk: int, now: datetime) -> JobState | None:
    """Carry out a queued restore; None when somebody else has it.

    GOOD means: loaded, proven, and where it was to go. Anything else leaves live as it was.
    """
    job = lifecycle.claim(RestoreJob, pk, now)
    if job is None:
        return None
    state = lifecycle.carry_out(job, lambda watch: _work_of(job)(job, watch).carry_out())
    job.refresh_from_db()
    settling.tell(job, clock.now())
    if job.is_unfinished:
        return state
    if state != JobState.GOOD:
        release(job.hold_key)
        with transaction.atomic():
            facts = {"source": job.source.key, "state": str(state), "error": job.error_kind}
            record("restore.failed", actor="system:restore", subject=job, facts=facts)
    if job.task:
        enqueue(job.task, job.pk, cluster="short")
    return state


def _work_of(job: RestoreJob) -> type[DownloadMaking | RowsRestore | _Restore]:
    """Return what carries this job out: a download first, for it never comes near live."""
    if job.is_download:
        return DownloadMaking
    return RowsRestore if brings_rows(job) else _Restore


class _Restore:
    """One restore at work: the row, what replaces its kind, and the living target."""

    def __init__(self, job: RestoreJob, watch: lifecycle.JobWatch) -> None:
        self.job = job
        self.watch = watch
        self.steps = Steps(job, watch)
        self.replacer = wiring.replacer_for(job.source)
        self.engine = wiring.engine_for(job.source)
        self.live = wiring.spec_of(job.source)
        self.scope = wiring.scope_of(job.scope)
        self.wanted: frozenset[str] = frozenset()

    def carry_out(self) -> None:
        """Go through the steps; whatever ends them before the swap is cleaned away."""
        try:
            if self.job.recovering and self._taken_over():
                return
            with scratch(self.job.source, PURPOSE) as folder:
                self._bring(folder)
        except BaseException as error:
            if not self._had_swapped(error):
                raise
        self._finish()

    def _had_swapped(self, error: BaseException) -> bool:
        """Clear away after trouble; say whether the swap had gone through and nobody heard of it.

        Raises TargetAway while the target itself cannot be asked.
        """
        try:
            standing = self._clear()
        except TargetAway:
            raise
        except BackupError:  # the first trouble is the one to tell
            return False
        return standing == Standing.SWAPPED and isinstance(error, BackupError)

    def _bring(self, folder: Path) -> None:
        survey, noted = self._plan(folder)
        with self._saving_what_is_there(survey):
            fetched = self._fetch(folder, noted)
            place = self._load(noted, fetched)
        self._prove(fetched, place, folder / "again")
        self._swap(place)

    def _plan(self, folder: Path) -> tuple[Survey, Fetched]:
        """Look at the target with the copy's own list in hand; raise what forbids to go on."""
        with self.steps.step(RestorePhase.PLAN):
            survey, noted = look(
                self.job.snapshot,
                self.scope,
                self.replacer,
                self.live,
                folder=folder,
                watch=self.watch,
            )
            self._keep_survey(survey)
            self._forbid(survey)
            if self.job.target != RestoreTarget.LIVE:
                return survey, noted
            if self.job.fingerprint not in ("", survey.fingerprint):
                raise PlanVoid(f"{self.job.source.name} is not what it was at planning.")
        return survey, noted

    def _forbid(self, survey: Survey) -> None:
        """Raise what forbids a restore to this target, before anything was begun."""
        if hindrances := forbidding(survey, RestoreTarget(self.job.target)):
            raise RestoreFailed(f"{self.job.source.name}: {in_english(hindrances)}")

    def _keep_survey(self, survey: Survey) -> None:
        told = row_of(survey, survey.blockers)
        RestoreJob.objects.filter(pk=self.job.pk).update(survey=told)
        for warning in survey.warnings:
            self.watch.note(in_english([warning]))

    def _saving_what_is_there(self, survey: Survey) -> AbstractContextManager[None]:
        """Back up what of live is to be replaced while the block runs; wait for both."""
        if self.job.target != RestoreTarget.LIVE or not survey.exists:
            return nullcontext()
        only = survey.overwrites if self.scope.kind == ScopeKind.TABLES else None
        return saving_what_is_there(self.job, self.steps, self.watch, only)

    def _fetch(self, folder: Path, noted: Fetched) -> Fetched:
        with self.steps.step(RestorePhase.FETCH, self.job.snapshot.byte_count) as facts:
            wanted = self.replacer.wanted(noted, self.scope)
            self.wanted = frozenset(wanted)
            fetched, copy = fetch(self.job.snapshot, folder / "fetched", self.watch, include=wanted)
            facts["vault"] = copy.repository.vault.name
        return fetched

    def _load(self, noted: Fetched, fetched: Fetched) -> SourceSpec:
        with self.steps.step(RestorePhase.LOAD):
            place = self.replacer.prepare(self.live, self.scope, self.job.label, noted)
            self.replacer.load(fetched, place, self.scope, self.watch)
        return place

    def _prove(self, fetched: Fetched, place: SourceSpec, folder: Path) -> None:
        """Dump the place again and compare each object with what the backup recorded."""
        with self.steps.step(RestorePhase.PROVE):
            definitions = self.replacer.brings_definitions(self.live, self.scope)
            covers = self._covers(fetched)
            proof = prove_place(
                fetched, place, self.engine, folder, self.watch,
                covers=covers, definitions=definitions,
            )  # fmt: skip
            keep_proof(self.job, proof)

    def _covers(self, fetched: Fetched) -> Callable[[ManifestObject], bool]:
        """Return whether an object is to be proven: it is asked for, or its data was fetched.

        The latter are a chosen table's partitions, which nobody named.
        """
        dump, covers = fetched.paths[-1], self.replacer.covers
        along = {
            entry.name
            for entry in (read_objects(fetched.dump / FILE_NAME) if self.wanted else ())
            if entry.rows is not None and f"{dump}/{entry.file}" in self.wanted
        }
        return lambda entry: entry.name in along or covers(entry, self.scope)

    def _swap(self, place: SourceSpec) -> None:
        live, scope, label = self.live, self.scope, self.job.label
        with self.steps.step(RestorePhase.SWAP) as facts:
            if self.job.target == RestoreTarget.BESIDE:
                facts["name"] = self.replacer.keep_as(live, scope, label, self.job.target_name)
            else:
                self.replacer.swap(live, place, scope, label, Firm(self.watch))

    def _taken_over(self) -> bool:
        """Say whether the restore that another worker left is done; raise when it is not.

        Nothing is carried on from the middle: what was swapped is swapped, anything less is
        cleared away, and a person decides whether to order it again.
        """
        died_in = self.job.steps[-1]["phase"] if self.job.steps else ""
        self.watch.note(f"Taken over from a worker that fell silent in step {died_in!r}.")
        standing = settling.ask_until_it_answers(self.job, self._mended)
        named = self.job.target == RestoreTarget.BESIDE and died_in == RestorePhase.SWAP
        if standing == Standing.SWAPPED or (named and standing == Standing.NOTHING):
            self._finish()
            return True
        self._clear()
        was = "target was silent" if self.job.error_kind == TargetAway.__name__ else "worker died"
        raise RestoreFailed(
            f"The {was} in step {died_in or 'plan'} of this restore; "
            f"{self.job.source.name} is as it was before.",
            advice="Order the restore again.",
        )

    def _mended(self) -> Standing:
        return self.replacer.mend(self.live, self.scope, self.job.label)

    def _clear(self) -> Standing:
        """Remove what stands beside; what is already live stays, and so does the old.

        A server that crashed is waited for: what it left half-done must not stay so.
        """
        if RestorePhase.LOAD not in {step["phase"] for step in self.job.steps}:
            return Standing.NOTHING  # nothing of ours stands there yet
        return settling.ask_until_it_answers(self.job, self._clear_once)

    def _clear_once(self) -> Standing:
        standing = self._mended()
        if standing != Standing.SWAPPED:  # NOTHING too: a place half made has notes already
            self.replacer.discard(self.live, self.scope, self.job.label)
        return standing

    def _finish(self) -> None:
        to_live = self.job.target == RestoreTarget.LIVE
        if to_live:
            self._probe()
        with self.steps.step(RestorePhase.KEEP):
            now = clock.now()
        until = now + timedelta(days=settings.PULIH_UNDO_DAYS)
        ended: dict[str, Any] = {"swapped_at": now, "undo_until": until} if to_live else {}
        with transaction.atomic():
            ended |= {"recovering": False, "error_kind": "", "advice": ""}
            lifecycle.finish_good(self.job, self.watch, **ended)
            if not to_live:
                release(self.job.hold_key)
            facts = {"source": self.job.source.key, "equal": self.job.objects_equal}
            record("restore.restored", actor="system:restore", subject=self.job, facts=facts)

    def _probe(self) -> None:
        """Ask the source and its systems (SOP, third indicator); a silent one is told, no more."""
        with self.steps.step(RestorePhase.PROBE):
            answers = answering.ask(self.job.source, self.engine, self.live)
            RestoreJob.objects.filter(pk=self.job.pk).update(answers=answers)


def keep_proof(job: RestoreJob, proof: Proof) -> None:
    """Write the proof's figures; raise ProofFailed when it does not hold."""
    job.objects_equal, job.objects_total = proof.equal, proof.compared
    RestoreJob.objects.filter(pk=job.pk).update(
        objects_equal=proof.equal, objects_total=proof.compared
    )
    if not proof.holds:
        raise ProofFailed(f"{job.source.name}: {proof.sentence()}.")


def discard_old(pk: int, now: datetime) -> bool:
    """Remove what a restore kept aside, once its undo period is over; False when it is not due."""
    job = RestoreJob.objects.filter(pk=pk, undo_until__lte=now, discarded_at=None).first()
    if job is None or not job.swapped_at:
        return False
    replacer, live = wiring.replacer_for(job.source), wiring.spec_of(job.source)
    replacer.discard(live, wiring.scope_of(job.scope), job.label)
    forget_rows(job)
    with transaction.atomic():
        RestoreJob.objects.filter(pk=pk).update(discarded_at=clock.now())
        release(job.hold_key)
        facts = {"source": job.source.key}
        record("restore.old_removed", actor="system:restore", subject=job, facts=facts)
    return True
