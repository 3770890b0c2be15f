"""A table's rows on their way out of a session: into another session's table, or only digested."""

from __future__ import annotations

import hashlib
import io
import os
import threading
from typing import IO, TYPE_CHECKING

from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

from backups.engines.postgresql_exchange import Table

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

BUFFER = 1 << 20


def stream(given: Connection, taking: Connection, table: Table) -> str:
    """Copy a table's rows from one session's database to another's; return their SHA-256.

    The SHA-256 is over what the giving side printed. Whatever fails on either side is raised.
    It is taken of whole buffers: row by row, it costs as much as the rows themselves.
    """
    reading, writing = os.pipe()
    trouble: list[Exception] = []

    def pump() -> None:
        try:
            with os.fdopen(writing, "wb", BUFFER) as out, given.cursor() as cursor:
                cursor.copy_expert(table.copy("TO STDOUT"), out, BUFFER)
        except Exception as error:  # noqa: BLE001 - it is raised below, in the first thread
            trouble.append(error)

    thread = threading.Thread(target=pump, daemon=True)
    thread.start()
    try:
        with os.fdopen(reading, "rb", BUFFER) as rows_in, taking.cursor() as cursor:
            passing = _Passing(rows_in)
            cursor.copy_expert(table.copy("FROM STDIN"), passing, BUFFER)
    finally:
        thread.join()
    if trouble:
        raise trouble[0]
    return passing.digest.hexdigest()


def digest_of(connection: Connection, table: Table) -> str:
    """Return the SHA-256 of a table's rows as the session prints them."""
    told = _Summed()
    with connection.cursor() as cursor, io.BufferedWriter(told, BUFFER) as out:
        cursor.copy_expert(table.copy("TO STDOUT"), out, BUFFER)
    return told.digest.hexdigest()


class _Passing(io.RawIOBase):
    """A file for COPY to read from: another one's bytes, and their digest."""

    def __init__(self, rows_in: IO[bytes]) -> None:
        self.digest = hashlib.sha256()
        self._rows_in = rows_in

    def read(self, size: int = -1, /) -> bytes:
        data = self._rows_in.read(size)
        self.digest.update(data)
        return data


class _Summed(io.RawIOBase):
    """A file of which the digest is kept and nothing else."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer) -> int:
        self.digest.update(data)
        return memoryview(data).nbytes
