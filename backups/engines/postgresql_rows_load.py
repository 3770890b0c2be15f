"""The rows of a few tables of a PostgreSQL dump, loaded into a sandbox for reading alone.

All definitions that stand before the data are made (types, functions, empty tables), then the
rows of the tables asked for. Indexes, foreign keys and triggers come after the data and are left
out. What one definition lacks (an extension that this machine has not) must not hide the rest:
what could not be made is told, and only a wanted table that did not load whole is an error.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from backups import process
from backups.engines import postgresql_client as client
from backups.engines.postgresql_catalogue import qualified
from backups.engines.postgresql_contents import SCHEMA_FILE
from backups.engines.postgresql_restore import (
    make_roles,
    pg_restore,
    postgresql_text,
    written_by,
)
from backups.engines.postgresql_schema import read_list
from backups.errors import DumpFailed
from backups.manifest import FILE_NAME, read_objects
from backups.specs import Fetched, SourceSpec, Watch

TOC_FILE = "data/toc.dat"
LOAD_JOBS = 2
TOLD = 5
_KEY = re.compile(
    r"""^ALTER TABLE (?:ONLY )?(?P<table>(?:"(?:[^"]|"")+"|[^\s;"])+)
    ADD CONSTRAINT (?:"(?:[^"]|"")+"|\S+) PRIMARY KEY \((?:"(?:[^"]|"")+"|[^"])+?\);$""",
    re.MULTILINE,
)


def data_files(noted: Fetched, tables: Collection[str]) -> Iterator[str]:
    """Yield where the rows of these tables stand, relative to the dump's folder."""
    for entry in read_objects(noted.dump / FILE_NAME):
        if entry.kind == "table" and entry.file and entry.name in tables:
            yield entry.file


def load_rows(
    fetched: Fetched,
    into: SourceSpec,
    tables: Collection[str],
    keyed: Collection[str],
    watch: Watch,
) -> tuple[str, ...]:
    """Load these tables; return what could not be made. Raises DumpFailed for rows that fail."""
    program, data = pg_restore(fetched.dump), fetched.dump / "data"
    make_roles(into, fetched.dump)
    made = _restored(program, ("--section=pre-data",), data, into, watch)
    wanted = {Path(file).stem for file in data_files(fetched, tables)}
    listed = process.run((program, "--list", str(data)), watch=watch, keep_all=True)
    entries = read_list(listed.stdout).values()
    lines = [each.line for each in entries if each.is_table_data and str(each.dump_id) in wanted]
    if lines:
        use_list = fetched.dump / "wanted.list"
        use_list.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="surrogateescape")
        options = (f"--use-list={use_list}", f"--jobs={LOAD_JOBS}", "--exit-on-error")
        loaded = _restored(program, options, data, into, watch)
        if not loaded.ok:
            raise DumpFailed(f"The rows of the copy did not load: {loaded.last_line()}")
    if keyed:
        _make_keys(fetched.dump, into, keyed)
    return () if made.ok else tuple(_errors(made))


def _restored(
    program: str, options: tuple[str, ...], data: Path, into: SourceSpec, watch: Watch
) -> process.Finished:
    return process.run(
        (program, *options, "--no-password", f"--dbname={client.address(into)}", str(data)),
        extra_environment=client.environment(into),
        watch=watch,
    )


def _errors(ended: process.Finished) -> Iterator[str]:
    said = [line for line in ended.stderr.splitlines() if ": error: " in line]
    for line in said[:TOLD]:
        yield line.partition(": error: ")[2]


def _make_keys(dump: Path, into: SourceSpec, keyed: Collection[str]) -> None:
    """Give these tables their primary keys, as the dump's schema spells them."""
    with written_by(into) as cursor:
        for statement in _KEY.finditer(postgresql_text(dump / SCHEMA_FILE)):
            cursor.execute(
                "SELECT n.nspname, c.relname FROM pg_catalog.pg_class c"
                " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                " WHERE c.oid = pg_catalog.to_regclass(%s)",
                (statement["table"],),
            )
            found = cursor.fetchone()
            if found and qualified(*found) in keyed:
                cursor.execute(statement[0])
