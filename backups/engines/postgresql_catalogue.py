"""What a PostgreSQL database holds, asked inside the very snapshot that is dumped."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

import orjson
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

KINDS = {
    "r": "table",
    "p": "table",
    "v": "view",
    "m": "materialized view",
    "S": "sequence",
    "f": "foreign table",
}
_LOCKED_BY_DUMP = "rpS"  # pg_dump reads or locks these; of the others it reads the definition alone

_RELATIONS = """
SELECT c.oid, c.relkind::text, n.nspname, c.relname,
       ARRAY(SELECT a.attname::text FROM pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               AND c.relkind <> 'S' ORDER BY a.attnum),
       coalesce(has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'),
                true),  -- NULL when it was dropped since: no question of rights
       row_security_active(c.oid),
       EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
               AND d.objid = c.oid AND d.deptype = 'e'),
       EXISTS (SELECT FROM pg_extension e WHERE c.oid = ANY (e.extconfig)),
       c.relkind = 'r' AND NOT (c.relpersistence = 'u' AND pg_is_in_recovery())
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""

# Extensions own their functions; range types their constructors ('i').
_FUNCTIONS = """
SELECT p.oid, n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass
                  AND d.objid = p.oid AND d.deptype IN ('e', 'i'))
"""

_PARTS = """
SELECT 'pg_constraint'::regclass::oid, oid, conrelid FROM pg_constraint WHERE conrelid <> 0
UNION ALL SELECT 'pg_class'::regclass, indexrelid, indrelid FROM pg_index WHERE indexrelid >= 16384
UNION ALL SELECT 'pg_attrdef'::regclass, oid, adrelid FROM pg_attrdef
UNION ALL SELECT 'pg_trigger'::regclass, oid, tgrelid FROM pg_trigger
UNION ALL SELECT 'pg_rewrite'::regclass, oid, ev_class FROM pg_rewrite WHERE oid >= 16384
UNION ALL SELECT 'pg_policy'::regclass, oid, polrelid FROM pg_policy
UNION ALL SELECT 'pg_statistic_ext'::regclass, oid, stxrelid FROM pg_statistic_ext
"""

# What a dump of the database does not restore by itself; to_jsonb keeps it good for any version.
_DATABASE = """
SELECT to_jsonb(d) - ARRAY['oid', 'datdba', 'dattablespace', 'datfrozenxid', 'datminmxid',
                           'datlastsysoid', 'encoding', 'dathasloginevt']
    || jsonb_build_object(
        'owner', pg_get_userbyid(d.datdba),
        'encoding', pg_encoding_to_char(d.encoding),
        'tablespace', t.spcname,
        'comment', shobj_description(d.oid, 'pg_database'),
        'settings', (SELECT jsonb_agg(jsonb_build_object(
                'role', r.rolname,
                'set', s.setconfig) ORDER BY r.rolname)
            FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole
            WHERE s.setdatabase = d.oid),
        'server', (SELECT jsonb_object_agg(name, setting) FROM pg_settings
            WHERE name IN ('TimeZone', 'lc_monetary', 'DateStyle')))
FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace
WHERE d.datname = current_database()
"""


@dataclass(frozen=True, slots=True)
class Relation:
    """A table, view or sequence of the snapshot."""

    oid: int
    relkind: str
    name: str
    columns: tuple[str, ...]
    readable: bool
    rows_hidden: bool
    extension_owned: bool
    extension_data: bool
    has_data: bool

    @property
    def kind(self) -> str:
        """The manifest's word for it."""
        return KINDS[self.relkind]

    @property
    def defined_in_dump(self) -> bool:
        """False for what CREATE EXTENSION makes again."""
        return not self.extension_owned

    @property
    def refused(self) -> bool:
        """True when the user may not read what the dump must hold."""
        wanted = not self.extension_owned or self.extension_data
        blocked = not self.readable or (self.rows_hidden and self.relkind == "r")
        return wanted and self.relkind in _LOCKED_BY_DUMP and blocked


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that a database holds, by OID.

    `parts` leads from an index, trigger, constraint, default, rule or policy, by (class, OID),
    to the OID of its table.
    """

    relations: dict[int, Relation]
    functions: dict[int, str]
    parts: dict[tuple[int, int], int]
    large_objects: int
    size_bytes: int

    def refused(self) -> list[str]:
        """Return the names that the user may not read whole, sorted."""
        return sorted(each.name for each in self.relations.values() if each.refused)

    def part(self, only: Collection[str]) -> Catalogue:
        """Return it as a dump has it that holds the rows of these tables alone."""
        relations = {
            oid: each if each.name in only else replace(each, has_data=False)
            for oid, each in self.relations.items()
        }
        return replace(self, relations=relations, large_objects=0)

    def objects(self) -> int:
        """Return the number of relations and functions that a dump should define."""
        return sum(each.defined_in_dump for each in self.relations.values()) + len(self.functions)


def read_catalogue(connection: Connection) -> Catalogue:
    """Return what the database holds, as the connection's transaction sees it."""
    _rows(connection, "SET LOCAL search_path = pg_catalog")
    relations = [_relation(*row) for row in _rows(connection, _RELATIONS)]
    functions = _rows(connection, _FUNCTIONS)
    return Catalogue(
        relations={each.oid: each for each in relations},
        functions={oid: f"{qualified(*name)}({given})" for oid, *name, given in functions},
        parts={(class_id, oid): of for class_id, oid, of in _rows(connection, _PARTS)},
        large_objects=_value(connection, "SELECT count(*) FROM pg_largeobject_metadata"),
        size_bytes=_value(connection, "SELECT pg_database_size(current_database())"),
    )


def export_snapshot(connection: Connection) -> str:
    """Return the id under which other sessions see this transaction's view, while it lasts."""
    return str(_value(connection, "SELECT pg_export_snapshot()"))


def database_notes(connection: Connection) -> bytes:
    """Return the database's own row as JSON: owner, encoding, collation, settings, grants."""
    told = _value(connection, _DATABASE)
    return orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def qualified(schema: str, name: str) -> str:
    """Return `schema.name`, a part quoted only where the whole would not be unambiguous."""
    return f"{_quoted(schema)}.{_quoted(name)}"


def parted(name: str) -> tuple[str, str]:
    """Return the schema and the name that `qualified` put together."""
    parts, rest = [], name
    while rest:
        if rest.startswith('"'):
            end = 1
            while rest[end : end + 2] == '""' or rest[end] != '"':
                end += 2 if rest[end : end + 2] == '""' else 1
            parts.append(rest[1:end].replace('""', '"'))
            rest = rest[end + 2 :]
        else:
            first, _, rest = rest.partition(".")
            parts.append(first)
    return parts[0], parts[1]


def pattern(schema: str, name: str) -> str:
    """Return the pattern of pg_dump that means just this relation."""
    schema, name = (part.replace('"', '""') for part in (schema, name))
    return f'"{schema}"."{name}"'


def _quoted(part: str) -> str:
    return '"' + part.replace('"', '""') + '"' if re.search(r'[."(]', part) else part


def _relation(
    oid: int, relkind: str, schema: str, name: str, columns: list[str], *facts: bool
) -> Relation:
    return Relation(oid, relkind, qualified(schema, name), tuple(columns), *facts)


def _rows(connection: Connection, query: str) -> Iterable[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall() if cursor.description else ()


def _value(connection: Connection, query: str) -> Any:
    ((value,),) = _rows(connection, query)
    return value
