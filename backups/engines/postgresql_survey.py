"""What a restore into a living PostgreSQL would meet, asked without changing anything."""

from __future__ import annotations

import hashlib

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from backups.engines.postgresql_catalogue import qualified
from backups.engines.postgresql_client import session
from backups.engines.postgresql_writer import databases, rows, sessions, writing
from backups.manifest import FILE_NAME, read_head, read_objects
from backups.specs import Fetched, SourceSpec, Survey

# Identity (the database's own number) and every column of every table.
_DEFINITIONS = """
SELECT n.nspname::text, c.relname::text,
       string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull),
                  ',' ORDER BY a.attnum)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
GROUP BY 1, 2 ORDER BY 1, 2
"""
NAMED = 10  # names that a warning tells


def survey(live: SourceSpec, noted: Fetched) -> Survey:
    """Return what would be overwritten and what forbids or hinders it."""
    with writing(live) as connection:
        found = databases(connection, live.database).get(live.database)
        if found is None:
            return Survey(
                exists=False,
                warnings=(f"There is no database {live.database}; it is made anew.",),
                blockers=_rights(connection, live),
            )
        others = sessions(connection, live.database)
        blockers = _rights(connection, live) + _prepared(connection, live)
        version = connection.server_version // 10000
    with session(live) as reading:
        definitions = {qualified(s, t): c or "" for s, t, c in rows(reading, _DEFINITIONS)}
        ((size,),) = rows(reading, "SELECT pg_database_size(current_database())")
    return Survey(
        overwrites=tuple(sorted(definitions)),
        connections=others,
        size_bytes=int(size),
        blockers=blockers,
        warnings=_newer(noted, version) + _lost(noted, definitions),
        fingerprint=_fingerprint(found.oid, definitions),
    )


def _fingerprint(oid: int, definitions: dict[str, str]) -> str:
    told = "\n".join(f"{name}: {columns}" for name, columns in sorted(definitions.items()))
    return hashlib.sha256(f"{oid}\n{told}".encode()).hexdigest()


def _rights(connection: Connection, live: SourceSpec) -> tuple[str, ...]:
    """Return what the restoring user lacks to put a database in another's place."""
    ((superuser, createdb, owner),) = rows(
        connection,
        "SELECT r.rolsuper, r.rolcreatedb, coalesce((SELECT pg_has_role(d.datdba, 'USAGE')"
        " FROM pg_database d WHERE d.datname = {}), true)"
        " FROM pg_roles r WHERE r.rolname = current_user",
        live.database,
    )
    lacks = []
    if not (superuser or createdb):
        lacks.append(f"The restoring user of {live.name} may not make databases (CREATEDB).")
    if not (superuser or owner):
        lacks.append(f"The restoring user of {live.name} does not own the database.")
    return tuple(lacks)


def _prepared(connection: Connection, live: SourceSpec) -> tuple[str, ...]:
    ((count,),) = rows(
        connection, "SELECT count(*) FROM pg_prepared_xacts WHERE database = {}", live.database
    )
    return (f"{count} prepared transactions hold the database.",) if count else ()


def _newer(noted: Fetched, version: int) -> tuple[str, ...]:
    recorded = str(read_head(noted.dump / FILE_NAME)["server_version"])
    if int(recorded.split(".", maxsplit=1)[0]) <= version:
        return ()
    return (f"The copy is of PostgreSQL {recorded}, newer than the server ({version}).",)


def _lost(noted: Fetched, definitions: dict[str, str]) -> tuple[str, ...]:
    """Warn of tables that live has and the copy has not: they are gone after the restore."""
    recorded = {entry.name for entry in read_objects(noted.dump / FILE_NAME)}
    lost = sorted(set(definitions) - recorded)
    if not lost:
        return ()
    return (f"{len(lost)} tables are newer than the copy: {', '.join(lost[:NAMED])}.",)
