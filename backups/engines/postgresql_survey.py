"""What a restore into a living PostgreSQL would meet, asked without changing anything."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from backups.engines.postgresql_catalogue import qualified
from backups.engines.postgresql_client import session
from backups.engines.postgresql_writer import databases, rows, sessions, writing
from backups.manifest import FILE_NAME, read_head, read_objects
from backups.specs import Fetched, ManifestObject, SourceSpec, Survey, Told, some

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
_COLUMNS = """
SELECT n.nspname::text, c.relname::text,
       array_agg(a.attname::text) FILTER (WHERE a.attnum IS NOT NULL)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') GROUP BY 1, 2
"""
_FOREIGN_KEYS = """
SELECT n.nspname::text, c.relname::text, m.nspname::text, r.relname::text
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class r ON r.oid = k.confrelid
JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_namespace m ON m.oid = r.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0 ORDER BY 1, 2, 3, 4
"""
_MATERIALIZED = """
SELECT DISTINCT n.nspname::text, v.relname::text, m.nspname::text, t.relname::text
FROM pg_rewrite w JOIN pg_class v ON v.oid = w.ev_class
JOIN pg_namespace n ON n.oid = v.relnamespace
JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
     AND d.refclassid = 'pg_class'::regclass
JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace m ON m.oid = t.relnamespace
WHERE v.relkind = 'm' AND t.relkind IN ('r', 'p')
"""


def survey_whole(live: SourceSpec, noted: Fetched) -> Survey:
    """Return what would be overwritten and what forbids or hinders it."""
    with writing(live) as connection:
        found = databases(connection, live.database).get(live.database)
        if found is None:
            return Survey(
                exists=False,
                warnings=(Told("database_missing", {"database": live.database}),),
                blockers=_rights(connection, live),
            )
        others = sessions(connection, live.database)
        blockers = _rights(connection, live) + _prepared(connection, live)
        version = connection.server_version // 10000
    with session(live) as reading:
        definitions = _definitions(reading)
        ((size,),) = rows(reading, "SELECT pg_database_size(current_database())")
    return Survey(
        overwrites=tuple(sorted(definitions)),
        connections=others,
        size_bytes=int(size),
        blockers=blockers,
        warnings=_newer(noted, version) + _lost(noted, definitions),
        fingerprint=_fingerprint(found.oid, definitions),
    )


def survey_tables(live: SourceSpec, names: Sequence[str], noted: Fetched) -> Survey:
    """Return the same for chosen tables: their definitions, and what they are tied to."""
    with writing(live, live.database) as connection:
        [found] = databases(connection, live.database).values()
        definitions = _definitions(connection)
        recorded = {o.name: o for o in read_objects(noted.dump / FILE_NAME) if o.kind == "table"}
        there = {name: definitions[name] for name in names if name in definitions}
        blockers, warnings = _columns(connection, there, recorded)
        ties = _ties(connection, there)
        return Survey(
            overwrites=tuple(sorted(there)),
            connections=sessions(connection, live.database),
            size_bytes=sum(recorded[name].bytes for name in names),
            blockers=blockers,
            warnings=warnings
            + ties
            + tuple(Told("table_missing", {"table": name}) for name in names if name not in there),
            fingerprint=_fingerprint(found.oid, there),
        )


def _definitions(connection: Connection) -> dict[str, str]:
    return {qualified(s, t): c or "" for s, t, c in rows(connection, _DEFINITIONS)}


def _columns(
    connection: Connection, there: Mapping[str, str], recorded: Mapping[str, ManifestObject]
) -> tuple[tuple[Told, ...], tuple[Told, ...]]:
    """Return what forbids and what only changes where a table's columns are others than then."""
    living = {
        qualified(schema, table): set(columns or ())
        for schema, table, columns in rows(connection, _COLUMNS)
    }
    blockers, warnings = [], []
    for name in there:
        lost = sorted(set(recorded[name].columns) - living[name])
        new = sorted(living[name] - set(recorded[name].columns))
        if lost:
            blockers.append(Told("lost_columns", {"table": name, "columns": lost}))
        if new:
            warnings.append(Told("new_columns", {"table": name, "columns": new}))
    return tuple(blockers), tuple(warnings)


def _ties(connection: Connection, there: Mapping[str, str]) -> tuple[Told, ...]:
    """Tell which other tables refer to these or are referred to, and what will show old rows."""
    told = []
    for schema, table, other_schema, other in rows(connection, _FOREIGN_KEYS):
        one, two = qualified(schema, table), qualified(other_schema, other)
        if (one in there) != (two in there):
            told.append(Told("refers", {"table": one, "target": two}))
    for schema, view, table_schema, table in rows(connection, _MATERIALIZED):
        if qualified(table_schema, table) in there:
            told.append(Told("stale_view", {"view": qualified(schema, view)}))
    return tuple(told)


def _fingerprint(oid: int, definitions: dict[str, str]) -> str:
    told = "\n".join(f"{name}: {columns}" for name, columns in sorted(definitions.items()))
    return hashlib.sha256(f"{oid}\n{told}".encode()).hexdigest()


def _rights(connection: Connection, live: SourceSpec) -> tuple[Told, ...]:
    """Return what the restoring user lacks to put a database in another's place."""
    ((user, superuser, createdb, owner),) = rows(
        connection,
        "SELECT quote_ident(r.rolname), r.rolsuper, r.rolcreatedb,"
        " coalesce((SELECT pg_has_role(d.datdba, 'USAGE')"
        " FROM pg_database d WHERE d.datname = {}), true)"
        " FROM pg_roles r WHERE r.rolname = current_user",
        live.database,
    )
    lacks = []
    if not (superuser or createdb):
        lacks.append(Told("no_createdb", {"user": user}, beside=True))
    if not (superuser or owner):
        lacks.append(Told("not_owner", {"user": user, "database": live.database}))
    return tuple(lacks)


def _prepared(connection: Connection, live: SourceSpec) -> tuple[Told, ...]:
    ((count,),) = rows(
        connection, "SELECT count(*) FROM pg_prepared_xacts WHERE database = {}", live.database
    )
    return (Told("prepared", {"count": int(count)}),) if count else ()


def _newer(noted: Fetched, version: int) -> tuple[Told, ...]:
    recorded = str(read_head(noted.dump / FILE_NAME)["server_version"])
    if int(recorded.split(".", maxsplit=1)[0]) <= version:
        return ()
    return (Told("newer_server", {"copy": recorded, "server": str(version)}),)


def _lost(noted: Fetched, definitions: dict[str, str]) -> tuple[Told, ...]:
    """Warn of tables that live has and the copy has not: they are gone after the restore."""
    recorded = {entry.name for entry in read_objects(noted.dump / FILE_NAME)}
    lost = sorted(set(definitions) - recorded)
    return (Told("tables_since", some(lost)),) if lost else ()
