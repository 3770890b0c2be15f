"""Restores to a living MariaDB beside a plain `mariadb <` of the whole dump."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pymysql

from backups import process
from backups.models import Source
from backups.registering import add_source
from backups.sandbox.mariadb import MariaDBServer as Server
from backups.sandbox.mariadb import mariadb
from bench.bringing import Figure, Living, asking, backed_up, compared
from bench.measure import seconds_of
from portal.lib import clock

ROWS = int(os.environ.get("PULIH_BENCH_ROWS", "12000000"))
TABLES = (("kiriman", ROWS * 95 // 100), ("nilai", ROWS * 5 // 100))
COLUMNS = (
    "id INT AUTO_INCREMENT PRIMARY KEY, mahasiswa_id INT, tugas_id INT, waktu DATETIME,"
    " isi VARCHAR(200), KEY (mahasiswa_id)"
)
FILL = """
INSERT INTO {table} (id, mahasiswa_id, tugas_id, waktu, isi)
SELECT seq, (seq * 7919) % 40000, (seq * 104729) % 900,
       '2020-01-06' + INTERVAL seq * 13 SECOND,
       CONCAT('jawaban ', seq % 5000, ' ', MD5(seq % 50000))
FROM seq_1_to_{rows}
"""
AROUND = (  # what a swap has to put right
    "CREATE VIEW terbaru AS SELECT * FROM kiriman WHERE id > 1000",
    "CREATE VIEW ringkas AS SELECT id, isi FROM terbaru",
    "CREATE TRIGGER jaga BEFORE INSERT ON kiriman FOR EACH ROW SET NEW.isi = TRIM(NEW.isi)",
    "CREATE TRIGGER jaga_nilai BEFORE INSERT ON nilai FOR EACH ROW SET NEW.isi = TRIM(NEW.isi)",
    "CREATE PROCEDURE hitung() SELECT COUNT(*) FROM kiriman",
)


def figures(folder: Path) -> Iterator[Figure]:
    """Yield (what, measured, aim): whole, one table of 5 %, each with the longest gap."""
    with mariadb(folder / "server", durable=True) as server:
        yield "MariaDB to restore, size of the tables", f"{_fill(server) / 1e9:.2f} GB", ""
        snapshot = backed_up(_source(server))
        with asking(lambda: _ask(server, "ringkas"), pymysql.Error) as gap:
            plain = _plain(server, folder / "plain.sql")
        yield "mariadb < whole dump, into an empty database", f"{plain:.1f} s", ""
        yield "  longest gap of a client beside it", gap.longest(), ""
        living = Living(
            "MariaDB",
            "nilai",
            lambda: _ask(server, "ringkas"),
            lambda: _ask(server, "nilai"),
            pymysql.Error,
            lambda: _spoil(server),
        )
        yield from compared(living, snapshot, plain)


def _ask(server: Server, table: str) -> None:
    with closing(_connected(server)) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM elearning.{table} LIMIT 1")


def _spoil(server: Server) -> None:
    with closing(_connected(server)) as connection, connection.cursor() as cursor:
        for table, _ in TABLES:
            cursor.execute(f"DELETE FROM elearning.{table} WHERE id BETWEEN 1000 AND 3000")
            cursor.execute(
                f"UPDATE elearning.{table} SET isi = 'salah' WHERE id BETWEEN 4000 AND 6000"
            )


def _plain(server: Server, dump: Path) -> float:
    login = (f"--socket={server.socket}", f"--user={server.username}")
    environment = {"MYSQL_PWD": server.password}
    with dump.open("wb") as out:
        process.run(
            ("mariadb-dump", "--no-defaults", *login, "--single-transaction", "elearning"),
            extra_environment=environment,
            stdout_to=out,
        )
    with closing(_connected(server)) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE polos CHARACTER SET utf8mb4")
        load = ("mariadb", "--no-defaults", *login, f"--execute=source {dump}", "polos")
        took = seconds_of(lambda: process.run(load, extra_environment=environment))
        cursor.execute("DROP DATABASE polos")
    return took


def _source(server: Server) -> Source:
    return add_source(
        "elearning",
        now=clock.now(),
        engine="mariadb",
        host=server.socket,
        database="elearning",
        read_username=server.username,
        read_password=server.password,
        write_username=server.username,
        write_password=server.password,
    )


def _connected(server: Server) -> pymysql.Connection:
    return pymysql.connect(
        unix_socket=server.socket,
        user=server.username,
        password=server.password,
        autocommit=True,
    )


def _fill(server: Server) -> int:
    with closing(_connected(server)) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE elearning CHARACTER SET utf8mb4")
        cursor.execute("USE elearning")
        for table, rows in TABLES:
            cursor.execute(f"CREATE TABLE {table} ({COLUMNS}) ENGINE=InnoDB")
            cursor.execute(FILL.format(table=table, rows=rows))
        for statement in AROUND:
            cursor.execute(statement)
        cursor.execute("ANALYZE TABLE kiriman, nilai")
        cursor.execute(
            "SELECT SUM(data_length + index_length) FROM information_schema.tables"
            " WHERE table_schema = 'elearning'"
        )
        return int(cursor.fetchone()[0])
