"""How a living PostgreSQL is written to: the restorer's own session, and the databases beside live.

Everything here goes by the `write` credential; the reader's is never used to write.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

import psycopg2
from psycopg2 import sql
from psycopg2.errors import (
    DiskFull,
    InsufficientPrivilege,
    LockNotAvailable,
    ObjectInUse,
    UndefinedTable,
)
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from backups.engines import postgresql_client as client
from backups.errors import (
    BackupError,
    NoSpace,
    RestoreFailed,
    SourceRefused,
    SourceUnreachable,
)
from backups.specs import SourceSpec

MAINTENANCE = ("postgres", "template1")  # where a session stands that renames other databases
LONGEST_NAME = 63  # bytes of an identifier (NAMEDATALEN)
LOCK_WAIT_MILLISECONDS = 20_000


def writer(live: SourceSpec) -> SourceSpec:
    """Return live as whoever restores sees it; SourceRefused when nobody is set for that."""
    if live.write is None or not live.write.username:
        raise SourceRefused(
            f"Source {live.name} has no user that may restore.",
            advice="Set its restoring user and password on the source's page in /admin/: "
            "the owner of the database, with CREATEDB and pg_signal_backend.",
        )
    return replace(live, read=live.write)


@contextmanager
def writing(live: SourceSpec, database: str = "", *, label: str = "") -> Iterator[Connection]:
    """Yield an autocommitting session of the restorer in `database` (a maintenance one without).

    Whatever goes wrong in the block comes as an error of the family.
    """
    connection = _connection(writer(live), database)
    try:
        connection.autocommit = True
        run(connection, "SET statement_timeout = 0")
        run(connection, "SET lock_timeout = {}", LOCK_WAIT_MILLISECONDS)
        if label:
            run(connection, "SET application_name = {}", f"pulih {label}")
        yield connection
    except psycopg2.Error as error:
        raise told(live, error) from error
    finally:
        connection.close()


def _connection(spec: SourceSpec, database: str) -> Connection:
    if database:
        return client.connect(replace(spec, database=database))
    others = [name for name in MAINTENANCE if name != spec.database]
    for name in others[:-1]:
        try:
            return client.connect(replace(spec, database=name))
        except SourceRefused:
            continue
    return client.connect(replace(spec, database=others[-1]))


def told(live: SourceSpec, error: psycopg2.Error) -> BackupError:
    """Return what a server's refusal means to whoever restores."""
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    if isinstance(error, InsufficientPrivilege):
        return SourceRefused(
            f"Source {live.name} does not let its restoring user do that: {reason}.",
            advice="Make that user the owner of the database and its tables, with CREATEDB and"
            " pg_signal_backend.",
        )
    if isinstance(error, DiskFull):
        return NoSpace(
            f"The disk of the server of {live.name} is full: {reason}.",
            advice="Free space there; live data were not touched. Then order the restore anew.",
        )
    if isinstance(error, LockNotAvailable | ObjectInUse):
        return RestoreFailed(
            f"Others hold what is to be replaced in {live.name}: {reason}.",
            advice="Live data were not touched. End the long transaction there, then try again.",
        )
    if isinstance(error, UndefinedTable):
        return RestoreFailed(f"Source {live.name}: {reason}.")
    if isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError):
        return SourceUnreachable(f"The connection to source {live.name} was lost: {reason}.")
    return RestoreFailed(f"Source {live.name} refused a step of the restore: {reason}.")


def run(connection: Connection, statement: str, *values: object, **names: str) -> None:
    """Execute a statement; {} takes literals in turn, {name} quoted identifiers."""
    with connection.cursor() as cursor:
        cursor.execute(filled(statement, *values, **names))


def rows(
    connection: Connection, statement: str, *values: object, **names: str
) -> list[tuple[Any, ...]]:
    """Return all rows of a query; placeholders as in `run`."""
    with connection.cursor() as cursor:
        cursor.execute(filled(statement, *values, **names))
        return list(cursor.fetchall())


def filled(statement: str, *values: object, **names: str) -> sql.Composed:
    """Return the statement with literals and identifiers in their places."""
    quoted = {name: sql.Identifier(value) for name, value in names.items()}
    return sql.SQL(statement).format(*map(sql.Literal, values), **quoted)


class Database(NamedTuple):
    """What the server says of one database."""

    oid: int
    open: bool
    comment: str


def databases(connection: Connection, *names: str) -> dict[str, Database]:
    """Return those of the named databases that exist."""
    found = rows(
        connection,
        "SELECT datname::text, oid, datallowconn, coalesce(shobj_description(oid, 'pg_database'),"
        " '') FROM pg_database WHERE datname = ANY ({})",
        list(names),
    )
    return {name: Database(*facts) for name, *facts in found}


def allow_connections(connection: Connection, name: str, *, allow: bool) -> None:
    """Open or close a database to everybody, superusers too."""
    word = "true" if allow else "false"
    run(connection, f"ALTER DATABASE {{name}} ALLOW_CONNECTIONS {word}", name=name)


def drop(connection: Connection, name: str) -> None:
    """Drop a database of ours, whoever is connected to it; nothing when it is gone."""
    if name in databases(connection, name):
        allow_connections(connection, name, allow=False)
        terminate(connection, name)
        run(connection, "DROP DATABASE IF EXISTS {name}", name=name)


def terminate(connection: Connection, name: str) -> None:
    """End every session in a database that this user may end."""
    rows(
        connection,
        "SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a"
        " LEFT JOIN pg_roles r ON r.rolname = a.usename"
        " WHERE a.datname = {} AND a.pid <> pg_backend_pid() AND (NOT coalesce(r.rolsuper, false)"
        " OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user))",
        name,
    )


def sessions(connection: Connection, name: str) -> int:
    """Return how many clients are connected to a database."""
    ((count,),) = rows(
        connection,
        "SELECT count(*) FROM pg_stat_activity WHERE datname = {} AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'",
        name,
    )
    return int(count)
