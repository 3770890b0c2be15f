"""A MariaDB dump given to `mariadb`: all of it or some tables, over several clients at once.

The dump's own header opens each client, so that neither the order of tables nor their foreign
keys matter: sequences first (columns may take their defaults from them), then every table, then
their rows and triggers, the largest first, then what is made of them. The dump's LOCK TABLES are
left out: they serve one client alone, and a table that was locked before a child of it was made
refuses rows. So is its one transaction for all rows of a table, which costs the server twice the
work of a commit after each INSERT (measured on 10.11), and a large table gets its plain keys last.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

from backups import process
from backups.engines import mariadb_client as client
from backups.engines.mariadb_keys import LARGE, keys_later, referenced
from backups.engines.mariadb_parts import LIST_NAME, Part, read_list
from backups.errors import BackupError, Cancelled, DumpFailed, NoSpace, SourceUnreachable
from backups.specs import Fetched, Scope, SourceSpec, Unwatched, Watch

CHUNK = 1 << 20
OF_A_TABLE = ("table", "rows", "after")
OF_A_WHOLE = ("placeholder", "events", "routines", "view")
_LOCK = b"\nLOCK TABLES "
_LOCKED = b" WRITE;\n"
_BEGIN = b"SET @OLD_AUTOCOMMIT=1, @@AUTOCOMMIT=0;\n"  # what stands after the rows ends it
_COMMIT_EACH = b"SET AUTOCOMMIT=1;\n"
_NEXT_ROW = b",\n("
LAST = 48 * process.HOUR
_FULL = re.compile(r"ERROR (?:1021|1114|1030 .*\b28\b|.*No space left)|Errcode: 28\b|errno: 28\b")
_AWAY = re.compile(r"ERROR (?:2002|2003|2006|2013|2026|1927|1053)\b")


def wanted_parts(dump: Path, scope: Scope) -> list[Part]:
    """Return the dump's parts that `scope` needs, in the dump's order.

    Raises BackupError that names a table which the copy does not hold.
    """
    parts = read_list(dump)
    if scope.is_whole:
        return parts
    there = {part.name for part in parts if part.kind in {"table", "sequence"}}
    if missing := sorted(set(scope.names) - there):
        raise BackupError(
            f"The copy holds no table {', '.join(missing)}.",
            advice="Choose tables that stand in it; views and routines come with the whole alone.",
        )
    return [
        part
        for part in parts
        if part.kind in {"header", "footer"}
        or (part.kind in {*OF_A_TABLE, "sequence"} and part.name in scope.names)
    ]


def wanted_paths(noted: Fetched, scope: Scope) -> tuple[str, ...]:
    """Return the in-snapshot paths of what `scope` needs; () for all."""
    parts = wanted_parts(noted.dump, scope)
    if scope.is_whole:
        return ()
    home = noted.paths[-1].rstrip("/")
    names = ("manifest.jsonl", LIST_NAME, "database.json", *(part.file for part in parts))
    return tuple(f"{home}/{name}" for name in names)


def load(
    dump: Path, into: SourceSpec, scope: Scope, watch: Watch, *, leave_out: frozenset[str]
) -> None:
    """Load the dump into the empty database `into`, but for parts of the kinds `leave_out`.

    Parts that were not fetched are passed over: what they hold is for the proof to miss.
    Raises DumpFailed at the first statement that fails, NoSpace, SourceUnreachable or Cancelled.
    """
    parts = [
        part
        for part in wanted_parts(dump, scope)
        if part.kind not in leave_out and (dump / part.file).exists()
    ]
    work = _Load(dump, into, parts, watch)
    work.give(part for part in parts if part.kind == "sequence")
    work.give_tables()
    work.give_rows()
    rest = [part for part in parts if part.kind in OF_A_WHOLE]
    if rest:
        work.give(rest)


def run_script(into: SourceSpec, pieces: Iterable[bytes], watch: Watch, *options: str) -> None:
    """Give SQL to one client; raise what its first failing statement means."""
    argv = (
        "mariadb",
        "--no-defaults",
        *client.address(into),
        f"--user={client.credential(into).username}",
        "--binary-mode",
        "--comments",
        f"--max-allowed-packet={client.MAX_PACKET}",
        *options,
        "--",
        into.database,
    )
    done = process.run(
        argv,
        extra_environment=client.environment(into),
        input_from=pieces,
        watch=watch,
        timeout=LAST,
    )
    if not done.ok:
        raise script_error(into, done)


def script_error(into: SourceSpec, done: process.Finished) -> BackupError:
    """Return what the client's bad end means."""
    lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
    told = lines[-1] if lines else done.last_line()
    sentence = f"Source {into.name}: mariadb could not do it in {into.database}: {told}"
    if _FULL.search(told):
        return NoSpace(
            f"The disk of the database server filled up: {told}",
            advice="Free space on the database server; what was live there is untouched.",
        )
    if done.returncode < 0 or _AWAY.search(told):
        return SourceUnreachable(sentence)
    return DumpFailed(sentence)


class _Load:
    """One load: the parts, the clients that take them, and how far all are together."""

    def __init__(self, dump: Path, into: SourceSpec, parts: Sequence[Part], watch: Watch) -> None:
        self._dump = dump
        self._into = into
        self._watch = watch
        self._parts = parts
        self._header = [part for part in parts if part.kind == "header"]
        self._footer = [part for part in parts if part.kind == "footer"]
        self._total = sum(part.bytes for part in parts)
        self._done = 0
        self._lock = threading.Lock()
        self._failed = threading.Event()
        self._later: dict[str, bytes] = {}  # by table: the statement that gives it its keys

    def give(self, parts: Iterable[Part]) -> None:
        """Give these parts, between header and footer, to one client."""
        if chosen := list(parts):
            pieces = self._read((*self._header, *chosen, *self._footer))
            run_script(self._into, pieces, self._watch)

    def give_tables(self) -> None:
        """Make every table, still empty."""
        tables = {
            part.name: self._text(part).partition(_LOCK)[0] + b"\n"
            for part in self._parts
            if part.kind == "table"
        }
        large = {part.name for part in self._parts if part.kind == "rows" and part.bytes >= LARGE}
        for name in (tables.keys() & large) - referenced(tables.values()):
            tables[name], self._later[name] = keys_later(tables[name], name)
        if tables:
            pieces = chain(self._read(self._header), tables.values(), self._read(self._footer))
            run_script(self._into, pieces, self._watch)

    def give_rows(self) -> None:
        """Give each table's rows to one of several clients; the first trouble ends all."""
        tables: dict[str, list[Part]] = {}
        for part in self._parts:
            if part.kind in OF_A_TABLE:
                tables.setdefault(part.name, []).append(part)
        waiting = deque(sorted(tables.values(), key=_size, reverse=True))
        clients = max(1, min(self._into.jobs, len(waiting)))
        with ThreadPoolExecutor(clients) as pool:
            ended = [pool.submit(self._take_tables, waiting) for _ in range(clients)]
        troubles = [error for each in ended if (error := each.exception())]
        first = next((e for e in troubles if not isinstance(e, Cancelled)), None)
        if trouble := first or next(iter(troubles), None):
            raise trouble

    def _take_tables(self, waiting: deque[list[Part]]) -> None:
        try:
            run_script(self._into, self._session(waiting), _Ending(self._watch, self._failed))
        except BaseException:
            self._failed.set()
            raise

    def _session(self, waiting: deque[list[Part]]) -> Iterator[bytes]:
        yield from self._read(self._header)
        while not self._failed.is_set():
            try:
                table = waiting.popleft()
            except IndexError:
                break
            for part in table:
                if part.kind == "table":
                    yield _BEGIN + self._text(part).partition(_LOCK)[2].partition(_LOCKED)[2]
                elif part.kind == "rows":
                    yield _COMMIT_EACH if self._many_at_once(part) else b""
                    yield from self._read((part,))
                    yield self._later.get(part.name, b"")
                else:
                    yield from self._read((part,))
        yield from self._read(self._footer)

    def _many_at_once(self, part: Part) -> bool:
        """Say whether an INSERT of the part holds many rows: a commit for each one row is slow."""
        with (self._dump / part.file).open("rb") as file:
            return _NEXT_ROW in file.read(CHUNK)

    def _text(self, part: Part) -> bytes:
        return (self._dump / part.file).read_bytes()

    def _read(self, parts: Iterable[Part]) -> Iterator[bytes]:
        for part in parts:
            with (self._dump / part.file).open("rb") as file:
                while chunk := file.read(CHUNK):
                    with self._lock:
                        self._done += len(chunk)
                        done = self._done
                    self._watch.advance(done, max(done, self._total))
                    yield chunk


class _Ending(Unwatched):
    """A Watch that also stops when another client of the same load has failed."""

    def __init__(self, watch: Watch, failed: threading.Event) -> None:
        self._watch = watch
        self._failed = failed

    def stopped(self) -> bool:
        return self._failed.is_set() or self._watch.stopped()


def _size(table: list[Part]) -> int:
    return sum(part.bytes for part in table)
