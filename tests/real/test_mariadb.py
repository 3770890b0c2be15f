"""MariaDB for real: what was dumped comes back equal, and no bad dump is ever called good."""

import hashlib
import os
import shutil
import signal
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from backups.engines.mariadb import MariaDB
from backups.errors import (
    BackupError,
    Cancelled,
    DumpFailed,
    SourceRefused,
    SourceUnreachable,
    ToolMissing,
)
from backups.manifest import FILE_NAME
from backups.specs import UNWATCHED, Credential, Unwatched
from tests.contracts.engine_contract import children, contents, objects_of
from tests.mariadb_servers import (
    connected,
    copy_of,
    execute,
    fetch,
    mariadb_database,
    quoted_name,
)
from tests.real.awkward_mariadb import PROGRAMS, TABLES

READER = Credential("pembaca_uji", "kata'sandi\"#\\ é")
REAL_TOOL = shutil.which("mariadb-dump")


@pytest.fixture
def database(mariadb_server):
    with mariadb_database(mariadb_server) as spec:
        yield spec


@pytest.fixture
def large(database):
    """A table of some 20 MB: its dump is still on the way when the first of it has come."""
    execute(
        database,
        "CREATE TABLE besar (id INT PRIMARY KEY, isi VARCHAR(2000))",
        "INSERT INTO besar SELECT seq, REPEAT(MD5(seq), 60) FROM seq_1_to_10000",
    )
    return database


@pytest.fixture
def limited(database):
    """Return a function that gives the source to an account with just these rights."""
    home = replace(database, database="mysql")
    account = f"{READER.username}@localhost"
    password = READER.password.replace("\\", "\\\\").replace("'", "''")

    def with_rights(*grants):
        execute(home, f"CREATE OR REPLACE USER {account} IDENTIFIED BY '{password}'")
        execute(home, *(f"GRANT {grant} TO {account}" for grant in grants))
        return replace(database, read=READER)

    yield with_rights
    execute(home, f"DROP USER IF EXISTS {account}")


@pytest.fixture
def tool(tmp_path, monkeypatch):
    """Return a function that puts a dump tool of our own in front of the real one."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def is_now(script):
        path = folder / "mariadb-dump"
        version = f'[ "$2" = --version ] && exec {REAL_TOOL} --version'
        path.write_text(f"#!/bin/sh\n{version}\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    return is_now


class During(Unwatched):
    """A Watch that does something once, when the first of the dump has come."""

    def __init__(self, act):
        self._acts = [act]

    def advance(self, done, total=None):
        while self._acts:
            self._acts.pop()()


def dump(spec, folder, watch=UNWATCHED):
    folder.mkdir()
    return MariaDB().dump(spec, folder, watch, None)


def refused(spec, folder, error=DumpFailed, watch=UNWATCHED):
    """Return the sentence with which this source is not dumped; nothing good is left."""
    running = children()
    with pytest.raises(BackupError) as caught:
        dump(spec, folder, watch)
    assert type(caught.value) is error, str(caught.value)
    assert spec.name in str(caught.value)
    assert not (folder / FILE_NAME).exists()
    assert children() == running
    return f"{caught.value} {caught.value.advice}"


def fill(spec, *statements):
    execute(spec, *(each.replace("{db}", quoted_name(spec.database)) for each in statements))


def whole_of(spec, *rights):
    """Return a grant on all of the source's database."""
    return f"{', '.join(rights)} ON {quoted_name(spec.database)}.*"


def names(dumped, kind):
    return {each.name for each in objects_of(dumped) if each.kind == kind}


def dump_tools():
    """Return the dump tools that this process has started, as (pid, command line)."""
    lines = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children()}
    return {pid: line for pid, line in lines.items() if b"mariadb-dump" in line}


# What comes back


def test_a_copy_under_another_name_gives_the_same_dump(mariadb_server, database, tmp_path):
    fill(database, *TABLES, *PROGRAMS)
    first = dump(database, tmp_path / "first")
    with copy_of(mariadb_server, tmp_path / "first") as copy:
        assert contents(dump(copy, tmp_path / "second")) == contents(first)
    assert contents(dump(database, tmp_path / "third")) == contents(first)
    assert names(first, "trigger") == {"catat\n2", "biasa"}
    assert names(first, "procedure") == {"penanda '日'", "tanpa_escape"}
    assert (len(names(first, "table")), len(names(first, "view"))) == (11, 2)


def test_counts_the_rows_that_the_server_counts(database, tmp_path):
    fill(database, *TABLES)
    for each in objects_of(dump(database, tmp_path / "dump")):
        if each.kind == "table":
            past = " FOR SYSTEM_TIME ALL" if each.name == "riwayat" else ""
            query = f"SELECT COUNT(*) FROM {quoted_name(each.name)}{past}"
            assert fetch(database, query) == [(each.rows,)], each.name


def test_rows_without_any_order_of_their_own_come_back_the_same(mariadb_server, database, tmp_path):
    execute(
        database,
        "CREATE TABLE seri (u INT UNIQUE, isi CHAR(32))",
        "INSERT INTO seri SELECT IF(seq % 3, NULL, 90000 - seq), MD5(seq) FROM seq_1_to_50000",
    )
    first = dump(database, tmp_path / "first")
    with copy_of(mariadb_server, tmp_path / "first") as copy:
        assert contents(dump(copy, tmp_path / "second")) == contents(first)


def test_the_list_of_parts_is_the_dump_in_its_order(database, tmp_path):
    fill(database, *TABLES, *PROGRAMS)
    dump(database, tmp_path / "dump")
    parts = list(map(orjson.loads, (tmp_path / "dump" / "parts.jsonl").read_bytes().splitlines()))
    files = sorted((tmp_path / "dump" / "data").iterdir())
    assert [part["file"] for part in parts] == [f"data/{file.name}" for file in files]
    for part, file in zip(parts, files, strict=True):
        assert part["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
        assert part["bytes"] == file.stat().st_size


@pytest.mark.parametrize("name", ["--nama lain", "日本 'é' \"x\"", "a`b;c", "baris\nbaru", "a%_b"])
def test_a_database_of_any_name_is_dumped(mariadb_server, tmp_path, name):
    with mariadb_database(mariadb_server, name) as spec:
        execute(spec, "CREATE TABLE t (id INT)", "INSERT INTO t VALUES (1)")
        dumped = dump(spec, tmp_path / "dump")
        assert names(dumped, "table") == {"t"}
        assert dumped.manifest.rows == 1


def test_a_database_that_differs_only_by_case_keeps_its_own(mariadb_server, tmp_path):
    made = "CREATE EVENT {0} ON SCHEDULE EVERY 1 DAY DO SELECT 1", "CREATE TABLE t{0} (id INT)"
    triggers = "CREATE TRIGGER {0} BEFORE INSERT ON t{0} FOR EACH ROW SET @a = 1"
    with (
        mariadb_database(mariadb_server, "kasus") as small,
        mariadb_database(mariadb_server, "KASUS") as large,
    ):
        for spec in (small, large):
            execute(spec, *(each.format(spec.database) for each in (*made, triggers)))
            dumped = dump(spec, tmp_path / spec.database)
            assert names(dumped, "event") == names(dumped, "trigger") == {spec.database}


def test_who_may_use_the_database_is_noted_without_passwords(limited, database, tmp_path):
    limited(whole_of(database, "SELECT", "INSERT"))
    dump(database, tmp_path / "dump")
    noted = (tmp_path / "dump" / "roles.sql").read_text()
    assert noted == f"GRANT SELECT, INSERT ON * TO `{READER.username}`@`localhost`;\n"


# What it cannot promise is said


def test_tables_that_keep_no_moment_are_named(database, tmp_path):
    execute(
        database,
        "CREATE TABLE tua (id INT) ENGINE=MyISAM",
        "CREATE TABLE lama (id INT) ENGINE=Aria",
        "CREATE TABLE baru (id INT)",
    )
    said = dump(database, tmp_path / "dump").manifest.warnings
    assert MariaDB().probe(database).warnings == said
    assert len(said) == 1
    assert "lama (aria), tua (myisam)" in said[0]


def test_rows_that_stand_elsewhere_are_named(database, tmp_path):
    execute(
        database,
        "CREATE TABLE asli (id INT) ENGINE=MyISAM",
        "CREATE TABLE gabungan (id INT) ENGINE=MERGE UNION=(asli)",
    )
    dumped = dump(database, tmp_path / "dump")
    assert any(
        "stand elsewhere" in said and "gabungan" in said for said in dumped.manifest.warnings
    )
    assert names(dumped, "table") == {"asli", "gabungan"}


def test_a_past_that_the_tool_cannot_keep_is_named(database, tmp_path):
    execute(
        database,
        "CREATE TABLE jejak (x INT, a BIGINT UNSIGNED AS ROW START, b BIGINT UNSIGNED AS ROW END,"
        " PERIOD FOR SYSTEM_TIME (a, b)) WITH SYSTEM VERSIONING",
        "INSERT INTO jejak (x) VALUES (1)",
    )
    (said,) = dump(database, tmp_path / "dump").manifest.warnings
    assert "jejak" in said


def test_what_the_account_may_not_see_is_said_with_the_right_it_lacks(limited, database, tmp_path):
    fill(database, *TABLES, *PROGRAMS[2:7])
    spec = limited(whole_of(database, "SELECT"))
    dumped = dump(spec, tmp_path / "dump")
    said = " ".join(dumped.manifest.warnings)
    assert "lacks SHOW VIEW, TRIGGER, EVENT" in said
    assert f"GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON `{spec.database}`.*" in said
    assert "mysql.proc" in said
    assert names(dumped, "trigger") == names(dumped, "event") == set()
    assert MariaDB().probe(spec).warnings == dumped.manifest.warnings


def test_a_table_made_during_the_dump_is_said_to_be_missing(large, tmp_path):
    watch = During(lambda: execute(large, "CREATE TABLE terlambat (id INT)"))
    (said,) = dump(large, tmp_path / "dump", watch).manifest.warnings
    assert "table 'terlambat'" in said


def test_a_routine_dropped_during_the_dump_does_not_spoil_it(large, tmp_path):
    execute(large, "CREATE PROCEDURE hilang() SELECT 1", "CREATE PROCEDURE tetap() SELECT 1")
    watch = During(lambda: execute(large, "DROP PROCEDURE hilang"))
    assert names(dump(large, tmp_path / "dump", watch), "procedure") == {"tetap"}


# What it refuses


def test_an_account_that_sees_only_some_tables_is_refused(limited, database, tmp_path):
    execute(database, "CREATE TABLE boleh (id INT)", "CREATE TABLE rahasia (id INT)")
    spec = limited(f"SELECT ON {quoted_name(database.database)}.boleh")
    with pytest.raises(SourceRefused):
        MariaDB().probe(spec)
    said = refused(spec, tmp_path / "dump", SourceRefused)
    assert READER.username in said
    assert "GRANT SELECT, SHOW VIEW, TRIGGER, EVENT" in said


def test_an_account_without_any_right_is_refused(limited, database, tmp_path):
    said = refused(limited(), tmp_path / "dump", SourceRefused)
    assert f"the user {READER.username} has no rights on the database {database.database}" in said


def test_a_view_that_may_not_be_shown_is_named(limited, database, tmp_path):
    execute(database, "CREATE TABLE t (id INT)", "CREATE VIEW tertutup AS SELECT * FROM t")
    spec = limited(whole_of(database, "SELECT"))
    assert "tertutup" in refused(spec, tmp_path / "dump", SourceRefused)


def test_a_routine_whose_source_may_not_be_read_is_named(limited, database, tmp_path):
    execute(database, "CREATE PROCEDURE tersembunyi() SELECT 1")
    spec = limited(whole_of(database, "SELECT", "SHOW VIEW", "TRIGGER", "EVENT", "EXECUTE"))
    assert "tersembunyi" in refused(spec, tmp_path / "dump", SourceRefused)


def test_a_broken_view_is_named(database, tmp_path):
    execute(
        database,
        "CREATE TABLE t (id INT)",
        "CREATE VIEW patah AS SELECT id FROM t",
        "DROP TABLE t",
    )
    assert "patah" in refused(database, tmp_path / "dump")


def test_an_event_that_would_keep_the_tool_for_ever_is_named(database, tmp_path):
    execute(database, "CREATE EVENT `tak usai` ON SCHEDULE EVERY 1 DAY DISABLE DO SELECT ';;'")
    assert "tak usai" in refused(database, tmp_path / "dump", SourceRefused)


def test_a_machine_without_the_dump_tool_is_told_its_package(database, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing) as caught:
        MariaDB().probe(database)
    assert "mariadb-client" in caught.value.advice


# What goes wrong on the way


def test_a_tool_that_fails_half_way_makes_no_dump(large, tmp_path, tool):
    tool(f'{REAL_TOOL} "$@" | head -c 1000000\necho "mariadb-dump: Error: aduh" >&2\nexit 3')
    assert "aduh" in refused(large, tmp_path / "dump")


def test_a_tool_that_stops_half_way_and_calls_it_good_is_not_believed(large, tmp_path, tool):
    tool(f'{REAL_TOOL} "$@" | head -c 1000000\nexit 0')
    assert "stops before its end line" in refused(large, tmp_path / "dump")


def test_a_tool_that_leaves_out_a_table_is_not_believed(large, tmp_path, tool):
    left_out = f"--ignore-table={large.database}.besar"
    tool(f'shift\nexec {REAL_TOOL} --no-defaults {left_out} "$@"')
    assert "table 'besar'" in refused(large, tmp_path / "dump")


def test_a_tool_that_leaves_out_rows_is_not_believed(large, tmp_path, tool):
    tool(f'shift\nexec {REAL_TOOL} --no-defaults --no-data "$@"')
    assert "rows of table 'besar'" in refused(large, tmp_path / "dump")


def test_a_killed_tool_makes_no_dump(large, tmp_path):
    def kill():
        (pid,) = dump_tools()
        os.kill(pid, signal.SIGKILL)

    assert "ended by signal 9" in refused(large, tmp_path / "dump", watch=During(kill))


def test_a_server_that_goes_away_makes_no_dump(large, tmp_path):
    def cut_off():
        ((pid,),) = fetch(
            large,
            "SELECT id FROM information_schema.processlist"
            f" WHERE db = '{large.database}' AND id <> CONNECTION_ID()",
        )
        execute(large, f"KILL {pid}")

    refused(large, tmp_path / "dump", SourceUnreachable, During(cut_off))


def test_a_cancel_is_heard_while_the_tool_waits_for_a_lock(large, tmp_path):
    class Impatient(Unwatched):
        """Cancels as soon as the dump tool waits."""

        def stopped(self):
            query = "SELECT 1 FROM information_schema.processlist WHERE state LIKE 'Waiting for%'"
            return bool(fetch(large, query))

    with closing(connected(large)) as other, other.cursor() as cursor:
        cursor.execute("LOCK TABLES besar WRITE")
        refused(large, tmp_path / "dump", Cancelled, Impatient())


def test_the_password_reaches_the_tool_but_no_command_line(limited, large, tmp_path):
    spec = limited(whole_of(large, "SELECT", "SHOW VIEW", "TRIGGER", "EVENT"))
    lines = {}
    dumped = dump(spec, tmp_path / "dump", During(lambda: lines.update(dump_tools())))
    assert dumped.manifest.rows == 10_000
    assert len(lines) == 1
    assert not any(READER.password.encode() in line for line in lines.values())
