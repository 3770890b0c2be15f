"""What a MariaDB or MySQL server says that a database holds, and what the account may see of it.

The dump is compared with this: mariadb-dump leaves out, without a word, what its account may not
see (triggers without TRIGGER, tables without any right on them).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

import pymysql

TABLE_KINDS = {"VIEW": "view", "SEQUENCE": "sequence"}  # any other type is a table
VERSIONED = "SYSTEM VERSIONED"
WANTED_RIGHTS = ("SELECT", "SHOW VIEW", "TRIGGER", "EVENT")

_GRANT = re.compile(
    r"GRANT (?P<rights>.+?) ON (?P<type>[A-Z ]+ )?"
    r"(?P<schema>\*|`(?:[^`]|``)*`)\.(?P<object>\*|`(?:[^`]|``)*`)(?P<rest> TO .*)",
    re.DOTALL,
)

_TABLES = """
    SELECT table_name, table_type, COALESCE(engine, ''), COALESCE(data_length, 0)
    FROM information_schema.tables WHERE table_schema = %s"""
_COLUMNS = """
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = %s ORDER BY table_name, ordinal_position"""
_PROGRAMS = """
    SELECT 'trigger', trigger_name FROM information_schema.triggers
        WHERE BINARY trigger_schema = %(name)s  -- else of Uji and uji alike
    UNION ALL SELECT LOWER(routine_type), routine_name FROM information_schema.routines
        WHERE routine_schema = %(name)s
    UNION ALL SELECT 'event', event_name FROM information_schema.events
        WHERE BINARY event_schema = %(name)s"""
_NEVER_ENDING = """
    SELECT event_name FROM information_schema.events WHERE BINARY event_schema = %s
    AND CONCAT(event_name, event_comment, event_definition) LIKE '%%;;%%'"""
_CHARACTER_SET = """
    SELECT default_character_set_name, default_collation_name
    FROM information_schema.schemata WHERE schema_name = %s"""
_TRANSACTIONAL = "SELECT engine FROM information_schema.engines WHERE transactions = 'YES'"
_WITHOUT_ORDER = """
    SELECT 1 FROM information_schema.statistics AS k
    WHERE k.table_schema = %(name)s AND k.non_unique = 0 AND k.nullable = 'YES' AND NOT EXISTS (
        SELECT 1 FROM information_schema.statistics AS p WHERE p.table_schema = %(name)s
        AND p.table_name = k.table_name AND p.index_name = 'PRIMARY') LIMIT 1"""
_VERSIONED_BY_TRANSACTION = """
    SELECT table_name FROM information_schema.columns WHERE table_schema = %s
    AND generation_expression = 'ROW START' AND data_type = 'bigint'"""
_GRANTEES = """
    SELECT user, host FROM mysql.db WHERE %(name)s LIKE db
    UNION SELECT user, host FROM mysql.tables_priv WHERE db = %(name)s
    UNION SELECT user, host FROM mysql.procs_priv WHERE db = %(name)s"""


@dataclass(frozen=True, slots=True)
class Table:
    """One table, view or sequence, as the server lists it. `bytes` is the server's estimate."""

    kind: str
    engine: str = ""
    bytes: int = 0
    versioned: bool = False


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What one database holds at one moment, as far as the account may see it.

    `rights` are what the account may do with the whole database, `grants` what others may (None:
    it may not know). `rows_have_an_order` is False when a table's only order is a unique key with
    NULLs in it: the server sorts equal keys as it likes. `never_ending_events` hold ";;": looking
    for a delimiter that they do not hold, mariadb-dump runs for ever (create_delimiter).
    """

    server_version: str
    character_set: str
    collation: str
    tables: dict[str, Table]
    columns: dict[str, tuple[str, ...]]
    programs: frozenset[tuple[str, str]]
    rights: frozenset[str]
    transactional: frozenset[str]
    versioned_by_transaction: frozenset[str]
    rows_have_an_order: bool
    grants: tuple[str, ...] | None
    never_ending_events: frozenset[str]

    @property
    def objects(self) -> frozenset[tuple[str, str]]:
        """Every object as (kind, name)."""
        return self.programs | {(table.kind, name) for name, table in self.tables.items()}

    @property
    def bytes(self) -> int:
        """The server's estimate of all rows."""
        return sum(table.bytes for table in self.tables.values())

    def part(self, only: Collection[str]) -> Catalogue:
        """Return it as a dump of these tables alone has it."""
        tables = {name: each for name, each in self.tables.items() if name in only}
        return replace(self, tables=tables, programs=frozenset())

    @property
    def versioned(self) -> list[str]:
        """The tables that keep their past rows."""
        return sorted(name for name, table in self.tables.items() if table.versioned)

    @property
    def version(self) -> tuple[int, int]:
        """The server's version as (major, minor)."""
        major, minor = re.findall(r"\d+", self.server_version)[:2]
        return int(major), int(minor)

    @property
    def is_mariadb(self) -> bool:
        """False for MySQL."""
        return "mariadb" in self.server_version.lower()


def read_catalogue(connection: pymysql.Connection) -> Catalogue:
    """Ask the server what the connection's database holds. Raises what PyMySQL raises."""
    with connection.cursor() as cursor:

        def rows(query: str, arguments: object = None) -> tuple[tuple[str, ...], ...]:
            cursor.execute(query, arguments)
            return cursor.fetchall()

        ((version, database),) = rows("SELECT VERSION(), DATABASE()")
        ((character_set, collation),) = rows(_CHARACTER_SET, (database,))
        name, mariadb = {"name": database}, "mariadb" in version.lower()

        def names(query: str) -> frozenset[str]:
            return frozenset(each for (each,) in rows(query, (database,)))

        return Catalogue(
            server_version="-".join(version.split("-")[:2]) if mariadb else version,
            character_set=character_set,
            collation=collation,
            tables=_tables(rows(_TABLES, (database,))),
            columns=_columns(rows(_COLUMNS, (database,))),
            programs=frozenset((kind, each) for kind, each in rows(_PROGRAMS, name)),
            rights=rights_on(database, (line for (line,) in rows("SHOW GRANTS"))),
            transactional=frozenset(engine.lower() for (engine,) in rows(_TRANSACTIONAL)),
            versioned_by_transaction=names(_VERSIONED_BY_TRANSACTION) if mariadb else frozenset(),
            rows_have_an_order=not rows(_WITHOUT_ORDER, name),
            grants=read_grants(cursor, database),
            never_ending_events=names(_NEVER_ENDING),
        )


def _tables(listed: Iterable[tuple[Any, ...]]) -> dict[str, Table]:
    return {
        name: Table(TABLE_KINDS.get(kind, "table"), engine.lower(), int(size), kind == VERSIONED)
        for name, kind, engine, size in listed
    }


def _columns(listed: Iterable[tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    columns = defaultdict(list)
    for table, column in listed:
        columns[table].append(column)
    return {table: tuple(names) for table, names in columns.items()}


def rights_on(database: str, grants: Iterable[str]) -> frozenset[str]:
    """Return what these lines of SHOW GRANTS allow on the whole database.

    "ROUTINES" among it when the source of every routine may be read. A role's rights count where
    the server lists them, as MariaDB does for the role in force.
    """
    found: set[str] = set()
    for line in grants:
        if grant := _GRANT.match(line):
            given = {right.strip() for right in grant["rights"].split(",")}
            schema, whole = _unquoted(grant["schema"]), grant["object"] == "*"
            if whole and _matches(schema, database):
                found |= given
            reads = {"SELECT", "ALL PRIVILEGES"} & given
            if reads and (
                schema == "*" or (schema == "mysql" and grant["object"] in {"*", "`proc`"})
            ):
                found.add("ROUTINES")
    if "ALL PRIVILEGES" in found:
        found.update(WANTED_RIGHTS)
    if found & {"SHOW CREATE ROUTINE", "SHOW_ROUTINE"}:
        found.add("ROUTINES")
    return frozenset(found)


def global_rights(grants: Iterable[str]) -> frozenset[str]:
    """Return what these lines of SHOW GRANTS allow on the whole server."""
    found = (grant for line in grants if (grant := _GRANT.match(line)))
    everywhere = (grant["rights"].split(",") for grant in found if grant["schema"] == "*")
    return frozenset(right.strip() for rights in everywhere for right in rights)


def _unquoted(name: str) -> str:
    return name[1:-1].replace("``", "`") if name.startswith("`") else name


def _matches(pattern: str, database: str) -> bool:
    """Say whether a grant's database, where % and _ stand for anything, covers this one."""
    if pattern == "*":
        return True
    parts = re.split(r"(\\.|%|_)", pattern)
    spelled = {"%": ".*", "_": "."}
    regex = "".join(spelled.get(part) or re.escape(part.removeprefix("\\")) for part in parts)
    return re.fullmatch(regex, database, re.DOTALL) is not None


def read_grants(cursor: pymysql.cursors.Cursor, database: str) -> tuple[str, ...] | None:
    """Return every account's GRANT lines on this database, as they read inside any database.

    No password stands in them. None when the account may not read them.
    """
    try:
        cursor.execute(_GRANTEES, {"name": database})
        accounts = sorted(cursor.fetchall())
        lines = [line for account in accounts for line in _grants_of(cursor, account)]
    except pymysql.err.OperationalError:
        return None
    found = (grant for line in lines if (grant := _GRANT.match(line)))
    return tuple(
        f"GRANT {grant['rights']} ON {grant['type'] or ''}{grant['object']}{grant['rest']}"
        for grant in found
        if grant["schema"] != "*" and _matches(_unquoted(grant["schema"]), database)
    )


def _grants_of(cursor: pymysql.cursors.Cursor, account: tuple[str, str]) -> list[str]:
    user, host = account
    if host:
        cursor.execute("SHOW GRANTS FOR %s@%s", account)
    else:  # a role
        cursor.execute("SHOW GRANTS FOR %s", (user,))
    return [line for (line,) in cursor.fetchall()]
