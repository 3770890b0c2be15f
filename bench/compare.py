"""A table of four million rows of which 300 differ: `manage.py compare` finds them all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg2

from backups.models import Comparison
from backups.orders import order_comparison
from backups.registering import add_source
from backups.sandbox.postgresql import PostgreSQLServer as Server
from backups.sandbox.postgresql import postgresql
from bench.night import night
from bench.worker import done_by_a_worker
from portal.lib import clock

ROWS = int(os.environ.get("BENCH_ROWS", "4000000"))
TOUCHED = 100  # of each kind
FILL = f"""
CREATE TABLE krs (nim bigint, kode text, nilai numeric(4, 2), catatan text, waktu timestamptz,
                  PRIMARY KEY (nim, kode));
INSERT INTO krs
SELECT n, 'MK' || n % 50, (n % 400) / 100.0, md5(n::text),
       timestamptz '2020-01-06 07:00+07' + n * interval '13 seconds'
FROM generate_series(1, {ROWS}::bigint) n;
"""
TOUCH = f"""
DELETE FROM krs WHERE nim % {ROWS // TOUCHED} = 5;
UPDATE krs SET nilai = nilai + 1 WHERE nim % {ROWS // TOUCHED} = 7;
INSERT INTO krs SELECT n, 'BARU', 1, '', NULL
FROM generate_series({ROWS + 1}::bigint, {ROWS + TOUCHED}) n;
"""


def figures(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (what, measured, aim) for the table alone and for the whole source."""
    with postgresql(folder / "server") as server:
        _execute(server, "postgres", "CREATE DATABASE siakad")
        _execute(server, "siakad", FILL)
        source = add_source(
            "siakad",
            now=clock.now(),
            engine="postgresql",
            host=server.host,
            port=server.port,
            database="siakad",
            read_username=server.username,
            read_password=server.password,
        )
        night(source)
        _execute(server, "siakad", TOUCH)
        for what, tables in (("the table", ["krs"]), ("the whole source", [])):
            job = order_comparison(
                source.snapshots.get(), None, clock.now(), tables=tables, rung=False
            )
            done = done_by_a_worker(job.pk)
            yield f"compare {ROWS:,} rows, {what}", f"{done.seconds:.1f} s", "under 60 s"
            yield "  rows missing, changed, extra", _found(job), f"{TOUCHED} of each"
            yield "  peak memory of the worker", f"{done.megabytes:.0f} MB", "under 200 MB"


def _found(job: Comparison) -> str:
    job.refresh_from_db()
    return f"{job.rows_missing} {job.rows_changed} {job.rows_extra} {job.error}"


def _execute(server: Server, database: str, statements: str) -> None:
    connection = psycopg2.connect(
        host=server.host,
        port=server.port,
        user=server.username,
        password=server.password,
        dbname=database,
    )
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statements)
    connection.close()
