"""A PostgreSQL server of our own in a folder: private socket, no network, ends with its worker.

Throwaway by default, for drills, comparisons and tests: nothing is synced to disk. With
`durable` the same folder may be started again later with all its data.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg2

from backups import process
from backups.errors import BackupError, ToolMissing
from backups.sandbox.ownership import OpenFolder, hand_over, held_open, unprivileged

SUPERUSER = "postgres"
INSTALLED = "/usr/lib/postgresql"  # where Debian and Ubuntu keep each major version
START_SECONDS = 60.0
POLL_SECONDS = 0.05
SOCKET_PATH_LIMIT = 107  # bytes, unix(7): sun_path without its closing zero
DURABLE = ("wal_level=minimal", "max_wal_senders=0", "jit=off")
THROWAWAY = (*DURABLE, "fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True, slots=True)
class PostgreSQLServer:
    """A running server: `host` is the folder of its socket, `port` counts for TCP as well."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    version: str
    pid: int


@contextmanager
def postgresql(
    folder: Path,
    *,
    major: int | None = None,
    durable: bool = False,
    port: int = 5432,
    tcp: bool = False,
) -> Iterator[PostgreSQLServer]:
    """Run a server whose data live in `folder`, made there when it has none; end it after.

    `major` asks for one major version; without it the newest installed one runs, or the one
    that made the data. `tcp` opens 127.0.0.1:`port` besides the socket. Passwords are asked
    for on both. Raises ToolMissing, and BackupError when the server does not come up.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    programs = server_programs(major or _major_of_data(folder))
    password = _password(folder)
    hand_over(folder)
    with held_open(folder) as place, _socket_folder(folder) as sockets:
        if not (folder / "data").is_dir():
            _initialise(programs, place)
        argv = _server_argv(programs, place, sockets, "127.0.0.1" if tcp else "", durable=durable)
        with (
            (folder / "server.log").open("ab") as log,
            process.started(
                unprivileged((*argv, "-p", str(port))),
                stdout=log,
                stderr=log,
                cwd=Path("/"),
                keep_open=(place.descriptor,),
            ) as child,
        ):
            server = PostgreSQLServer(str(sockets), port, SUPERUSER, password, "", child.pid)
            yield replace(server, version=_await_answer(server, child, folder))


def server_programs(major: int | None = None) -> Path:
    """Return the folder of this major version's server programs (the newest's without one).

    Raises ToolMissing that names the major version.
    """
    found = {_major_version(folder): folder for folder in reversed(_program_folders())}
    if major is None and found:
        return found[max(found)]
    if major in found:
        return found[major]
    wanted = f"PostgreSQL {major}" if major else "PostgreSQL"
    others = ", ".join(map(str, sorted(found))) or "none"
    raise ToolMissing(
        f"The server programs of {wanted} are not installed on this machine (found: {others}).",
        advice=f"Install them: apt-get install postgresql{f'-{major}' if major else ''}",
    )


def _program_folders() -> list[Path]:
    candidates = sorted(Path(INSTALLED).glob("*/bin/initdb"))
    if on_path := shutil.which("initdb"):
        candidates.insert(0, Path(on_path).resolve())
    if shutil.which("pg_config"):
        told = process.run(("pg_config", "--bindir"), timeout=10).stdout.strip()
        candidates.append(Path(told) / "initdb")
    return [path.parent for path in candidates if path.with_name("postgres").is_file()]


def _major_version(folder: Path) -> int:
    told = process.run((str(folder / "postgres"), "--version"), timeout=10).stdout
    number = re.search(r"\(PostgreSQL\) (\d+)", told)
    return int(number[1]) if number else 0


def _major_of_data(folder: Path) -> int | None:
    version_file = folder / "data" / "PG_VERSION"
    return int(version_file.read_text()) if version_file.is_file() else None


def _password(folder: Path) -> str:
    """Return the superuser's password, made and kept beside the data the first time."""
    path = folder / "password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(24))
    return path.read_text()


@contextmanager
def _socket_folder(folder: Path) -> Iterator[Path]:
    """Yield where the socket goes: the server's own folder, or a short one when that is long."""
    if len(os.fsencode(folder / ".s.PGSQL.65535")) <= SOCKET_PATH_LIMIT:
        yield folder
        return
    with TemporaryDirectory(prefix="pulih-", dir="/tmp") as short:
        hand_over(Path(short))
        yield Path(short)


def _initialise(programs: Path, place: OpenFolder) -> None:
    """Make the data in a folder of another name first: a killed initdb leaves none half-made."""
    unfinished = place.path / "data.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    argv = (
        str(programs / "initdb"),
        f"--pgdata={place.inside}/{unfinished.name}",
        f"--pwfile={place.inside}/password",
        f"--username={SUPERUSER}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    )
    with (
        (place.path / "server.log").open("ab") as log,
        process.started(
            unprivileged(argv),
            stdout=log,
            stderr=log,
            cwd=Path("/"),
            keep_open=(place.descriptor,),
        ) as child,
    ):
        if process.wait(child, timeout=START_SECONDS) != 0:
            raise _did_not_start(place.path)
    unfinished.rename(place.path / "data")


def _server_argv(
    programs: Path, place: OpenFolder, sockets: Path, address: str, *, durable: bool
) -> tuple[str, ...]:
    settings = (
        f"unix_socket_directories={place.inside if sockets == place.path else sockets}",
        "unix_socket_permissions=0700",
        f"listen_addresses={address}",
        *(DURABLE if durable else THROWAWAY),
    )
    given = (word for setting in settings for word in ("-c", setting))
    return (str(programs / "postgres"), "-D", f"{place.inside}/data", *given)


def _await_answer(server: PostgreSQLServer, child: process.Child, folder: Path) -> str:
    """Wait until the server answers and return its version."""
    deadline = time.monotonic() + START_SECONDS
    while child.poll() is None and time.monotonic() < deadline:
        try:
            return _version(server)
        except psycopg2.OperationalError:
            time.sleep(POLL_SECONDS)
    raise _did_not_start(folder)


def _version(server: PostgreSQLServer) -> str:
    connection = psycopg2.connect(
        host=server.host,
        port=server.port,
        user=server.username,
        password=server.password,
        dbname="postgres",
    )
    with closing(connection):
        return str(connection.get_parameter_status("server_version")).split()[0]


def _did_not_start(folder: Path) -> BackupError:
    lines = (folder / "server.log").read_text(errors="replace").strip().splitlines()
    said = lines[-1] if lines else "it said nothing"
    return BackupError(
        f"The throwaway PostgreSQL server in {folder} did not start: {said}",
        advice=f"Read {folder / 'server.log'}",
    )
