"""Asking a database, in a moment, whether it answers; by kind, beside the engines themselves."""

from __future__ import annotations

from collections.abc import Callable

from backups.engines import mariadb_client, postgresql_client, sqlite_file
from backups.engines.mariadb import MariaDB
from backups.engines.postgresql import PostgreSQL
from backups.engines.sqlite import SQLite
from backups.specs import SourceSpec

KNOCKS: dict[str, Callable[[SourceSpec], None]] = {
    PostgreSQL.kind: postgresql_client.knock,
    MariaDB.kind: mariadb_client.knock,
    SQLite.kind: sqlite_file.knock,
}
"""Each raises as its engine's `probe` does. Files have no server that could be away."""
