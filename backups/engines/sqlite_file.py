"""How an SQLite file is opened without disturbing it, copied, and what its errors mean."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from backups.errors import (
    BackupError,
    Cancelled,
    DumpFailed,
    NoSpace,
    SourceRefused,
    SourceUnreachable,
)
from backups.specs import SourceSpec, Watch

BUSY_SECONDS = 60.0  # how long a program that writes may keep us waiting
PAGES_PER_STEP = 2048
COPY_TRIES = 3
REPAIR_ADVICE = "Bring back an earlier copy, or repair it with: sqlite3 FILE .recover"


def open_file(path: Path, options: str) -> sqlite3.Connection:
    """Open a database by the options of its URI; whatever stands in the path means itself."""
    uri = f"file:{quote(os.fsencode(path.absolute()))}?{options}"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)


def source_file(spec: SourceSpec) -> Path:
    """Return the source's file; never one that is not there, is empty or may not be read."""
    path = Path(spec.path).resolve()
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise SourceRefused(f"Source {spec.name}: {path} is not a file.")
        path.open("rb").close()
    except FileNotFoundError as error:
        raise SourceUnreachable(f"Source {spec.name}: there is no file {path}.") from error
    except OSError as error:
        raise SourceRefused(f"Source {spec.name}: {path}: {error.strerror}.") from error
    if size == 0:
        raise SourceRefused(f"Source {spec.name}: {path} is empty, there is no database in it.")
    return path


def open_source(path: Path, *, resting: bool) -> sqlite3.Connection:
    """Open the source for reading only, leaving nothing beside it.

    One that rests is opened as one that cannot change: else it would get its -wal and -shm files
    from us, and a program of another user could no longer write to it.
    """
    return open_file(path, "immutable=1" if resting else "mode=ro")


def rests(path: Path) -> bool:
    """Say whether this is a database in WAL mode that no program has open."""
    with path.open("rb") as file:
        versions = file.read(20)[18:]  # www.sqlite.org/fileformat.html, 1.3
    return versions == b"\2\2" and not Path(f"{path}-wal").exists()


def knock(spec: SourceSpec) -> None:
    """Ask the file for its smallest fact, to hear whether it may be read; see engines.knocks."""
    with troubles_told(spec):
        path = source_file(spec)
        with closing(open_source(path, resting=rests(path))) as source:
            pragma(source, "schema_version")


def size_of(database: sqlite3.Connection) -> int:
    """Return the database's size in bytes, with what still stands in its WAL."""
    return int(pragma(database, "page_count") * pragma(database, "page_size"))


def pragma(database: sqlite3.Connection, name: str) -> Any:
    """Return one of the database's settings."""
    return database.execute(f"PRAGMA {name}").fetchone()[0]


def copy_database(spec: SourceSpec, copy: Path, progress: Progress) -> datetime:
    """Copy the database as of one moment, and return that moment.

    One that rested without a lock of ours must not have been touched; else it is copied again.
    """
    path = source_file(spec)
    for _ in range(COPY_TRIES):
        taken_at, resting, before = datetime.now(UTC), rests(path), _state(path)
        with closing(open_source(path, resting=resting)) as source:
            _copy_pages(source, copy, progress)
        if not resting or _state(path) == before:
            return taken_at
        copy.unlink()
    raise SourceUnreachable(f"Source {spec.name}: {path} changes each time it is copied.")


def _state(path: Path) -> tuple[int, int, int]:
    now = path.stat()
    return now.st_ino, now.st_size, now.st_mtime_ns


def _copy_pages(source: sqlite3.Connection, path: Path, progress: Progress) -> None:
    """Copy all pages inside one read transaction.

    Without it each change of a busy database would make the backup begin again. In WAL mode its
    writers go on; otherwise they wait for us as for any reader.
    """
    page_size = pragma(source, "page_size")

    def step(_: int, remaining: int, total: int) -> None:
        progress.copied((total - remaining) * page_size, total * page_size)

    source.execute("BEGIN")
    source.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    with closing(sqlite3.connect(path, isolation_level=None)) as target:
        target.execute("PRAGMA journal_mode=OFF")  # a copy that fails is thrown away
        target.execute("PRAGMA synchronous=OFF")
        source.backup(target, pages=PAGES_PER_STEP, progress=step)


class Progress:
    """Counts what is copied and then what is read, about as much again; never says over 99 %."""

    def __init__(self, spec: SourceSpec, watch: Watch) -> None:
        self._name = spec.name
        self._watch = watch
        self._size = 0
        self._done = 0

    def copied(self, done: int, size: int) -> None:
        """Count up to `done` of a copy of `size` bytes; one that begins anew waits for the last."""
        self._size = size
        self.came(max(0, done - self._done))

    def came(self, size: int) -> None:
        """Count more bytes; raise Cancelled when a person said so."""
        self._done += size
        self._watch.advance(self._done, max(self._size * 2, self._done * 100 // 99 + 1))
        if self._watch.stopped():
            raise Cancelled(f"The dump of source {self._name} was cancelled.")


@contextmanager
def troubles_told(spec: SourceSpec) -> Iterator[None]:
    """Turn what SQLite and the disk say into the family of backups.errors."""
    try:
        yield
    except sqlite3.Error as error:
        raise _error(spec, error) from error
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise NoSpace(f"The staging disk filled up while dumping source {spec.name}.") from error


def _error(spec: SourceSpec, error: sqlite3.Error) -> BackupError:
    """Return what an error of SQLite means (www.sqlite.org/rescode.html)."""
    name = getattr(error, "sqlite_errorname", "").removeprefix("SQLITE_")
    where = f"Source {spec.name}: {spec.path}"
    match name.partition("_")[0]:
        case "NOTADB":
            return SourceRefused(f"{where} is not an SQLite database, or it is encrypted.")
        case "CORRUPT":
            return DumpFailed(f"{where} is damaged: {error}.", advice=REPAIR_ADVICE)
        case "BUSY" | "LOCKED":
            return SourceUnreachable(f"{where} is held by a program that writes to it: {error}.")
        case "READONLY" if "ROLLBACK" in name:
            advice = "Start that program once, or open the file once with sqlite3 as its owner."
            return SourceRefused(
                f"{where} holds an unfinished change of a program that crashed.", advice=advice
            )
        case "CANTOPEN" | "PERM" | "AUTH" | "READONLY":
            advice = "The worker must be able to read the file and, in WAL mode, write its folder."
            return SourceRefused(f"{where} cannot be read: {error}.", advice=advice)
        case "FULL":
            return NoSpace(f"The staging disk filled up while dumping source {spec.name}.")
    return DumpFailed(f"{where} could not be read: {error}.")
