"""How a MariaDB or MySQL source is reached: a session, the dump program, their errors."""

from __future__ import annotations

import errno
import fcntl
import re
import shutil
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from time import monotonic

import pymysql

from backups import process
from backups.errors import (
    BackupError,
    Cancelled,
    DumpFailed,
    NoSpace,
    SourceRefused,
    SourceUnreachable,
    ToolMissing,
)
from backups.specs import Credential, SourceSpec, Watch

CONNECT_SECONDS = 10
ANSWER_SECONDS = 300  # information_schema opens every table of a large database
LONG_ANSWER_SECONDS = int(12 * process.HOUR)  # a table that is hashed or sorted says nothing
SILENCE_SECONDS = process.HOUR  # a dump that says nothing for so long waits for a lock
END_SECONDS = 60.0
CHUNK_BYTES = 1 << 18
PIPE_BYTES = 1 << 20  # the dump goes on while we hash and write; of itself it writes 4 KiB at once
DUMP_TOOLS = ("mariadb-dump", "mysqldump")
MAX_PACKET = "1G"  # the protocol's own limit: the largest row there can be
ROWS_ON_LINES = (10, 11)  # tried from here on; older clients are made to write one row a statement

# Codes of error messages: mariadb.com/kb/en/mariadb-error-codes, dev.mysql.com/doc/mysql-errors
_REFUSED = {
    1044: "the user {user} has no rights on the database {database}",
    1045: "wrong user name or password for {user}",
    1049: "there is no database {database}",
    1130: "it lets nobody in from this machine",
    1142: "the user {user} may not read all of {database}",
    1698: "wrong user name or password for {user}",
}
_DENIED = re.compile(r"denied|insufficient privileges|\b(?:1044|1045|1142|1227|1370)\b")
_GONE = re.compile(
    r"[Ee]rror:? (?:2002|2003|2006|2013|2026|2055)\b|Lost connection|gone away|shutdown in progress"
)
_MARIADB = re.compile(r"(?:Distrib|from) (\d+)\.(\d+)\.\d+-MariaDB")


@dataclass(frozen=True, slots=True)
class DumpTool:
    """The dump program of this machine; `version` is MariaDB's, None for MySQL's own."""

    path: str
    version: tuple[int, int] | None

    @property
    def rows_on_lines(self) -> bool:
        """True when each row of an INSERT stands on a line of its own."""
        return self.version is not None and self.version >= ROWS_ON_LINES


@contextmanager
def session(
    spec: SourceSpec, *, answer_seconds: int = ANSWER_SECONDS
) -> Iterator[pymysql.Connection]:
    """Yield a connection to the source's database; every error of it is one of ours.

    `answer_seconds`: how long one statement may be silent.
    """
    try:
        connection = _connect(spec, answer_seconds)
    except (pymysql.err.Error, RuntimeError, OSError) as error:
        raise _session_error(spec, error) from error
    try:
        yield connection
    except (pymysql.err.Error, OSError) as error:
        raise _session_error(spec, error) from error
    finally:
        connection.close()


def _connect(spec: SourceSpec, answer_seconds: int) -> pymysql.Connection:
    reader = credential(spec)
    socket = socket_of(spec)
    return pymysql.connect(
        host=(not socket and spec.host) or "localhost",  # TLS is to greet no path
        port=spec.port or 0,
        unix_socket=socket,
        user=reader.username,
        password=reader.password.encode(),
        database=spec.database,
        charset="utf8mb4",
        connect_timeout=CONNECT_SECONDS,
        read_timeout=answer_seconds,
        write_timeout=answer_seconds,
    )


def knock(spec: SourceSpec) -> None:
    """Ask the database for nothing, to hear whether it answers; raises as `session` does."""
    with session(spec) as connection:
        connection.ping(reconnect=False)


def credential(spec: SourceSpec) -> Credential:
    """Return who reads the source; raise SourceRefused when nobody is set."""
    if spec.read is None:
        raise SourceRefused(f"Source {spec.name} has no user name to read it with.")
    return spec.read


def socket_of(spec: SourceSpec) -> str | None:
    """Return the server's UNIX socket when the host is a path: the socket, or its folder."""
    if not spec.host.startswith("/"):
        return None
    path = Path(spec.host)
    try:
        found = sorted(path.glob("*.sock")) if path.is_dir() else []
    except OSError as error:
        raise SourceUnreachable(f"Source {spec.name}: {path} cannot be read: {error}") from error
    return str(found[0] if found else path)


def address(spec: SourceSpec) -> tuple[str, ...]:
    """Return where to connect, for a client program; the password goes by environment."""
    if socket := socket_of(spec):
        return ("--protocol=socket", f"--socket={socket}")
    host = ("--protocol=tcp", f"--host={spec.host or 'localhost'}")
    return (*host, f"--port={spec.port}") if spec.port else host


def environment(spec: SourceSpec) -> dict[str, str]:
    """Return what lets a client program in. Unlike a file it leaves nothing when we are killed."""
    return {"MYSQL_PWD": credential(spec).password}


def dump_tool() -> DumpTool:
    """Return this machine's dump program; raise ToolMissing when there is none."""
    path = next(filter(None, map(shutil.which, DUMP_TOOLS)), None)
    if path is None:
        raise ToolMissing(
            "The program mariadb-dump is not installed on this machine.",
            advice="Install it: apt-get install mariadb-client",
        )
    return _asked(path, Path(path).stat().st_mtime_ns)


@cache
def _asked(path: str, changed: int) -> DumpTool:  # noqa: ARG001 - another program asks anew
    """Return a dump program with its version, asked once as long as its file stays the same."""
    told = _MARIADB.search(process.run((path, "--no-defaults", "--version"), timeout=10).stdout)
    return DumpTool(path, (int(told[1]), int(told[2])) if told else None)


def _session_error(spec: SourceSpec, error: Exception) -> BackupError:
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    if reason := _REFUSED.get(code):
        told = reason.format(user=credential(spec).username, database=spec.database)
        return SourceRefused(f"Source {spec.name} refused: {told}.")
    told = str(error.args[-1]) if error.args else type(error).__name__
    if isinstance(error, RuntimeError) or _DENIED.search(told):
        return SourceRefused(f"Source {spec.name} refused: {told}.")
    return SourceUnreachable(f"Source {spec.name} does not answer at {_where(spec)}: {told}.")


def _where(spec: SourceSpec) -> str:
    return f"{spec.host or 'localhost'}{f':{spec.port}' if spec.port else ''}"


def tool_error(spec: SourceSpec, program: str, returncode: int, stderr: str) -> BackupError:
    """Return what the dump program's bad end means, in its own words."""
    if returncode < 0:
        return DumpFailed(f"{program} of source {spec.name} was ended by signal {-returncode}.")
    lines = [line for line in stderr.splitlines() if line.strip() and "Warning:" not in line]
    told = lines[-1].partition(": ")[2] if lines else f"exit code {returncode}"
    if _DENIED.search(told):
        return SourceRefused(f"No rights on all of source {spec.name}: {told}")
    if _GONE.search(told):
        return SourceUnreachable(f"Source {spec.name} went away during the dump: {told}")
    return DumpFailed(f"{program} of source {spec.name} failed: {told}")


def tool_output(
    spec: SourceSpec, tool: DumpTool, options: tuple[str, ...], watch: Watch
) -> Generator[bytes, None, None]:
    """Yield what the dump program writes, in chunks; raise unless it comes to a good end.

    Close the iterator to end the program early. Raises Cancelled, or what `tool_error` says.
    """
    argv = ("stdbuf", f"--output={PIPE_BYTES}", tool.path, *options)
    with (
        TemporaryFile() as errors,
        process.started(argv, extra_environment=environment(spec), stderr=errors) as child,
        _guarded(child, watch) as guard,
    ):
        if child.stdout is None:
            return
        with suppress(OSError):  # the limit of an ordinary user may be lower: then it stays small
            fcntl.fcntl(child.stdout, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        while chunk := child.stdout.read(CHUNK_BYTES):
            guard.heard_at = monotonic()
            guard.check(spec)
            yield chunk
        guard.check(spec)
        returncode = process.wait(child, timeout=END_SECONDS, watch=watch)
        errors.seek(0)
        told = errors.read().decode(errors="replace")
    if returncode != 0:
        raise tool_error(spec, Path(tool.path).name, returncode, told)


class _Guard:
    """Ends a child when a person cancels, or when it says nothing: its reader then comes back."""

    def __init__(self, child: process.Child, watch: Watch) -> None:
        self.heard_at = monotonic()
        self.over = threading.Event()
        self._child = child
        self._watch = watch
        self._silent = False

    def look(self) -> None:
        """Look again and again until it is over."""
        while not self.over.wait(process.POLL_SECONDS):
            self._silent = monotonic() - self.heard_at > SILENCE_SECONDS
            if self._silent or self._watch.stopped():
                process.end(self._child)
                return

    def check(self, spec: SourceSpec) -> None:
        """Raise when the child was, or should be, ended."""
        if self._watch.stopped():
            raise Cancelled(f"The dump of source {spec.name} was cancelled.")
        if self._silent:
            raise DumpFailed(
                f"The dump of source {spec.name} stood still for an hour and was ended.",
                advice="Something holds a lock on one of its tables: SHOW FULL PROCESSLIST.",
            )


@contextmanager
def _guarded(child: process.Child, watch: Watch) -> Iterator[_Guard]:
    guard = _Guard(child, watch)
    thread = threading.Thread(target=guard.look, daemon=True, name="dump guard")
    thread.start()
    try:
        yield guard
    finally:
        guard.over.set()
        thread.join()


@contextmanager
def disk_troubles_told(spec: SourceSpec) -> Iterator[None]:
    """Turn a full disk under our own writing into NoSpace."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise NoSpace(f"The staging disk filled up while dumping source {spec.name}.") from error
