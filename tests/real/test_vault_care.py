"""Vaults cared for: one flipped byte is found, its nights are named, mended and proven again."""

import sqlite3
from datetime import timedelta

from backups.jobs import care, drill, nightly, transfer
from backups.models import (
    Alert,
    AlertKind,
    Copy,
    CopyState,
    JobState,
    Repository,
    Transfer,
    Vault,
    VaultCheck,
    VaultMeasure,
)
from backups.orders import order_backup, order_check, order_drill
from portal.lib import clock


def a_night(source):
    run = order_backup(source, None, clock.now(), rung=False)
    assert nightly.run(run.pk, clock.now(), ring_transfer=False) == JobState.GOOD
    transfer.run(Transfer.objects.get(source=source, state=JobState.QUEUED).pk, clock.now())


def change(path, number):
    with sqlite3.connect(path) as database:
        rows = [(f"Malam {number}: judul {each} {'x' * 200}",) for each in range(200)]
        database.executemany("INSERT INTO buku (judul) VALUES (?)", rows)
        database.execute("DELETE FROM buku WHERE id % 7 = ?", (number % 7,))


def flip_a_byte(folder):
    """Flip one byte in the middle of the repository's largest pack file."""
    pack = max((folder / "data").glob("*/*"), key=lambda path: path.stat().st_size)
    pack.chmod(0o600)
    with pack.open("r+b") as file:
        file.seek(pack.stat().st_size // 3)
        byte = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte[0] ^ 1]))


def checked(row, **how):
    job = order_check(row, clock.now(), rung=False, **how)
    care.check_vault(job.pk, clock.now())
    job.refresh_from_db()
    return job


def test_one_flipped_byte_is_found_its_nights_named_and_mended_from_the_other_vault(
    library, state, catalogue_file
):
    for number in range(3):
        change(catalogue_file, number)
        a_night(library)
    local = library.repositories.get(vault__role="local")
    flip_a_byte(state / "disk" / library.key)
    job = checked(local, read_data=True)
    assert (job.state, job.error) == (JobState.GOOD, "")
    alert = Alert.objects.get(kind=AlertKind.VAULT_DAMAGED)
    assert alert.facts["nights"]
    assert alert.cleared_at is not None
    assert "brought back" in job.log
    assert not Copy.objects.exclude(state=CopyState.STORED).exists()
    assert checked(local, read_data=True).log == ""
    ordered = order_drill(library, None, clock.now(), rung=False)
    assert drill.run(ordered.pk, clock.now()) == JobState.GOOD


def test_damage_that_no_other_vault_can_mend_is_told_and_stays_told(library, state):
    Vault.objects.filter(role="media").update(enabled=False)
    run = order_backup(library, None, clock.now(), rung=False)
    assert nightly.run(run.pk, clock.now(), ring_transfer=False) == JobState.GOOD
    local = library.repositories.get(vault__role="local")
    flip_a_byte(state / "disk" / library.key)
    job = checked(local, read_data=True)
    assert (job.state, job.error_kind) == (JobState.FAILED, "RepositoryDamaged")
    night = f"{library.snapshots.get().taken_at.astimezone(clock.WIB):%Y-%m-%d}"
    assert night in job.error
    assert Alert.objects.get(kind=AlertKind.VAULT_DAMAGED, cleared_at=None).vault == local.vault
    assert Copy.objects.get().state == CopyState.DAMAGED


def test_every_part_is_read_within_the_days_promised(library, state):
    a_night(library)
    Vault.objects.update(read_within_days=4)
    begun = clock.now()
    for night in range(3):
        local = library.repositories.get(vault__role="local")
        assert local.read_at is None
        job = checked(local, rolling=True)
        assert job.state == JobState.GOOD
        Repository.objects.filter(pk=local.pk).update(cycle_at=begun - timedelta(days=night + 1))
    local.refresh_from_db()
    assert (local.read_part, local.read_parts) == (3, 3)
    assert local.read_at is not None


def test_nights_order_a_reading_of_each_repository_and_measure_the_vaults(library, state):
    a_night(library)
    care.order_readings(clock.now())
    care.order_readings(clock.now())
    assert VaultCheck.objects.filter(rolling=True).count() == 2
    assert VaultMeasure.objects.count() == 2
    assert all(each.free_bytes for each in VaultMeasure.objects.all())


def test_thirty_nights_of_changing_data_are_proven_by_thirty_drills(library, catalogue_file):
    for number in range(30):
        change(catalogue_file, number)
        run = order_backup(library, None, clock.now(), rung=False)
        assert nightly.run(run.pk, clock.now(), ring_transfer=False) == JobState.GOOD
        ordered = order_drill(library, None, clock.now(), rung=False)
        assert drill.run(ordered.pk, clock.now()) == JobState.GOOD
    assert library.snapshots.count() == 30
    assert library.snapshots.filter(proven_at=None).count() == 0
