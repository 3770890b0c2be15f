"""The PostgreSQL engine on a real server: round trips, rights, odd objects, and things that die."""

import json
import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from backups import manifest
from backups.engines import postgresql as engine_module
from backups.engines import postgresql_client
from backups.engines.postgresql import PostgreSQL
from backups.errors import (
    Cancelled,
    DumpFailed,
    SourceRefused,
    SourceUnreachable,
    VersionMismatch,
)
from backups.sandbox.postgresql import server_programs
from backups.specs import UNWATCHED, Credential, SourceSpec, Unwatched
from tests.servers import connected, execute, fetch, postgresql_database, until

AWKWARD = Path(__file__).with_name("awkward.postgresql.sql").read_text()


KINDS = {
    "database",
    "foreign table",
    "function",
    "large objects",
    "materialized view",
    "roles",
    "schema",
    "sequence",
    "table",
    "view",
}


@pytest.fixture
def source(postgresql_server):
    """An empty database, read by the superuser."""
    with postgresql_database(postgresql_server) as spec:
        yield spec


@pytest.fixture
def reader(source):
    """The same database, read by somebody who was granted nothing yet."""
    credential = Credential("pembaca_terbatas", "sandi-terbatas")
    execute(
        source,
        f"CREATE ROLE {credential.username} LOGIN PASSWORD '{credential.password}'",
    )
    yield replace(source, read=credential)
    execute(source, f"DROP OWNED BY {credential.username}", f"DROP ROLE {credential.username}")


@pytest.fixture
def held(source):
    """A source whose dump stops half-way, at a table that waits for a lock, until `release`.

    pg_dump reads an extension's own table through the condition that the extension gives.
    """
    execute(
        source,
        "CREATE TABLE kurus AS SELECT generate_series(1, 10) AS id",
        "CREATE TABLE tertahan AS SELECT 1 AS id",
        "CREATE EXTENSION hstore",
        "ALTER EXTENSION hstore ADD TABLE tertahan",
        "UPDATE pg_extension SET extconfig = ARRAY['tertahan'::regclass::oid],"
        " extcondition = ARRAY['WHERE pg_advisory_lock_shared(1) IS NOT NULL']"
        " WHERE extname = 'hstore'",
    )
    with closing(connected(source)) as holder, holder.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(1)")
        yield Held(source, lambda: cursor.execute("SELECT pg_advisory_unlock(1)"))


class Held(NamedTuple):
    spec: SourceSpec
    release: Callable[[], None]

    def sessions(self):
        """Return the engine's own sessions on the server."""
        return fetch(self.spec, f"SELECT pid {_OURS}")

    def cut(self):
        """End the engine's sessions, as a server that goes down does."""
        fetch(self.spec, f"SELECT pg_terminate_backend(pid) {_OURS}")


_OURS = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pulih'"


@pytest.fixture
def shim(tmp_path, monkeypatch):
    """Return a function that puts a script in pg_dump's place; $REAL is the real one."""

    def put(script: str) -> None:
        folder = tmp_path / "installed" / "15" / "bin"
        folder.mkdir(parents=True)
        real = server_programs()
        for program in ("pg_restore", "pg_dumpall"):
            (folder / program).symlink_to(real / program)
        (folder / "pg_dump").write_text(f"#!/bin/sh\nREAL={real}/pg_dump\n{script}\n")
        (folder / "pg_dump").chmod(0o755)
        monkeypatch.setattr(postgresql_client, "INSTALLED", str(tmp_path / "installed"))
        monkeypatch.setenv("PATH", "/usr/bin:/bin")

    return put


class Intruder(Unwatched):
    """A Watch that does something once, as soon as the dump has data on the disk."""

    def __init__(self, folder, act):
        self._data, self._act = folder / "data", act

    def stopped(self):
        if self._act and any(path.stat().st_size for path in self._data.glob("*.dat")):
            act, self._act = self._act, None
            return bool(act())
        return False


def dumped(spec, folder, watch=UNWATCHED):
    """Dump into a new folder; return the manifest's objects by kind and name."""
    folder.mkdir()
    dump = PostgreSQL().dump(spec, folder, watch, None)
    return {(each.kind, each.name): each for each in manifest.read_objects(dump.manifest.path)}


def without_places(objects):
    """Leave out what differs between two databases of one content: file names, the own name."""
    return {key: replace(each, file="") for key, each in objects.items() if key[0] != "database"}


def restore(spec, folder, *options):
    """Load a dump with plain pg_restore, as somebody without the portal would."""
    argv = [server_programs() / "pg_restore", "--exit-on-error", *options, folder / "data"]
    environment = {**os.environ, **postgresql_client.environment(spec)}
    subprocess.run([*argv, f"--dbname={spec.database}"], env=environment, check=True)


def running_on(folder):
    """Return the processes that have the folder in their command line."""
    lines = {path.parent.name: path for path in Path("/proc").glob("[0-9]*/cmdline")}
    return [int(pid) for pid, path in lines.items() if str(folder) in _text(path)]


def _text(path):
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


# Round trips


def test_a_restored_dump_dumps_to_the_same_digests(source, postgresql_server, tmp_path):
    execute(source, AWKWARD)
    first = dumped(source, tmp_path / "first")
    with postgresql_database(postgresql_server) as empty:
        restore(empty, tmp_path / "first", "--jobs=2")
        second = dumped(empty, tmp_path / "second")
    assert without_places(second) == without_places(first)
    assert {kind for kind, _ in first} == KINDS


def test_settings_of_the_live_database_do_not_show_in_its_data(source, postgresql_server, tmp_path):
    """A drill's server knows nothing of the live one's time zone or bytea_output."""
    execute(
        source,
        AWKWARD,
        f"ALTER DATABASE {source.database} SET timezone = 'Asia/Jakarta'",
        f"ALTER DATABASE {source.database} SET bytea_output = 'escape'",
        f"ALTER DATABASE {source.database} SET datestyle = 'German'",
    )
    first = dumped(source, tmp_path / "first")
    with postgresql_database(postgresql_server) as empty:
        restore(empty, tmp_path / "first")
        second = dumped(empty, tmp_path / "second")
    assert without_places(second) == without_places(first)


def test_every_row_that_the_server_counts_is_in_the_manifest(source, tmp_path):
    execute(source, AWKWARD)
    listed = dumped(source, tmp_path / "dump")
    tables = fetch(
        source,
        "SELECT schemaname, s.relname, format('%I.%I', schemaname, s.relname)"
        " FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = relid WHERE c.relkind = 'r'",
    )
    for schema, name, quoted in tables:
        ((rows,),) = fetch(source, f"SELECT count(*) FROM ONLY {quoted}")
        assert listed["table", f"{schema}.{name}"].rows == rows


def test_a_database_without_any_table_is_a_good_dump(source, tmp_path):
    listed = dumped(source, tmp_path / "dump")
    assert set(listed) == {(kind, kind) for kind in ("database", "roles", "schema")}


def test_a_database_with_an_impossible_name_is_dumped(postgresql_server, tmp_path):
    with postgresql_database(postgresql_server, "uji 'é' \"日\" \\ dbname=postgres") as source:
        execute(source, "CREATE TABLE satu AS SELECT 1")
        assert dumped(source, tmp_path / "dump")["table", "public.satu"].rows == 1


def test_takes_one_view_though_others_write_meanwhile(held, tmp_path):
    def write():
        execute(held.spec, "INSERT INTO kurus SELECT 1", "CREATE TABLE baru (id integer)")
        held.release()

    listed = dumped(held.spec, tmp_path / "dump", Intruder(tmp_path / "dump", write))
    assert listed["table", "public.kurus"].rows == 10
    assert ("table", "public.baru") not in listed
    assert fetch(held.spec, "SELECT count(*) FROM kurus") == [(11,)]


# What is noted beside the tables


def test_a_new_index_comment_or_grant_shows_at_its_own_table_alone(source, tmp_path):
    execute(source, AWKWARD)
    previous = without_places(dumped(source, tmp_path / "before"))
    for number, statement in enumerate(
        (
            "CREATE INDEX ON pegawai (lower(nama))",
            "COMMENT ON COLUMN pegawai.nama IS 'nama lengkap'",
            "GRANT SELECT ON pegawai TO PUBLIC",
            "ALTER TABLE pegawai ADD CHECK (nama <> '')",
            "ALTER TABLE pegawai ALTER COLUMN nama SET DEFAULT 'x'",
        )
    ):
        execute(source, statement)
        present = without_places(dumped(source, tmp_path / str(number)))
        changed = {key for key, each in present.items() if each != previous[key]}
        assert changed == {("table", "public.pegawai"), ("schema", "schema")}, statement
        previous = present


def test_a_sequence_that_moved_shows(source, tmp_path):
    execute(source, "CREATE SEQUENCE nomor")
    before = dumped(source, tmp_path / "before")
    fetch(source, "SELECT nextval('nomor'), nextval('nomor')")
    after = dumped(source, tmp_path / "after")
    assert {key for key in after if after[key] != before[key]} == {("sequence", "public.nomor")}


def test_notes_owner_settings_and_grants_of_the_database(source, reader, tmp_path):
    execute(
        source,
        f"ALTER DATABASE {source.database} SET work_mem = '7MB'",
        f"ALTER ROLE {reader.read.username} IN DATABASE {source.database} SET work_mem = '9MB'",
        f"GRANT CONNECT ON DATABASE {source.database} TO {reader.read.username}",
        f"COMMENT ON DATABASE {source.database} IS 'Basis data akademik'",
    )
    dumped(source, tmp_path / "dump")
    noted = json.loads((tmp_path / "dump" / "database.json").read_text())
    assert noted["owner"] == "postgres"
    assert noted["encoding"] == "UTF8"
    assert noted["comment"] == "Basis data akademik"
    assert {"role": None, "set": ["work_mem=7MB"]} in noted["settings"]
    assert {"role": reader.read.username, "set": ["work_mem=9MB"]} in noted["settings"]
    assert f"{reader.read.username}=c/postgres" in noted["datacl"]


def test_notes_roles_and_their_grants_but_no_password(source, reader, tmp_path):
    execute(source, f"GRANT pg_monitor TO {reader.read.username}")
    dumped(source, tmp_path / "dump")
    roles = (tmp_path / "dump" / "roles.sql").read_text()
    assert f"CREATE ROLE {reader.read.username};" in roles
    assert f"GRANT pg_monitor TO {reader.read.username}" in roles
    assert "SCRAM" not in roles
    assert "PASSWORD" not in roles


def test_roles_that_may_not_be_noted_are_a_warning(source, tmp_path, shim):
    shim('exec "$REAL" "$@"')
    (tmp_path / "installed" / "15" / "bin" / "pg_dumpall").unlink()
    (tmp_path / "installed" / "15" / "bin" / "pg_dumpall").symlink_to("/bin/false")
    (tmp_path / "dump").mkdir()
    dump = PostgreSQL().dump(source, tmp_path / "dump", UNWATCHED, None)
    (warning,) = dump.manifest.warnings
    assert warning.startswith("Roles could not be noted")


def test_what_an_extension_brings_is_left_to_it_but_for_the_data_it_marks(source, tmp_path):
    execute(
        source,
        "CREATE EXTENSION hstore",
        "CREATE TABLE bawaan AS SELECT 1 AS id",
        "CREATE TABLE aturan AS SELECT generate_series(1, 3) AS id",
        "ALTER EXTENSION hstore ADD TABLE bawaan",
        "ALTER EXTENSION hstore ADD TABLE aturan",
        "UPDATE pg_extension SET extconfig = ARRAY['aturan'::regclass::oid],"
        " extcondition = ARRAY['WHERE id > 1'] WHERE extname = 'hstore'",
    )
    listed = dumped(source, tmp_path / "dump")
    assert ("table", "public.bawaan") not in listed
    assert listed["table", "public.aturan"].rows == 2
    assert not [name for kind, name in listed if kind == "function"]


# Rights


@pytest.mark.parametrize(
    ("granted", "told"),
    [
        ("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {0}", ["gaji.slip"]),
        (
            "GRANT USAGE ON SCHEMA gaji TO {0}; GRANT SELECT ON gaji.slip TO {0}",
            ["public.nomor", "public.pegawai"],
        ),
        ("GRANT SELECT ON pegawai TO {0}", ["gaji.slip", "public.nomor"]),
    ],
)
def test_tables_without_rights_are_named(reader, source, tmp_path, granted, told):
    execute(
        source,
        "CREATE TABLE pegawai (id integer)",
        "CREATE SEQUENCE nomor",
        "CREATE SCHEMA gaji",
        "CREATE TABLE gaji.slip (id integer)",
        "GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO CURRENT_USER",
        granted.format(reader.read.username),
        *([f"GRANT SELECT ON nomor TO {reader.read.username}"] if len(told) == 1 else []),
    )
    warnings = PostgreSQL().probe(reader).warnings
    assert [name for name in told if any(name in warning for warning in warnings)] == told
    with pytest.raises(SourceRefused, match=", ".join(told)) as caught:
        dumped(reader, tmp_path / "dump")
    assert "GRANT" in caught.value.advice


def test_rows_that_a_policy_hides_are_not_left_out_silently(reader, source, tmp_path):
    execute(
        source,
        "CREATE TABLE nilai AS SELECT generate_series(1, 9) AS id",
        "ALTER TABLE nilai ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY sebagian ON nilai USING (id < 5)",
        f"GRANT pg_read_all_data TO {reader.read.username}",
    )
    with pytest.raises(SourceRefused, match=r"public\.nilai"):
        dumped(reader, tmp_path / "dump")


def test_a_large_object_without_rights_is_refused(reader, source, tmp_path):
    execute(
        source,
        "SELECT lo_from_bytea(0, 'rahasia')",
        f"GRANT pg_read_all_data TO {reader.read.username}",
    )
    with pytest.raises(SourceRefused, match="large object"):
        dumped(reader, tmp_path / "dump")


# Versions


def test_a_server_newer_than_the_client_is_told_with_both_versions(source, tmp_path, shim):
    shim('echo "pg_dump (PostgreSQL) 9.6.24"')
    ((server,),) = fetch(source, "SELECT current_setting('server_version_num')::int / 10000")
    for use in (PostgreSQL().probe, lambda spec: dumped(spec, tmp_path / "dump")):
        with pytest.raises(VersionMismatch, match=f"PostgreSQL {server}.*pg_dump 9") as caught:
            use(source)
        assert f"postgresql-client-{server}" in caught.value.advice


# Things that die, or end with 0 and less than all


def test_a_dump_tool_killed_half_way_fails_and_leaves_no_helper(held, tmp_path):
    def kill():
        (leader,) = [pid for pid in running_on(tmp_path / "dump") if os.getsid(pid) == pid]
        os.kill(leader, signal.SIGKILL)

    with pytest.raises(DumpFailed, match="signal 9"):
        dumped(held.spec, tmp_path / "dump", Intruder(tmp_path / "dump", kill))
    assert running_on(tmp_path / "dump") == []
    assert not (tmp_path / "dump" / manifest.FILE_NAME).exists()


def test_a_dump_cancelled_half_way_leaves_nothing_running(held, tmp_path):
    with pytest.raises(Cancelled):
        dumped(held.spec, tmp_path / "dump", Intruder(tmp_path / "dump", lambda: True))
    assert running_on(tmp_path / "dump") == []
    until(lambda: held.sessions() == [])


def test_a_connection_lost_half_way_is_told_as_such(held, tmp_path):
    with pytest.raises(SourceUnreachable, match=r"went away|was lost"):
        dumped(held.spec, tmp_path / "dump", Intruder(tmp_path / "dump", held.cut))


def test_a_table_that_somebody_alters_all_night_fails_rather_than_hangs(
    source, tmp_path, monkeypatch
):
    monkeypatch.setattr(engine_module, "LOCK_WAIT_MILLISECONDS", 50)
    execute(source, "CREATE TABLE dikunci (id integer)")
    with closing(connected(source)) as other, other.cursor() as cursor:
        cursor.execute("BEGIN; ALTER TABLE dikunci ADD COLUMN nama text")
        with pytest.raises(DumpFailed, match=r"stayed locked") as caught:
            dumped(source, tmp_path / "dump")
    assert not caught.value.permanent


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ('"$REAL" "$@"; for f in {}/[0-9]*.dat; do truncate -s -3 "$f"; done', "cut short"),
        ('"$REAL" "$@"; for f in {}/[0-9]*.dat; do truncate -s 0 "$f"; done', "cut short"),
        ('"$REAL" "$@"; rm {}/[0-9]*.dat', r"lacks \d+\.dat, the data of table public\.pegawai"),
        ('"$REAL" "$@"; truncate -s -40 {}/toc.dat', "failed"),
        ('exec "$REAL" --exclude-table=pegawai "$@"', r"lacks public\.pegawai"),
        ('exec "$REAL" --exclude-table-data=pegawai "$@"', r"lacks public\.pegawai"),
        ('exec "$REAL" --exclude-schema=gaji "$@"', r"lacks gaji\.hitung\(\)"),
        ('exec "$REAL" --no-blobs "$@"', "0 of its 1 large objects"),
        ('"$REAL" "$@"; echo "pg_dump: error: tersandung" >&2; exit 1', "tersandung"),
    ],
)
def test_a_tool_that_wrote_less_than_all_makes_no_dump(source, tmp_path, shim, script, told):
    execute(
        source,
        "CREATE TABLE pegawai AS SELECT generate_series(1, 100) AS id",
        "CREATE SCHEMA gaji",
        "CREATE FUNCTION gaji.hitung() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "SELECT lo_from_bytea(0, 'lampiran')",
    )
    data = tmp_path / "dump" / "data"
    shim(f'case "$1" in --version) exec "$REAL" "$1";; esac\n{script.format(data)}')
    with pytest.raises(DumpFailed, match=told) as caught:
        dumped(source, tmp_path / "dump")
    assert source.name in str(caught.value)
    assert not (tmp_path / "dump" / manifest.FILE_NAME).exists()


def test_warnings_of_the_tool_are_kept(source, tmp_path, shim):
    shim(
        'case "$1" in --version) ;; *) echo "pg_dump: warning: awas" >&2;; esac; exec "$REAL" "$@"'
    )
    notes = []

    class Notebook(Unwatched):
        def note(self, line):
            notes.append(line)

    (tmp_path / "dump").mkdir()
    dump = PostgreSQL().dump(source, tmp_path / "dump", Notebook(), None)
    assert dump.manifest.warnings == ("awas",)
    assert notes == ["awas"]


def test_a_password_is_in_no_command_line(held, tmp_path):
    seen = []

    def look():
        seen.extend(Path(f"/proc/{pid}/cmdline").read_text() for pid in running_on(tmp_path))
        held.release()

    dumped(held.spec, tmp_path / "dump", Intruder(tmp_path / "dump", look))
    assert seen
    assert not [line for line in seen if held.spec.read.password in line]
