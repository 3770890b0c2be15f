"""The engines by kind. Adding one touches this line, its file and the contract test."""

from __future__ import annotations

from backups.engines.base import Engine
from backups.engines.files import Files
from backups.engines.mariadb import MariaDB
from backups.engines.postgresql import PostgreSQL
from backups.engines.sqlite import SQLite

ENGINES: dict[str, Engine] = {
    engine.kind: engine for engine in (PostgreSQL(), MariaDB(), SQLite(), Files())
}


def engine_of_kind(kind: str) -> Engine:
    """Return the engine of this kind; KeyError when the portal has none."""
    return ENGINES[kind]
