"""Reads a dump's data files back, each once and to its end: proof, digest and row count."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from backups import process
from backups.errors import Cancelled, DumpFailed
from backups.specs import Unwatched, Watch

TERMINATOR = b"\\.\n\n\n"  # how pg_dump ends each table's COPY data; no row can look like it
CHUNK = 1 << 20
THREADS = 2  # hashlib lets go of the interpreter while it works
# bytes.count does not: from here on `wc` counts beside it, six times as fast, in a warm page cache.
LARGE = 8 << 20
POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Content:
    """What was read: its size in bytes, its rows (or large objects), its SHA-256."""

    bytes: int
    rows: int
    sha256: str


def read_tables(tables: Mapping[Path, str], watch: Watch) -> dict[Path, Content]:
    """Read every table's data file; raise DumpFailed for one that is missing or cut short.

    `tables` gives each file the words by which an error names it.
    """
    stop = Event()
    largest_first = sorted(tables, key=_size, reverse=True)
    with ThreadPoolExecutor(THREADS) as pool:
        reading = [pool.submit(read_table, path, tables[path], stop) for path in largest_first]
        try:
            # Only this thread asks the watch, which may stand on a database connection.
            while wait(reading, POLL_SECONDS).not_done:
                if watch.stopped():
                    raise Cancelled("The work was cancelled.")
            return {path: each.result() for path, each in zip(largest_first, reading, strict=True)}
        finally:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)


def read_table(path: Path, name: str, stop: Event) -> Content:
    """Read the data file of the table `name`; `stop` ends it early with Cancelled."""
    if not path.exists():
        raise DumpFailed(f"The dump lacks {path.name}, the data of {name}.")
    large = _size(path) >= LARGE
    newlines = _newlines(path, name, stop) if large else 0
    digest, size, tail = hashlib.sha256(), 0, b"\n"
    for chunk in _chunks(path):
        if stop.is_set():
            raise Cancelled("The work was cancelled.")
        digest.update(chunk)
        size += len(chunk)
        newlines += 0 if large else chunk.count(b"\n")
        tail = (tail + chunk[-len(TERMINATOR) - 1 :])[-len(TERMINATOR) - 1 :]
    if tail != b"\n" + TERMINATOR:
        raise DumpFailed(f"The dump is cut short in {path.name}, the data of {name}.")
    return Content(size, newlines - TERMINATOR.count(b"\n"), digest.hexdigest())


def _newlines(path: Path, name: str, stop: Event) -> int:
    ended = process.run(("wc", "--lines", str(path)), watch=_Until(stop))
    if not ended.ok:
        raise DumpFailed(f"The data of {name} cannot be read: {ended.last_line()}")
    return int(ended.stdout.split()[0])


class _Until(Unwatched):
    """A Watch that stops with an event: the real one is for the first thread alone."""

    def __init__(self, stop: Event) -> None:
        self._stop = stop

    def stopped(self) -> bool:
        return self._stop.is_set()


def read_large_objects(folder: Path, source: str, expected: int, watch: Watch) -> Content | None:
    """Read the source's large objects in the order of their numbers; None when it has none.

    Raises DumpFailed when the dump does not hold the `expected` number of them.
    """
    paths = sorted(folder.glob("blob_*.dat"), key=_number)
    listed = sum(path.read_bytes().count(b"\n") for path in folder.glob("blobs*.toc"))
    if not listed == len(paths) == expected:
        held = min(listed, len(paths))
        raise DumpFailed(
            f"The dump of source {source} holds {held} of its {expected} large objects."
        )
    digest, size = hashlib.sha256(), 0
    for path in paths:
        if watch.stopped():
            raise Cancelled("The work was cancelled.")
        digest.update(f"{path.name} {_size(path)}\n".encode())
        for chunk in _chunks(path):
            digest.update(chunk)
            size += len(chunk)
    return Content(size, len(paths), digest.hexdigest()) if paths else None


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _number(path: Path) -> int:
    return int(path.stem.partition("_")[2])
