"""PostgreSQL brought back: a throwaway server of the same major version, and pg_restore."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - it is a class

from backups import manifest, process
from backups.engines import postgresql_client as client
from backups.engines.postgresql_contents import DATABASE_FILE, SCHEMA_FILE
from backups.engines.postgresql_writer import told
from backups.errors import DumpFailed
from backups.sandbox.postgresql import PostgreSQLServer, postgresql, server_programs
from backups.specs import Credential, Fetched, SourceSpec, Watch

SANDBOX_DATABASE = "uji_pulih"
LOAD_SECONDS = 24 * process.HOUR
_ROLE = r'("(?:[^"]|"")+"|[^\s;,"]+)'
_ROLES = tuple(
    re.compile(pattern + _ROLE, re.MULTILINE)
    for pattern in (
        r"^ALTER .* OWNER TO ",
        r"^GRANT .* TO ",
        r"^REVOKE .* FROM ",
        r"^ALTER DEFAULT PRIVILEGES FOR ROLE ",
        r"^CREATE POLICY .* TO ",
    )
)


class PostgreSQLRestorer:
    """Brings a PostgreSQL dump back."""

    kind = "postgresql"

    @contextmanager
    def sandbox(self, folder: Path, fetched: Fetched) -> Iterator[SourceSpec]:
        """Run a server of the dump's major version, with one empty database alike in encoding."""
        version = str(manifest.read_head(fetched.dump / manifest.FILE_NAME)["server_version"])
        with postgresql(folder, major=int(version.split(".", maxsplit=1)[0])) as server:
            _make_database(server, fetched.dump)
            yield SourceSpec(
                key="sandbox",
                name="sandbox",
                engine=self.kind,
                host=server.host,
                port=server.port,
                database=SANDBOX_DATABASE,
                read=Credential(server.username, server.password),
            )

    def load(self, fetched: Fetched, into: SourceSpec, watch: Watch) -> None:
        """Make the roles that the dump names, then load it whole or not at all."""
        done = load_dump(fetched, into, pg_restore(fetched.dump), watch)
        if not done.ok:
            raise DumpFailed(f"{into.database}: pg_restore ended badly: {done.last_line()}")

    def brings_definitions(self) -> bool:
        """Owners and grants come with the load: our superuser makes the roles first."""
        return True


def load_dump(
    fetched: Fetched, into: SourceSpec, program: str, watch: Watch, *more: str
) -> process.Finished:
    """Make the roles that the dump names, load it with as many sessions as the place bears.

    One function for drills and restores: whole or not at all, by the `pg_restore` given.
    """
    make_roles(into, fetched.dump)
    argv = (
        program,
        "--exit-on-error",
        f"--jobs={max(2, into.jobs)}",
        f"--dbname={client.address(into)}",
        *more,
        str(fetched.dump / "data"),
    )
    environment = client.environment(into)
    return process.run(argv, extra_environment=environment, timeout=LOAD_SECONDS, watch=watch)


def pg_restore(dump: Path) -> str:
    version = str(manifest.read_head(dump / manifest.FILE_NAME)["server_version"])
    return str(server_programs(int(version.split(".", maxsplit=1)[0])) / "pg_restore")


def _make_database(server: PostgreSQLServer, dump: Path) -> None:
    """Make the empty database, alike in encoding.

    Its locale is C, which every machine has: no locale changes what a dump of the data says.
    """
    facts = json.loads((dump / DATABASE_FILE).read_bytes())
    statement = sql.SQL("CREATE DATABASE {name} TEMPLATE template0 ENCODING {encoding} LOCALE 'C'")
    _execute(
        server.host,
        server.port,
        Credential(server.username, server.password),
        "postgres",
        statement.format(
            name=sql.Identifier(SANDBOX_DATABASE), encoding=sql.Literal(facts["encoding"])
        ),
    )


def make_roles(into: SourceSpec, dump: Path) -> None:
    """Make every role that owns something in the dump or was granted something, without login.

    Raises what the server's refusal, or its silence, means.
    """
    statement = sql.SQL(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {literal})"
        " THEN CREATE ROLE {identifier} NOLOGIN; END IF; END $$"
    )
    roles = sorted(roles_named(postgresql_text(dump / SCHEMA_FILE)))
    try:
        with written_by(into) as cursor:
            for role in roles:
                literal, identifier = sql.Literal(role), sql.Identifier(role)
                cursor.execute(statement.format(literal=literal, identifier=identifier))
    except psycopg2.Error as error:
        raise told(into, error) from error


def roles_named(schema: str) -> set[str]:
    """Return the roles that a schema's text gives something to, as the server knows them."""
    named = {match[1] for pattern in _ROLES for match in pattern.finditer(schema)}
    return {role[1:-1].replace('""', '"') if role.startswith('"') else role for role in named} - {
        "PUBLIC",
        "CURRENT_USER",
        "SESSION_USER",
    }


def postgresql_text(path: Path) -> str:
    """Return a file of SQL with every byte of it kept."""
    return path.read_text(encoding="utf-8", errors="surrogateescape")


def _execute(
    host: str, port: int | None, login: Credential, database: str, statement: sql.Composable
) -> None:
    with _cursor(host, port, login, database) as cursor:
        cursor.execute(statement)


@contextmanager
def written_by(into: SourceSpec) -> Iterator[Cursor]:
    """Yield a cursor by which a sandbox is written to, each statement committed at once."""
    with _cursor(into.host, into.port, client.credential(into), into.database) as cursor:
        yield cursor


@contextmanager
def _cursor(host: str, port: int | None, login: Credential, database: str) -> Iterator[Cursor]:
    connection = psycopg2.connect(
        host=host, port=port, user=login.username, password=login.password, dbname=database
    )
    connection.autocommit = True
    with closing(connection), connection.cursor() as cursor:
        yield cursor
