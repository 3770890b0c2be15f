"""The engines by kind. Adding one touches this line, its file and the contract test."""

from __future__ import annotations

from backups.engines.base import Engine, Replacer, Restorer
from backups.engines.files import Files
from backups.engines.files_replace import FilesReplacer
from backups.engines.files_restore import FilesRestorer
from backups.engines.mariadb import MariaDB
from backups.engines.mariadb_replace import MariaDBReplacer
from backups.engines.mariadb_restore import MariaDBRestorer
from backups.engines.mariadb_rows import MariaDBRows
from backups.engines.mariadb_rows_write import MariaDBRowWriters
from backups.engines.postgresql import PostgreSQL
from backups.engines.postgresql_replace import PostgreSQLReplacer
from backups.engines.postgresql_restore import PostgreSQLRestorer
from backups.engines.postgresql_rows import PostgreSQLRows
from backups.engines.postgresql_rows_write import PostgreSQLRowWriters
from backups.engines.rows import RowReaders, RowWriters
from backups.engines.sqlite import SQLite
from backups.engines.sqlite_replace import SQLiteReplacer
from backups.engines.sqlite_restore import SQLiteRestorer
from backups.engines.sqlite_rows import SQLiteRows
from backups.engines.sqlite_rows_write import SQLiteRowWriters

ENGINES: dict[str, Engine] = {
    engine.kind: engine for engine in (PostgreSQL(), MariaDB(), SQLite(), Files())
}


def engine_of_kind(kind: str) -> Engine:
    """Return the engine of this kind; KeyError when the portal has none."""
    return ENGINES[kind]


RESTORERS: dict[str, Restorer] = {
    restorer.kind: restorer
    for restorer in (
        PostgreSQLRestorer(),
        MariaDBRestorer(),
        SQLiteRestorer(),
        FilesRestorer(),
    )
}


def restorer_of_kind(kind: str) -> Restorer:
    """Return what brings this kind back; KeyError when the portal has none."""
    return RESTORERS[kind]


REPLACERS: dict[str, Replacer] = {
    replacer.kind: replacer
    for replacer in (PostgreSQLReplacer(), MariaDBReplacer(), SQLiteReplacer(), FilesReplacer())
}


def replacer_of_kind(kind: str) -> Replacer:
    """Return what replaces this kind while it lives; KeyError when the portal has none."""
    return REPLACERS[kind]


ROW_READERS: dict[str, RowReaders] = {
    reader.kind: reader for reader in (PostgreSQLRows(), MariaDBRows(), SQLiteRows())
}


def row_readers_of_kind(kind: str) -> RowReaders | None:
    """Return what reads the rows of this kind; None where there are none, as in folders."""
    return ROW_READERS.get(kind)


ROW_WRITERS: dict[str, RowWriters] = {
    writer.kind: writer
    for writer in (PostgreSQLRowWriters(), MariaDBRowWriters(), SQLiteRowWriters())
}


def row_writers_of_kind(kind: str) -> RowWriters | None:
    """Return what writes rows of this kind back; None where there are none, as in folders."""
    return ROW_WRITERS.get(kind)
