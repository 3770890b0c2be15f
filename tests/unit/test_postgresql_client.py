"""Which client programs fit a server, and what their last words mean."""

import pytest

from backups.engines import postgresql_client as client
from backups.errors import (
    DumpFailed,
    NoSpace,
    SourceRefused,
    SourceUnreachable,
    ToolMissing,
    VersionMismatch,
)
from backups.process import Finished
from backups.specs import Credential, SourceSpec

SPEC = SourceSpec(
    key="siakad",
    name="SIAKAD",
    engine="postgresql",
    host="db.invalid",
    port=5433,
    database="a'b \\ c",
    read=Credential("pembaca", "rahasia"),
)


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Return a function that installs client programs of the given versions, and no others."""

    def install(*versions):
        for version in versions:
            folder = tmp_path / version.partition(".")[0] / "bin"
            folder.mkdir(parents=True)
            for program in ("pg_dump", "pg_restore"):
                said = f"{program} (PostgreSQL) {version} (Debian {version}-1)"
                (folder / program).write_text(f'#!/bin/sh\necho "{said}"\n')
                (folder / program).chmod(0o755)

    monkeypatch.setattr(client, "INSTALLED", str(tmp_path))
    monkeypatch.setattr(client.shutil, "which", _nothing_but("setpriv", "sh", str(tmp_path)))
    return install


def _nothing_but(*allowed):
    real = client.shutil.which
    return lambda name: real(name) if name.startswith(allowed) else None


@pytest.mark.parametrize(
    ("server", "chosen"),
    [(150018, 15), (140001, 15), (160000, 17), (170002, 17), (90624, 13), (130000, 13)],
)
def test_the_nearest_client_that_is_not_older_is_chosen(installed, server, chosen):
    installed("13.9", "15.18", "17.2")
    tools = client.tools_for(SPEC, server)
    assert tools.major == chosen
    assert tools.path("pg_restore").endswith(f"/{chosen}/bin/pg_restore")


def test_a_beta_client_has_a_version_too(installed):
    installed("18beta1")
    assert client.tools_for(SPEC, 180000).major == 18


def test_a_server_newer_than_every_client_is_refused_with_both_versions(installed):
    installed("13.9", "15.18")
    with pytest.raises(VersionMismatch, match=r"SIAKAD runs PostgreSQL 16.*pg_dump 15") as caught:
        client.tools_for(SPEC, 160001)
    assert "postgresql-client-16" in caught.value.advice


def test_a_machine_without_any_client_says_so(installed):
    with pytest.raises(ToolMissing, match="pg_dump"):
        client.tools_for(SPEC, 150000)


def test_the_password_goes_by_the_environment_and_never_by_the_address():
    assert client.environment(SPEC)["PGPASSWORD"] == "rahasia"
    assert "rahasia" not in client.address(SPEC)
    assert client.address(SPEC).startswith("dbname='a\\'b \\\\ c'")


@pytest.mark.parametrize(
    ("stderr", "error", "told"),
    [
        (
            (
                "pg_dump: error: query failed: ERROR:  permission denied for table gaji\n"
                "pg_dump: detail: Query was: LOCK TABLE public.gaji IN ACCESS SHARE MODE"
            ),
            SourceRefused,
            "permission denied for table gaji",
        ),
        (
            (
                "pg_dump: error: query failed: ERROR:  query affected by row-level security"
                ' policy for table "nilai"'
            ),
            SourceRefused,
            "nilai",
        ),
        (
            (
                "pg_dump: error: server version: 17.1; pg_dump version: 15.18\n"
                "pg_dump: error: aborting because of server version mismatch"
            ),
            VersionMismatch,
            "server version: 17.1",
        ),
        (
            (
                'pg_dump: error: Dumping the contents of table "a" failed: PQgetResult() failed.\n'
                "pg_dump: detail: Error message from server: server closed the connection"
            ),
            SourceUnreachable,
            "server closed the connection",
        ),
        (
            'pg_dump: error: connection to server at "10.0.0.1", port 5432 failed: timeout expired',
            SourceUnreachable,
            "timeout expired",
        ),
        (
            "pg_dump: error: could not write to output file: No space left on device",
            NoSpace,
            "staging disk",
        ),
        (
            "pg_dump: error: query failed: ERROR:  could not extend file: No space left on device",
            DumpFailed,
            "could not extend file",
        ),
        (
            (
                "pg_dump: error: query failed: ERROR:  canceling statement due to lock timeout\n"
                "pg_dump: detail: Query was: LOCK TABLE public.a IN ACCESS SHARE MODE"
            ),
            DumpFailed,
            "stayed locked",
        ),
        ("pg_dump: error: invalid snapshot identifier", DumpFailed, "invalid snapshot"),
        ("", DumpFailed, "exit code 1"),
    ],
)
def test_last_words_become_the_error_that_they_mean(stderr, error, told):
    made = client.tool_error(SPEC, Finished("pg_dump", 1, "", stderr))
    assert type(made) is error
    assert "SIAKAD" in str(made)
    assert told in str(made)


def test_a_killed_tool_is_told_with_its_signal():
    made = client.tool_error(SPEC, Finished("pg_dump", -9, "", ""))
    assert str(made) == "pg_dump of source SIAKAD was ended by signal 9."


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('connection to server at "h", port 1 failed: Connection refused\n\tIs', SourceUnreachable),
        ('could not translate host name "h" to address: Name or service', SourceUnreachable),
        ('connection to server at "h" failed: timeout expired', SourceUnreachable),
        ('failed: FATAL:  password authentication failed for user "u"', SourceRefused),
        ('failed: FATAL:  database "x" does not exist', SourceRefused),
        ("failed: fe_sendauth: no password supplied", SourceRefused),
        ('failed: FATAL:  no pg_hba.conf entry for host "h"', SourceRefused),
        ("failed: FATAL:  the database system is starting up", SourceUnreachable),
        ("failed: FATAL:  the database system is shutting down", SourceUnreachable),
        ("failed: FATAL:  sorry, too many clients already", SourceUnreachable),
        ("failed: FATAL:  remaining connection slots are reserved", SourceUnreachable),
    ],
)
def test_a_refusal_is_told_from_silence(text, error):
    made = client._connect_error(SPEC, text)
    assert type(made) is error
    assert "SIAKAD" in str(made)
    assert "FATAL" not in str(made)
