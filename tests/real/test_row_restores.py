"""Picked rows brought back: exactly those, or nothing, and with a way back."""

import json
import sqlite3
from contextlib import closing
from io import StringIO

import pytest
from django.core.management import call_command

from backups.catalogue.differences import lines_of, pick_rows
from backups.jobs import comparing, restore, surveying, undo
from backups.models import JobState, RestoreTarget
from backups.orders import order_comparison, order_survey
from backups.registering import add_source
from backups.restoring import order_undo
from backups.rowsfilter import RowFilter
from portal.lib import clock
from tests import mariadb_servers
from tests.real.restores import backed_up, living_source, ordered, restored
from tests.servers import execute, fetch

GRADES = "SELECT id, nim, huruf FROM nilai ORDER BY id"


@pytest.fixture(autouse=True)
def comparisons(settings, tmp_path):
    settings.PULIH_COMPARISONS = tmp_path / "comparisons"


@pytest.fixture
def siakad(vaults, postgresql_server):
    with living_source(postgresql_server) as (source, spec):
        yield source, spec


def picked(night, table, **asked):
    job = order_comparison(night, None, clock.now(), tables=[table], rung=False)
    assert comparing.run(job.pk, clock.now()) == JobState.GOOD
    return pick_rows(job.compared.get(), RowFilter(**asked), None, clock.now())


def rows_restored(night, pick):
    return restored(night, scope={"kind": "rows", "names": [pick.compared.name], "pick": pick.pk})


def test_lost_and_spoilt_rows_come_back_with_their_numbers_and_can_be_undone(siakad):
    source, spec = siakad
    night = backed_up(source)
    good = fetch(spec, GRADES)
    execute(
        spec,
        "DELETE FROM nilai WHERE id IN (3, 300)",
        "UPDATE nilai SET huruf = NULL WHERE id = 5",
        "INSERT INTO nilai (id, nim, huruf) VALUES (999, '0000000001', 'Z')",
    )
    damaged = fetch(spec, GRADES)
    pick = picked(night, "nilai")
    job = rows_restored(night, pick)
    assert (job.state, job.error) == (JobState.GOOD, "")
    assert [row for row in fetch(spec, GRADES) if row[0] != 999] == good
    assert (job.objects_equal, job.objects_total) == (3, 3)
    swap = next(step for step in job.steps if step["phase"] == "swap")
    assert swap["rows"] == {"inserted": 2, "updated": 1, "deleted": 0, "already": 0}
    execute(spec, "INSERT INTO nilai (nim, huruf) VALUES ('0000000002', 'N')")

    undoing = order_undo(job, clock.now(), rung=False)
    assert undo.run(undoing.pk, clock.now()) == JobState.GOOD
    assert [row for row in fetch(spec, GRADES) if row[2] != "N"] == damaged


def test_extra_rows_go_only_when_they_were_picked(siakad):
    source, spec = siakad
    night = backed_up(source)
    good = fetch(spec, GRADES)
    execute(spec, "INSERT INTO nilai (id, nim, huruf) VALUES (999, '0000000001', 'Z')")
    job = rows_restored(night, picked(night, "nilai", verdicts=("extra",)))
    assert (job.state, job.error) == (JobState.GOOD, "")
    assert fetch(spec, GRADES) == good


def test_a_row_that_changed_since_the_comparison_stops_all_of_it(siakad):
    source, spec = siakad
    night = backed_up(source)
    execute(spec, "DELETE FROM nilai WHERE id = 3", "UPDATE nilai SET huruf = 'E' WHERE id = 5")
    pick = picked(night, "nilai")
    execute(spec, "UPDATE nilai SET huruf = 'D' WHERE id = 5")
    before = fetch(spec, GRADES)
    job = rows_restored(night, pick)
    assert (job.state, job.error_kind) == (JobState.FAILED, "PlanVoid")
    assert "id = 5" in job.error
    assert fetch(spec, GRADES) == before


def test_a_survey_of_picked_rows_says_whether_live_still_has_them_so(siakad):
    source, spec = siakad
    night = backed_up(source)
    execute(spec, "UPDATE nilai SET huruf = 'E' WHERE id = 5")
    pick = picked(night, "nilai")
    scope = {"kind": "rows", "names": [pick.compared.name], "pick": pick.pk}
    before = fetch(spec, GRADES)
    ends = []
    for number, change in enumerate(("SELECT 1", "UPDATE nilai SET huruf = 'D' WHERE id = 5")):
        execute(spec, change)
        job = order_survey(
            night, scope, RestoreTarget.LIVE, f"plan:{number}", by=None, now=clock.now()
        )
        surveying.run(job.pk, clock.now())
        job.refresh_from_db()
        ends.append((job.state, job.error_kind))
    assert ends == [(JobState.GOOD, ""), (JobState.FAILED, "PlanVoid")]
    assert [row for row in fetch(spec, GRADES) if row[0] != 5] == [r for r in before if r[0] != 5]


def test_a_row_whose_parent_is_gone_is_told_and_nothing_is_written(siakad):
    source, spec = siakad
    night = backed_up(source)
    execute(
        spec,
        "DELETE FROM nilai WHERE id IN (3, 4)",
        "DELETE FROM mahasiswa WHERE nim = '0000000003'",
    )
    pick = picked(night, "nilai")
    job = rows_restored(night, pick)
    assert (job.state, job.error_kind) == (JobState.FAILED, "RestoreFailed")
    assert "0000000003" in job.error
    assert fetch(spec, "SELECT id FROM nilai WHERE id IN (3, 4)") == []


def test_a_trigger_that_changes_the_rows_is_noticed_before_they_count(siakad):
    source, spec = siakad
    night = backed_up(source)
    execute(
        spec,
        "DELETE FROM nilai WHERE id = 3",
        "CREATE FUNCTION ubah() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN NEW.huruf := 'X'; RETURN NEW; END $$",
        "CREATE TRIGGER ubah BEFORE INSERT ON nilai FOR EACH ROW EXECUTE FUNCTION ubah()",
    )
    job = rows_restored(night, picked(night, "nilai"))
    assert (job.state, job.error_kind) == (JobState.FAILED, "ProofFailed")
    assert fetch(spec, "SELECT id FROM nilai WHERE id = 3") == []


def test_a_file_that_says_what_the_copy_does_not_hold_is_refused(siakad, tmp_path):
    source, spec = siakad
    night = backed_up(source)
    execute(spec, "DELETE FROM nilai WHERE id = 3")
    forged = tmp_path / "rows.jsonl"
    forged.write_bytes(
        b"".join(lines_of(picked(night, "nilai"))).replace(b'"huruf":"A"', b'"huruf":"B"')
    )
    job = restored(night, scope={"kind": "rows", "names": ["nilai"], "file": str(forged)})
    assert (job.state, job.error_kind) == (JobState.FAILED, "ProofFailed")
    assert fetch(spec, "SELECT id FROM nilai WHERE id = 3") == []


def test_a_worker_that_died_behind_the_commit_is_found_to_have_done_it(siakad):
    source, spec = siakad
    night = backed_up(source)
    execute(spec, "DELETE FROM nilai WHERE id = 3")
    pick = picked(night, "nilai")
    job = rows_restored(night, pick)
    type(job).objects.filter(pk=job.pk).update(
        state=JobState.QUEUED, recovering=True, swapped_at=None, worker=""
    )
    assert restore.run(job.pk, clock.now()) == JobState.GOOD
    job.refresh_from_db()
    assert [step["phase"] for step in job.steps].count("swap") == 1
    assert job.swapped_at


def test_rows_of_mariadb_come_back_with_bytes_and_parents_in_any_order(vaults, mariadb_server):
    with mariadb_servers.mariadb_database(mariadb_server) as spec:
        mariadb_servers.execute(
            spec,
            "CREATE TABLE unit (id INT AUTO_INCREMENT PRIMARY KEY, induk INT, lambang BLOB,"
            " kode VARBINARY(4), bobot FLOAT, panjang INT AS (LENGTH(lambang)) STORED,"
            " FOREIGN KEY (induk) REFERENCES unit (id))",
            "INSERT INTO unit (id, induk, lambang, kode, bobot) VALUES"
            " (9, NULL, 0x00FF27, 0x01, 0.1), (1, 9, '', 0x02, NULL), (2, 1, 'a', NULL, 3.5)",
        )
        source = _added(spec)
        night = backed_up(source)
        good = mariadb_servers.fetch(spec, "SELECT * FROM unit ORDER BY id")
        mariadb_servers.execute(
            spec,
            "DELETE FROM unit WHERE id = 2",
            "DELETE FROM unit WHERE id = 1",
            "DELETE FROM unit WHERE id = 9",
        )
        job = rows_restored(night, picked(night, "unit"))
        assert (job.state, job.error) == (JobState.GOOD, "")
        assert mariadb_servers.fetch(spec, "SELECT * FROM unit ORDER BY id") == good
        undoing = order_undo(job, clock.now(), rung=False)
        assert undo.run(undoing.pk, clock.now()) == JobState.GOOD
        assert mariadb_servers.fetch(spec, "SELECT * FROM unit") == []


def _added(spec):
    return add_source(
        spec.name,
        now=clock.now(),
        engine=spec.engine,
        database=spec.database,
        host=spec.host,
        read_username=spec.read.username,
        read_password=spec.read.password,
        write_username=spec.read.username,
        write_password=spec.read.password,
    )


def test_rows_of_sqlite_come_back_in_their_own_storage_class(vaults, tmp_path):
    path = tmp_path / "rak.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(
            "CREATE TABLE rak (k PRIMARY KEY, v);"
            "INSERT INTO rak VALUES (1, 1.0), ('1', x'00'), (x'31', NULL), ('é', 'teks');"
            "CREATE TABLE longgar (v);"
            "INSERT INTO longgar VALUES (1), (1), ('1');"
        )
    source = add_source("Rak", now=clock.now(), engine="sqlite", path=str(path))
    night = backed_up(source)
    good = _dumped(path)
    with closing(sqlite3.connect(path)) as database:
        database.executescript(
            "DELETE FROM rak WHERE k = '1'; UPDATE rak SET v = 1 WHERE k = 1;"
            "UPDATE rak SET v = 'lain' WHERE k = 'é'; DELETE FROM longgar WHERE v = 1;"
        )
    for table in ("rak", "longgar"):
        job = rows_restored(night, picked(night, table))
        assert (job.state, job.error) == (JobState.GOOD, "")
    assert _dumped(path) == good


def _dumped(path):
    with closing(sqlite3.connect(path)) as database:
        return {
            table: sorted(map(repr, database.execute(f"SELECT * FROM {table}")))
            for table in ("rak", "longgar")
        }


def test_rows_go_nowhere_but_to_live(siakad):
    source, spec = siakad
    night = backed_up(source)
    execute(spec, "DELETE FROM nilai WHERE id = 3")
    pick = picked(night, "nilai")
    job = ordered(
        night,
        RestoreTarget.BESIDE,
        target_name="di_samping",
        scope={"kind": "rows", "pick": pick.pk},
    )
    restore.run(job.pk, clock.now())
    job.refresh_from_db()
    assert job.state == JobState.FAILED


def test_a_rows_file_is_brought_back_by_the_command_from_the_night_it_was_picked_from(
    vaults, tmp_path
):
    path = tmp_path / "rak.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript("CREATE TABLE rak (k PRIMARY KEY); INSERT INTO rak VALUES (1), (2);")
    source = add_source("Rak", now=clock.now(), engine="sqlite", path=str(path))
    night = backed_up(source)
    with closing(sqlite3.connect(path)) as database:
        database.executescript("DELETE FROM rak WHERE k = 2;")
    backed_up(source)
    file = tmp_path / "pilihan.jsonl"
    file.write_bytes(b"".join(lines_of(picked(night, "rak"))))
    out = StringIO()
    words = ("--rows", str(file), "--live", "--emergency", "uji", "--yes", "--json")
    call_command("restore", "Rak", *words, stdout=out)
    told = json.loads(out.getvalue())
    assert (told["state"], told["proof"]) == ("restored", {"equal": 1, "compared": 1})
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT k FROM rak ORDER BY k").fetchall() == [(1,), (2,)]
    call_command("undo_restore", str(told["restore"]), "--json", stdout=StringIO())
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT k FROM rak").fetchall() == [(1,)]
