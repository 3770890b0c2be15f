"""A MariaDB database of about 250 MB of dump: the local night beside `mariadb-dump | gzip`."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pymysql

from backups.jobs.repositories import local_repository
from backups.registering import add_source
from backups.sandbox.mariadb import MariaDBServer as Server
from backups.sandbox.mariadb import mariadb
from bench.measure import peak_megabytes, seconds_of
from bench.night import night
from portal.lib import clock

ROWS = 2_800_000
NIGHTS = ("first night", "second night, 1 % new", "third night, 1 % new")
FILL = f"""
INSERT INTO elearning.kiriman (mahasiswa_id, tugas_id, waktu, isi)
SELECT (seq * 7919) % 40000, (seq * 104729) % 900,
       '2020-01-06' + INTERVAL seq * 13 SECOND,
       CONCAT('jawaban ', seq % 5000, ' ', MD5(seq % 50000))
FROM elearning.seq_1_to_{ROWS}
"""


def figures(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (what, measured, aim): each night beside the plain dump that was made right before it.

    The repository is made beforehand, as it is once in a source's life.
    """
    with mariadb(folder / "server") as server:
        _fill(server)
        source = add_source(
            "elearning",
            now=clock.now(),
            engine="mariadb",
            host=server.socket,
            database="elearning",
            read_username=server.username,
            read_password=server.password,
        )
        local_repository(source)
        for name in NIGHTS:
            plain = seconds_of(lambda: _dump_and_gzip(server, folder))
            cost = night(source)
            yield f"mariadb-dump | gzip, before the {name}", f"{plain:.1f} s", ""
            ratio = f"{cost.local / plain:.2f} ({cost.local:.1f} s)"
            yield f"MariaDB, {name}, local vault / mariadb-dump | gzip", ratio, "at most 0.60"
            yield f"MariaDB, {name}, the portal's own share", f"{cost.own_share:.1%}", "under 10%"
            _append(server)
        size = source.snapshots.first().byte_count
        yield "MariaDB, size of the dump", f"{size / 1e6:.0f} MB", ""
        yield "peak memory of the worker", f"{peak_megabytes():.0f} MB", "at most 150 MB"


def _append(server: Server) -> None:
    """Let a day pass: one row in a hundred is new."""
    with _connected(server) as connection, connection.cursor() as cursor:
        cursor.execute(f"{FILL} LIMIT {ROWS // 100}")


def _connected(server: Server) -> pymysql.Connection:
    return pymysql.connect(
        unix_socket=server.socket,
        user=server.username,
        password=server.password,
        database="mysql",
        autocommit=True,
    )


def _fill(server: Server) -> None:
    with _connected(server) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE elearning CHARACTER SET utf8mb4")
        cursor.execute("USE elearning")
        cursor.execute(
            "CREATE TABLE kiriman (id INT AUTO_INCREMENT PRIMARY KEY, mahasiswa_id INT,"
            " tugas_id INT, waktu DATETIME, isi VARCHAR(200)) ENGINE=InnoDB"
        )
        cursor.execute(FILL)


def _dump_and_gzip(server: Server, folder: Path) -> None:
    """Do what most people's cron does."""
    secret = folder / "client.cnf"
    secret.touch(mode=0o600)
    secret.write_text(f'[client]\nuser={server.username}\npassword="{server.password}"\n')
    argv = [f"--defaults-file={secret}", f"--socket={server.socket}", "--single-transaction"]
    with (folder / "plain.sql.gz").open("wb") as out:
        dump = subprocess.Popen(["mariadb-dump", *argv, "elearning"], stdout=subprocess.PIPE)
        subprocess.run(["gzip"], stdin=dump.stdout, stdout=out, check=True)
        if dump.wait():
            raise RuntimeError("mariadb-dump failed")
