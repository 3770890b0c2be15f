"""What goes wrong in a restore but for kill -9: one sentence each, live as it was."""

import resource
import shutil
import sqlite3
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from functools import partial

import pytest

from backups import wiring
from backups.engines import mariadb_places as places
from backups.jobs import surveying, transfer, undo
from backups.models import (
    BackupRun,
    JobState,
    RestoreJob,
    RestorePhase,
    RestoreTarget,
    RunKind,
    Transfer,
)
from backups.orders import order_survey
from backups.restoring import order_undo
from backups.sandbox.postgresql import postgresql
from backups.specs import WHOLE, Credential
from portal.lib import clock
from tests import mariadb_servers
from tests.contracts import target_mariadb
from tests.contracts.replacer_contract import contents
from tests.real.killing import AT_WORK, BEGUN, at, killable
from tests.real.restores import (
    backed_up,
    damage,
    databases,
    digests,
    living_source,
    ordered,
    restored,
    source_of,
)
from tests.servers import execute, fetch, until

TABLES = {"kind": "tables", "names": ["public.nilai"]}
MEGABYTE = 1 << 20


@pytest.fixture
def living(vaults, postgresql_server):
    with living_source(postgresql_server) as (source, spec):
        yield source, spec


@pytest.fixture
def elearning(request, vaults, tmp_path):
    with target_mariadb.living(request, tmp_path) as target:
        yield target, source_of(target.spec)


def failed(job, kind, *words):
    assert (job.state, job.error_kind) == (JobState.FAILED, kind), job.error
    assert job.error.count("\n") == 0
    assert job.advice
    assert [word for word in words if word not in job.error] == []


@contextmanager
def largest_file():
    """Let what this process writes, or starts now, have no file beyond 16 MB, as on a full disk.

    A piece of PostgreSQL's log is as large.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16 * MEGABYTE, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_fills_up_while_postgresql_loads_is_told_and_live_is_old(
    vaults, tmp_path, tmp_path_factory
):
    start = partial(postgresql, tmp_path_factory.mktemp("s"), durable=True)
    with killable(start) as server, living_source(server.server) as (source, spec):
        execute(
            spec,
            "CREATE TABLE skripsi (n int, isi text)",
            "ALTER TABLE skripsi ALTER isi SET STORAGE PLAIN",
            "INSERT INTO skripsi SELECT n, repeat(md5(n::text), 60)"
            " FROM generate_series(1, 9000) n",
        )
        night = backed_up(source)
        damage(spec)
        before = digests(spec, tmp_path / "before")
        server.stop()
        with largest_file():
            server.start()
        failed(restored(night), "NoSpace", "filled up while loading beside it")
        assert digests(spec, tmp_path / "after") == before
        assert not [name for name in databases(spec) if name.startswith("pulih_")]


def test_a_disk_that_fills_up_while_mariadb_loads_is_told_and_live_is_old(elearning, tmp_path):
    target, source = elearning
    spec = target.spec
    mariadb_servers.execute(
        spec,
        "CREATE TABLE skripsi (n INT PRIMARY KEY, isi CHAR(200)) ENGINE=MEMORY",
        "INSERT INTO skripsi SELECT seq, REPEAT('x', 200) FROM seq_1_to_3000",
    )
    night = backed_up(source)
    target.damage(WHOLE)
    before = contents(target, spec, tmp_path / "before")
    full = "SET GLOBAL max_heap_table_size = 16384"
    usual = "SET GLOBAL max_heap_table_size = 16777216"
    mariadb_servers.execute(spec, full)
    job = restored(night)
    mariadb_servers.execute(spec, usual)
    failed(job, "NoSpace", "filled up")
    assert contents(target, spec, tmp_path / "after") == before
    assert target.names() == {spec.database}


def test_a_disk_that_fills_up_while_sqlite_loads_is_told_and_live_is_old(
    library, catalogue_file, monkeypatch
):
    with closing(sqlite3.connect(catalogue_file)) as database:
        database.execute("CREATE TABLE skripsi (isi)")
        database.executemany("INSERT INTO skripsi VALUES (?)", [("x" * 9000,)] * 2500)
        database.commit()
    night = backed_up(library)
    with closing(sqlite3.connect(catalogue_file)) as database:
        database.execute("DROP TABLE skripsi")
        database.commit()
    before = catalogue_file.read_bytes()
    with ExitStack() as limit:
        at(monkeypatch, "load", BEGUN, lambda: limit.enter_context(largest_file()))
        job = restored(night)
    failed(job, "NoSpace", str(catalogue_file.parent))
    assert catalogue_file.read_bytes() == before
    assert not list(catalogue_file.parent.glob(".pulih_*"))


def test_a_mariadb_that_refuses_the_place_beside_keeps_nothing_of_ours(elearning, monkeypatch):
    target, source = elearning
    night = backed_up(source)
    make_notes = places.make_notes

    def made_and_cut(cursor, notes):
        make_notes(cursor, notes)
        cursor.connection.kill(cursor.connection.thread_id())

    monkeypatch.setattr(places, "make_notes", made_and_cut)
    job = restored(night)
    assert (job.state, job.steps[-1]["phase"]) == (JobState.FAILED, "load")
    assert job.error
    assert target.names() == {target.spec.database}


def cut_postgresql(spec):
    """End every session of the restore, as a firewall or an administrator does."""
    home = replace(spec, database="postgres")
    execute(home, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                  " WHERE application_name LIKE 'pulih%' AND pid <> pg_backend_pid()")  # fmt: skip


def test_postgresql_s_connection_cut_in_mid_swap_leaves_live_old_and_open(
    living, tmp_path, monkeypatch
):
    source, spec = living
    night = backed_up(source)
    before = digests(spec, tmp_path / "before")
    cut = at(monkeypatch, "swap", AT_WORK, lambda: cut_postgresql(spec))
    job = restored(night)
    assert cut == ["swap"]
    failed(job, "SourceUnreachable", "was lost")
    assert digests(spec, tmp_path / "after") == before


def test_mariadb_s_connection_cut_in_mid_swap_leaves_all_old_or_all_new(
    elearning, tmp_path, monkeypatch
):
    target, source = elearning
    night = backed_up(source)
    good = contents(target, target.spec, tmp_path / "good")
    target.damage(WHOLE)
    before = contents(target, target.spec, tmp_path / "before")

    def cut(_):
        found = mariadb_servers.fetch(
            target.spec, "SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID()"
            " AND command NOT IN ('Daemon', 'Killed')"
        )  # fmt: skip
        mariadb_servers.execute(target.spec, *(f"KILL CONNECTION {number}" for (number,) in found))

    happened = at(monkeypatch, "swap", AT_WORK, cut)
    job = restored(night)
    assert happened == ["swap"]
    live = contents(target, target.spec, tmp_path / "after")
    assert live == (good if job.outcome == "restored" else before)
    assert job.outcome == "restored" or job.error


def gone(state, source, folder):
    """Forget the night in a vault, as a hand on restic would; our cache knows nothing of it.

    With the snapshot in its cache, restic 0.18 restores without the file in the vault.
    """
    for snapshot in (state / folder / source.key / "snapshots").iterdir():
        snapshot.unlink()
    shutil.rmtree(state / "cache", ignore_errors=True)


def spoil(repository):
    """Flip a byte in every hundred of all packs, so that whatever is fetched meets one."""
    for pack in (repository / "data").glob("*/*"):
        stored = bytearray(pack.read_bytes())
        stored[::100] = bytes(byte ^ 1 for byte in stored[::100])
        pack.chmod(0o600)
        pack.write_bytes(stored)


def saved(source):
    """Wait until what is live is saved, which goes on beside the fetching."""
    copies = BackupRun.objects.filter(source=source, kind=RunKind.SAFETY)
    until(lambda: not copies.unfinished().exists())


def copied_to_media(source):
    return transfer.run(Transfer.objects.get(source=source).pk, clock.now())


@pytest.mark.parametrize("harm", ["forgotten", "damaged"])
def test_a_copy_lost_between_plan_and_fetch_leaves_live_as_it_was(
    library, catalogue_file, state, monkeypatch, harm
):
    night = backed_up(library)
    before = catalogue_file.read_bytes()

    def lose():
        saved(library)
        if harm == "forgotten":
            gone(state, library, "disk")
        else:
            spoil(state / "disk" / library.key)
            shutil.rmtree(state / "cache", ignore_errors=True)

    assert at(monkeypatch, "fetch", BEGUN, lose) == []
    job = restored(night)
    assert job.state == JobState.FAILED
    assert job.error_kind.startswith("Repository")
    assert job.error
    assert catalogue_file.read_bytes() == before
    assert not list(catalogue_file.parent.glob(".pulih_*"))


def test_a_copy_lost_between_plan_and_fetch_comes_from_the_media(
    library, catalogue_file, state, monkeypatch
):
    night = backed_up(library)
    assert copied_to_media(library) == JobState.GOOD
    with closing(sqlite3.connect(catalogue_file)) as database:
        database.execute("DELETE FROM buku")
        database.commit()

    def lose():
        saved(library)
        gone(state, library, "disk")

    at(monkeypatch, "fetch", BEGUN, lose)
    job = restored(night)
    assert (job.state, job.error) == (JobState.GOOD, "")
    fetched = next(step for step in job.steps if step["phase"] == RestorePhase.FETCH)
    assert fetched["vault"] == "Media internal"
    with closing(sqlite3.connect(catalogue_file)) as database:
        assert database.execute("SELECT COUNT(*) FROM buku").fetchall() == [(300,)]


def test_a_table_altered_since_the_plan_voids_it_and_rows_alone_do_not(living, tmp_path):
    source, spec = living
    night = backed_up(source)
    seen = restored(night, scope=TABLES).survey["fingerprint"]
    execute(spec, "DELETE FROM nilai WHERE id < 9")
    assert restored(night, scope=TABLES, fingerprint=seen).state == JobState.GOOD
    execute(spec, "ALTER TABLE nilai ADD COLUMN catatan text")
    failed(restored(night, scope=TABLES, fingerprint=seen), "PlanVoid", "at planning")
    assert fetch(spec, "SELECT count(*) FROM nilai") == [(300,)]


def test_a_survey_names_what_forbids_a_restore_and_leaves_nothing_behind(living):
    source, spec = living
    night = backed_up(source)
    home = replace(spec, database="postgres")
    execute(spec, "CREATE TABLE yudisium (nim text)")
    seen = surveyed(night, {"kind": "whole"})
    assert "yudisium" in str(seen["warnings"])
    assert fetch(home, "SELECT count(*) FROM pg_database WHERE datname LIKE 'pulih_%'") == [(0,)]
    assert list(wiring.staging_folder(source).glob("survey-*")) == []


def test_a_survey_of_a_source_that_is_down_ends_with_its_sentence(living):
    source, _ = living
    night = backed_up(source)
    type(source).objects.filter(pk=source.pk).update(port=1)
    job = survey_of(night, TABLES)
    failed(job, "SourceUnreachable")


def test_a_survey_waits_for_no_restore_in_mid_swap(living):
    source, _ = living
    night = backed_up(source)
    RestoreJob.objects.filter(pk=ordered(night).pk).update(state=JobState.RUNNING)
    failed(survey_of(night, TABLES), "TargetBusy", "just now")


def survey_of(night, scope):
    """Look at the target of a restore to live, and return the row."""
    job = order_survey(night, scope, RestoreTarget.LIVE, "plan:1", by=None, now=clock.now())
    surveying.run(job.pk, clock.now())
    job.refresh_from_db()
    return job


def surveyed(night, scope):
    """Return what a survey of a restore to live found."""
    job = survey_of(night, scope)
    assert (job.state, job.error) == (JobState.GOOD, "")
    return job.found


def test_a_live_database_newer_than_the_copy_keeps_its_columns_and_says_so(living, tmp_path):
    source, spec = living
    night = backed_up(source)
    execute(
        spec,
        "ALTER TABLE nilai ADD COLUMN angka int NOT NULL DEFAULT 7",
        "CREATE TABLE yudisium (nim text)",
        "UPDATE nilai SET huruf = 'E', angka = 9",
    )
    part = restored(night, scope=TABLES)
    assert (part.state, part.error) == (JobState.GOOD, "")
    assert "angka" in str(part.survey["warnings"])
    assert fetch(spec, "SELECT DISTINCT huruf, angka FROM nilai") == [("A", 7)]
    whole = restored(night)
    assert (whole.state, whole.error) == (JobState.GOOD, "")
    assert "yudisium" in str(whole.survey["warnings"])
    undoing = order_undo(whole, clock.now(), rung=False)
    assert undo.run(undoing.pk, clock.now()) == JobState.GOOD
    assert fetch(spec, "SELECT count(*), min(angka) FROM nilai") == [(300, 7)]
    assert fetch(spec, "SELECT count(*) FROM yudisium") == [(0,)]


def test_chosen_tables_are_undone_with_what_was_written_since(living, tmp_path):
    source, spec = living
    night = backed_up(source)
    damage(spec)
    damaged = digests(spec, tmp_path / "damaged")
    job = restored(night, scope=TABLES)
    assert (job.state, job.error) == (JobState.GOOD, "")
    assert fetch(spec, "SELECT DISTINCT huruf, count(*) FROM nilai GROUP BY huruf") == [("A", 300)]
    execute(spec, "INSERT INTO nilai (nim, huruf) VALUES ('0000000001', 'Z')")
    undoing = order_undo(job, clock.now(), rung=False)
    assert undo.run(undoing.pk, clock.now()) == JobState.GOOD
    undone = digests(spec, tmp_path / "undone")
    same = {key: value for key, value in damaged.items() if key[0] != "sequence"}
    assert {key: undone[key] for key in same} == same  # a sequence never goes back
    undoing.refresh_from_db()
    assert undoing.safety.row_count == 301  # what is to be replaced is saved, and no more


def test_hundreds_of_connections_are_ended_and_come_back(elearning):
    target, source = elearning
    night = backed_up(source)
    target.damage(WHOLE)
    mariadb_servers.execute(target.spec, "SET GLOBAL max_connections = 600")
    with ExitStack() as crowd:
        for _ in range(400):
            crowd.enter_context(closing(mariadb_servers.connected(target.spec)))
        job = restored(night)
        mariadb_servers.execute(target.spec, "SET GLOBAL max_connections = 151")
    assert (job.state, job.error) == (JobState.GOOD, "")
    assert job.survey["connections"] >= 400
    assert mariadb_servers.fetch(target.spec, "SELECT COUNT(*) FROM krs") == [(100,)]


def test_a_restoring_user_who_may_not_make_roles_is_told_so(living, postgresql_server, tmp_path):
    source, spec = living
    administrator = Credential(postgresql_server.username, postgresql_server.password)
    owned = replace(spec, read=administrator)
    execute(owned, "CREATE ROLE bagian_nilai", "GRANT SELECT ON nilai TO bagian_nilai")
    night = backed_up(source)
    execute(owned, "REVOKE ALL ON nilai FROM bagian_nilai", "DROP ROLE bagian_nilai")
    before = digests(spec, tmp_path / "before")
    failed(restored(night), "SourceRefused", "create role")
    assert digests(spec, tmp_path / "after") == before
