"""The index behind the search: three letters at a time, in each database's own way.

SQLite has FTS5's trigram tokenizer since 3.34 (Debian 12, Ubuntu 24.04 and later have it).
PostgreSQL has pg_trgm, which the owner of a database may create since version 13; where that
is refused the search reads every name, which `manage.py doctor` tells. pg_trgm looks at letters
and digits alone, so that `nilai_` would be as common as `nilai`: the index is of words in which
letters stand for the signs, and what it finds is held against the words themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import DatabaseError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func, Q, QuerySet, TextField, Value

from backups.models import KnownObject, Shelf

SHORTEST = 3  # letters that a trigram has
_LAST_SIGN = chr(0x10FFFF)
_EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"
_REFUSALS = ("42501", "58P01", "0A000")  # not allowed, not on that machine, not supported
_SIGNS, _LETTERS = "_-./", "qxzj"  # seldom ones, as Indonesian goes
_IS_THERE = {
    "postgresql": "SELECT to_regclass('known_spelt_n') IS NOT NULL",
    "sqlite": "SELECT count(*) FROM sqlite_master WHERE name = 'known_n_insert'",
}
# A CROSS JOIN keeps its order in SQLite: the index leads, and the walk ends at the limit.
_WALK = """
    SELECT backups_knownobject.id FROM backups_knownobject_SHELF
    CROSS JOIN backups_knownobject ON backups_knownobject.id = backups_knownobject_SHELF.rowid
    WHERE backups_knownobject_SHELF MATCH %s AND WHERE_CLAUSE LIMIT %s
    """


def build(connection: BaseDatabaseWrapper) -> bool:
    """Make the index; safe to repeat. Return False where the server refuses it."""
    if connection.vendor == "sqlite":
        _execute(connection, _each_shelf(_SQLITE_SHELF))
        return True
    return index_by_trigrams(connection, _each_shelf(_POSTGRESQL_SHELF))


def index_by_trigrams(connection: BaseDatabaseWrapper, statements: Sequence[str]) -> bool:
    """Make indexes that need pg_trgm. Return False, and leave none, where it is refused."""
    try:
        with transaction.atomic(using=connection.alias):
            _execute(connection, [_EXTENSION, *statements])
    except DatabaseError as error:
        if getattr(error.__cause__, "pgcode", None) not in _REFUSALS:
            raise
        return False
    return True


def drop(connection: BaseDatabaseWrapper) -> None:
    """Take the index away."""
    of_vendor = _SQLITE_DROP if connection.vendor == "sqlite" else _POSTGRESQL_DROP
    _execute(connection, _each_shelf(of_vendor))


def exists(connection: BaseDatabaseWrapper) -> bool:
    """Say whether the search has its index."""
    with connection.cursor() as cursor:
        cursor.execute(_IS_THERE[connection.vendor])
        return bool(cursor.fetchone()[0])


def _execute(connection: BaseDatabaseWrapper, statements: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def containing(shelf: Shelf, words: Sequence[str], rows: Q, limit: int) -> list[int]:
    """Return up to `limit` objects of the shelf that hold every one of `words`, in any order.

    `words` are in small letters; `rows` narrows the objects further.
    """
    found = KnownObject.objects.filter(rows, shelf=shelf)
    for word in words:
        found = found.filter(words__contains=word)
    if connection.vendor == "sqlite" and any(len(word) >= SHORTEST for word in words):
        return _through_fts(found, shelf, words, limit)
    if connection.vendor == "postgresql":
        found = _spelt(found, words)
    return list(found.order_by().values_list("pk", flat=True)[:limit])


def _spelt(found: QuerySet[KnownObject], words: Sequence[str]) -> QuerySet[KnownObject]:
    """Narrow to what the index has for these words; the expression must be the index's own."""
    letters = (Value(_SIGNS), Value(_LETTERS))
    spelt = Func(F("words"), *letters, function="translate", output_field=TextField())
    found = found.alias(spelt=spelt)
    for word in words:
        found = found.filter(spelt__contains=word.translate(str.maketrans(_SIGNS, _LETTERS)))
    return found


def beginning(shelf: Shelf, word: str, rows: Q, limit: int) -> list[int]:
    """Return up to `limit` objects of the shelf whose last part begins with `word`."""
    found = KnownObject.objects.filter(rows, shelf=shelf)
    if connection.vendor == "sqlite":  # its LIKE uses no index
        found = found.filter(leaf__gte=word, leaf__lt=word + _LAST_SIGN)
    else:
        found = found.filter(leaf__startswith=word)
    return list(found.order_by().values_list("pk", flat=True)[:limit])


def _through_fts(
    found: QuerySet[KnownObject], shelf: Shelf, words: Sequence[str], limit: int
) -> list[int]:
    """Walk the trigrams' own order and stop at the limit; the words are looked at once more.

    The index says only that all trigrams are there (detail=none), not that they stand in a row.
    """
    sql, params = found.order_by().values("pk").query.sql_with_params()
    where = sql.partition(" WHERE ")[2]
    statement = _WALK.replace("SHELF", shelf.value).replace("WHERE_CLAUSE", where)
    with connection.cursor() as cursor:
        cursor.execute(statement, [_match(words), *params, limit])
        return [row[0] for row in cursor.fetchall()]


def _match(words: Sequence[str]) -> str:
    """Return the FTS5 query: every trigram of every word, each quoted."""
    parts = {
        word[n : n + SHORTEST]: None for word in words for n in range(len(word) - SHORTEST + 1)
    }
    return " AND ".join('"{}"'.format(part.replace('"', '""')) for part in parts)


_SQLITE_SHELF = (
    """
    CREATE VIRTUAL TABLE IF NOT EXISTS backups_knownobject_SHELF USING fts5(
        words, content='backups_knownobject', content_rowid='id', detail='none', columnsize=0,
        tokenize='trigram')
    """,
    "INSERT INTO backups_knownobject_SHELF (backups_knownobject_SHELF) VALUES ('delete-all')",
    """
    INSERT INTO backups_knownobject_SHELF (rowid, words)
    SELECT id, words FROM backups_knownobject WHERE shelf = 'SHELF'
    """,
    """
    CREATE TRIGGER IF NOT EXISTS known_SHELF_insert AFTER INSERT ON backups_knownobject
    WHEN NEW.shelf = 'SHELF' BEGIN
    INSERT INTO backups_knownobject_SHELF (rowid, words) VALUES (NEW.id, NEW.words); END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS known_SHELF_delete AFTER DELETE ON backups_knownobject
    WHEN OLD.shelf = 'SHELF' BEGIN
    INSERT INTO backups_knownobject_SHELF (backups_knownobject_SHELF, rowid, words)
    VALUES ('delete', OLD.id, OLD.words); END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS known_SHELF_update
    AFTER UPDATE OF words, shelf ON backups_knownobject
    WHEN 'SHELF' IN (OLD.shelf, NEW.shelf) BEGIN
    INSERT INTO backups_knownobject_SHELF (backups_knownobject_SHELF, rowid, words)
    SELECT 'delete', OLD.id, OLD.words WHERE OLD.shelf = 'SHELF';
    INSERT INTO backups_knownobject_SHELF (rowid, words)
    SELECT NEW.id, NEW.words WHERE NEW.shelf = 'SHELF'; END
    """,
)
_POSTGRESQL_SHELF = (
    f"""
    CREATE INDEX IF NOT EXISTS known_spelt_SHELF ON backups_knownobject
    USING gin (translate(words, '{_SIGNS}', '{_LETTERS}') gin_trgm_ops) WHERE shelf = 'SHELF'
    """,
)
_SQLITE_DROP = (
    "DROP TRIGGER IF EXISTS known_SHELF_insert",
    "DROP TRIGGER IF EXISTS known_SHELF_delete",
    "DROP TRIGGER IF EXISTS known_SHELF_update",
    "DROP TABLE IF EXISTS backups_knownobject_SHELF",
)
_POSTGRESQL_DROP = (
    "DROP INDEX IF EXISTS known_words_SHELF",  # of earlier releases
    "DROP INDEX IF EXISTS known_spelt_SHELF",
)


def _each_shelf(statements: tuple[str, ...]) -> list[str]:
    return [text.replace("SHELF", shelf) for shelf in Shelf.values for text in statements]
