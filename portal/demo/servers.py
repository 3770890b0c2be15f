"""The demonstration's database servers: durable, in folders of their own, on private sockets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from backups.sandbox.mariadb import MariaDBServer, mariadb
from backups.sandbox.postgresql import PostgreSQLServer, postgresql


def demo_folder(name: str) -> Path:
    """Return a folder of the demonstration below the state folder, whose parents exist."""
    path = Path(settings.PULIH_VAR) / "demo" / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    return path


@contextmanager
def postgresql_server() -> Iterator[PostgreSQLServer]:
    """Run the server of SIAKAD."""
    with postgresql(demo_folder("postgresql"), durable=True) as server:
        yield server


@contextmanager
def mariadb_server() -> Iterator[MariaDBServer]:
    """Run the server of the e-learning."""
    with mariadb(demo_folder("mariadb"), durable=True) as server:
        yield server
