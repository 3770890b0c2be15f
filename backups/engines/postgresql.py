"""PostgreSQL: one `pg_dump` in the directory format, inside a snapshot that we hold open.

The same snapshot tells what the dump must hold. A dump's folder:
    manifest.jsonl  schema.sql  roles.sql  database.json  data/   (plain pg_restore reads data/)
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from backups import manifest, process
from backups.engines.postgresql_catalogue import (
    Catalogue,
    database_notes,
    export_snapshot,
    parted,
    pattern,
    read_catalogue,
)
from backups.engines.postgresql_client import (
    Tools,
    address,
    assure_alive,
    disk_troubles_told,
    environment,
    session,
    tool_error,
    tools_for,
)
from backups.engines.postgresql_contents import DATABASE_FILE, ROLES_FILE, read_contents, some
from backups.errors import Cancelled, DumpFailed, SourceRefused
from backups.specs import Dump, SourceFacts, SourceSpec, Watch

DUMP_SECONDS = 12 * process.HOUR
NOTES_SECONDS = 600.0
PROBE_MILLISECONDS = 30_000
MOST_LEFT_OUT = 1000  # tables named to pg_dump, which asks the server for each of them
LOCK_WAIT_MILLISECONDS = 600_000  # behind somebody's ALTER TABLE; then fail rather than hang


class PostgreSQL:
    """The PostgreSQL engine; contract: backups.engines.base.Engine."""

    kind = "postgresql"
    tools = ("pg_dump", "pg_restore", "pg_dumpall")
    by_table = True

    def probe(self, spec: SourceSpec) -> SourceFacts:
        """Ask for version, size and objects; a table that may not be read is a warning here."""
        with session(spec, statement_milliseconds=PROBE_MILLISECONDS) as connection:
            tools_for(spec, connection.server_version)
            catalogue = read_catalogue(connection)
            return SourceFacts(
                server_version=_version(connection),
                size_bytes=catalogue.size_bytes,
                objects=catalogue.objects(),
                warnings=tuple(f"No rights to read {name}." for name in catalogue.refused()),
            )

    def dump(
        self,
        spec: SourceSpec,
        folder: Path,
        watch: Watch,
        previous: Path | None,  # noqa: ARG002 - a database has no use for it
    ) -> Dump:
        """Dump the database; see backups.engines.base.Engine."""
        with disk_troubles_told(spec):
            return _dump(spec, folder, watch)

    def restless(self, spec: SourceSpec, dump: Dump) -> tuple[str, ...]:  # noqa: ARG002
        """Return (): a dump in a folder of our own does not change any more."""
        return ()


class _Taken(NamedTuple):
    """What stands in the folder after pg_dump, and what it must hold."""

    tools: Tools
    server_version: str
    taken_at: datetime
    catalogue: Catalogue
    warnings: tuple[str, ...]


def _dump(spec: SourceSpec, folder: Path, watch: Watch) -> Dump:
    taken = _take(spec, folder, watch)
    warnings = taken.warnings + _note_roles(spec, taken.tools, folder, watch)
    for warning in warnings:
        watch.note(warning)
    objects = manifest.listed(
        read_contents(spec, taken.tools, folder, taken.catalogue, watch), spec.only
    )
    if watch.stopped():
        raise Cancelled(f"The dump of source {spec.name} was cancelled.")
    summary = manifest.write(
        folder,
        objects,
        engine=PostgreSQL.kind,
        server_version=taken.server_version,
        taken_at=taken.taken_at,
        warnings=warnings,
    )
    watch.advance(taken.catalogue.size_bytes, taken.catalogue.size_bytes)
    return Dump(summary, (folder,))


def _take(spec: SourceSpec, folder: Path, watch: Watch) -> _Taken:
    with session(spec) as connection:
        tools = tools_for(spec, connection.server_version)
        snapshot = export_snapshot(connection)
        taken_at = datetime.now(UTC)
        catalogue = read_catalogue(connection)
        _refuse_what_may_not_be_read(spec, catalogue)
        if spec.only is not None:
            catalogue = catalogue.part(spec.only)
        (folder / DATABASE_FILE).write_bytes(database_notes(connection))
        growth = _Growth(watch, folder / "data", catalogue.size_bytes)
        try:
            options = (f"--snapshot={snapshot}", *_left_out(spec, catalogue))
            warnings = _run_pg_dump(spec, tools, options, folder / "data", growth)
        except DumpFailed:
            assure_alive(connection)  # where the server itself is gone, that is what to tell
            raise
        return _Taken(tools, _version(connection), taken_at, catalogue, warnings)


def _version(connection: Connection) -> str:
    return str(connection.get_parameter_status("server_version")).split()[0]


def _refuse_what_may_not_be_read(spec: SourceSpec, catalogue: Catalogue) -> None:
    """Name every table without rights at once; pg_dump would stop at the first."""
    refused = catalogue.refused()
    if refused:
        raise SourceRefused(
            f"No rights on {some(refused)} of source {spec.name}: its reader must be able to"
            " SELECT all of it.",
            advice="GRANT pg_read_all_data TO the reader (and BYPASSRLS where rows are guarded).",
        )


def _left_out(spec: SourceSpec, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the options that leave out rows which nobody wants; all of them where too many.

    Every definition is dumped: what a chosen table is made of comes back with it.
    """
    if spec.only is None:
        return ()
    relations = catalogue.relations.values()
    others = [each.name for each in relations if each.kind == "table" and not each.has_data]
    if len(others) > MOST_LEFT_OUT:
        return ("--no-blobs",)
    patterns = (pattern(*parted(name)) for name in others)
    return ("--no-blobs", *(f"--exclude-table-data={each}" for each in patterns))


def _run_pg_dump(
    spec: SourceSpec, tools: Tools, options: tuple[str, ...], target: Path, watch: Watch
) -> tuple[str, ...]:
    """Write the dump to `target` and return pg_dump's warnings."""
    ended = process.run(
        (
            tools.path("pg_dump"),
            "--format=directory",
            "--compress=0",  # the repository compresses; a compressed dump defeats deduplication
            f"--jobs={max(1, spec.jobs)}",
            f"--lock-wait-timeout={LOCK_WAIT_MILLISECONDS}",
            "--no-password",
            "--no-sync",
            *options,
            f"--file={target}",
            f"--dbname={address(spec)}",
        ),
        extra_environment=environment(spec),
        timeout=DUMP_SECONDS,
        watch=watch,
    )
    if not ended.ok:
        raise tool_error(spec, ended)
    told = (line.partition(": warning: ")[2] for line in ended.stderr.splitlines())
    return tuple(filter(None, told))


def _note_roles(spec: SourceSpec, tools: Tools, folder: Path, watch: Watch) -> tuple[str, ...]:
    """Write the cluster's roles and their grants, without passwords; where refused, a warning."""
    ended = process.run(
        (
            tools.path("pg_dumpall"),
            "--globals-only",
            "--no-role-passwords",
            "--no-password",
            f"--database={address(spec)}",
        ),
        extra_environment=environment(spec),
        timeout=NOTES_SECONDS,
        watch=watch,
        keep_all=True,
    )
    if not ended.ok:
        return (f"Roles could not be noted: {tool_error(spec, ended)}",)
    # Both carry a random word: equal roles would never look equal.
    random = ("\\restrict ", "\\unrestrict ")
    kept = [line for line in ended.stdout.split("\n") if not line.startswith(random)]
    (folder / ROLES_FILE).write_text("\n".join(kept) + "\n", encoding="utf-8")
    return ()


class _Growth:
    """A Watch that also tells how the dump grows on disk, at most once a second.

    The database's size stands in for the dump's, which nobody knows: it never says more than 99 %.
    """

    def __init__(self, watch: Watch, folder: Path, expected: int) -> None:
        self._watch = watch
        self._folder = folder
        self._expected = expected
        self._due = 0.0

    def advance(self, done: int, total: int | None = None) -> None:
        self._watch.advance(done, total)

    def note(self, line: str) -> None:
        self._watch.note(line)

    def stopped(self) -> bool:
        if time.monotonic() >= self._due and self._folder.is_dir():
            self._due = time.monotonic() + 1
            written = sum(entry.stat().st_size for entry in os.scandir(self._folder))
            self.advance(min(written, self._expected * 99 // 100), self._expected)
        return self._watch.stopped()
