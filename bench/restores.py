"""Restores to a living PostgreSQL beside a plain `pg_restore -j`, and the client's longest gap."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2

from backups import process
from backups.jobs import nightly, restore
from backups.models import RestoreJob, RestoreTarget
from backups.orders import order_backup
from backups.registering import add_source
from backups.restoring import Order, order_restore
from backups.sandbox.postgresql import PostgreSQLServer as Server
from backups.sandbox.postgresql import postgresql
from bench.measure import seconds_of
from portal.lib import clock

ROWS = int(os.environ.get("PULIH_BENCH_ROWS", "12000000"))
ASKED_EVERY = 0.1  # seconds: the client of the issue asks ten times a second
JOBS = 2
COLUMNS = """
    id bigint PRIMARY KEY, mahasiswa_id integer, kelas_id integer,
    hadir boolean, waktu timestamptz, catatan text
"""
FILL = """
INSERT INTO {table}
SELECT n, (n * 7919) % 40000, (n * 104729) % 3000, n % 9 <> 0,
       timestamptz '2020-01-06 07:00+07' + n * interval '13 seconds',
       'pertemuan ' || n % 16 || ' ' || md5((n % 50000)::text)
FROM generate_series(1, {rows}::bigint) n
"""


def figures(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (what, measured, aim): whole, one table of 5 %, and the longest gap of a client."""
    with postgresql(folder / "server", durable=True) as server:
        yield "PostgreSQL to restore, size of the database", f"{_fill(server) / 1e9:.2f} GB", ""
        plain = _plain(server, folder / "plain")
        yield f"pg_restore -j{JOBS} into an empty database", f"{plain:.1f} s", ""
        source = _source(server)
        run = order_backup(source, None, clock.now(), rung=False)
        nightly.run(run.pk, clock.now(), ring_transfer=False)
        with _client(server) as gap:
            whole = _restored(source, {"kind": "whole"})
        told = f"{whole.seconds / plain:.2f} ({whole.seconds:.1f} s)"
        yield "whole restore to live, proof and safety copy, / plain", told, "at most 2.20"
        yield "longest gap of a client in the swap", f"{gap() * 1000:.0f} ms", "under 1000 ms"
        with _client(server) as gap:
            table = _restored(source, {"kind": "tables", "names": ["public.nilai"]})
        share = f"{_bring(table) / _bring(whole):.2f} ({_bring(table):.1f} s)"
        yield "one table of 5 %, fetch to swap / whole, fetch to swap", share, "at most 0.15"
        yield "longest gap of a client, one table", f"{gap() * 1000:.0f} ms", "under 1000 ms"


def _bring(job: RestoreJob) -> float:
    """Return the seconds from the fetch to the end of the swap."""
    wanted = {"fetch", "load", "prove", "swap"}
    return sum(_took(step) for step in job.steps if step["phase"] in wanted)


def _took(step: dict[str, str]) -> float:
    began, ended = (clock.datetime.fromisoformat(step[name]) for name in ("began", "ended"))
    return (ended - began).total_seconds()


def _restored(source, scope: dict) -> RestoreJob:
    order = Order(source.snapshots.first(), RestoreTarget.LIVE, scope, emergency="bench")
    job = order_restore(order, clock.now(), rung=False)
    restore.run(job.pk, clock.now())
    job.refresh_from_db()
    if job.outcome != "restored":
        raise RuntimeError(job.error)
    return job


@contextmanager
def _client(server: Server) -> Iterator[Callable[[], float]]:
    """Ask over new connections all the while; yield the longest time without an answer."""
    over, gaps = threading.Event(), [0.0]

    def ask() -> None:
        last = time.monotonic()
        while not over.wait(ASKED_EVERY):
            try:
                with closing(_connect(server, "siakad")) as connection:
                    connection.cursor().execute("SELECT 1 FROM presensi LIMIT 1")
            except psycopg2.Error:
                continue
            now = time.monotonic()
            gaps[0], last = max(gaps[0], now - last), now

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    yield lambda: gaps[0]
    over.set()
    thread.join()


def _plain(server: Server, folder: Path) -> float:
    login = ("-h", server.host, "-p", str(server.port), "-U", server.username)
    environment = {"PGPASSWORD": server.password}
    dump = ("pg_dump", "-Fd", "-Z0", f"-j{JOBS}", *login, "-f", str(folder), "siakad")
    process.run(dump, extra_environment=environment)
    with closing(_connect(server, "postgres")) as connection:
        connection.cursor().execute("CREATE DATABASE polos TEMPLATE template0")
        load = ("pg_restore", f"-j{JOBS}", *login, "-d", "polos", str(folder))
        took = seconds_of(lambda: process.run(load, extra_environment=environment))
        connection.cursor().execute("DROP DATABASE polos WITH (FORCE)")
    return took


def _source(server: Server):
    return add_source(
        "siakad",
        now=clock.now(),
        engine="postgresql",
        host=server.host,
        port=server.port,
        database="siakad",
        read_username=server.username,
        read_password=server.password,
        write_username=server.username,
        write_password=server.password,
    )


def _connect(server: Server, database: str):
    connection = psycopg2.connect(
        host=server.host,
        port=server.port,
        user=server.username,
        password=server.password,
        dbname=database,
    )
    connection.autocommit = True
    return connection


def _fill(server: Server) -> int:
    with closing(_connect(server, "postgres")) as connection:
        connection.cursor().execute("CREATE DATABASE siakad TEMPLATE template0 ENCODING 'UTF8'")
    with closing(_connect(server, "siakad")) as connection, connection.cursor() as cursor:
        for table, rows in (("presensi", ROWS * 95 // 100), ("nilai", ROWS * 5 // 100)):
            cursor.execute(f"CREATE TABLE {table} ({COLUMNS})")
            cursor.execute(FILL.format(table=table, rows=rows))
            cursor.execute(f"CREATE INDEX ON {table} (mahasiswa_id)")
        cursor.execute("SELECT pg_database_size('siakad')")
        return cursor.fetchone()[0]
