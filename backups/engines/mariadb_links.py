"""Foreign keys across the edge of what is swapped.

A rename takes them along: whoever referred to the old table still does, wherever it went
(tried on 10.11). So each that crosses the edge is made again, by name, without reading a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pymysql

from backups.engines.mariadb_sql import quoted

_NAME = r"`(?:[^`]|``)*`"
_CONSTRAINT = re.compile(
    rf"CONSTRAINT (?P<name>{_NAME}) FOREIGN KEY (?P<own>\((?:{_NAME}(?:, )?)+\))"
    rf" REFERENCES (?:(?P<schema>{_NAME})\.)?(?P<table>{_NAME}) (?P<other>\((?:{_NAME}(?:, )?)+\))"
    r"(?P<acts>(?: ON (?:DELETE|UPDATE) (?:RESTRICT|CASCADE|SET NULL|NO ACTION|SET DEFAULT))*)"
)
_REFERRING = """
    SELECT DISTINCT constraint_schema, table_name FROM information_schema.key_column_usage
    WHERE referenced_table_schema = %s AND referenced_table_name IN %s"""


@dataclass(frozen=True, slots=True)
class Link:
    """One foreign key of `schema`.`table` to the table `target` of `target_schema`."""

    schema: str
    table: str
    name: str
    target_schema: str
    target: str
    rest: str  # columns and actions: "(own)", "(other)ON ..."
    own: str

    def drop(self, schema: str = "") -> str:
        """Return what drops it, where it is there."""
        where = f"{quoted(schema or self.schema)}.{quoted(self.table)}"
        return f"ALTER TABLE {where} DROP FOREIGN KEY IF EXISTS {quoted(self.name)}"

    def make(self, schema: str, target_schema: str) -> str:
        """Return what makes it between these two databases."""
        return (
            f"ALTER TABLE {quoted(schema)}.{quoted(self.table)} ADD CONSTRAINT {quoted(self.name)}"
            f" FOREIGN KEY {self.own} REFERENCES {quoted(target_schema)}.{quoted(self.target)}"
            f" {self.rest}"
        )


def links_of(cursor: pymysql.cursors.Cursor, schema: str, tables: Iterable[str]) -> list[Link]:
    """Return the foreign keys that these tables have."""
    return [link for table in tables for link in _of_table(cursor, schema, table)]


def _of_table(cursor: pymysql.cursors.Cursor, schema: str, table: str) -> Iterator[Link]:
    cursor.execute(f"SHOW CREATE TABLE {quoted(schema)}.{quoted(table)}")
    ((_, definition, *_),) = cursor.fetchall()
    for found in _CONSTRAINT.finditer(definition):
        yield Link(
            schema,
            table,
            _plain(found["name"]),
            _plain(found["schema"]) if found["schema"] else schema,
            _plain(found["table"]),
            f"{found['other']}{found['acts']}",
            found["own"],
        )


def links_to(cursor: pymysql.cursors.Cursor, schema: str, tables: Iterable[str]) -> list[Link]:
    """Return the foreign keys to these tables, from any table of the server that may be seen."""
    chosen = tuple(tables)
    if not chosen:
        return []
    cursor.execute(_REFERRING, (schema, chosen))
    return [
        link
        for child_schema, child in cursor.fetchall()
        for link in _of_table(cursor, child_schema, child)
        if link.target_schema == schema and link.target in chosen
    ]


def _plain(name: str) -> str:
    return name[1:-1].replace("``", "`")
