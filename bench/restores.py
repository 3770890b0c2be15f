"""Restores to a living PostgreSQL of about 1.3 GB beside a plain `pg_restore -j`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2

from backups import process
from backups.models import Source
from backups.registering import add_source
from backups.sandbox.postgresql import PostgreSQLServer as Server
from backups.sandbox.postgresql import postgresql
from bench.bringing import Figure, Living, asking, backed_up, compared
from bench.measure import seconds_of
from portal.lib import clock

ROWS = int(os.environ.get("PULIH_BENCH_ROWS", "12000000"))
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
SPOIL = """
DELETE FROM {table} WHERE id BETWEEN 1000 AND 3000;
UPDATE {table} SET catatan = 'salah' WHERE id BETWEEN 4000 AND 6000
"""


def figures(folder: Path) -> Iterator[Figure]:
    """Yield (what, measured, aim): whole, one table of 5 %, each with the longest gap."""
    with postgresql(folder / "server", durable=True) as server:
        yield "PostgreSQL to restore, size of the database", f"{_fill(server) / 1e9:.2f} GB", ""
        snapshot = backed_up(_source(server))
        with asking(lambda: _ask(server, "presensi"), psycopg2.Error) as gap:
            plain = _plain(server, folder / "plain")
        yield f"pg_restore -j{JOBS} into an empty database", f"{plain:.1f} s", ""
        yield "  longest gap of a client beside it", gap.longest(), ""
        living = Living(
            "PostgreSQL",
            "public.nilai",
            lambda: _ask(server, "presensi"),
            lambda: _ask(server, "nilai"),
            psycopg2.Error,
            lambda: _spoil(server),
        )
        yield from compared(living, snapshot, plain)


def _ask(server: Server, table: str) -> None:
    with closing(_connect(server, "siakad")) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {table} LIMIT 1")


def _spoil(server: Server) -> None:
    with closing(_connect(server, "siakad")) as connection, connection.cursor() as cursor:
        for table in ("presensi", "nilai"):
            cursor.execute(SPOIL.format(table=table))


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


def _source(server: Server) -> Source:
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
