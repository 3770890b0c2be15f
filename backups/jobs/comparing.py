"""Comparing what is live with one night: digests first, then rows where they differ.

Live is only read. What the night kept is loaded into a sandbox, and of it only the tables asked
for or found to differ. Where the source is down its newest night stands in for it, and where
that is the night asked for, the one before is compared with it.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction

from backups import wiring
from backups.catalogue.differences import comparison_folder, rows_path
from backups.engines.registry import row_readers_of_kind
from backups.engines.rows import RowReaders
from backups.errors import BackupError, SourceRefused, SourceUnreachable
from backups.jobs import lifecycle
from backups.jobs.comparing_rows import RowStage
from backups.jobs.fetching import clear_dead, fetch, scratch
from backups.jobs.staging import previous_manifest
from backups.manifest import FILE_NAME, read_objects
from backups.models import (
    ComparedObject,
    Comparison,
    ComparisonPhase,
    EngineKind,
    JobState,
    Snapshot,
)
from backups.objectdiff import ObjectDiff, below, compare_objects, resolve
from backups.rowdiff import Verdict
from backups.specs import Fetched, ManifestObject
from portal.lib import clock

PURPOSE = "compare"
ROWS_KEPT = timedelta(days=180)
ALL_LISTED = 10_000  # objects; where there are more, only those that differ get a row of their own
MOST_LISTED = 100_000
KEPT_AS_FOUND = (
    "rows_backup",
    "rows_live",
    "missing",
    "changed",
    "extra",
    "schema_changed",
    "key",
    "columns",
    "backup_only",
    "live_only",
    "retyped",
    "file",
    "file_bytes",
    "file_sha256",
    "kept_rows",
)


def run(pk: int, now: datetime) -> JobState | None:
    """Carry out a queued comparison; None when somebody else has it."""
    job = lifecycle.claim(Comparison, pk, now)
    if job is None:
        return None
    clear_dead(job.source, PURPOSE)
    state = lifecycle.carry_out(job, lambda watch: _compare(job, watch))
    clear_dead(job.source, PURPOSE)
    return state


def forget_old(now: datetime) -> int:
    """Remove the rows of comparisons that nobody picked from for half a year; return how many.

    They are people's data. The figures, and what each object came to, stay.
    """
    old = Comparison.objects.filter(finished_at__lt=now - ROWS_KEPT)
    rows = ComparedObject.objects.filter(comparison__in=old, picks=None).exclude(file="")
    for compared in rows:
        if path := rows_path(compared):
            path.unlink(missing_ok=True)
    return rows.update(file="", file_bytes=None)


@dataclass(slots=True)
class _Work:
    """One comparison as it goes: the nights on both sides, and what was found.

    `standing_in` is the night that stands in for live, None while the source answers.
    """

    job: Comparison
    folder: Path
    watch: lifecycle.JobWatch
    snapshot: Snapshot
    live_at: datetime
    standing_in: Snapshot | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def readers(self) -> RowReaders | None:
        """What reads rows of this source; None for files."""
        return row_readers_of_kind(self.job.source.engine)


def _compare(job: Comparison, watch: lifecycle.JobWatch) -> None:
    shutil.rmtree(comparison_folder(job), ignore_errors=True)
    with scratch(job.source, f"{PURPOSE}-{job.pk}") as folder:
        work = _Work(job, folder, watch, job.snapshot, clock.now())
        if job.tables and work.readers:
            diffs = _tables_asked_for(work, work.readers)
        else:
            diffs = _everything(work)
    _write(work, diffs)


def _everything(work: _Work) -> list[ObjectDiff]:
    """Compare all objects by their digests, then the rows of the tables that differ."""
    work.watch.begin(ComparisonPhase.DIGEST, work.snapshot.byte_count)
    live = _live_manifest(work)
    noted = _noted(work, work.snapshot)
    standing_in = _noted(work, work.standing_in) if work.standing_in else None
    if standing_in is not None:
        live = standing_in.dump / FILE_NAME
    files = work.job.source.engine == EngineKind.FILES
    found = compare_objects(
        _asked(work, noted.dump / FILE_NAME), _asked(work, live), contents_only=files
    )
    diffs = list(found)
    if work.readers and work.job.down_to_rows:
        rows = [diff for diff in diffs if _rows_may_tell(diff)]
        _rows(work, work.readers, rows, noted, standing_in)
    return diffs


def _asked(work: _Work, path: Path) -> Iterable[ManifestObject]:
    entries = read_objects(path)
    paths = work.job.paths
    return (entry for entry in entries if below(paths, entry.name)) if paths else entries


def _rows_may_tell(diff: ObjectDiff) -> bool:
    """Say whether a table's rows are worth reading: they differ, or only their order does."""
    return diff.has_rows and diff.verdict in (Verdict.CHANGED, Verdict.MISSING)


def _live_manifest(work: _Work) -> Path:
    """Dump what is live, as a night would, and return its manifest; else choose a stand-in."""
    again = work.folder / "live"
    again.mkdir(mode=0o700)
    source = work.job.source
    try:
        spec = wiring.spec_of(source)
        dump = wiring.engine_for(source).dump(spec, again, work.watch, previous_manifest(source))
    except (SourceUnreachable, SourceRefused) as error:
        _stand_in(work, error)
        return again
    path = work.folder / FILE_NAME
    dump.manifest.path.replace(path)
    shutil.rmtree(again)
    return path


def _stand_in(work: _Work, error: BackupError) -> None:
    """Let the newest night stand in for a source that does not answer."""
    nights = list(work.job.source.snapshots.restorable().nights().order_by("-taken_at")[:2])
    others = [night for night in nights if night.pk != work.job.snapshot_id]
    if not others:
        raise error
    newest, chosen = nights[0], work.job.snapshot
    older = others[0] if newest.pk == chosen.pk else chosen
    work.snapshot, work.standing_in, work.live_at = older, newest, newest.taken_at
    work.notes.append(str(error))
    work.watch.note(str(error))


def _noted(work: _Work, snapshot: Snapshot) -> Fetched:
    """Fetch a night's manifest and the notes that say where its rows stand."""
    root = snapshot.paths[-1]
    notes = work.readers.notes if work.readers else ()
    wanted = [f"{root}/{name}" for name in (FILE_NAME, *notes)]
    fetched, _ = fetch(snapshot, work.folder / f"noted-{snapshot.pk}", work.watch, wanted)
    return fetched


def _tables_asked_for(work: _Work, readers: RowReaders) -> list[ObjectDiff]:
    """Compare only the tables that were named, straight down to their rows."""
    source = work.job.source
    standing_in = None
    try:
        with readers.opened(wiring.spec_of(source)) as live:
            there = set(live.tables())
    except (SourceUnreachable, SourceRefused) as error:
        _stand_in(work, error)
    noted = _noted(work, work.snapshot)
    recorded = _tables(noted)
    if work.standing_in:
        standing_in = _noted(work, work.standing_in)
        there = set(_tables(standing_in))
    names = resolve(work.job.tables, recorded.keys() | there, where=source.name)
    diffs = [_asked_for(name, recorded.get(name), name in there) for name in names]
    _rows(work, readers, diffs, noted, standing_in)
    return diffs


def _tables(noted: Fetched) -> dict[str, ManifestObject]:
    entries = read_objects(noted.dump / FILE_NAME)
    return {entry.name: entry for entry in entries if entry.kind == "table"}


def _asked_for(name: str, recorded: ManifestObject | None, there: bool) -> ObjectDiff:
    if recorded is None:
        return ObjectDiff("table", name, Verdict.EXTRA, missing=0, changed=0, has_rows=True)
    diff = ObjectDiff("table", name, Verdict.CHANGED if there else Verdict.MISSING, recorded)
    diff.rows_backup, diff.has_rows = recorded.rows, True
    return diff


def _rows(
    work: _Work,
    readers: RowReaders,
    diffs: list[ObjectDiff],
    noted: Fetched,
    standing_in: Fetched | None,
) -> None:
    """Open both sides, each as of one moment, and compare the rows of these tables."""
    if not diffs:
        return
    stage = RowStage(work.job, work.snapshot, readers, work.folder, work.watch)
    kept = {diff.name for diff in diffs if diff.verdict != Verdict.EXTRA}
    keyed = {diff.name for diff in diffs if diff.verdict == Verdict.MISSING}
    with ExitStack() as stack:
        backup = stack.enter_context(stage.night(work.snapshot, noted, kept, keyed))
        if work.standing_in and standing_in:
            there = {diff.name for diff in diffs} - keyed
            live = stack.enter_context(stage.night(work.standing_in, standing_in, there, ()))
        else:
            live = stack.enter_context(readers.opened(wiring.spec_of(work.job.source)))
            work.live_at = clock.now()
        stage.compare(diffs, backup, live)


def _write(work: _Work, diffs: list[ObjectDiff]) -> None:
    """Write what was found, in the transaction that makes the comparison good."""
    listed = [diff for diff in diffs if len(diffs) <= ALL_LISTED or diff.verdict != Verdict.SAME]
    tally = Counter(str(diff.verdict) for diff in diffs)
    counted = [diff for diff in diffs if diff.missing is not None]
    with transaction.atomic():
        ComparedObject.objects.filter(comparison=work.job).delete()
        ComparedObject.objects.bulk_create(
            (_row(work.job, diff) for diff in listed[:MOST_LISTED]), batch_size=1000
        )
        lifecycle.finish_good(
            work.job,
            work.watch,
            snapshot=work.snapshot,
            against=work.standing_in,
            live_at=work.live_at,
            notes=work.notes,
            **{f"objects_{verdict}": tally[verdict] for verdict in map(str, Verdict)},
            **{f"rows_{name}": _sum(counted, name) for name in ("missing", "changed", "extra")},
        )


def _sum(counted: list[ObjectDiff], name: str) -> int | None:
    return sum(getattr(diff, name) or 0 for diff in counted) if counted else None


def _row(job: Comparison, diff: ObjectDiff) -> ComparedObject:
    return ComparedObject(
        comparison=job,
        kind=diff.kind,
        name=diff.name,
        verdict=str(diff.verdict),
        bytes_backup=diff.backup.bytes if diff.backup else None,
        bytes_live=diff.live.bytes if diff.live else None,
        **{name: getattr(diff, name) for name in KEPT_AS_FOUND},
    )
