"""Real database servers for the tests: one of each kind a session, ended with it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from uuid import uuid4

import psycopg2
import pytest
from psycopg2 import sql

from backups.sandbox.postgresql import PostgreSQLServer, postgresql
from backups.specs import Credential, SourceSpec

PATIENCE_SECONDS = 30.0


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory) -> Iterator[PostgreSQLServer]:
    """A throwaway PostgreSQL; make databases of your own in it."""
    with postgresql(tmp_path_factory.mktemp("postgresql")) as server:
        yield server


@pytest.fixture
def free_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@contextmanager
def postgresql_database(server: PostgreSQLServer, name: str = "") -> Iterator[SourceSpec]:
    """Make a database, yield it as a source that the superuser reads, and drop it after."""
    name = name or f"uji_{uuid4().hex[:12]}"
    spec = SourceSpec(
        key="uji",
        name="Siakad uji",
        engine="postgresql",
        host=server.host,
        port=server.port,
        database=name,
        read=Credential(server.username, server.password),
    )
    home, quoted = replace(spec, database="postgres"), sql.Identifier(name)
    execute(home, sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(quoted))
    try:
        yield spec
    finally:
        execute(home, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(quoted))


def execute(spec: SourceSpec, *statements: str | sql.Composable) -> None:
    """Execute each statement by itself, committed at once."""
    with closing(connected(spec)) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def fetch(spec: SourceSpec, query: str | sql.Composable) -> list[tuple]:
    """Return all rows of the query."""
    with closing(connected(spec)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def connected(spec: SourceSpec):
    """Return an autocommitting connection to the source's database."""
    connection = psycopg2.connect(
        host=spec.host,
        port=spec.port,
        dbname=spec.database,
        user=spec.read.username,
        password=spec.read.password,
    )
    connection.autocommit = True
    return connection


def until(holds: Callable[[], object]) -> None:
    """Wait for what another process is about to bring about; fail when it never does."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "It never came to hold."
        time.sleep(0.02)
