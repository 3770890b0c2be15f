"""SQLite for real: a living file is copied whole and left as it was; no bad copy is called good."""

import hashlib
import os
import shutil
import sqlite3
import struct
import threading
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backups.engines import sqlite_file
from backups.engines.sqlite import SQLite
from backups.errors import (
    BackupError,
    Cancelled,
    DumpFailed,
    SourceRefused,
    SourceUnreachable,
)
from backups.manifest import FILE_NAME
from backups.specs import UNWATCHED, SourceSpec, Unwatched
from tests.contracts.engine_contract import contents, objects_of

ODD_NAMES = ["spasi dan 'kutip'.db", "a?b#c%41&d=e.db", '日本 "x"\n.db', "file:x.db", "é%00.db"]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "katalog.sqlite"


def fill(path, *statements):
    """Execute the statements on the file, in no transaction of Python's."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for statement in statements:
            database.execute(statement)


def source(path):
    return SourceSpec(key="uji", name="Katalog uji", engine="sqlite", path=str(path))


def dump(path, folder, watch=UNWATCHED):
    folder.mkdir()
    return SQLite().dump(source(path), folder, watch, None)


def refused(path, folder, error, watch=UNWATCHED):
    """Return the sentence with which this file is not dumped."""
    with pytest.raises(BackupError) as caught:
        dump(path, folder, watch)
    assert type(caught.value) is error, str(caught.value)
    assert "Katalog uji" in str(caught.value)
    assert not (folder / FILE_NAME).exists()
    return f"{caught.value} {caught.value.advice}"


def listed(dumped):
    return {(each.kind, each.name): each for each in objects_of(dumped)}


def copy_in(folder):
    return folder / "data" / "database.sqlite"


class During(Unwatched):
    """A Watch that does something once, when the first pages have been copied."""

    def __init__(self, act):
        self._acts = [act]

    def advance(self, done, total=None):
        while self._acts:
            self._acts.pop()()


# What comes back


AWKWARD = (
    "PRAGMA user_version = 7",
    "PRAGMA application_id = 42",
    "CREATE TABLE orang (id INTEGER PRIMARY KEY AUTOINCREMENT, nama TEXT UNIQUE, x)",
    "INSERT INTO orang (nama, x) VALUES (char(97, 0, 10), 1), ('😀', x'00ff'), (NULL, 1e0)",
    "DELETE FROM orang WHERE nama = '😀'",
    "CREATE TABLE tanpa (a TEXT, b, PRIMARY KEY (a DESC, b)) WITHOUT ROWID",
    "INSERT INTO tanpa VALUES ('x', 1), ('y', 2), ('x', 3)",
    "CREATE TABLE berindeks (id INTEGER PRIMARY KEY, x INT)",
    "CREATE INDEX semua ON berindeks (x, id)",
    "INSERT INTO berindeks VALUES (1, 9), (2, 5), (3, 7)",
    "CREATE TABLE rowid_semu (rowid TEXT, _rowid_ TEXT, oid TEXT)",
    "INSERT INTO rowid_semu VALUES ('z', 'z', 'z'), ('a', 'a', 'a')",
    "CREATE TABLE turunan (a INT, b AS (a + 1) STORED, c AS (a + 2))",
    "INSERT INTO turunan (a) VALUES (1)",
    "CREATE VIRTUAL TABLE cari USING fts5 (isi)",
    "INSERT INTO cari VALUES ('buku langka')",
    "CREATE VIEW patah AS SELECT tiada FROM hilang",
    "CREATE VIEW utuh AS SELECT nama FROM orang",
    "CREATE TRIGGER jaga AFTER DELETE ON orang BEGIN SELECT 1; END",
    "ANALYZE",
)


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
def test_a_copy_gives_the_same_dump(path, tmp_path, journal):
    fill(path, f"PRAGMA journal_mode={journal}", *AWKWARD)
    first = dump(path, tmp_path / "first")
    restored = tmp_path / "lain.sqlite"
    shutil.copy(copy_in(tmp_path / "first"), restored)
    assert contents(dump(restored, tmp_path / "second")) == contents(first)
    assert first.manifest.warnings == ()


def test_a_reload_from_text_gives_the_same_rows(path, tmp_path):
    fill(path, *AWKWARD[2:14], "CREATE TABLE besar AS SELECT * FROM tanpa, berindeks")
    fill(path, "UPDATE orang SET nama = 'a' WHERE id = 1")  # a NUL gets lost in SQLite's own text
    first = dump(path, tmp_path / "first")
    reloaded = tmp_path / "lain.sqlite"
    with closing(sqlite3.connect(path)) as old, closing(sqlite3.connect(reloaded)) as new:
        new.executescript("\n".join(old.iterdump()))
    rows = [{key: each.sha256 for key, each in listed(made).items() if key[0] == "table"}
            for made in (first, dump(reloaded, tmp_path / "second"))]  # fmt: skip
    assert rows[0] == rows[1]


def test_lists_what_is_there_and_counts_it(path, tmp_path):
    fill(path, *AWKWARD)
    found = listed(dump(path, tmp_path / "dump"))
    assert found["table", "orang"].rows == 2
    assert found["table", "sqlite_sequence"].rows == 1
    assert found["table", "turunan"].columns == ("a", "b", "c")
    assert found["view", "utuh"].columns == ("nama",)
    assert found["view", "patah"].columns == ()
    assert (found["table", "cari"].rows, found["table", "cari_content"].rows) == (None, 1)
    settings = (tmp_path / "dump" / "database.json").read_text()
    assert '"user_version":7' in settings
    assert '"application_id":42' in settings


def test_the_copy_is_one_plain_database_file(path, tmp_path):
    fill(path, "PRAGMA journal_mode=WAL", *AWKWARD)
    dump(path, tmp_path / "dump")
    assert [file.name for file in (tmp_path / "dump" / "data").iterdir()] == ["database.sqlite"]
    with closing(sqlite3.connect(copy_in(tmp_path / "dump"))) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT isi FROM cari WHERE cari MATCH 'langka'").fetchall()


@given(st.lists(st.one_of(
    st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.binary(),
    st.text(st.characters(exclude_categories=["Cs"])),
)))  # fmt: skip
@settings(max_examples=40)
def test_the_digest_is_over_the_form_that_is_written_down(tmp_path_factory, values):
    folder = tmp_path_factory.mktemp("nilai")
    with closing(sqlite3.connect(folder / "a.db", isolation_level=None)) as database:
        database.execute("CREATE TABLE t (x)")
        database.executemany("INSERT INTO t VALUES (?)", [(value,) for value in values])
    written = b"".join(map(written_down, values))
    table = listed(dump(folder / "a.db", folder / "dump"))["table", "t"]
    assert (table.rows, table.bytes) == (len(values), len(written))
    assert table.sha256 == hashlib.sha256(written).hexdigest()


def written_down(value):
    """Return a value in the form that the engine's own text describes."""
    match value:
        case None:
            return b"n"
        case int():
            return f"i{value},".encode()
        case float():
            return b"r" + struct.pack(">d", value)
        case str():
            return f"t{len(value.encode())}:".encode() + value.encode()
    return f"b{len(value)}:".encode() + value


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_file_of_any_name_is_copied(tmp_path, name):
    fill(tmp_path / name, "CREATE TABLE t (x)", "INSERT INTO t VALUES (1)")
    assert SQLite().probe(source(tmp_path / name)).objects == 1
    assert dump(tmp_path / name, tmp_path / "dump").manifest.rows == 1


def test_rows_that_point_nowhere_are_told(path, tmp_path):
    fill(
        path,
        "CREATE TABLE induk (id INTEGER PRIMARY KEY)",
        "CREATE TABLE anak (i REFERENCES induk)",
        "INSERT INTO anak VALUES (1), (2)",
    )
    (said,) = dump(path, tmp_path / "dump").manifest.warnings
    assert "2 rows of anak" in said


# A living file


def test_what_still_stands_in_the_wal_is_copied_too(path, tmp_path):
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE t (x)")
        writer.execute("INSERT INTO t VALUES (1)")
        writer.execute("BEGIN")
        writer.execute("INSERT INTO t VALUES (2)")
        assert dump(path, tmp_path / "dump").manifest.rows == 1


def test_a_resting_file_in_wal_mode_gets_nothing_beside_it(path, tmp_path):
    fill(path, "PRAGMA journal_mode=WAL", "CREATE TABLE t (x)")
    beside = [*tmp_path.iterdir()]
    SQLite().probe(source(path))
    dump(path, tmp_path / "dump")
    assert set(tmp_path.iterdir()) == {*beside, tmp_path / "dump"}


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
def test_a_writer_at_work_never_tears_the_copy(path, tmp_path, journal):
    fill(path, f"PRAGMA journal_mode={journal}", "CREATE TABLE t (a, b)",
         "INSERT INTO t SELECT 0, zeroblob(5000) FROM "
         "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
         " SELECT * FROM n)")  # fmt: skip
    over = threading.Event()

    def write():
        with closing(sqlite3.connect(path, isolation_level=None, timeout=60)) as writer:
            while not over.is_set():
                writer.execute("UPDATE t SET a = a + 1")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        dump(path, tmp_path / "dump")
    finally:
        over.set()
        writer.join()
    with closing(sqlite3.connect(copy_in(tmp_path / "dump"))) as copy:
        assert len(copy.execute("SELECT DISTINCT a FROM t").fetchall()) == 1


def test_a_file_that_wakes_up_during_the_copy_is_copied_again(path, tmp_path):
    fill(path, "PRAGMA journal_mode=WAL", "CREATE TABLE t (x)", "INSERT INTO t VALUES (1)")
    watch = During(lambda: fill(path, "INSERT INTO t VALUES (2)"))
    assert dump(path, tmp_path / "dump", watch).manifest.rows == 2


def test_a_file_behind_a_link_is_copied_with_its_wal(path, tmp_path):
    link = tmp_path / "tautan.sqlite"
    link.symlink_to(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE t AS SELECT 1")
        assert dump(link, tmp_path / "dump").manifest.rows == 1


# What it refuses


def test_a_missing_file_is_an_error_and_stays_missing(path, tmp_path):
    assert str(path) in refused(path, tmp_path / "dump", SourceUnreachable)
    assert not path.exists()


def test_a_file_that_is_held_for_long_is_named(path, tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite_file, "BUSY_SECONDS", 0.1)
    fill(path, "CREATE TABLE t (x)")
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        assert "writes to it" in refused(path, tmp_path / "dump", SourceUnreachable)


def test_a_change_that_a_crash_left_unfinished_is_told(path, tmp_path):
    crashed = tmp_path / "macet.sqlite"
    fill(path, "CREATE TABLE t (x)", "INSERT INTO t VALUES (1)")
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA cache_size = 2")
        writer.execute("BEGIN")
        for _ in range(200):
            writer.execute("INSERT INTO t VALUES (zeroblob(4000))")
        shutil.copy(path, crashed)
        shutil.copy(f"{path}-journal", f"{crashed}-journal")
    assert "unfinished change" in refused(crashed, tmp_path / "dump", SourceRefused)


@pytest.mark.parametrize("where", ["table", "index"])
def test_a_damaged_file_makes_no_dump(path, tmp_path, where):
    fill(
        path,
        "CREATE TABLE t (x)",
        "CREATE INDEX i ON t (x)",
        "INSERT INTO t SELECT hex(randomblob(50)) FROM "
        "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
        " SELECT * FROM n)",
    )
    root = {"table": "t", "index": "i"}[where]
    with closing(sqlite3.connect(path)) as database:
        query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        ((page,),) = database.execute(query, (root,)).fetchall()
        ((size,),) = database.execute("PRAGMA page_size").fetchall()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * 200)
    assert ".recover" in refused(path, tmp_path / "dump", DumpFailed)


def test_a_file_cut_short_makes_no_dump(path, tmp_path):
    fill(path, "CREATE TABLE t AS SELECT zeroblob(100000)")
    os.truncate(path, 20_000)
    refused(path, tmp_path / "dump", DumpFailed)


def test_a_cancel_during_the_copy_leaves_the_source_free(path, tmp_path):
    fill(path, "CREATE TABLE t AS SELECT zeroblob(20000000)")

    class Once(During):
        def stopped(self):
            return not self._acts

    refused(path, tmp_path / "dump", Cancelled, Once(lambda: None))
    fill(path, "INSERT INTO t VALUES (1)")
    assert Path(path).stat().st_size > 0
