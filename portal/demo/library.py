"""The library's catalogue, the demonstration's SQLite database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from random import Random

from portal.demo.academic import SEED, Row, University, invented_name
from portal.demo.words import BOOK_OPENINGS, BOOK_SUBJECTS, PUBLISHERS

BOOKS = 1200
LOANS = 6000
OPENED = date(2024, 1, 2)

TABLES = """
CREATE TABLE buku (
    id INTEGER PRIMARY KEY, isbn TEXT NOT NULL UNIQUE, judul TEXT NOT NULL, penulis TEXT NOT NULL,
    penerbit TEXT NOT NULL, tahun INTEGER NOT NULL, rak TEXT NOT NULL);
CREATE TABLE eksemplar (
    id INTEGER PRIMARY KEY, buku_id INTEGER NOT NULL REFERENCES buku (id),
    barcode TEXT NOT NULL UNIQUE, kondisi TEXT NOT NULL);
CREATE TABLE anggota (
    id INTEGER PRIMARY KEY, nim TEXT NOT NULL UNIQUE, nama TEXT NOT NULL, sejak TEXT NOT NULL);
CREATE TABLE peminjaman (
    id INTEGER PRIMARY KEY, eksemplar_id INTEGER NOT NULL REFERENCES eksemplar (id),
    anggota_id INTEGER NOT NULL REFERENCES anggota (id), dipinjam TEXT NOT NULL, kembali TEXT);
CREATE INDEX peminjaman_per_anggota ON peminjaman (anggota_id);
CREATE VIEW sedang_dipinjam AS
    SELECT b.judul, a.nama, p.dipinjam FROM peminjaman p
    JOIN eksemplar e ON e.id = p.eksemplar_id JOIN buku b ON b.id = e.buku_id
    JOIN anggota a ON a.id = p.anggota_id WHERE p.kembali IS NULL;
"""


def fill(path: Path, university: University) -> None:
    """Make the catalogue at `path` where there is none yet."""
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    random = Random(f"{SEED} perpustakaan")  # noqa: S311 - the same rows everywhere
    with closing(sqlite3.connect(draft)) as connection, connection:
        connection.executescript(TABLES)
        copies = list(_copies(random))
        connection.executemany("INSERT INTO buku VALUES (?, ?, ?, ?, ?, ?, ?)", _books(random))
        connection.executemany("INSERT INTO eksemplar VALUES (?, ?, ?, ?)", copies)
        connection.executemany(
            "INSERT INTO anggota VALUES (?, ?, ?, ?)",
            ((row[0], row[1], row[2], f"{row[4]}-09-01") for row in university.students),
        )
        loans = _loans(random, len(copies), len(university.students))
        connection.executemany("INSERT INTO peminjaman VALUES (?, ?, ?, ?, ?)", loans)
    draft.rename(path)


def _books(random: Random) -> Iterator[Row]:
    for number in range(1, BOOKS + 1):
        subject = random.choice(BOOK_SUBJECTS)
        title = f"{random.choice(BOOK_OPENINGS)} {subject}, jilid {number % 7 + 1}"
        shelf = f"{BOOK_SUBJECTS.index(subject) * 50 + 10:03}.{number % 90}"
        year = random.randint(1998, 2025)
        author, publisher = invented_name(random), random.choice(PUBLISHERS)
        yield (number, f"978-000-{number:06}", title, author, publisher, year, shelf)


def _copies(random: Random) -> Iterator[Row]:
    number = 0
    for book in range(1, BOOKS + 1):
        for _ in range(random.randint(1, 3)):
            number += 1
            state = random.choices(("baik", "usang", "rusak"), (85, 12, 3))[0]
            yield (number, book, f"P{number:07}", state)


def _loans(random: Random, copies: int, members: int) -> Iterator[Row]:
    for number in range(1, LOANS + 1):
        taken = OPENED + timedelta(days=number * 800 // LOANS)
        back = taken + timedelta(days=random.randint(1, 21))
        out = number > LOANS - 200 and random.random() < 0.6  # noqa: PLR2004 - the newest, mostly
        member = random.randint(1, members)
        copy = random.randint(1, copies)
        yield (number, copy, member, taken.isoformat(), None if out else back.isoformat())
