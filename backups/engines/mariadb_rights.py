"""What the account that restores may not do yet on a MariaDB server, and the GRANT that lets it.

Asked first of all: without these a restore would fail half-way, after its safety copy and its load.
Sources: MariaDB Knowledge Base, "GRANT", "Stored Routine Privileges", "Stored Programs and Views:
DEFINER", "Binary Logging of Stored Routines".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pymysql

from backups.engines.mariadb_catalogue import global_rights, rights_on
from backups.engines.mariadb_places import Places
from backups.specs import Told, some

Cursor = pymysql.cursors.Cursor
Key = tuple[str, str]
NEEDED = frozenset(
    {
        "SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "REFERENCES", "INDEX", "ALTER",
        "LOCK TABLES", "CREATE VIEW", "SHOW VIEW", "CREATE ROUTINE", "ALTER ROUTINE", "EVENT",
        "TRIGGER",
    }
)  # fmt: skip
ROUTINES = frozenset({"procedure", "function", "package"})
PROGRAMS = ROUTINES | {"trigger", "view", "event"}
LOGGED = frozenset({"trigger", "function", "package"})  # what a binary log makes unsafe
FINE_RIGHTS = (10, 5)  # since this version SUPER is cut into smaller rights
_DEFINERS = """
    SELECT 'trigger', trigger_name, event_object_table, definer, 1 FROM information_schema.triggers
        WHERE BINARY trigger_schema = %(name)s
    UNION ALL SELECT 'view', table_name, '', definer, 1 FROM information_schema.views
        WHERE table_schema = %(name)s
    UNION ALL SELECT 'event', event_name, '', definer, 1 FROM information_schema.events
        WHERE BINARY event_schema = %(name)s
    UNION ALL SELECT LOWER(SUBSTRING_INDEX(routine_type, ' ', 1)), routine_name, '', definer,
        routine_definition IS NOT NULL FROM information_schema.routines
        WHERE routine_schema = %(name)s"""
_ACCOUNT = """
    SELECT CURRENT_USER(), VERSION(), @@log_bin AND NOT @@log_bin_trust_function_creators"""


@dataclass(frozen=True, slots=True)
class Asked:
    """The account's name as GRANT takes it, what it may do, and how the server is set."""

    database: str
    account: str
    version: tuple[int, ...]
    guarded_log: bool
    lines: tuple[str, ...]

    @property
    def everywhere(self) -> frozenset[str]:
        """What it may do on the whole server."""
        return global_rights(self.lines)

    def may(self, *rights: str) -> bool:
        """Say whether one of these is granted on the whole server."""
        return bool(self.everywhere & {*rights, "SUPER", "ALL PRIVILEGES"})

    def grant(self, right: str, on: str = "*.*") -> str:
        """Return the statement that gives a right; an old server knows SUPER alone."""
        return (
            f"GRANT {right if self.version >= FINE_RIGHTS else 'SUPER'} ON {on} TO {self.account};"
        )


def lacking(
    cursor: Cursor, database: str, recorded: Iterable[Key], tables: frozenset[str] | None
) -> Iterator[Told]:  # fmt: skip
    """Yield what the account lacks to bring `recorded` (kind and name) back.

    `tables` are the chosen ones: of a part only their triggers are made again.
    """
    asked = _ask(cursor, database)
    yield from _plain_rights(asked)
    cursor.execute(_DEFINERS, {"name": database})
    there = [
        (kind, name, definer, readable)
        for kind, name, on, definer, readable in cursor.fetchall()
        if tables is None or (kind == "trigger" and on in tables)
    ]
    hidden = sorted(name for kind, name, _, readable in there if kind in ROUTINES and not readable)
    if hidden and "ROUTINES" not in rights_on(database, asked.lines):
        grants = f"GRANT SELECT ON mysql.proc TO {asked.account};"
        yield Told("programs_unreadable", {**some(hidden), "grants": grants}, beside=False)
    yield from _of_programs(asked, there, [key for key in recorded if key[0] in PROGRAMS])


def _ask(cursor: Cursor, database: str) -> Asked:
    cursor.execute("SHOW GRANTS")
    lines = tuple(line for (line,) in cursor.fetchall())
    cursor.execute(_ACCOUNT)
    ((account, version, guarded),) = cursor.fetchall()
    user, _, host = account.rpartition("@")
    numbers = tuple(int(part) for part in version.split("-")[0].split(".")[:2])
    return Asked(database, f"{_quoted(user)}@{_quoted(host)}", numbers, bool(guarded), lines)


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _plain_rights(asked: Asked) -> Iterator[Told]:
    """Yield what is lacking on live and on the databases that a restore makes beside it."""
    names = (asked.database, *Places.of(asked.database, "pulih_0").all)
    missing = {
        right
        for name in names
        for right in NEEDED
        if not rights_on(name, asked.lines) & {right, "ALL PRIVILEGES"}
    }
    if missing:
        own = asked.database.replace("`", "``").replace("_", "\\_").replace("%", "\\%")
        grants = " ".join(
            f"GRANT ALL ON `{name}`.* TO {asked.account};"
            for name in (own, f"{own}\\_\\_pulih\\_%")
        )
        yield Told("rights_lacking", {"rights": sorted(missing), "grants": grants}, beside=True)


def _of_programs(
    asked: Asked, there: list[tuple[str, str, str, bool]], recorded: list[tuple[str, str]]
) -> Iterator[Told]:
    """Yield what is lacking to make triggers, views, routines and events as they are.

    Whose a program is that only the copy has, nobody can tell here: it counts as another's.
    """
    own = asked.account.replace("'", "")
    known = {(kind, name) for kind, name, _, _ in there}
    others = {(kind, name) for kind, name, definer, _ in there if definer != own}
    others |= {key for key in recorded if key not in known}
    if others and not asked.may("SET USER", "SET ANY DEFINER", "SET_USER_ID"):
        names = some(sorted(name for _, name in others))
        yield Told("definers_lacking", {**names, "grants": asked.grant("SET USER")}, beside=True)
    logged = {key for key in (*known, *recorded) if key[0] in LOGGED}
    if logged and asked.guarded_log and not asked.may():
        names = some(sorted(name for _, name in logged))
        grants = f"GRANT SUPER ON *.* TO {asked.account};"  # BINLOG ADMIN is not enough (10.11)
        yield Told("binlog_lacking", {**names, "grants": grants}, beside=True)
