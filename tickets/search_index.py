"""The index behind tickets.models.search, in each database's own way."""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

from backups.catalogue.index import index_by_trigrams

_BUILD = {
    "postgresql": (
        # A column of its own: the planner then knows how common each word is.
        """
        ALTER TABLE tickets_searchtext ADD COLUMN IF NOT EXISTS lexemes tsvector
        GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED
        """,
        """
        CREATE INDEX IF NOT EXISTS tickets_search_lexemes
        ON tickets_searchtext USING gin (lexemes)
        """,
    ),
    # An FTS5 table that reads its text from ours; triggers keep the two alike.
    "sqlite": (
        """
        CREATE VIRTUAL TABLE IF NOT EXISTS tickets_searchindex USING fts5(
            words, content='tickets_searchtext', content_rowid='ticket_id',
            tokenize="unicode61 remove_diacritics 0", prefix='2 3 4')
        """,
        """
        CREATE TRIGGER IF NOT EXISTS desk_search_insert AFTER INSERT ON tickets_searchtext BEGIN
        INSERT INTO tickets_searchindex (rowid, words) VALUES (NEW.ticket_id, NEW.words); END
        """,
        """
        CREATE TRIGGER IF NOT EXISTS desk_search_delete AFTER DELETE ON tickets_searchtext BEGIN
        INSERT INTO tickets_searchindex (tickets_searchindex, rowid, words)
        VALUES ('delete', OLD.ticket_id, OLD.words); END
        """,
        """
        CREATE TRIGGER IF NOT EXISTS desk_search_update AFTER UPDATE ON tickets_searchtext BEGIN
        INSERT INTO tickets_searchindex (tickets_searchindex, rowid, words)
        VALUES ('delete', OLD.ticket_id, OLD.words);
        INSERT INTO tickets_searchindex (rowid, words) VALUES (NEW.ticket_id, NEW.words); END
        """,
        "INSERT INTO tickets_searchindex (tickets_searchindex) VALUES ('rebuild')",
    ),
}
_NUMBERS = (
    """
    CREATE INDEX IF NOT EXISTS ticket_number_parts
    ON tickets_ticket USING gin (number gin_trgm_ops)
    """,
)
_DROP = {
    "postgresql": ("ALTER TABLE tickets_searchtext DROP COLUMN IF EXISTS lexemes",),
    "sqlite": (
        "DROP TRIGGER IF EXISTS desk_search_insert",
        "DROP TRIGGER IF EXISTS desk_search_delete",
        "DROP TRIGGER IF EXISTS desk_search_update",
        "DROP TABLE IF EXISTS tickets_searchindex",
    ),
}


def build(connection: BaseDatabaseWrapper) -> None:
    """Make the index; safe to repeat."""
    _execute(connection, _BUILD)


def build_numbers(connection: BaseDatabaseWrapper) -> None:
    """Let a part of a number be found by three digits at a time; safe to repeat.

    SQLite reads its index of whole numbers from end to end in some milliseconds. So does
    PostgreSQL where pg_trgm is refused, only slower.
    """
    if connection.vendor == "postgresql":
        index_by_trigrams(connection, _NUMBERS)


def drop_numbers(connection: BaseDatabaseWrapper) -> None:
    """Take that index away."""
    if connection.vendor == "postgresql":
        _execute(connection, {"postgresql": ("DROP INDEX IF EXISTS ticket_number_parts",)})


def drop(connection: BaseDatabaseWrapper) -> None:
    """Take the index away."""
    _execute(connection, _DROP)


def _execute(connection: BaseDatabaseWrapper, statements: dict[str, tuple[str, ...]]) -> None:
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor]:
            cursor.execute(statement)
