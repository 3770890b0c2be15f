"""A MariaDB server of our own in a folder: private socket, no network, ends with its worker.

Throwaway by default, for drills, comparisons and tests: nothing is synced to disk. With
`durable` the same folder may be started again later with all its data.
"""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pymysql

from backups import process
from backups.errors import BackupError, ToolMissing
from backups.sandbox.ownership import hand_over, server_account

ADMINISTRATOR = "root"
START_SECONDS = 60.0
STOP_SECONDS = 120.0
POLL_SECONDS = 0.05
SOCKET_PATH_LIMIT = 107  # bytes, unix(7): sun_path without its closing zero
PROGRAM_FOLDERS = os.pathsep.join(("/usr/sbin", "/usr/local/sbin"))  # often not on PATH
DURABLE = (
    "--skip-log-bin",
    "--skip-name-resolve",
    "--event-scheduler=OFF",  # a restored event must never act by itself
    "--local-infile=OFF",
    "--character-set-server=utf8mb4",
    "--max-allowed-packet=1G",  # whatever row a dump holds, loads
)
THROWAWAY = (
    *DURABLE,
    "--skip-innodb-doublewrite",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=256M",
)


@dataclass(frozen=True, slots=True)
class MariaDBServer:
    """A running server; `port` is None when it opens no network at all."""

    socket: str
    port: int | None
    username: str
    password: str = field(repr=False)
    version: str
    pid: int


@contextmanager
def mariadb(
    folder: Path, *, durable: bool = False, port: int | None = None
) -> Iterator[MariaDBServer]:
    """Run a server whose data live in `folder`, made there when it has none; end it after.

    `port` opens 127.0.0.1:`port` besides the socket. The administrator's password is asked for
    on both, and nobody else has an account. The configuration of the machine is never read.
    Raises ToolMissing, and BackupError when the server does not come up.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = folder.resolve()
    program = server_program("mariadbd")
    password = _password(folder)
    hand_over(folder)
    if not (folder / "data").is_dir():
        _initialise(folder)
    with _socket_folder(folder) as sockets, (folder / "server.log").open("ab") as log:
        server = MariaDBServer(
            str(sockets / "mariadb.sock"), port, ADMINISTRATOR, password, version="", pid=0
        )
        argv = (program, *_server_options(folder, server, durable=durable))
        death = "TERM" if durable else "KILL"  # mariadbd does not hear SIGINT
        with process.started(
            _as_server(argv, folder, death), stdout=log, stderr=log, cwd=Path("/")
        ) as child:
            try:
                version = _await_answer(server, child, folder)
                yield replace(server, version=version, pid=child.pid)
            finally:
                _stop(child, durable=durable)


def server_program(name: str) -> str:
    """Return the path of one of the server's programs; ToolMissing says which package has it."""
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), PROGRAM_FOLDERS))
    if found := shutil.which(name, path=path):
        return found
    raise ToolMissing(
        f"The MariaDB server program {name} is not installed on this machine.",
        advice="Install it, without any service: apt-get install mariadb-server-core",
    )


def _password(folder: Path) -> str:
    """Return the administrator's password, made and kept beside the data the first time."""
    path = folder / "password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(24))
    return path.read_text()


@contextmanager
def _socket_folder(folder: Path) -> Iterator[Path]:
    """Yield where the socket goes: the server's own folder, or a short one when that is long."""
    if len(os.fsencode(folder / "mariadb.sock")) <= SOCKET_PATH_LIMIT:
        yield folder
        return
    with TemporaryDirectory(prefix="pulih-", dir="/tmp") as short:
        hand_over(Path(short))
        yield Path(short)


def _as_server(argv: Sequence[str], folder: Path, death: str) -> tuple[str, ...]:
    """Return `argv` so that it runs without root's rights and gets SIG`death` with its worker.

    A change of user clears the parent-death signal (prctl(2)), so it is set here, after it.
    Where the account may not walk down to `folder` (a checkout in /root), it keeps the one
    capability to do so: MariaDB opens its tables by absolute path, whatever it was given.
    """
    account = server_account()
    if account is None:
        return ("setpriv", f"--pdeathsig={death}", "--", *argv)
    ids = (f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups")
    walk = () if _open_to_all(folder) else _may("dac_read_search")
    return ("setpriv", *ids, *walk, f"--pdeathsig={death}", "--", *argv)


def _open_to_all(folder: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in folder.parents)


def _may(capability: str) -> tuple[str, ...]:
    """Return the words of setpriv that keep one capability, for access(2) too.

    Without the last one access(2) overlooks it (capabilities(7), SECBIT_NO_SETUID_FIXUP): MariaDB
    then takes Aria's control file for missing, makes another and finds its own tables damaged.
    """
    kept = (f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}")
    return (*kept, "--securebits=+no_setuid_fixup")


def _initialise(folder: Path) -> None:
    """Make the data under another name first: a killed installation leaves none half-made."""
    unfinished = folder / "data.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    argv = (
        server_program("mariadb-install-db"),
        "--no-defaults",
        f"--datadir={unfinished}",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        "--skip-name-resolve",
    )
    with (
        (folder / "server.log").open("ab") as log,
        process.started(
            _as_server(argv, folder, "KILL"), stdout=log, stderr=log, cwd=Path("/")
        ) as child,
    ):
        if process.wait(child, timeout=START_SECONDS) != 0:
            raise _did_not_start(folder)
    unfinished.rename(folder / "data")


def _server_options(folder: Path, server: MariaDBServer, *, durable: bool) -> tuple[str, ...]:
    network = (
        ("--skip-networking",)
        if server.port is None
        else ("--bind-address=127.0.0.1", f"--port={server.port}")
    )
    return (
        "--no-defaults",  # must come first: no file of the machine is read
        f"--datadir={folder / 'data'}",
        f"--socket={server.socket}",
        f"--pid-file={folder / 'data' / 'server.pid'}",
        f"--tmpdir={_temporary(folder)}",  # at its start it empties that of all servers' leftovers
        f"--secure-file-priv={folder / 'data'}",  # no SQL reads or writes files elsewhere
        f"--init-file={_accounts(folder, server.password)}",
        *network,
        *(DURABLE if durable else THROWAWAY),
    )


def _temporary(folder: Path) -> Path:
    """Return where it keeps temporary tables: in /tmp it would delete those of other servers."""
    path = folder / "tmp"
    path.mkdir(mode=0o700, exist_ok=True)
    hand_over(path)
    return path


def _accounts(folder: Path, password: str) -> Path:
    """Write what each start does before it lets anybody in: one administrator, by password."""
    path = folder / "accounts.sql"
    path.touch(mode=0o600)
    hosts = ("localhost", "127.0.0.1")
    lines = [
        "DELETE FROM mysql.global_priv WHERE User IN ('', 'root');",
        "FLUSH PRIVILEGES;",
        *(f"CREATE USER root@'{host}' IDENTIFIED BY '{password}';" for host in hosts),
        *(f"GRANT ALL ON *.* TO root@'{host}' WITH GRANT OPTION;" for host in hosts),
    ]
    path.write_text("\n".join(lines) + "\n")
    hand_over(path)
    return path


def _await_answer(server: MariaDBServer, child: process.Child, folder: Path) -> str:
    """Wait until the server answers and return its version, as 10.11.19."""
    deadline = time.monotonic() + START_SECONDS
    while child.poll() is None and time.monotonic() < deadline:
        try:
            return _version(server)
        except pymysql.err.OperationalError:
            time.sleep(POLL_SECONDS)
    raise _did_not_start(folder)


def _version(server: MariaDBServer) -> str:
    connection = pymysql.connect(
        unix_socket=server.socket, user=server.username, password=server.password
    )
    with closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT VERSION()")  # the handshake says 5.5.5 in front of it
        ((told,),) = cursor.fetchall()
        return str(told).partition("-")[0]


def _stop(child: process.Child, *, durable: bool) -> None:
    """End the server: one whose data are kept writes them out first."""
    if durable:
        child.terminate()
        process.wait(child, timeout=STOP_SECONDS)
    else:
        child.kill()
        child.wait()


def _did_not_start(folder: Path) -> BackupError:
    lines = (folder / "server.log").read_text(errors="replace").strip().splitlines()
    told = [line for line in lines if "ERROR" in line] or lines or ["it said nothing"]
    return BackupError(
        f"The throwaway MariaDB server in {folder} did not start: {told[-1]}",
        advice=f"Read {folder / 'server.log'}",
    )
