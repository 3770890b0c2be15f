"""How a PostgreSQL source is reached: a session, the client programs that fit it, their errors."""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg2
from psycopg2.errors import InsufficientPrivilege
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class
from psycopg2.extensions import make_dsn

from backups import process
from backups.errors import (
    BackupError,
    DumpFailed,
    NoSpace,
    SourceRefused,
    SourceUnreachable,
    ToolMissing,
    VersionMismatch,
)
from backups.specs import Credential, SourceSpec

INSTALLED = "/usr/lib/postgresql"  # where Debian and Ubuntu keep each major version
CONNECT_SECONDS = 10
KNOCK_MILLISECONDS = 5000
# A peer that vanished without a word is noticed within a minute, not after TCP's two hours.
KEEPALIVE: dict[str, Any] = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}

_SERVER_SAID_NO = re.compile(r"FATAL|no password supplied|authentication method")
_SERVER_IS_BUSY = re.compile(
    r"starting up|shutting down|recovery mode|not yet accepting|too many c|connection slots"
)
_CONNECTION_LOST = re.compile(
    r"server closed the connection|connection to server|terminating connection"
    r"|could not receive data|could not send data|connection has been closed|no connection to"
)


class Tools(NamedTuple):
    """The client programs of one version, from one folder."""

    major: int
    folder: Path

    def path(self, program: str) -> str:
        """Return the path of one of them."""
        return str(self.folder / program)


@contextmanager
def session(spec: SourceSpec, *, statement_milliseconds: int = 0) -> Iterator[Connection]:
    """Yield a connection that reads one consistent view and changes nothing.

    `statement_milliseconds` limits each statement (0: not at all, whatever the server's default).
    Whatever goes wrong with it comes as SourceUnreachable, SourceRefused or DumpFailed.
    """
    connection = connect(spec)
    try:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = %s", (statement_milliseconds,))
            cursor.execute("SET idle_in_transaction_session_timeout = 0")
        yield connection
    except psycopg2.Error as error:
        raise _session_error(spec, error) from error
    finally:
        connection.close()


def connect(spec: SourceSpec) -> Connection:
    """Return a new connection of whoever reads `spec`; raise what its refusal means."""
    reader = credential(spec)
    if not spec.database:  # libpq would take the one that is named like the user
        raise SourceRefused(f"Source {spec.name} names no database.")
    try:
        connection: Connection = psycopg2.connect(
            host=spec.host or None,
            port=spec.port,
            dbname=spec.database,
            user=reader.username,
            password=reader.password or None,
            connect_timeout=CONNECT_SECONDS,
            sslmode="prefer",
            client_encoding="UTF8",
            application_name="pulih",
            **KEEPALIVE,
        )
    except psycopg2.OperationalError as error:
        raise _connect_error(spec, str(error)) from error
    return connection


def knock(spec: SourceSpec) -> None:
    """Ask the database for nothing, to hear whether it answers; raises as `session` does."""
    with session(spec, statement_milliseconds=KNOCK_MILLISECONDS) as connection:
        assure_alive(connection)


def assure_alive(connection: Connection) -> None:
    """Raise what `session` tells as a lost connection, when it is one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def credential(spec: SourceSpec) -> Credential:
    """Return who reads the source; raise SourceRefused when nobody is set."""
    if spec.read is None or not spec.read.username:
        raise SourceRefused(f"Source {spec.name} has no user name to read it with.")
    return spec.read


def environment(spec: SourceSpec) -> dict[str, str]:
    """Return what tells a client program where to connect; the password goes only this way.

    Time zone and bytea_output are pinned: they decide how COPY writes values, so a drill's server
    would otherwise never give equal digests.
    """
    reader = credential(spec)
    wanted = {
        "LC_ALL": "C.UTF-8",  # their errors are read below
        "PGHOST": spec.host,
        "PGPORT": str(spec.port or ""),
        "PGUSER": reader.username,
        "PGPASSWORD": reader.password,
        "PGCONNECT_TIMEOUT": str(CONNECT_SECONDS),
        "PGSSLMODE": "prefer",
        "PGAPPNAME": "pulih",
        "PGTZ": "UTC",
        "PGOPTIONS": "-c bytea_output=hex",
    }
    return {name: value for name, value in wanted.items() if value}


def address(spec: SourceSpec) -> str:
    """Return the database as a connection string; odd names are quoted, no secret is in it."""
    return make_dsn(dbname=spec.database, **KEEPALIVE)


def tools_for(spec: SourceSpec, server_version: int) -> Tools:
    """Return the client programs nearest to the server's version (as libpq counts it).

    An older pg_dump refuses a newer server; a newer one writes settings that an older server
    does not know. Raises VersionMismatch, or ToolMissing when there are none at all.
    """
    found = installed_tools()
    if not found:
        raise ToolMissing("The program pg_dump is not installed on this machine.")
    major = server_version // 10000
    fitting = [tools for tools in found if tools.major >= major]
    if fitting:
        return min(fitting, key=lambda tools: tools.major)
    newest = max(tools.major for tools in found)
    raise VersionMismatch(
        f"Source {spec.name} runs PostgreSQL {major}, newer than this machine's pg_dump {newest}.",
        advice=f"Install its client tools: apt-get install postgresql-client-{major}",
    )


def installed_tools() -> list[Tools]:
    """Return every set of client programs of this machine."""
    folders = [path.parent for path in sorted(Path(INSTALLED).glob("*/bin/pg_dump"))]
    if on_path := shutil.which("pg_dump"):
        folders.append(Path(on_path).resolve().parent)
    whole = [each for each in dict.fromkeys(folders) if (each / "pg_restore").exists()]
    return [Tools(_major_version(folder), folder) for folder in whole]


def _major_version(folder: Path) -> int:
    told = process.run((str(folder / "pg_dump"), "--version"), timeout=10).stdout
    number = re.search(r"\(PostgreSQL\) (\d+)", told)
    return int(number[1]) if number else 0


def _connect_error(spec: SourceSpec, text: str) -> BackupError:
    reason = text.strip().splitlines()[0].rpartition("failed: ")[2].removeprefix("FATAL:").strip()
    if _SERVER_SAID_NO.search(text) and not _SERVER_IS_BUSY.search(text):
        return SourceRefused(f"Source {spec.name} refused the connection: {reason}.")
    return SourceUnreachable(f"Source {spec.name} does not answer at {_where(spec)}: {reason}.")


def _where(spec: SourceSpec) -> str:
    return f"{spec.host or 'the local socket'}{f':{spec.port}' if spec.port else ''}"


def _session_error(spec: SourceSpec, error: psycopg2.Error) -> BackupError:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    if isinstance(error, InsufficientPrivilege):
        return SourceRefused(f"Source {spec.name} refused: {reason}.")
    if isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError):
        return SourceUnreachable(f"The connection to source {spec.name} was lost: {reason}.")
    return DumpFailed(f"Source {spec.name} could not be read: {reason}.")


def tool_error(spec: SourceSpec, ended: process.Finished) -> BackupError:
    """Return what a client program's bad end means, in its own words."""
    if ended.returncode < 0:
        return DumpFailed(
            f"{ended.program} of source {spec.name} was ended by signal {-ended.returncode}."
        )
    said, reason = ended.stderr, _reason(ended)
    if "permission denied" in said or "row-level security" in said:
        return SourceRefused(f"No rights on all of source {spec.name}: {reason}")
    if "server version mismatch" in said:
        return VersionMismatch(f"Source {spec.name}: {reason}")
    if _CONNECTION_LOST.search(said):
        return SourceUnreachable(f"Source {spec.name} went away during the dump: {reason}")
    if "No space left on device" in reason and "ERROR:" not in reason:
        return NoSpace(f"The staging disk filled up while dumping source {spec.name}: {reason}")
    if "Query was: LOCK TABLE" in said:
        return DumpFailed(f"A table of source {spec.name} stayed locked by others: {reason}")
    return DumpFailed(f"{ended.program} of source {spec.name} failed: {reason}")


def _reason(ended: process.Finished) -> str:
    """Return the program's first error and the server's own words on it, where it has them."""
    lines = [line.strip() for line in ended.stderr.splitlines()]
    start = next((n for n, line in enumerate(lines) if ": error: " in line), None)
    if start is None:
        return ended.last_line()
    said = lines[start].partition(": error: ")[2]
    details = (line.partition("Error message from server: ")[2] for line in lines[start + 1 :])
    return " ".join((said, *filter(None, details)))


@contextmanager
def disk_troubles_told(spec: SourceSpec) -> Iterator[None]:
    """Turn a full disk under our own writing into NoSpace."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise NoSpace(f"The staging disk filled up while dumping source {spec.name}.") from error
