"""The throwaway PostgreSQL: it comes up anywhere, asks for passwords and outlives nobody."""

import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from backups.errors import BackupError, ToolMissing
from backups.sandbox import postgresql as sandbox
from backups.sandbox.postgresql import PostgreSQLServer, postgresql, server_programs
from tests.servers import until


def ask(server: PostgreSQLServer, query: str, **different) -> str:
    """Return the first value of the query's first row."""
    given = {
        "host": server.host,
        "port": server.port,
        "user": server.username,
        "password": server.password,
        "dbname": "postgres",
    }
    with closing(psycopg2.connect(**{**given, **different})) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchone()[0] if cursor.description else ""


def runs(pid: int) -> bool:
    """Say whether the process lives; one that only waits to be buried does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_tells_its_version_and_asks_for_the_password(postgresql_server):
    assert ask(postgresql_server, "SHOW server_version").startswith(postgresql_server.version)
    assert postgresql_server.password not in repr(postgresql_server)
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        ask(postgresql_server, "SELECT 1", password="salah")


def test_opens_no_network_and_does_not_run_as_root(postgresql_server):
    assert ask(postgresql_server, "SHOW listen_addresses") == ""
    status = Path(f"/proc/{postgresql_server.pid}/status").read_text()
    (uids,) = [line.split()[1:] for line in status.splitlines() if line.startswith("Uid:")]
    assert "0" not in uids


def test_listens_on_loopback_when_asked(tmp_path, free_port):
    with postgresql(tmp_path / "server", port=free_port, tcp=True) as server:
        assert ask(server, "SELECT host(inet_server_addr())", host="127.0.0.1") == "127.0.0.1"


def test_ends_with_its_block_and_leaves_no_process(tmp_path):
    with postgresql(tmp_path / "server") as server:
        assert runs(server.pid)
    assert not runs(server.pid)


def test_keeps_its_data_when_started_again(tmp_path):
    with postgresql(tmp_path / "server", durable=True) as first:
        ask(first, "CREATE TABLE tetap AS SELECT 42 AS n")
        assert ask(first, "SHOW fsync") == "on"
    with postgresql(tmp_path / "server", durable=True) as second:
        assert ask(second, "SELECT n FROM tetap") == 42
        assert second.password == first.password


def test_half_made_data_are_made_anew(tmp_path):
    unfinished = tmp_path / "server" / "data.new"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("15\n")
    with postgresql(tmp_path / "server") as server:
        assert ask(server, "SELECT 1") == 1
    assert not unfinished.exists()


def test_comes_up_in_a_folder_whose_name_is_too_long_for_a_socket(tmp_path):
    folder = tmp_path / ("panjang" * 15) / "server"
    with postgresql(folder) as server:
        assert ask(server, "SELECT 1") == 1
        sockets = Path(server.host)
    assert not sockets.exists()


def test_dies_with_its_worker_even_by_kill_9(tmp_path):
    script = (
        "import sys, pathlib\n"
        "from backups.sandbox.postgresql import postgresql\n"
        "with postgresql(pathlib.Path(sys.argv[1])) as server:\n"
        "    print(server.pid, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, tmp_path / "server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as worker:
        pid = int(worker.stdout.readline())
        assert runs(pid)
        worker.send_signal(signal.SIGKILL)
        until(lambda: not runs(pid))


def test_a_missing_major_version_is_named():
    with pytest.raises(ToolMissing, match="PostgreSQL 9999 are not installed") as caught:
        server_programs(9999)
    assert "postgresql-9999" in caught.value.advice


def test_data_of_another_major_version_want_its_programs(tmp_path):
    data = tmp_path / "server" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9999\n")
    with pytest.raises(ToolMissing, match="PostgreSQL 9999"), postgresql(tmp_path / "server"):
        pass


def test_a_machine_without_a_server_is_told_so(monkeypatch, tmp_path):
    monkeypatch.setattr(sandbox, "INSTALLED", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match=r"of PostgreSQL are not installed.*found: none"):
        server_programs()


def test_a_server_that_does_not_start_says_why(tmp_path):
    with postgresql(tmp_path / "server"):
        pass
    with (tmp_path / "server" / "data" / "postgresql.conf").open("a") as settings:
        settings.write("omong_kosong = 1\n")
    with (
        pytest.raises(BackupError, match=r"did not start: .*configuration file"),
        postgresql(tmp_path / "server"),
    ):
        pass
