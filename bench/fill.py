"""Rows by the million, the way each database takes them soonest."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import AutoField, Model

BATCH = 20_000


def write_many(model: type[Model], rows: Iterable[Model]) -> None:
    """Write unsaved rows in batches, numbered by the database; the objects learn nothing of it."""
    known = model._meta.concrete_fields  # noqa: SLF001 - Django documents _meta
    fields = [field for field in known if not isinstance(field, AutoField)]
    names = [field.attname for field in fields]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    table = f'"{model._meta.db_table}" ({columns})'  # noqa: SLF001 - as above
    put = _copy if connection.vendor == "postgresql" else _insert
    cells = ([_cell(getattr(row, name)) for name in names] for row in rows)
    while batch := list(islice(cells, BATCH)):
        put(table, batch)


def _cell(value: Any) -> Any:
    return getattr(value, "value", value)


def _insert(table: str, rows: list[list[Any]]) -> None:
    places = ", ".join(["%s"] * len(rows[0]))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} VALUES ({places})", rows)


def _copy(table: str, rows: list[list[Any]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows(_marked(rows))
    text.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} FROM STDIN (FORMAT csv, NULL '\\N')", text)


def _marked(rows: Iterable[list[Any]]) -> Iterator[list[Any]]:
    """Yield rows with NULL told from the empty text."""
    for row in rows:
        yield ["\\N" if cell is None else cell for cell in row]
