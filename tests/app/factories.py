"""Made-up nights for tests and pictures: a university's sources with a year behind them.

The morning it tells is the one of the drawings: Monday 23 November 2026, 09:14 WIB.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from backups.catalogue.keeping import nights_of, rule_of
from backups.catalogue.known import known_object
from backups.models import (
    Alert,
    AlertKind,
    BackupRun,
    ConnectionTest,
    Copy,
    CopyState,
    Drill,
    InformationSystem,
    JobState,
    KnownObject,
    ObjectVersion,
    Phase,
    Repository,
    RunKind,
    Server,
    Snapshot,
    Source,
    Transfer,
    Vault,
    VaultRole,
    name_key,
)
from backups.retention import plan
from portal.lib import clock
from portal.lib.marks import Mark
from portal.lib.seal import PREFIX

NOW = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)  # 09:14 WIB
TONIGHT = clock.wib_date(NOW)
GB = 10**9
STATES = {Mark.FAILED: JobState.FAILED, Mark.RUNNING: JobState.RUNNING}
GOOD = (Mark.GOOD, Mark.PROVEN, Mark.OWING)


def vaults() -> tuple[Vault, Vault]:
    """Return a local vault and one on internal media, made once."""
    local, _ = Vault.objects.get_or_create(
        name="Disk server", role=VaultRole.LOCAL, location="/srv/pulih/lokal"
    )
    media, _ = Vault.objects.get_or_create(
        name="Media internal", role=VaultRole.MEDIA, location="/srv/pulih/media"
    )
    return local, media


def source(
    name: str = "SIAKAD", engine: str = "postgresql", *, days: int = 400, **fields
) -> Source:
    """Return a source that has stood for `days`, with a repository in both vaults."""
    server, _ = Server.objects.get_or_create(name=fields.pop("server", "db-siakad"))
    key = name.lower().replace(" ", "-")
    made = Source.objects.create(name=name, key=key, engine=engine, server=server, **fields)
    Source.objects.filter(pk=made.pk).update(created_at=NOW - timedelta(days=days))
    made.refresh_from_db()
    Repository.objects.bulk_create(
        Repository(
            source=made,
            vault=vault,
            password_secret=f"{PREFIX}x",
            initialised_at=made.created_at,
            stored_bytes=40 * GB,
            checked_at=NOW - timedelta(days=1),
            read_at=NOW - timedelta(days=9),
        )
        for vault in vaults()
    )
    return made


def nights(
    of: Source,
    count: int = 365,
    *,
    until: date = TONIGHT,
    size: int = 48 * GB,
    marks: Mapping[int, Mark] | None = None,
) -> list[BackupRun]:
    """Give the source `count` nights up to `until`; `marks` says which were not good (0 = last).

    LATE leaves no run at all; every fourteenth good night counts as proven.
    """
    marks = marks or {}
    usual = {ago: Mark.PROVEN if ago % 14 == 4 else Mark.GOOD for ago in range(count)}
    told = {**usual, **{ago: mark for ago, mark in marks.items() if ago < count}}
    runs = [
        _run(of, until - timedelta(days=ago), mark, size - ago * size // 1500)
        for ago, mark in sorted(told.items(), reverse=True)
        if mark != Mark.LATE
    ]
    BackupRun.objects.bulk_create(runs)
    good = [(run, told[(until - run.night).days]) for run in runs if run.state == JobState.GOOD]
    _prove(of, good)
    _tidy(of)
    return runs


def safety_copy(of: Source) -> Snapshot:
    """Give the source what a restore replaced, saved later than its last night."""
    run = _run(of, TONIGHT, Mark.GOOD, 40 * GB)
    run.kind, run.started_at = RunKind.SAFETY, run.started_at + timedelta(hours=8)
    run.save()
    _prove(of, [(run, Mark.GOOD)])
    return run.snapshot


def _tidy(of: Source) -> None:
    """Let go of what the source's rule no longer asks for, as a year of tidying would have."""
    decided = plan(nights_of(of), rule_of(of), NOW)
    standing = Copy.objects.filter(snapshot__source=of, state=CopyState.STORED)
    standing.exclude(snapshot__in=decided.keep).update(state=CopyState.FORGOTTEN)


def _run(of: Source, night: date, mark: Mark, size: int) -> BackupRun:
    begun = clock.midnight(night) + timedelta(seconds=20)
    run = BackupRun(source=of, kind=RunKind.NIGHTLY, night=night, ordered_at=begun)
    run.state = STATES.get(mark, JobState.GOOD)
    run.started_at = begun
    if run.state == JobState.GOOD:
        run.finished_at = begun + timedelta(minutes=14, seconds=night.day)
        run.object_count, run.row_count, run.byte_count = 214, 12_044_318, size
        run.log = "00:00:20 PostgreSQL 15.18\n00:12:58 stored"
    elif run.state == JobState.FAILED:
        run.finished_at = begun + timedelta(minutes=2)
        run.phase, run.error_kind = Phase.STORE, "NoSpace"
        run.error = "The vault's disk is full: 3.4 GB needed, 1.2 GB free."
    return run


def _prove(of: Source, good: list[tuple[BackupRun, Mark]]) -> None:
    """Write snapshots and copies of good runs."""
    snapshots = [
        Snapshot(
            source=of,
            run=run,
            taken_at=run.started_at + timedelta(seconds=4),
            manifest_sha256=sha256(str(run.night).encode()).hexdigest(),
            object_count=run.object_count,
            row_count=run.row_count,
            byte_count=run.byte_count,
            added_bytes=run.byte_count // 160,
            proven_at=run.finished_at + timedelta(hours=2) if mark == Mark.PROVEN else None,
        )
        for run, mark in good
    ]
    Snapshot.objects.bulk_create(snapshots)
    owing = {run.pk for run, mark in good if mark == Mark.OWING}
    Copy.objects.bulk_create(
        _copy(snapshot, repository, owed=snapshot.run_id in owing)
        for snapshot in snapshots
        for repository in of.repositories.select_related("vault")
    )


def _copy(snapshot: Snapshot, repository: Repository, *, owed: bool) -> Copy:
    copy = Copy(snapshot=snapshot, repository=repository, state=CopyState.STORED)
    if owed and repository.vault.role == VaultRole.MEDIA:
        copy.state = CopyState.OWED
    else:
        copy.restic_id = sha256(f"{repository.pk}/{snapshot.pk}".encode()).hexdigest()
        copy.tree = snapshot.manifest_sha256
        copy.stored_at = snapshot.taken_at + timedelta(minutes=12)
    return copy


def contents(of: Source, tables: int = 12) -> None:
    """Put tables and files into the catalogue of the source's nights."""
    first, last = of.snapshots.last(), of.snapshots.first()
    names = ["nilai_mahasiswa", "komponen_nilai", "krs", "presensi", "mata kuliah", "dosen"]
    rows = [
        ObjectVersion(
            source=of,
            kind="table" if n % 4 else "view",
            name=f"akademik.{names[n % len(names)]}_{n:03d}",
            row_count=n * 1337,
            byte_count=n * 91_337,
            since=last if n % 5 == 0 else first,
        )
        for n in range(tables)
    ]
    for row in rows:
        row.name_key = name_key(row.kind, row.name)
    ObjectVersion.objects.bulk_create(rows)
    KnownObject.objects.bulk_create(
        known_object(
            source=of.pk,
            kind=row.kind,
            name=row.name,
            columns=row.columns,
            first=row.since_id,
            gone=row.until_id,
        )
        for row in rows
    )


def morning(count: int = 30) -> dict[str, Source]:
    """Make the morning of the drawings: eight sources with `count` nights, three in trouble."""
    stories = {
        "Perpustakaan": ("mariadb", {0: Mark.FAILED}, {}),
        "Kepegawaian": ("postgresql", {0: Mark.LATE, 1: Mark.LATE}, {}),
        "Repositori": ("files", {0: Mark.OWING}, {}),
        "Keuangan": ("postgresql", {0: Mark.PROVEN}, {}),
        "SIAKAD": ("postgresql", {97: Mark.FAILED, 98: Mark.FAILED, 50: Mark.OWING}, {}),
        "E-learning": ("mariadb", {}, {}),
        "Situs web": ("mariadb", {}, {"age_target_hours": 48}),
        "PMB": ("postgresql", {}, {"paused": True, "paused_reason": "Server dipindahkan."}),
    }
    made = {}
    for n, (name, (engine, marks, fields)) in enumerate(stories.items()):
        made[name] = source(name, engine, server=f"db-{n + 1}", **fields)
        until = TONIGHT - timedelta(days=6 if name == "PMB" else 0)
        nights(made[name], count, until=until, size=(n + 2) * 7 * GB, marks=marks)
    contents(made["SIAKAD"])
    _troubles(made)
    _at_work(made)
    systems = (("SIAKAD", "nilai, KRS, presensi"), ("E-learning", "tugas, kuis, materi"))
    for name, words in systems:
        InformationSystem.objects.create(name=name, slug=name.lower(), description=words)
    return made


def _troubles(made: Mapping[str, Source]) -> None:
    failed = made["Perpustakaan"].runs.get(state=JobState.FAILED)
    media = vaults()[1]
    Alert.objects.bulk_create(
        [
            _alert(AlertKind.RUN_FAILED, 2, made["Perpustakaan"], run=failed.pk, kind="NoSpace"),
            _alert(AlertKind.NIGHT_MISSED, 7, made["Kepegawaian"]),
            _alert(AlertKind.COPY_OWED, 8, made["Repositori"], vault=media, kind="NoSpace"),
        ]
    )


def _alert(
    what: AlertKind,
    hours: int,
    of: Source,
    *,
    vault: Vault | None = None,
    run: int | None = None,
    kind: str = "",
) -> Alert:
    return Alert(
        kind=what,
        source=of,
        vault=vault,
        subject=f"{of.pk}/{vault.pk if vault else ''}",
        facts={"run": run, "error_kind": kind},
        opened_at=NOW - timedelta(hours=hours),
    )


def _at_work(made: Mapping[str, Source]) -> None:
    Transfer.objects.create(
        source=made["Repositori"],
        state=JobState.RUNNING,
        ordered_at=NOW - timedelta(minutes=72),
        started_at=NOW - timedelta(minutes=70),
        heartbeat_at=NOW,
        phase=Phase.TRANSFER,
        done=144 * GB,
        total=212 * GB,
        rate=112_000_000,
    )
    running(made["E-learning"])
    ConnectionTest.objects.create(
        source=made["SIAKAD"],
        state=JobState.GOOD,
        ordered_at=NOW - timedelta(hours=3),
        server_version="PostgreSQL 15.18",
        size_bytes=48 * GB,
        object_count=214,
    )
    drilled(made["SIAKAD"])


def drilled(of: Source, **fields) -> Drill:
    """Return a drill of the source's newest copy that ended at 02:40 this night."""
    ended = clock.midnight(TONIGHT) + timedelta(hours=2, minutes=40)
    usual = {"state": JobState.GOOD, "objects_equal": 214, "objects_total": 214}
    return Drill.objects.create(
        source=of,
        snapshot=of.snapshots.first(),
        ordered_at=ended - timedelta(minutes=23),
        started_at=ended - timedelta(minutes=22, seconds=4),
        finished_at=ended,
        **{**usual, **fields},
    )


def running(of: Source, phase: str = Phase.STORE) -> BackupRun:
    """Return an asked-for run of the source that is in the middle of `phase`."""
    return BackupRun.objects.create(
        source=of,
        kind=RunKind.MANUAL,
        night=TONIGHT,
        state=JobState.RUNNING,
        ordered_at=NOW - timedelta(minutes=6),
        started_at=NOW - timedelta(minutes=5),
        heartbeat_at=NOW,
        phase=phase,
        done=18 * GB,
        total=32 * GB,
        rate=90_000_000,
        log="09:09:14 PostgreSQL 15.18\n09:10:02 214 tables",
    )
