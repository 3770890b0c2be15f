"""MariaDB and MySQL: one consistent `mariadb-dump`, cut into a file per table while it streams.

The dump's folder:
    manifest.jsonl  parts.jsonl  database.json  roles.sql
    data/NNNNNN-<name>.<kind>.sql   every part; `cat data/*.sql` is the whole dump, and
    data/NNNNNN-<table>.rows.sql    a table's INSERT statements and nothing else: its SHA-256
                                    in the manifest is this file's
Load it with `mariadb --binary-mode --comments`, or the bodies of routines lose their comments
and carriage returns.

A table's definition counts without AUTO_INCREMENT, which moves with the rows (it is stored).
Rows are dumped by primary key where every table can be, since the server's own choice, often a
covering index, may change between a database and its restored copy. FLOAT columns carry the six
digits that the server prints.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from backups import manifest
from backups.engines.mariadb_catalogue import WANTED_RIGHTS, Catalogue, read_catalogue
from backups.engines.mariadb_client import (
    MAX_PACKET,
    DumpTool,
    address,
    credential,
    disk_troubles_told,
    dump_tool,
    session,
    tool_output,
)
from backups.engines.mariadb_contents import (
    lacking,
    limits_of,
    objects_of,
    restless,
    some,
    write_notes,
)
from backups.engines.mariadb_parts import Parts, read_back, write_list
from backups.engines.mariadb_stream import Cutter, Malformed
from backups.errors import DumpFailed, SourceRefused
from backups.specs import Dump, SourceFacts, SourceSpec, Watch

HISTORY_SINCE = (10, 11)  # --dump-history, of server and client
ALWAYS = (
    "--single-transaction",
    "--quick",
    "--skip-dump-date",
    "--routines",
    "--triggers",
    "--hex-blob",
    "--default-character-set=utf8mb4",
    "--no-autocommit",
    f"--max-allowed-packet={MAX_PACKET}",
    "--loose-skip-ssl-verify-server-cert",  # from 11.4 on, else no server without TLS is reached
    "--loose-no-tablespaces",  # MySQL's would need the PROCESS right
    "--loose-set-gtid-purged=OFF",  # MySQL's would write SET @@GLOBAL into the dump
    "--loose-column-statistics=0",  # MySQL's asks MariaDB for what it has not
)


class MariaDB:
    """The engine of MariaDB and MySQL; contract: backups.engines.base.Engine."""

    kind = "mariadb"
    tools = ("mariadb-dump",)
    by_table = True

    def probe(self, spec: SourceSpec) -> SourceFacts:
        """Ask for version, size and objects, and for what no backup here can promise."""
        tool = dump_tool()
        catalogue = _catalogue(spec)
        return SourceFacts(
            server_version=catalogue.server_version,
            size_bytes=catalogue.bytes,
            objects=len(catalogue.objects),
            warnings=tuple(_warnings(spec, tool, catalogue)),
        )

    def dump(self, spec: SourceSpec, folder: Path, watch: Watch, previous: Path | None) -> Dump:
        """Dump the database; see backups.engines.base.Engine."""
        with disk_troubles_told(spec):
            return _dump(spec, folder, watch, previous)

    def restless(self, spec: SourceSpec, dump: Dump) -> tuple[str, ...]:  # noqa: ARG002
        """Return (): a dump in a folder of our own does not change any more."""
        return ()


def _dump(spec: SourceSpec, folder: Path, watch: Watch, previous: Path | None) -> Dump:
    tool = dump_tool()
    before = _catalogue(spec)
    taken_at = datetime.now(UTC)
    progress = _Progress(watch, manifest.total_bytes(previous) if previous else before.bytes)
    with closing(Parts(folder)) as parts:
        cutter = Cutter(parts)
        _stream(spec, tool, _options(spec, tool, before), cutter, progress)
    after = _catalogue(spec)
    warnings = (*_warnings(spec, tool, before), *_completeness(spec, cutter, before, after))
    for warning in warnings:
        watch.note(warning)
    write_list(folder, parts.finished)
    read_back(folder, parts.finished)
    columns = {**before.columns, **after.columns}
    found = (*objects_of(cutter, parts.finished, columns), *write_notes(folder, before))
    objects = manifest.listed(found, spec.only)
    objects.sort(key=lambda each: (each.kind, each.name))
    summary = manifest.write(
        folder,
        objects,
        engine=MariaDB.kind,
        server_version=before.server_version,
        taken_at=taken_at,
        warnings=warnings,
    )
    return Dump(summary, (folder,))


def _catalogue(spec: SourceSpec) -> Catalogue:
    """Ask the server what it holds; refuse an account that may not read all of it.

    A table without any right on it is one that the server does not even name.
    """
    with session(spec) as connection:
        catalogue = read_catalogue(connection)
    if spec.only is not None:
        catalogue = catalogue.part(spec.only)
    if "SELECT" not in catalogue.rights:
        raise SourceRefused(
            f"Source {spec.name}: the user {credential(spec).username} may read only parts of"
            f" {spec.database}, so whatever else it holds would be missing from every backup.",
            advice=_grant_advice(spec),
        )
    if events := sorted(catalogue.never_ending_events):
        raise SourceRefused(
            f"Source {spec.name}: mariadb-dump never ends on the event {some(events)}, because of"
            " the two semicolons in a row in it.",
            advice="ALTER EVENT ... DO ... with a blank between the semicolons.",
        )
    return catalogue


def _grant_advice(spec: SourceSpec) -> str:
    database = spec.database.replace("`", "``")
    return f"GRANT {', '.join(WANTED_RIGHTS)} ON `{database}`.* TO {credential(spec).username}."


def _options(spec: SourceSpec, tool: DumpTool, catalogue: Catalogue) -> tuple[str, ...]:
    return (
        "--no-defaults",  # must come first: no file of the machine is read
        *address(spec),
        f"--user={credential(spec).username}",
        *ALWAYS,
        *(("--events",) if "EVENT" in catalogue.rights else ()),
        *(("--order-by-primary",) if catalogue.rows_have_an_order else ()),
        *(("--dump-history",) if _keeps_history(tool, catalogue) else ()),
        *(() if tool.rows_on_lines else ("--skip-extended-insert",)),
        *(() if spec.only is None else _of_tables(catalogue)),
        "--",
        spec.database,
        *(() if spec.only is None else catalogue.tables),
    )


def _of_tables(catalogue: Catalogue) -> tuple[str, ...]:
    """Return what narrows a dump to tables; where none of them stands it has no rows at all."""
    return ("--skip-routines", "--skip-events", *(() if catalogue.tables else ("--no-data",)))


def _keeps_history(tool: DumpTool, catalogue: Catalogue) -> bool:
    """Say whether the past rows of system-versioned tables can be dumped too."""
    return (
        catalogue.is_mariadb
        and catalogue.version >= HISTORY_SINCE
        and tool.version is not None
        and tool.version >= HISTORY_SINCE
        and not catalogue.versioned_by_transaction
    )


def _warnings(spec: SourceSpec, tool: DumpTool, catalogue: Catalogue) -> Iterator[str]:
    yield from limits_of(catalogue)
    unseen = [right for right in WANTED_RIGHTS if right not in catalogue.rights]
    if unseen:
        yield f"The account lacks {', '.join(unseen)}; what it may not see is in no backup: " + (
            _grant_advice(spec)
        )
    if "ROUTINES" not in catalogue.rights:
        right = "SELECT ON mysql.proc" if catalogue.is_mariadb else "SHOW_ROUTINE ON *.*"
        yield f"Routines of others may not be seen, nor kept: GRANT {right}."
    if catalogue.versioned and not _keeps_history(tool, catalogue):
        yield f"Only their present rows are kept, not their past: {some(catalogue.versioned)}."
    if tool.version and catalogue.is_mariadb and catalogue.version > tool.version:
        yield (
            f"The server ({catalogue.server_version}) is newer than this machine's mariadb-dump"
            f" ({tool.version[0]}.{tool.version[1]})."
        )
    if catalogue.grants is None:
        yield "Who else may use the database could not be noted: GRANT SELECT ON mysql.*."


def _completeness(
    spec: SourceSpec, cutter: Cutter, before: Catalogue, after: Catalogue
) -> Iterator[str]:
    """Refuse a dump that lacks what was there all the time; warn of what came or went."""
    if missing := lacking(cutter, before, after):
        raise DumpFailed(
            f"The dump of source {spec.name} lacks {some(missing)}.",
            advice=f"Check the rights of its account. {_grant_advice(spec)}",
        )
    if moved := restless(cutter, before, after):
        yield f"Made or dropped while the dump ran, and not in it: {some(moved)}."


def _stream(
    spec: SourceSpec,
    tool: DumpTool,
    options: tuple[str, ...],
    cutter: Cutter,
    progress: _Progress,
) -> None:
    """Run the dump program and cut what it writes; see that both came to a good end."""
    try:
        with closing(tool_output(spec, tool, options, progress)) as chunks:
            for chunk in chunks:
                progress.came(len(chunk))
                cutter.feed(chunk)
        cutter.finish()
    except Malformed as error:
        raise DumpFailed(f"The dump of source {spec.name} {error}.") from error


class _Progress:
    """Counts the dump's bytes against what is expected; it never says more than 99 %."""

    def __init__(self, watch: Watch, expected: int) -> None:
        self._watch = watch
        self._expected = expected
        self._done = 0
        self.advance, self.note, self.stopped = watch.advance, watch.note, watch.stopped

    def came(self, size: int) -> None:
        """Count more bytes."""
        self._done += size
        self.advance(self._done, max(self._expected, self._done * 100 // 99 + 1))
