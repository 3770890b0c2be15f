"""A PostgreSQL database of about 1.3 GB: the night beside `pg_dump -Fc`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg2

from backups import process
from backups.jobs.repositories import local_repository, ready_repository
from backups.models import Source, Vault
from backups.registering import add_source
from backups.sandbox.postgresql import PostgreSQLServer as Server
from backups.sandbox.postgresql import postgresql
from bench.measure import peak_megabytes, seconds_of
from bench.night import night
from portal.lib import clock

ROWS = 12_000_000
FILL = f"""
CREATE TABLE presensi (
    id bigint PRIMARY KEY, mahasiswa_id integer, kelas_id integer,
    hadir boolean, waktu timestamptz, catatan text
);
INSERT INTO presensi
SELECT n, (n * 7919) % 40000, (n * 104729) % 3000, n % 9 <> 0,
       timestamptz '2020-01-06 07:00+07' + n * interval '13 seconds',
       'pertemuan ' || n % 16 || ' ' || md5((n % 50000)::text)
FROM generate_series(1, {ROWS}::bigint) n;
CREATE INDEX ON presensi (mahasiswa_id);
"""


def figures(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (what, measured, aim) for the local night, both vaults, the own share, memory.

    The repositories are made beforehand, as they are once in a source's life, and told apart.
    """
    with postgresql(folder / "server") as server:
        yield "PostgreSQL, size of the database", f"{_fill(server) / 1e9:.2f} GB", ""
        plain = seconds_of(lambda: _pg_dump(server, folder / "plain.dump"))
        yield "pg_dump -Fc to a file", f"{plain:.1f} s", ""
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
        made = seconds_of(lambda: _make_repositories(source))
        yield "making the repositories in both vaults, once", f"{made:.1f} s", ""
        first = night(source)
        yield from _compared("first night", first, plain)
        second = night(source)
        yield from _compared("second night, nothing changed", second, plain)
        yield "peak memory of the worker", f"{peak_megabytes():.0f} MB", "at most 150 MB"


def _make_repositories(source: Source) -> None:
    _, here = local_repository(source)
    for vault in Vault.objects.media():
        ready_repository(source, vault, like=here)


def _compared(name: str, cost, plain: float) -> Iterator[tuple[str, str, str]]:
    local, both = cost.local / plain, (cost.local + cost.media) / plain
    yield f"{name}, local vault / pg_dump -Fc", f"{local:.2f} ({cost.local:.1f} s)", "at most 0.65"
    both_seconds = f"{both:.2f} ({cost.local + cost.media:.1f} s)"
    yield f"{name}, both vaults / pg_dump -Fc", both_seconds, "at most 1.10"
    yield f"{name}, the portal's own share", f"{cost.own_share:.1%}", "under 10%"


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
    with _connect(server, "postgres").cursor() as cursor:
        cursor.execute("CREATE DATABASE siakad TEMPLATE template0 ENCODING 'UTF8'")
    with _connect(server, "siakad").cursor() as cursor:
        cursor.execute(FILL)
        cursor.execute("VACUUM ANALYZE presensi")
        cursor.execute("SELECT pg_database_size('siakad')")
        return cursor.fetchone()[0]


def _pg_dump(server: Server, out: Path) -> None:
    argv = ("pg_dump", "-Fc", "-h", server.host, "-p", str(server.port), "-U", server.username)
    environment = {"PGPASSWORD": server.password}
    done = process.run((*argv, "-f", str(out), "siakad"), extra_environment=environment)
    if not done.ok:
        raise RuntimeError(done.last_line())
