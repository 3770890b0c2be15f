"""A backup from claim to proof: check, dump, store, record."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from django.db import transaction

from backups import wiring
from backups.alerts import clear_alert, raise_alert
from backups.catalogue.record import record, record_differences
from backups.errors import Cancelled, DumpFailed, SafetyCopyFailed
from backups.jobs import lifecycle, staging
from backups.jobs.judging import judge_waiting
from backups.jobs.repositories import local_repository
from backups.manifest import differences, digest_of, read_objects
from backups.models import (
    AlertKind,
    BackupRun,
    Copy,
    CopyState,
    JobState,
    Phase,
    Repository,
    Server,
    Snapshot,
    Source,
    TouchingJob,
    Vault,
    being_replaced,
)
from backups.orders import cancel, order_safety, order_transfer, ring
from backups.repository.base import Repository as RepositoryPort
from backups.specs import Dump, SourceSpec, StoredSnapshot
from portal.audit.record import head
from portal.lib import clock

WAIT_SECONDS = 0.5
STORE_TRIES = 4  # a folder whose files change under the store is stored again this often


def run(pk: int, now: datetime, *, ring_transfer: bool = True) -> JobState | None:
    """Carry out a queued run; None when somebody else has it or its server is busy.

    Leaves a GOOD run with its Snapshot and one owed Copy per media vault, or a run that failed
    with its sentence and no Snapshot.
    """
    job = _claim_within_limits(pk, now)
    if job is None:
        return None
    state = lifecycle.carry_out(job, lambda watch: _back_up(job, watch))
    _tell(job, state)
    if state == JobState.GOOD and _owes(job):
        order_transfer(job.source, clock.now(), rung=ring_transfer)
    _ring_next(job.source.server)
    if state == JobState.GOOD:
        judge_waiting(clock.now(), job.source)
    return state


def make_safety_copy(
    job: TouchingJob, watch: lifecycle.JobWatch, only: Sequence[str] | None = None
) -> BackupRun:
    """Back up what is live before `job` replaces it, and return the good run.

    With `only` it is a copy of these tables alone, where their engine knows how. It waits for a
    backup that runs already, but for no turn: an urgent restore goes before the night. Raises
    what the run failed of, and Cancelled.
    """
    run_row = order_safety(job.source, job.ordered_by, clock.now())
    type(job)._default_manager.filter(pk=job.pk).update(safety_run=run_row)  # noqa: SLF001 - Django's
    job.safety_run = run_row
    taken = None
    while taken is None:
        if watch.stopped():
            cancel(run_row, clock.now())
            raise Cancelled("The restore was cancelled.")
        taken = lifecycle.claim(BackupRun, run_row.pk, clock.now())
        if taken is None:
            time.sleep(WAIT_SECONDS)
    part = only if wiring.engine_for(job.source).by_table else None
    state = lifecycle.carry_out(taken, lambda own: _back_up(taken, own, part))
    taken.refresh_from_db()
    job.safety_run = taken
    if state == JobState.CANCELLED:
        raise Cancelled("The safety copy was cancelled; nothing was touched.")
    if state != JobState.GOOD:
        raise SafetyCopyFailed(
            f"The safety copy of {job.source.name} could not be made: {taken.error}",
            advice=f"Nothing was touched. {taken.advice}",
        )
    order_transfer(job.source, clock.now())
    return taken


def _claim_within_limits(pk: int, now: datetime) -> BackupRun | None:
    """Claim the run unless its server already has as many as it may; then it waits its turn."""
    with transaction.atomic():
        server = Server.objects.select_for_update().get(sources__runs=pk)
        busy = BackupRun.objects.filter(source__server=server, state=JobState.RUNNING).count()
        source = Source.objects.get(runs=pk)
        if busy >= server.max_parallel or being_replaced(source):
            BackupRun.objects.filter(pk=pk, state=JobState.QUEUED).update(rung_at=None)
            return None
        return lifecycle.claim(BackupRun, pk, now)


def _ring_next(server: Server) -> None:
    waiting = BackupRun.objects.due(clock.now()).filter(source__server=server, rung_at=None)
    if following := waiting.order_by("pk").first():
        ring(following, clock.now())


def _back_up(job: BackupRun, watch: lifecycle.JobWatch, part: Sequence[str] | None = None) -> None:
    """Back up the source, or the tables of `part` alone."""
    watch.begin(Phase.CHECK)
    engine, spec = wiring.engine_for(job.source), wiring.spec_of(job.source)
    facts = engine.probe(spec)
    for warning in facts.warnings:
        watch.note(warning)
    if part is None and (job.source.engine != "files" or job.source.ssh):
        staging.require_space(job.source, facts.size_bytes)
    repository_row, repository = local_repository(job.source)
    with staging.staged(job.source) as folder:
        spec = replace(spec, only=None if part is None else tuple(part))
        dump, stored = _dump_and_store(job, spec, repository, folder, watch)
        watch.begin(Phase.RECORD, dump.manifest.objects)
        _write_proof(job, repository_row, dump, stored, watch, part=part)
        if part is None:
            staging.keep_manifest(job.source, folder)


def _dump_and_store(
    job: BackupRun,
    spec: SourceSpec,
    repository: RepositoryPort,
    folder: Path,
    watch: lifecycle.JobWatch,
) -> tuple[Dump, StoredSnapshot]:
    """Dump and store until what was stored is surely what the manifest says."""
    engine = wiring.engine_for(job.source)
    for _ in range(STORE_TRIES):
        watch.begin(Phase.DUMP)
        previous = staging.start_again(job.source, folder)
        dump = engine.dump(spec, folder, watch, previous)
        watch.begin(Phase.STORE, dump.manifest.bytes)
        stored = repository.store(dump.paths, _tags(job), watch, excludes=dump.excludes)
        names = engine.restless(spec, dump)
        if not names:
            return dump, stored
        watch.note(f"{len(names)} entries changed while they were stored; storing again.")
        spec = replace(spec, restless=(*spec.restless, *names))
    raise DumpFailed(
        f"{job.source.name}: {len(names)} entries kept changing while they were stored, "
        f"first of them {names[0]!r}.",
        advice="Leave them out (excludes of the source), or back up a file system snapshot.",
    )


def _tags(job: BackupRun) -> list[str]:
    """Return what the snapshot is marked with; the audit chain's head is anchored in it."""
    sequence, digest = head()
    return ["pulih", f"source:{job.source.key}", f"run:{job.pk}", f"audit:{sequence}:{digest}"]


def _write_proof(
    job: BackupRun,
    repository_row: Repository,
    dump: Dump,
    stored: StoredSnapshot,
    watch: lifecycle.JobWatch,
    *,
    part: Sequence[str] | None,
) -> None:
    """Write run, snapshot, copies and catalogue in one transaction, or nothing of them."""
    totals = {
        "object_count": dump.manifest.objects,
        "row_count": dump.manifest.rows,
        "byte_count": dump.manifest.bytes,
    }
    with transaction.atomic():
        lifecycle.finish_good(job, watch, warnings=list(dump.manifest.warnings), **totals)
        snapshot = Snapshot.objects.create(
            source=job.source,
            run=job,
            taken_at=dump.manifest.taken_at,
            manifest_sha256=dump.manifest.sha256,
            server_version=dump.manifest.server_version[:120],
            paths=[str(path) for path in dump.paths],
            added_bytes=stored.bytes_added,
            part=None if part is None else list(part),
            **totals,
        )
        Copy.objects.create(
            snapshot=snapshot,
            repository=repository_row,
            state=CopyState.STORED,
            restic_id=stored.id,
            tree=stored.tree,
            stored_at=clock.now(),
        )
        for vault in Vault.objects.media():
            owed_to = wiring.repository_row(job.source, vault)
            Copy.objects.create(snapshot=snapshot, repository=owed_to, state=CopyState.OWED)
        if part is None:
            _record(snapshot, dump.manifest.path)


def _record(snapshot: Snapshot, manifest: Path) -> None:
    """Write the night into the catalogue, by its difference to the last where that is known.

    The manifest kept on this machine counts as the last night's only if its digest is the one
    that the last snapshot recorded.
    """
    earlier = Snapshot.objects.filter(source=snapshot.source, pk__lt=snapshot.pk)
    before = earlier.order_by("-pk").first()
    kept = staging.previous_manifest(snapshot.source)
    if before and kept and digest_of(kept) == before.manifest_sha256:
        found = differences(kept, manifest)
        if found is not None:
            record_differences(snapshot, found.before, found.after)
            return
    record(snapshot, read_objects(manifest))


def _owes(job: BackupRun) -> bool:
    return Copy.objects.filter(snapshot__run=job, state=CopyState.OWED).exists()


def _tell(job: BackupRun, state: JobState) -> None:
    now = clock.now()
    if state == JobState.GOOD:
        for kind in (AlertKind.RUN_FAILED, AlertKind.NIGHT_LATE, AlertKind.NIGHT_MISSED):
            clear_alert(kind, now, source=job.source)
    elif state != JobState.CANCELLED:
        raise_alert(
            AlertKind.RUN_FAILED,
            now,
            source=job.source,
            run=job.pk,
            error=job.error,
            error_kind=job.error_kind,
            advice=job.advice,
        )
