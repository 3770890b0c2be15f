"""Drills on real sources: the round trip proves every engine, and one changed row is found."""

import sqlite3
from contextlib import closing

import pytest

from backups.jobs import drill, fetching, nightly, transfer
from backups.models import Alert, AlertKind, Copy, CopyState, JobState, Transfer
from backups.orders import order_backup, order_drill
from backups.registering import add_source
from backups.repository.locations import location_for
from portal.lib import clock
from tests import mariadb_servers, servers


def backed_up(source):
    run = order_backup(source, None, clock.now(), rung=False)
    assert nightly.run(run.pk, clock.now(), ring_transfer=False) == JobState.GOOD
    transfer.run(Transfer.objects.get(source=source, state=JobState.QUEUED).pk, clock.now())


def drilled(source):
    ordered = order_drill(source, None, clock.now(), rung=False)
    drill.run(ordered.pk, clock.now())
    ordered.refresh_from_db()
    return ordered


def assert_proven(source):
    done = drilled(source)
    assert (done.state, done.error) == (JobState.GOOD, "")
    assert done.objects_equal == done.objects_total > 0
    assert source.snapshots.get().proven_at is not None


def test_a_library_s_database_is_proven(library):
    backed_up(library)
    assert_proven(library)


def test_a_folder_is_proven(vaults, tmp_path):
    root = tmp_path / "dokumen"
    (root / "dalam").mkdir(parents=True)
    (root / "dalam" / "surat.txt").write_text("isi")
    (root / "pintas").symlink_to("/tidak/ada")
    source = add_source("Dokumen", now=clock.now(), engine="files", path=str(root))
    backed_up(source)
    assert_proven(source)
    assert (root / "dalam" / "surat.txt").read_text() == "isi"


def test_a_postgresql_database_with_owners_and_grants_is_proven(vaults, postgresql_server):
    with servers.postgresql_database(postgresql_server) as spec:
        servers.execute(
            spec,
            'CREATE ROLE "Bagian Nilai"',
            "CREATE TABLE nilai (id int PRIMARY KEY, huruf text)",
            "INSERT INTO nilai SELECT n, chr(65 + n % 5) FROM generate_series(1, 500) n",
            'ALTER TABLE nilai OWNER TO "Bagian Nilai"',
            "GRANT SELECT ON nilai TO PUBLIC",
        )
        source = added(spec, host=spec.host, port=spec.port)
        backed_up(source)
        assert_proven(source)
        servers.execute(spec, "DROP TABLE nilai", 'DROP ROLE "Bagian Nilai"')


def test_a_mariadb_database_is_proven(vaults, mariadb_server):
    with mariadb_servers.mariadb_database(mariadb_server) as spec:
        mariadb_servers.execute(
            spec,
            "CREATE TABLE tugas (id INT PRIMARY KEY, isi TEXT)",
            "INSERT INTO tugas SELECT seq, CONCAT('jawaban ', seq) FROM seq_1_to_500",
            "CREATE TRIGGER rapi BEFORE INSERT ON tugas FOR EACH ROW SET NEW.isi = TRIM(NEW.isi)",
        )
        source = added(spec, host=spec.host)
        backed_up(source)
        assert_proven(source)


def added(spec, **address):
    return add_source(
        spec.name,
        now=clock.now(),
        engine=spec.engine,
        database=spec.database,
        read_username=spec.read.username,
        read_password=spec.read.password,
        **address,
    )


@pytest.fixture
def one_changed_row(monkeypatch):
    """Change one row of what comes out of the vault, behind the manifest's back."""
    ordinary = fetching.fetch

    def changed(*args):
        fetched, copy = ordinary(*args)
        with closing(sqlite3.connect(fetched.dump / "data" / "database.sqlite")) as database:
            database.execute("UPDATE buku SET judul = 'lain' WHERE id = 7")
            database.commit()
        return fetched, copy

    monkeypatch.setattr(drill, "fetch", changed)


def test_one_changed_row_fails_the_drill_and_names_the_table(library, one_changed_row):
    backed_up(library)
    done = drilled(library)
    assert (done.state, done.error_kind) == (JobState.FAILED, "ProofFailed")
    assert "buku" in done.error
    assert library.snapshots.get().proven_at is None
    assert Alert.objects.get(kind=AlertKind.DRILL_FAILED, cleared_at=None).source == library


def test_a_lost_local_copy_is_drilled_from_the_media(library, state):
    backed_up(library)
    local = Copy.objects.get(repository__vault__role="local")
    place = location_for(local.repository.vault.location, library.key)
    (state / "disk" / "gone").mkdir()
    (state / "disk" / library.key).rename(state / "disk" / "gone" / library.key)
    assert place == str(state / "disk" / library.key)
    assert_proven(library)


def test_what_was_never_backed_up_cannot_be_drilled(library):
    assert order_drill(library, None, clock.now()) is None


def test_the_longest_unproven_come_first_and_the_proven_wait(library, shelf):
    backed_up(library)
    backed_up(shelf)
    drilled(library)
    assert [each.source for each in drill.order_due(clock.now())] == [shelf]
    assert Copy.objects.filter(state=CopyState.STORED).count() == 4
