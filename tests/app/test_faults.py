"""What can go wrong in a night, and how it ends: a clear state, one sentence, nothing good lost."""

import shutil
import sqlite3
from datetime import timedelta

import pytest

from backups import wiring
from backups.errors import (
    NoSpace,
    RepositoryDamaged,
    RepositoryError,
    RepositoryLocked,
    RepositoryMissing,
    WrongRepositoryPassword,
)
from backups.jobs import care, nightly, questions, staging, sweep, tidy, transfer
from backups.jobs.lifecycle import JobWatch
from backups.models import (
    Alert,
    AlertKind,
    BackupRun,
    Copy,
    CopyState,
    JobState,
    ObjectVersion,
    Snapshot,
    Source,
    Transfer,
    Vault,
    VaultRole,
)
from backups.orders import cancel, order_backup, order_check, order_connection_test, order_transfer
from backups.registering import add_source, add_vault
from portal.lib import clock
from tests.fakes.repository import MemoryRepository

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def vaults(settings, tmp_path, monkeypatch):
    """Two vaults in memory; returns the repository of a vault's role and a source."""
    for name in ("staging", "cache", "locks"):
        setattr(settings, f"PULIH_{name.upper()}", tmp_path / name)
        (tmp_path / name).mkdir()
    add_vault("Disk lokal", role=VaultRole.LOCAL, location="/disk")
    add_vault("Media internal", role=VaultRole.MEDIA, location="/media")
    made = {}

    def repository_for(row):
        place = (row.vault.role, row.source.key)
        if place not in made:
            made[place] = MemoryRepository(f"memory:{place}", made=False)
        return made[place]

    monkeypatch.setattr(wiring, "repository_for", repository_for)
    return lambda role, source: made[(role, source.key)]


@pytest.fixture
def library(vaults, tmp_path):
    path = tmp_path / "perpustakaan.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE buku (id INTEGER PRIMARY KEY, judul TEXT)")
        database.executemany("INSERT INTO buku VALUES (?, 'x')", [(n,) for n in range(20)])
    return add_source("Perpustakaan", now=clock.now(), engine="sqlite", path=str(path))


def change(source, statement):
    with sqlite3.connect(source.path) as database:
        database.execute(statement)


def back_up(source):
    run = order_backup(source, None, clock.now(), rung=False)
    nightly.run(run.pk, clock.now(), ring_transfer=False)
    run.refresh_from_db()
    return run


def pay(source):
    ordered = Transfer.objects.filter(source=source, state=JobState.QUEUED).first()
    transfer.run((ordered or order_transfer(source, clock.now())).pk, clock.now())


def good_night(source):
    run = back_up(source)
    assert (run.state, run.error) == (JobState.GOOD, "")
    pay(source)
    return run


def assert_told(run, kind, *words):
    """The run failed with one sentence that names the source, and something to do."""
    assert (run.state, run.error_kind) == (JobState.FAILED, kind)
    for word in words:
        assert word in run.error
    assert run.advice
    alert = Alert.objects.get(kind=AlertKind.RUN_FAILED, cleared_at=None)
    assert alert.source == run.source


def assert_nothing_was_lost(source, snapshots=1):
    assert Snapshot.objects.filter(source=source).count() == snapshots
    stored = Copy.objects.filter(snapshot__source=source, state=CopyState.STORED)
    assert stored.count() == 2 * snapshots


def test_a_good_night_leaves_its_proof_and_two_equal_copies(library, vaults):
    run = good_night(library)
    snapshot = run.snapshot
    assert (run.row_count, snapshot.row_count) == (20, 20)
    assert len(set(snapshot.copies.values_list("tree", flat=True))) == 1
    assert set(snapshot.copies.values_list("state", flat=True)) == {CopyState.STORED}
    assert ObjectVersion.objects.get(kind="table", name="buku", until=None).row_count == 20


def test_a_night_without_change_writes_nothing_into_the_catalogue(library):
    good_night(library)
    before = list(ObjectVersion.objects.values())
    good_night(library)
    assert list(ObjectVersion.objects.values()) == before


def test_the_catalogue_closes_what_vanished_and_opens_what_changed(library):
    first = good_night(library)
    change(library, "INSERT INTO buku VALUES (99, 'baru')")
    second = good_night(library)
    change(library, "DROP TABLE buku")
    third = good_night(library)
    versions = ObjectVersion.objects.filter(kind="table", name="buku").order_by("pk")
    assert [(v.row_count, v.since.run, v.until.run) for v in versions] == [
        (20, first, second),
        (21, second, third),
    ]


def test_a_missing_source_is_an_error_and_never_an_empty_backup(library):
    good_night(library)
    shutil.move(library.path, library.path + ".away")
    assert_told(back_up(library), "SourceUnreachable", "Perpustakaan")
    assert_nothing_was_lost(library)


def test_a_source_that_is_no_database_is_told(library, tmp_path):
    good_night(library)
    (tmp_path / "perpustakaan.sqlite").write_bytes(b"bukan basis data" * 500)
    run = back_up(library)
    assert run.state == JobState.FAILED
    assert "Perpustakaan" in run.error
    assert_nothing_was_lost(library)


def test_a_full_staging_disk_is_told_before_anything_is_dumped(library, monkeypatch):
    good_night(library)
    usage = shutil._ntuple_diskusage(10, 10, 0)
    monkeypatch.setattr(staging.shutil, "disk_usage", lambda _: usage)
    assert_told(back_up(library), "NoSpace", "Perpustakaan", "staging")
    assert_nothing_was_lost(library)


@pytest.mark.parametrize(
    "fault",
    [
        NoSpace("The disk of /disk is full."),
        WrongRepositoryPassword("/disk does not open with our password."),
        RepositoryMissing("There is no repository in /disk."),
        RepositoryLocked("/disk is locked by another machine."),
        RepositoryDamaged("/disk is damaged."),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_a_local_vault_in_trouble_fails_the_run_and_keeps_what_is_there(library, vaults, fault):
    good_night(library)
    vaults("local", library).fault = fault
    assert_told(back_up(library), type(fault).__name__, "/disk")
    assert_nothing_was_lost(library)
    vaults("local", library).fault = None
    good_night(library)
    assert not Alert.objects.filter(cleared_at=None).exists()


def test_media_out_of_reach_leave_the_night_good_and_owing_until_paid(library, vaults):
    good_night(library)
    vaults("media", library).fault = RepositoryError("The host media does not answer.")
    run = back_up(library)
    pay(library)
    assert run.state == JobState.GOOD
    owed = Copy.objects.get(state=CopyState.OWED)
    assert (owed.attempts, owed.error) == (1, "The host media does not answer.")
    assert (
        Alert.objects.get(kind=AlertKind.COPY_OWED, cleared_at=None).vault.name == "Media internal"
    )

    sweep.pay_owed_copies(clock.now() + timedelta(minutes=1))
    assert not Transfer.objects.unfinished().exists()
    vaults("media", library).fault = None
    sweep.pay_owed_copies(clock.now() + timedelta(minutes=6))
    pay(library)
    assert not Copy.objects.filter(state=CopyState.OWED).exists()
    assert not Alert.objects.filter(cleared_at=None).exists()


def test_while_a_copy_is_owed_no_old_night_goes(library, vaults):
    Source.objects.update(keep_daily=1, keep_weekly=0, keep_monthly=0, keep_yearly=0, keep_floor=1)
    library.refresh_from_db()
    for number in range(3):
        change(library, f"INSERT INTO buku VALUES ({100 + number}, 'x')")
        good_night(library)
    assert len(vaults("local", library).snapshots()) == 1
    vaults("media", library).fault = RepositoryError("away")
    change(library, "INSERT INTO buku VALUES (200, 'x')")
    back_up(library)
    pay(library)
    assert len(vaults("local", library).snapshots()) == 2
    assert Alert.objects.filter(kind=AlertKind.RETENTION_REFUSED, cleared_at=None).exists()


def test_what_this_portal_cannot_account_for_is_never_forgotten(library, vaults, tmp_path):
    run = good_night(library)
    local = vaults("local", library)
    folder = tmp_path / "lain"
    folder.mkdir()
    foreign = local.store([folder], ["tamu"], JobWatch(run))
    newer = local.store([folder], [f"run:{run.pk + 1000}"], JobWatch(run))
    tidy.tidy(library, clock.now(), JobWatch(run))
    assert {foreign.id, newer.id} <= {snapshot.id for snapshot in local.snapshots()}


def test_a_snapshot_of_a_run_that_never_became_good_is_tidied_away(library, vaults, tmp_path):
    run = good_night(library)
    lost = back_up_that_was_lost(library)
    local = vaults("local", library)
    stray = local.store([tmp_path / "staging"], [f"run:{lost.pk}"], JobWatch(run))
    good_night(library)
    assert stray.id not in {snapshot.id for snapshot in local.snapshots()}
    assert_nothing_was_lost(library, snapshots=2)


def back_up_that_was_lost(source):
    lost = order_backup(source, None, clock.now(), rung=False)
    BackupRun.objects.filter(pk=lost.pk).update(
        state=JobState.LOST, started_at=clock.now() - timedelta(minutes=9)
    )
    return lost


def test_one_source_s_trouble_leaves_the_others_alone(library, vaults, tmp_path):
    broken = add_source("Rusak", now=clock.now(), engine="sqlite", path=str(tmp_path / "tiada"))
    assert back_up(broken).state == JobState.FAILED
    assert good_night(library).state == JobState.GOOD


def test_a_second_delivery_does_nothing(library):
    run = good_night(library)
    assert nightly.run(run.pk, clock.now()) is None
    assert Snapshot.objects.count() == 1


def test_a_cancelled_run_leaves_no_snapshot_and_no_staging(library, vaults, tmp_path):
    good_night(library)
    run = order_backup(library, None, clock.now(), rung=False)
    cancel(run, clock.now())
    assert nightly.run(run.pk, clock.now()) is None
    run.refresh_from_db()
    assert run.state == JobState.CANCELLED
    assert_nothing_was_lost(library)
    assert not (tmp_path / "staging" / library.key / "dump").exists()


def test_without_a_local_vault_the_run_says_how_to_add_one(library):
    Vault.objects.filter(role=VaultRole.LOCAL).update(enabled=False)
    run = back_up(library)
    assert run.state == JobState.FAILED
    assert "add_vault" in run.advice


def test_two_workers_at_one_source_do_not_share_a_staging_folder(library):
    with staging.staged(library):
        run = back_up(library)
    assert run.state == JobState.FAILED
    assert "another process" in run.error


def test_a_damaged_vault_is_found_told_and_cleared_when_whole_again(library, vaults):
    good_night(library)
    media = library.repositories.get(vault__role="media")
    vaults("media", library).fault = RepositoryDamaged("Pack abc is not what was stored.")
    care.check_vault(order_check(media, clock.now(), read_data=True, rung=False).pk, clock.now())
    assert Alert.objects.get(kind=AlertKind.VAULT_DAMAGED, cleared_at=None).vault == media.vault
    vaults("media", library).fault = None
    care.check_vault(order_check(media, clock.now(), read_data=True, rung=False).pk, clock.now())
    assert not Alert.objects.filter(cleared_at=None).exists()
    media.refresh_from_db()
    assert media.read_at is not None


def test_a_connection_test_keeps_its_answer(library):
    test = order_connection_test(library, None, clock.now())
    questions.test_connection(test.pk, clock.now())
    test.refresh_from_db()
    assert test.state == JobState.GOOD
    assert test.server_version
    shutil.move(library.path, library.path + ".away")
    again = order_connection_test(library, None, clock.now())
    questions.test_connection(again.pk, clock.now())
    again.refresh_from_db()
    assert (again.state, again.error_kind) == (JobState.FAILED, "SourceUnreachable")


def test_our_own_bug_ends_the_run_as_errored_and_is_raised_again(library, monkeypatch):
    run = order_backup(library, None, clock.now(), rung=False)

    def broken(_):
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(wiring, "spec_of", broken)
    with pytest.raises(ZeroDivisionError):
        nightly.run(run.pk, clock.now())
    run.refresh_from_db()
    assert (run.state, run.error) == (JobState.ERRORED, "ours")


def versions_of(source):
    fields = ("kind", "name", "row_count", "sha256", "since__run", "until__run")
    return list(ObjectVersion.objects.filter(source=source).order_by("pk").values_list(*fields))


def test_recording_only_the_difference_writes_what_recording_all_would(library, tmp_path):
    """The last manifest kept on this machine is a short cut and never the truth."""
    twin_path = tmp_path / "kembar.sqlite"
    shutil.copy(library.path, twin_path)
    twin = add_source("Kembar", now=clock.now(), engine="sqlite", path=str(twin_path))
    runs = []
    for statement in (
        "CREATE TABLE rak (kode TEXT)",
        "INSERT INTO buku VALUES (99, 'baru')",
        "DROP TABLE rak",
        "CREATE TABLE rak (kode TEXT, lantai INTEGER)",
    ):
        for source in (library, twin):
            change(source, statement)
            runs.append(good_night(source).pk)
        (tmp_path / "staging" / twin.key / staging.KEPT_MANIFEST).unlink()
    night = {run: number // 2 for number, run in enumerate(runs)} | {None: None}

    def told(source):
        found = [(*v[:4], night[v[4]], night[v[5]]) for v in versions_of(source)]
        return sorted(found, key=repr)

    assert told(library) == told(twin)
    assert len(told(library)) > len({v[1] for v in versions_of(library)})


def test_a_kept_manifest_of_another_night_is_not_believed(library, tmp_path):
    good_night(library)
    kept = tmp_path / "staging" / library.key / staging.KEPT_MANIFEST
    old = kept.read_bytes()
    change(library, "INSERT INTO buku VALUES (99, 'baru')")
    good_night(library)
    kept.write_bytes(old)
    change(library, "DELETE FROM buku WHERE id = 99")
    good_night(library)
    rows = ObjectVersion.objects.filter(kind="table", name="buku").order_by("pk")
    assert [version.row_count for version in rows] == [20, 21, 20]
    assert rows.filter(until=None).count() == 1
