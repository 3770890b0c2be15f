"""The throwaway MariaDB: it comes up anywhere, asks for passwords and outlives nobody."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pymysql
import pytest

from backups.errors import BackupError, ToolMissing
from backups.sandbox import mariadb as sandbox
from backups.sandbox.mariadb import MariaDBServer, mariadb, server_program
from tests.servers import until


def ask(server: MariaDBServer, query: str, **different):
    """Return the first value of the query's first row."""
    given = {
        "unix_socket": server.socket,
        "user": server.username,
        "password": server.password,
        "autocommit": True,
    }
    with closing(pymysql.connect(**{**given, **different})) as connection:
        cursor = connection.cursor()
        cursor.execute(query)
        return cursor.fetchone()[0] if cursor.description else ""


def runs(pid: int) -> bool:
    """Say whether the process lives; one that only waits to be buried does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


@pytest.mark.parametrize("password", ["", "salah"])
def test_asks_everybody_for_the_password(mariadb_server, password):
    assert ask(mariadb_server, "SELECT VERSION()").startswith(mariadb_server.version)
    assert mariadb_server.password not in repr(mariadb_server)
    with pytest.raises(pymysql.err.OperationalError, match="Access denied"):
        ask(mariadb_server, "SELECT 1", password=password)
    with pytest.raises(pymysql.err.OperationalError, match="Access denied"):
        ask(mariadb_server, "SELECT 1", user="siapa", password="")


def test_opens_no_network_and_does_not_run_as_root(mariadb_server):
    assert ask(mariadb_server, "SELECT @@skip_networking") == 1
    status = Path(f"/proc/{mariadb_server.pid}/status").read_text()
    (uids,) = [line.split()[1:] for line in status.splitlines() if line.startswith("Uid:")]
    assert "0" not in uids


def test_reads_and_writes_no_file_outside_its_folder_for_any_sql(mariadb_server, tmp_path):
    assert ask(mariadb_server, "SELECT LOAD_FILE('/etc/passwd')") is None
    with pytest.raises(pymysql.err.OperationalError, match="secure-file-priv"):
        ask(mariadb_server, f"SELECT 1 INTO OUTFILE '{tmp_path}/keluar'")


def test_listens_on_loopback_when_asked(tmp_path, free_port):
    with mariadb(tmp_path / "server", port=free_port) as server:
        over_tcp = {"unix_socket": None, "host": "127.0.0.1", "port": free_port}
        assert ask(server, "SELECT CURRENT_USER()", **over_tcp) == "root@127.0.0.1"
        assert ask(server, "SELECT @@bind_address") == "127.0.0.1"


def test_ends_with_its_block_and_leaves_no_process(tmp_path):
    with mariadb(tmp_path / "server") as server:
        assert runs(server.pid)
    assert not runs(server.pid)


def test_keeps_its_data_when_started_again(tmp_path):
    with mariadb(tmp_path / "server", durable=True) as first:
        ask(first, "CREATE DATABASE tetap")
        ask(first, "CREATE TABLE tetap.t AS SELECT 42 AS n")
        assert ask(first, "SELECT @@innodb_flush_log_at_trx_commit") == 1
    with mariadb(tmp_path / "server", durable=True) as second:
        assert ask(second, "SELECT n FROM tetap.t") == 42
        assert second.password == first.password


def test_half_made_data_are_made_anew(tmp_path):
    unfinished = tmp_path / "server" / "data.new"
    unfinished.mkdir(parents=True)
    (unfinished / "ibdata1").write_bytes(b"setengah jadi")
    with mariadb(tmp_path / "server") as server:
        assert ask(server, "SELECT 1") == 1
    assert not unfinished.exists()


def test_comes_up_in_a_folder_whose_name_is_too_long_for_a_socket(tmp_path):
    with mariadb(tmp_path / ("panjang" * 15) / "server") as server:
        assert ask(server, "SELECT 1") == 1
        socket = Path(server.socket)
    assert not socket.parent.exists()


@pytest.mark.parametrize("durable", [False, True])
def test_dies_with_its_worker_even_by_kill_9(tmp_path, durable):
    script = (
        "import sys, pathlib\n"
        "from backups.sandbox.mariadb import mariadb\n"
        f"with mariadb(pathlib.Path(sys.argv[1]), durable={durable}) as server:\n"
        "    print(server.pid, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, tmp_path / "server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    ) as worker:
        pid = int(worker.stdout.readline())
        assert runs(pid)
        worker.send_signal(signal.SIGKILL)
        until(lambda: not runs(pid))


def test_a_missing_program_is_told_with_its_package(monkeypatch):
    monkeypatch.setattr(sandbox, "PROGRAM_FOLDERS", "")
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ToolMissing) as caught:
        server_program("mariadbd")
    assert "mariadb-server-core" in caught.value.advice


def test_a_server_that_cannot_start_says_why(tmp_path):
    with mariadb(tmp_path / "server", durable=True):
        pass
    (tmp_path / "server" / "data" / "ibdata1").write_bytes(b"rusak")
    with (
        pytest.raises(BackupError, match=r"did not start: .*ERROR") as caught,
        mariadb(tmp_path / "server", durable=True),
    ):
        pass
    assert "server.log" in caught.value.advice
