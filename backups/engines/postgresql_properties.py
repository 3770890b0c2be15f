"""What belongs to a database's own row and not to its dump: encoding, owner, settings, grants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from backups.engines.postgresql_writer import filled, rows, run

ICU = "i"
# Their stored value is a list of quoted names already (GUC_LIST_QUOTE in guc_tables.c).
LISTS = frozenset(
    {"search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries"}
)


def create_database(connection: Connection, name: str, recorded: Mapping[str, Any]) -> None:
    """Make an empty database with the encoding and collation that the copy's had."""
    words = [filled("CREATE DATABASE {name} TEMPLATE template0", name=name)]
    words.append(filled("ENCODING {}", recorded["encoding"]))
    words.append(filled("LC_COLLATE {}", recorded["datcollate"]))
    words.append(filled("LC_CTYPE {}", recorded["datctype"]))
    if recorded.get("datlocprovider") == ICU:
        words.append(filled("LOCALE_PROVIDER icu ICU_LOCALE {}", _icu_locale(recorded)))
    if recorded.get("tablespace", "pg_default") != "pg_default":
        words.append(filled("TABLESPACE {space}", space=recorded["tablespace"]))
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(" ").join(words))


def _icu_locale(recorded: Mapping[str, Any]) -> str:
    return str(recorded.get("daticulocale") or recorded.get("datlocale") or "")


def give_properties(connection: Connection, name: str, notes: Mapping[str, Any]) -> None:
    """Give the database the owner, settings, grants, limit and comment that `notes` tell.

    `notes` are those of postgresql_catalogue.database_notes. A role that is no more is left out.
    """
    known = {role for (role,) in rows(connection, "SELECT rolname::text FROM pg_roles")}
    for entry in notes.get("settings") or ():
        if entry["role"] is None or entry["role"] in known:
            _give_settings(connection, name, entry["role"], entry["set"])
    if notes.get("datconnlimit", -1) != -1:
        limit = int(notes["datconnlimit"])
        run(connection, f"ALTER DATABASE {{name}} CONNECTION LIMIT {limit}", name=name)
    if notes.get("comment"):
        run(connection, "COMMENT ON DATABASE {name} IS {}", notes["comment"], name=name)
    if notes.get("datacl") is not None:
        _give_grants(connection, name, notes["datacl"], known)
    if notes["owner"] in known:
        run(connection, "ALTER DATABASE {name} OWNER TO {owner}", name=name, owner=notes["owner"])


def _give_settings(
    connection: Connection, name: str, role: str | None, settings: Iterable[str]
) -> None:
    whom = filled("ALTER DATABASE {name}", name=name)
    if role is not None:
        whom = filled("ALTER ROLE {role} IN DATABASE {name}", role=role, name=name)
    for setting in settings:
        key, _, value = setting.partition("=")
        given: sql.Composable = sql.Literal(value)
        if key in LISTS:
            given = sql.SQL(value.replace('""', "''").replace("{", "{{").replace("}", "}}"))
        parts = sql.SQL(".").join(map(sql.Identifier, key.split(".")))
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("{} SET {} TO {}").format(whom, parts, given))


def _give_grants(connection: Connection, name: str, items: Sequence[str], known: set[str]) -> None:
    """Grant what the list of aclitems says and nothing else, not even what PUBLIC has at first."""
    run(connection, "REVOKE ALL ON DATABASE {name} FROM PUBLIC", name=name)
    standing = [item for item in items if _grantee(item) in {"", *known}]
    given = rows(
        connection,
        "SELECT coalesce(pg_get_userbyid(nullif(grantee, 0)), ''), privilege_type, is_grantable"
        " FROM aclexplode({}::text[]::aclitem[])",
        standing,
    )
    for grantee, privilege, grantable in given:
        to = filled("{role}", role=grantee) if grantee else sql.SQL("PUBLIC")
        statement = sql.SQL("GRANT {} ON DATABASE {} TO {} {}").format(
            sql.SQL(privilege),
            sql.Identifier(name),
            to,
            sql.SQL("WITH GRANT OPTION" if grantable else ""),
        )
        with connection.cursor() as cursor:
            cursor.execute(statement)


def _grantee(item: str) -> str:
    """Return the role before the last "=" of an aclitem; "" is PUBLIC."""
    role = item.rpartition("/")[0].rpartition("=")[0]
    return role[1:-1].replace('""', '"') if role.startswith('"') else role
