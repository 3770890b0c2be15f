"""Chosen tables of a living PostgreSQL replaced: loaded in a database beside it, then copied over.

The old contents stand aside in another database, as they were printed. Each of the two databases
carries in its comment what belongs to this restore; the number of the living transaction in it
tells, after any crash, whether the exchange was committed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from backups import process
from backups.engines import postgresql_exchange as exchange
from backups.engines import postgresql_indexes as indexes
from backups.engines import postgresql_lost as lost
from backups.engines import postgresql_whole as whole
from backups.engines.postgresql_catalogue import parted
from backups.engines.postgresql_contents import DATABASE_FILE
from backups.engines.postgresql_exchange import Table
from backups.engines.postgresql_properties import create_database
from backups.engines.postgresql_stream import digest_of, stream
from backups.engines.postgresql_toc import Part, part_of, read_toc
from backups.engines.postgresql_writer import databases, drop, rows, run, writing
from backups.errors import RestoreFailed
from backups.manifest import FILE_NAME, read_objects
from backups.specs import Fetched, Scope, SourceSpec, Standing, Watch

SETTLE_SECONDS = 60.0
POLL_SECONDS = 0.1
COMMITTED, RUNNING = "committed", "in progress"


def part(noted: Fetched, scope: Scope) -> Part:
    """Return what the scope's tables need of the dump."""
    listed = process.run(
        (lost.newest_pg_restore(), "--list", "--verbose", str(noted.dump / "data")), keep_all=True
    )
    if not listed.ok:
        raise RestoreFailed(f"The copy's contents cannot be read: {listed.last_line()}")
    recorded = read_objects(noted.dump / FILE_NAME)
    return part_of(read_toc(listed.stdout), recorded, scope.names)


def prepare(live: SourceSpec, label: str, noted: Fetched) -> SourceSpec:
    """Make the empty database beside live, alike in encoding and collation."""
    if standing(live, label) in {Standing.SWAPPED, Standing.TORN}:
        raise ValueError(f"{label} stands in {live.name} already.")
    recorded = json.loads((noted.dump / DATABASE_FILE).read_bytes())
    with writing(live, label=label) as connection:
        drop(connection, whole.aside_name(label))
        drop(connection, whole.place_name(label))
        create_database(connection, whole.place_name(label), recorded)
    return whole.place_of(live, label)


def load(fetched: Fetched, place: SourceSpec, scope: Scope, watch: Watch) -> None:
    """Load the scope's tables with all that their definitions need, and nothing else."""
    needed = part(fetched, scope)
    with TemporaryDirectory() as folder:
        listing = Path(folder) / "list"
        listing.write_text("\n".join(needed.lines) + "\n", encoding="utf-8")
        whole.load(fetched, place, watch, f"--use-list={listing}")
    notes = {
        "tables": list(needed.names),
        "foreign_keys": lost.foreign_keys(fetched, needed.foreign_keys),
    }
    with writing(replace(place, write=place.read)) as connection:
        _note(connection, place.database, notes)


def _note(connection: Connection, database: str, notes: dict[str, Any]) -> None:
    run(connection, "COMMENT ON DATABASE {name} IS {}", json.dumps(notes), name=database)


def _noted(connection: Connection, database: str) -> dict[str, Any]:
    found = databases(connection, database).get(database)
    try:
        notes = json.loads(found.comment) if found else {}
    except json.JSONDecodeError:
        return {}
    return notes if isinstance(notes, dict) else {}


def swap(live: SourceSpec, label: str, watch: Watch) -> None:
    """Exchange the tables' contents in one transaction, the old ones put aside first."""
    if standing(live, label) == Standing.SWAPPED:
        return
    place, aside = whole.place_name(label), whole.aside_name(label)
    with writing(live, label=label) as home:
        notes = _noted(home, place)
        if "tables" not in notes:
            raise RestoreFailed(f"What was loaded beside {live.name} is not there any more.")
        drop(home, aside)
        create_database(home, aside, _like(live))
    with _sessions(live, label) as (old, new, kept):
        _exchange(live, notes, old, new, kept)
    with writing(live, label=label) as home:
        _note(home, aside, _noted(home, aside) | {"swapped": True})
    watch.note(f"{len(notes['tables'])} tables exchanged")


def _like(live: SourceSpec) -> dict[str, Any]:
    with writing(live, live.database) as connection:
        ((encoding, collate, ctype),) = rows(
            connection,
            "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database"
            " WHERE datname = current_database()",
        )
    return {"encoding": encoding, "datcollate": collate, "datctype": ctype}


@contextmanager
def _sessions(live: SourceSpec, label: str) -> Iterator[tuple[Connection, Connection, Connection]]:
    """Yield sessions in live, place and aside, each in a transaction of its own."""
    with (
        writing(live, whole.aside_name(label), label=label) as kept,
        writing(live, whole.place_name(label), label=label) as new,
        writing(live, live.database, label=label) as old,
    ):
        for connection in (old, new, kept):
            exchange.print_plainly(connection)
            run(connection, "BEGIN")
        yield old, new, kept


def _exchange(
    live: SourceSpec, notes: dict[str, Any], old: Connection, new: Connection, kept: Connection
) -> None:
    tables = [Table(*parted(name)) for name in notes["tables"]]
    tables = [
        _with_columns(new, table) for table in tables if exchange.columns_of(new, table) is not None
    ]
    there = [table for table in tables if exchange.columns_of(old, table) is not None]
    gone = [table for table in tables if table not in there]
    _refuse_lost_columns(old, there)
    exchange.lock(old, there)
    _put_aside(old, kept, there, gone)
    untied = exchange.untie(old, there)
    if gone:
        lost.define(live, new, old, gone)
    made = exchange.untie(old, gone)
    taken_off = indexes.take_off(old, new, there)
    exchange.empty(old, there)
    for table in tables:
        told = stream(new, old, table)
        if digest_of(old, table) != told:
            raise RestoreFailed(f"{table.name} is not what was loaded; nothing was changed.")
        exchange.advance_sequences(old, new, table)
    exchange.tie(old, live.name, (*taken_off, *untied.statements, *made.statements))
    exchange.tie(old, live.name, lost.missing_keys(old, notes["foreign_keys"]) if gone else ())
    run(old, "COMMIT")


def _with_columns(connection: Connection, table: Table) -> Table:
    return Table(table.schema, table.name, exchange.columns_of(connection, table) or ())


def _refuse_lost_columns(old: Connection, there: list[Table]) -> None:
    for table in there:
        lost = set(table.columns) - set(exchange.columns_of(old, table) or ())
        if lost:
            raise RestoreFailed(
                f"{table.schema}.{table.name} has no column {', '.join(sorted(lost))} any more.",
                advice="Its definition changed since that night: restore beside instead.",
            )


def _put_aside(old: Connection, kept: Connection, there: list[Table], gone: list[Table]) -> None:
    """Copy the old contents aside and commit them there, with the number of our transaction."""
    saved = [_with_columns(old, table) for table in there]
    for table in saved:
        exchange.make_container(kept, table)
        told = stream(old, kept, table)
        if digest_of(kept, table) != told:
            raise RestoreFailed(f"{table.name} could not be put aside; nothing was changed.")
    ((number,),) = rows(old, "SELECT txid_current()::text")
    notes = {
        "transaction": number,
        "tables": [[t.schema, t.name] for t in saved],
        "made": [[t.schema, t.name] for t in gone],
    }
    ((database,),) = rows(kept, "SELECT current_database()::text")
    _note(kept, database, notes)
    run(kept, "COMMIT")


def standing(live: SourceSpec, label: str) -> Standing:
    """Read off the server whether the exchange was committed, and whether it was taken back."""
    place, aside = whole.place_name(label), whole.aside_name(label)
    with writing(live) as connection:
        found = databases(connection, place, aside)
        notes = _noted(connection, aside)
        status = _status(connection, notes.get("transaction"), swapped=bool(notes.get("swapped")))
        back = _status(connection, notes.get("back"), swapped=bool(notes.get("taken_back")))
    if RUNNING in {status, back}:
        return Standing.TORN
    if status == COMMITTED and back != COMMITTED:
        return Standing.SWAPPED
    return Standing.BESIDE if found else Standing.NOTHING


def _status(connection: Connection, number: str | None, *, swapped: bool) -> str | None:
    """Return what became of a transaction; one too old for the server to know is as we noted."""
    if number is None:
        return None
    ((status,),) = rows(connection, "SELECT txid_status({}::bigint)", number)
    return str(status) if status else (COMMITTED if swapped else None)


def mend(live: SourceSpec, label: str) -> Standing:
    """End a transaction that a dead worker left open, and wait for the server to say how."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while (now := standing(live, label)) == Standing.TORN:
        if time.monotonic() > deadline:
            raise RestoreFailed(f"A session of an earlier worker does not end in {live.name}.")
        with writing(live) as connection:
            rows(
                connection,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = {} AND pid <> pg_backend_pid()",
                f"pulih {label}",
            )
        time.sleep(POLL_SECONDS)
    return now


def swap_back(live: SourceSpec, label: str, watch: Watch) -> None:
    """Give the tables their old contents again; those that were made go again."""
    if standing(live, label) != Standing.SWAPPED:
        return
    aside = whole.aside_name(label)
    with writing(live, label=label) as home:
        notes = _noted(home, aside)
    with writing(live, aside, label=label) as kept, writing(live, live.database) as old:
        for connection in (old, kept):
            exchange.print_plainly(connection)
            run(connection, "BEGIN")
        _take_back(live, notes, old, kept)
    with writing(live, label=label) as home:
        _note(home, aside, _noted(home, aside) | {"taken_back": True})
    watch.note(f"{len(notes['tables'])} tables given their old contents")


def _take_back(live: SourceSpec, notes: dict[str, Any], old: Connection, kept: Connection) -> None:
    tables = [_with_columns(kept, Table(*name)) for name in notes["tables"]]
    made = [table for table in (Table(*name) for name in notes["made"]) if
            exchange.columns_of(old, table) is not None]  # fmt: skip
    exchange.lock(old, [*tables, *made])
    untied = exchange.untie(old, [*tables, *made], leave=made)
    taken_off = indexes.take_off(old, kept, tables)
    exchange.empty(old, tables)
    for table in tables:
        told = stream(kept, old, table)
        if digest_of(old, table) != told:
            raise RestoreFailed(f"{table.name} is not what it was; nothing was changed.")
    for table in made:
        run(old, "DROP TABLE {schema}.{name}", schema=table.schema, name=table.name)
    exchange.tie(old, live.name, (*taken_off, *untied.statements))
    ((number,),) = rows(old, "SELECT txid_current()::text")
    ((database,),) = rows(kept, "SELECT current_database()::text")
    _note(kept, database, notes | {"back": number})
    run(kept, "COMMIT")
    run(old, "COMMIT")


def keep_as(live: SourceSpec, label: str, name: str) -> str:
    """Give the place the name by which its owner finds it."""
    kept = whole.keep_as(live, label, name)
    with writing(live, label=label) as connection:
        run(connection, "COMMENT ON DATABASE {name} IS NULL", name=name)
    return kept


def discard(live: SourceSpec, label: str) -> None:
    """Drop what stands beside and aside."""
    mend(live, label)
    with writing(live, label=label) as connection:
        for name in (whole.place_name(label), whole.aside_name(label)):
            drop(connection, name)
