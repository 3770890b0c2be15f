"""A whole PostgreSQL database replaced: one beside it, loaded, then both renamed at once.

The two renames stand in one transaction, so a crash leaves them undone or done. What goes before
is closing live to new connections, which a crash can leave behind: `mend` opens it again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from backups import process
from backups.engines import postgresql_client as client
from backups.engines.postgresql_catalogue import database_notes
from backups.engines.postgresql_contents import DATABASE_FILE
from backups.engines.postgresql_properties import create_database, give_properties
from backups.engines.postgresql_restore import load_dump
from backups.engines.postgresql_writer import (
    allow_connections,
    databases,
    drop,
    run,
    sessions,
    terminate,
    writer,
    writing,
)
from backups.errors import BackupError, NoSpace, RestoreFailed
from backups.specs import Fetched, SourceSpec, Standing, Watch

EMPTY_SECONDS = 20.0  # how long sessions that were told to end may take
POLL_SECONDS = 0.005
FULL = ("No space left on device", "could not extend file", "Disk full")


def place_name(label: str) -> str:
    """Return the name of the database beside live."""
    return f"{label}_baru"


def aside_name(label: str) -> str:
    """Return the name that the old database has after the swap."""
    return f"{label}_lama"


def place_of(live: SourceSpec, label: str) -> SourceSpec:
    """Return the place beside live, read and written by the restorer."""
    return replace(writer(live), database=place_name(label))


def aside_of(live: SourceSpec, label: str) -> SourceSpec:
    """Return where the old stands."""
    return replace(writer(live), database=aside_name(label))


def prepare(live: SourceSpec, label: str, noted: Fetched) -> SourceSpec:
    """Make the empty database, alike in encoding and collation, owned and set as live is."""
    if standing(live, label) in {Standing.SWAPPED, Standing.TORN}:
        raise ValueError(f"{label} stands in {live.name} already.")
    recorded = json.loads((noted.dump / DATABASE_FILE).read_bytes())
    with writing(live, label=label) as connection:
        drop(connection, place_name(label))
        create_database(connection, place_name(label), recorded)
        give_properties(connection, place_name(label), _live_notes(live) or recorded)
    return place_of(live, label)


def _live_notes(live: SourceSpec) -> Mapping[str, Any] | None:
    """Return live's own row: owner, settings, grants, comment; None when there is no live."""
    with writing(live) as connection:
        found = databases(connection, live.database).get(live.database)
    if not found or not found.open:
        return None
    with writing(live, live.database) as connection:
        notes: Mapping[str, Any] = json.loads(database_notes(connection))
    return notes


def load(fetched: Fetched, place: SourceSpec, watch: Watch, *more: str) -> None:
    """Load the dump into the place with as many sessions as the source bears; whole or raised.

    The server's planner learns the new tables before anybody waits for it.
    """
    with writing(replace(place, write=place.read), place.database) as connection:
        tools = client.tools_for(place, connection.server_version)
    done = load_dump(fetched, place, tools.path("pg_restore"), watch, *more)
    if not done.ok:
        raise _load_error(place, done)


def _load_error(place: SourceSpec, done: process.Finished) -> BackupError:
    if any(word in done.stderr for word in FULL):
        return NoSpace(
            f"The disk of the server of {place.name} filled up while loading beside it.",
            advice="Free space there. Live data were not touched; order the restore anew.",
        )
    said = client.tool_error(place, done)
    return RestoreFailed(f"The copy could not be loaded beside {place.name}: {said}")


def swap(live: SourceSpec, label: str) -> None:
    """Put the loaded database in live's place and live aside."""
    with writing(live, label=label) as connection:
        if _standing(connection, live.database, label) == Standing.SWAPPED:
            return
        _exchange(connection, live, new=place_name(label), old=aside_name(label))


def swap_back(live: SourceSpec, label: str) -> None:
    """Put the old database in live's place again, and what was live since where the new stood."""
    with writing(live, label=label) as connection:
        if _standing(connection, live.database, label) != Standing.SWAPPED:
            return
        _exchange(connection, live, new=aside_name(label), old=place_name(label))


def _exchange(connection: Connection, live: SourceSpec, *, new: str, old: str) -> None:
    """Rename live to `old` and `new` to live in one transaction, others' sessions ended first."""
    there = live.database in databases(connection, live.database)
    if there:
        allow_connections(connection, live.database, allow=False)
    try:
        _empty(connection, live, *((live.database,) if there else ()), new)
        run(connection, "BEGIN")
        if there:
            run(connection, "ALTER DATABASE {a} RENAME TO {b}", a=live.database, b=old)
        run(connection, "ALTER DATABASE {a} RENAME TO {b}", a=new, b=live.database)
        if there:  # whoever asks for it by its new name may; nobody of the application does
            allow_connections(connection, old, allow=True)
        run(connection, "COMMIT")
    except BaseException:
        if there and not connection.closed:
            run(connection, "ROLLBACK")
            allow_connections(connection, live.database, allow=True)
        raise


def _empty(connection: Connection, live: SourceSpec, *names: str) -> None:
    """End the sessions in these databases and wait until the last is gone."""
    deadline = time.monotonic() + EMPTY_SECONDS
    for name in names:
        terminate(connection, name)
        while sessions(connection, name):
            if time.monotonic() > deadline:
                raise RestoreFailed(
                    f"Sessions in {name} of {live.name} do not end; live was left as it is.",
                    advice="End them on the server (perhaps a superuser's), then try again.",
                )
            time.sleep(POLL_SECONDS)
            terminate(connection, name)


def standing(live: SourceSpec, label: str) -> Standing:
    """Read off the server how far this restore has come."""
    with writing(live) as connection:
        return _standing(connection, live.database, label)


def _standing(connection: Connection, database: str, label: str) -> Standing:
    place, aside = place_name(label), aside_name(label)
    found = databases(connection, database, place, aside)
    if database not in found:
        return Standing.TORN if aside in found else _beside(found, place)
    if aside in found and place not in found:
        return Standing.SWAPPED
    closed_by_us = not found[database].open and place in found
    return Standing.TORN if closed_by_us else _beside(found, place)


def _beside(found: Mapping[str, object], place: str) -> Standing:
    return Standing.BESIDE if place in found else Standing.NOTHING


def mend(live: SourceSpec, label: str) -> Standing:
    """Open live again where a swap was cut off before it began to rename."""
    with writing(live, label=label) as connection:
        if _standing(connection, live.database, label) == Standing.TORN:
            if live.database not in databases(connection, live.database):
                aside = aside_name(label)
                run(connection, "ALTER DATABASE {a} RENAME TO {b}", a=aside, b=live.database)
            allow_connections(connection, live.database, allow=True)
        return _standing(connection, live.database, label)


def keep_as(live: SourceSpec, label: str, name: str) -> str:
    """Give the place the name by which its owner finds it."""
    with writing(live, label=label) as connection:
        if databases(connection, name):
            raise RestoreFailed(
                f"The server of {live.name} has a database {name} already.",
                advice="Choose another name.",
            )
        _empty(connection, live, place_name(label))
        run(connection, "ALTER DATABASE {a} RENAME TO {b}", a=place_name(label), b=name)
    return name


def discard(live: SourceSpec, label: str) -> None:
    """Drop what stands beside and aside."""
    with writing(live, label=label) as connection:
        if _standing(connection, live.database, label) == Standing.TORN:
            raise RestoreFailed(f"The swap of {live.name} is torn: mend it first.")
        for name in (place_name(label), aside_name(label)):
            drop(connection, name)
