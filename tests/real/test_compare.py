"""Live against a night, on real servers: exactly the rows that were touched, and no other."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from backups import wiring
from backups.catalogue.differences import pick_rows, rows_path
from backups.jobs import comparing, nightly
from backups.models import ComparedObject, Comparison, JobState
from backups.orders import order_backup
from backups.registering import add_source
from backups.rowsfilter import RowFilter
from portal.lib import clock
from tests import mariadb_servers, servers
from tests.real.odd_tables import (
    EDITS_MARIADB,
    EDITS_POSTGRESQL,
    EDITS_SQLITE,
    ODD_MARIADB,
    ODD_POSTGRESQL,
    ODD_SQLITE,
)


def statements(script):
    return [each for each in script.split(";\n") if each.strip()]


def backed_up(source):
    run = order_backup(source, None, clock.now(), rung=False)
    assert nightly.run(run.pk, clock.now(), ring_transfer=False) == JobState.GOOD


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


def compared(source, *words):
    out = StringIO()
    call_command("compare", source.name, "--json", "--rows", *words, stdout=out)
    return json.loads(out.getvalue())


def counts(told):
    return {
        each["name"]: (each["verdict"], each["missing"], each["changed"], each["extra"])
        for each in told["objects"]
        if each["verdict"] != "same"
    }


def rows(told, name):
    [found] = [each["rows"] for each in told["objects"] if each["name"] == name]
    return sorted((row["verdict"], tuple(row["key"].values())) for row in found)


@pytest.fixture(autouse=True)
def comparisons(settings, tmp_path):
    settings.PULIH_COMPARISONS = tmp_path / "comparisons"


@pytest.fixture
def siakad(vaults, postgresql_server):
    with servers.postgresql_database(postgresql_server) as spec:
        servers.execute(spec, ODD_POSTGRESQL)
        source = added(spec, host=spec.host, port=spec.port)
        backed_up(source)
        yield source, spec


def test_every_touched_row_of_postgresql_is_found_by_its_key(siakad):
    source, spec = siakad
    servers.execute(spec, EDITS_POSTGRESQL)
    told = compared(source)
    assert counts(told) == {
        "public.gabungan": ("changed", 1, 1, 1),
        "public.aneka": ("changed", 0, 3, 0),
        "public.tanpa_kunci": ("changed", 3, 0, 1),
        "public.dibuang": ("missing", 3, 0, 0),
        "public.baru": ("extra", 0, 0, 2),
    }
    assert rows(told, "public.gabungan") == [
        ("changed", ("3", "Fé")),
        ("extra", ("99", "baru")),
        ("missing", ("3", "?é")),
    ]
    assert rows(told, "public.dibuang") == [("missing", (str(n),)) for n in (1, 2, 3)]


def test_every_touched_row_of_mariadb_is_found_by_its_key(vaults, mariadb_server):
    with mariadb_servers.mariadb_database(mariadb_server) as spec:
        mariadb_servers.execute(spec, *statements(ODD_MARIADB))
        source = added(spec, host=spec.host)
        backed_up(source)
        mariadb_servers.execute(spec, *statements(EDITS_MARIADB))
        told = compared(source)
    assert counts(told) == {
        "gabungan": ("changed", 1, 1, 1),
        "aneka": ("changed", 0, 3, 0),
        "tanpa_kunci": ("changed", 3, 0, 1),
        "dibuang": ("missing", 3, 0, 0),
        "baru": ("extra", 0, 0, 2),
    }
    assert rows(told, "aneka") == [("changed", (f"0x0{n}",)) for n in (1, 2, 3)]
    assert rows(told, "gabungan") == [
        ("changed", ("3", "Fé")),
        ("extra", ("99", "baru")),
        ("missing", ("3", "?é")),
    ]


def test_every_touched_row_of_sqlite_is_found_with_its_storage_class(vaults, tmp_path):
    path = tmp_path / "aneh.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(ODD_SQLITE)
    source = add_source("Aneh", now=clock.now(), engine="sqlite", path=str(path))
    backed_up(source)
    with closing(sqlite3.connect(path)) as database:
        database.executescript(EDITS_SQLITE)
    told = compared(source)
    assert counts(told) == {
        "gabungan": ("changed", 1, 1, 1),
        "aneka": ("changed", 0, 2, 0),
        "tanpa_kunci": ("changed", 3, 0, 1),
        "dibuang": ("missing", 3, 0, 0),
        "baru": ("extra", 0, 0, 2),
    }
    assert rows(told, "gabungan") == [
        ("changed", (2, "Z")),
        ("extra", (9, "baru")),
        ("missing", (1, "a")),
    ]


def test_files_are_compared_by_their_content(vaults, tmp_path):
    root = tmp_path / "dokumen"
    (root / "dalam").mkdir(parents=True)
    for name in ("tetap", "berubah", "hilang"):
        (root / "dalam" / f"{name}.txt").write_text(name)
    source = add_source("Dokumen", now=clock.now(), engine="files", path=str(root))
    backed_up(source)
    (root / "dalam" / "berubah.txt").write_text("lain isi")
    (root / "dalam" / "hilang.txt").unlink()
    (root / "dalam" / "tetap.txt").touch()
    (root / "baru.txt").write_text("baru")
    told = compared(source)
    assert {(each["name"], each["verdict"]) for each in told["objects"]} >= {
        ("dalam/berubah.txt", "changed"),
        ("dalam/hilang.txt", "missing"),
        ("dalam/tetap.txt", "same"),
        ("baru.txt", "extra"),
    }
    assert told["objects_changed"] == 1
    assert {each["name"] for each in compared(source, "--path", "dalam")["objects"]} == {
        "dalam",
        "dalam/berubah.txt",
        "dalam/hilang.txt",
        "dalam/tetap.txt",
    }


def test_a_source_that_is_down_has_two_nights_compared_and_says_so(vaults, tmp_path, capsys):
    path = tmp_path / "rak.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript("CREATE TABLE rak (k PRIMARY KEY); INSERT INTO rak VALUES (1), (2);")
    source = add_source("Rak", now=clock.now(), engine="sqlite", path=str(path))
    backed_up(source)
    with closing(sqlite3.connect(path)) as database:
        database.executescript("DELETE FROM rak WHERE k = 2; INSERT INTO rak VALUES (7);")
    backed_up(source)
    path.unlink()
    for words in ((), ("--table", "rak")):
        told = compared(source, *words)
        assert counts(told) == {"rak": ("changed", 1, 0, 1)}
        assert told["against"] not in (None, told["snapshot"])
        assert "does not answer" in capsys.readouterr().err


def test_a_source_that_is_down_with_one_night_alone_fails_with_its_own_reason(vaults, tmp_path):
    path = tmp_path / "rak.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE rak (k PRIMARY KEY)")
    source = add_source("Rak", now=clock.now(), engine="sqlite", path=str(path))
    backed_up(source)
    path.unlink()
    with pytest.raises(SystemExit) as ended:
        compared(source)
    assert ended.value.code == 1
    assert Comparison.objects.get().error_kind == "SourceUnreachable"


def test_a_schema_that_moved_on_is_compared_over_the_common_columns(vaults, tmp_path):
    path = tmp_path / "rak.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(
            "CREATE TABLE rak (k INTEGER PRIMARY KEY, lama TEXT, isi TEXT);"
            "INSERT INTO rak VALUES (1, 'x', 'a'), (2, 'y', 'b');"
        )
    source = add_source("Rak", now=clock.now(), engine="sqlite", path=str(path))
    backed_up(source)
    with closing(sqlite3.connect(path)) as database:
        database.executescript(
            "ALTER TABLE rak DROP COLUMN lama; ALTER TABLE rak ADD COLUMN baru TEXT;"
            "UPDATE rak SET isi = 'c' WHERE k = 2;"
        )
    told = compared(source)
    [rak] = [each for each in told["objects"] if each["name"] == "rak"]
    assert rak["not_compared"] == {"backup_only": ["lama"], "live_only": ["baru"]}
    assert (rak["missing"], rak["changed"], rak["extra"]) == (0, 1, 0)
    assert rak["rows"][0]["columns"] == ["isi"]


def test_a_table_that_nobody_has_is_answered_with_near_names(vaults, tmp_path, capsys):
    path = tmp_path / "rak.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE mahasiswa (k PRIMARY KEY)")
    source = add_source("Rak", now=clock.now(), engine="sqlite", path=str(path))
    backed_up(source)
    with pytest.raises(SystemExit):
        compared(source, "--table", "mahasisva")
    assert "Did you mean mahasiswa?" in capsys.readouterr().err


def test_what_a_killed_worker_left_is_removed_by_the_next_comparison(vaults, tmp_path):
    path = tmp_path / "rak.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE rak (k PRIMARY KEY)")
    source = add_source("Rak", now=clock.now(), engine="sqlite", path=str(path))
    backed_up(source)
    left = wiring.staging_folder(source) / "compare-999"
    left.mkdir()
    left.with_name("compare-999.lock").touch()
    compared(source)
    assert list(wiring.staging_folder(source).glob("compare-*")) == []


def test_old_rows_are_forgotten_and_picked_ones_are_kept(vaults, tmp_path):
    path = tmp_path / "rak.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript("CREATE TABLE rak (k PRIMARY KEY); INSERT INTO rak VALUES (1);")
    source = add_source("Rak", now=clock.now(), engine="sqlite", path=str(path))
    backed_up(source)
    with closing(sqlite3.connect(path)) as database:
        database.executescript("DELETE FROM rak;")
    compared(source)
    compared(source)
    kept, forgotten = ComparedObject.objects.exclude(file="")
    pick_rows(kept, RowFilter(), None, clock.now())
    later = clock.now() + comparing.ROWS_KEPT + timedelta(days=1)
    assert comparing.forget_old(later) == 1
    forgotten.refresh_from_db()
    assert (forgotten.file, forgotten.missing) == ("", 1)
    assert rows_path(kept).exists()
