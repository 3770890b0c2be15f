"""A real MariaDB for the tests: one a session, ended with it, and databases of one's own in it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pymysql
import pytest

from backups.sandbox.mariadb import MariaDBServer, mariadb
from backups.specs import Credential, SourceSpec


@pytest.fixture(scope="session")
def mariadb_server(tmp_path_factory) -> Iterator[MariaDBServer]:
    """A throwaway MariaDB; make databases of your own in it."""
    with mariadb(tmp_path_factory.mktemp("mariadb")) as server:
        yield server


@contextmanager
def mariadb_database(
    server: MariaDBServer, name: str = "", options: str = ""
) -> Iterator[SourceSpec]:
    """Make a database, yield it as a source that the administrator reads, and drop it after."""
    spec = SourceSpec(
        key="uji",
        name="E-learning uji",
        engine="mariadb",
        host=server.socket,
        database=name or f"uji_{uuid4().hex[:12]}",
        read=Credential(server.username, server.password),
    )
    home, quoted = replace(spec, database="mysql"), quoted_name(spec.database)
    execute(home, f"CREATE DATABASE {quoted} {options}")
    try:
        yield spec
    finally:
        execute(home, f"DROP DATABASE IF EXISTS {quoted}")


@contextmanager
def copy_of(server: MariaDBServer, folder: Path) -> Iterator[SourceSpec]:
    """Load a dump into a database of another name, with nothing but `mariadb`, and yield it."""
    settings = json.loads((folder / "database.json").read_bytes())
    options = "CHARACTER SET {character_set} COLLATE {collation}".format(**settings)
    with mariadb_database(server, options=options) as spec:
        load(spec, sorted((folder / "data").iterdir()))
        execute(spec, *filter(None, (folder / "roles.sql").read_text().split(";\n")))
        yield spec


def load(spec: SourceSpec, files: list[Path]) -> None:
    """Give these files, one after the other, to one `mariadb` client."""
    argv = ["mariadb", "--no-defaults", f"--socket={spec.host}", f"--user={spec.read.username}"]
    argv += ["--binary-mode", "--comments", "--", spec.database]
    data = b"".join(file.read_bytes() for file in files)
    subprocess.run(argv, input=data, env={"MYSQL_PWD": spec.read.password}, check=True)


def execute(spec: SourceSpec, *statements: str) -> None:
    """Execute each statement by itself, committed at once."""
    with closing(connected(spec)) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def fetch(spec: SourceSpec, query: str) -> list[tuple]:
    """Return all rows of the query."""
    with closing(connected(spec)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def connected(spec: SourceSpec) -> pymysql.Connection:
    """Return an autocommitting connection to the source's database."""
    return pymysql.connect(
        unix_socket=spec.host,
        user=spec.read.username,
        password=spec.read.password,
        database=spec.database,
        charset="utf8mb4",
        autocommit=True,
    )


def quoted_name(name: str) -> str:
    """Return a name as SQL spells it."""
    return "`" + name.replace("`", "``") + "`"
