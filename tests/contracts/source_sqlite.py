"""An SQLite source for the contract: odd names, awkward values, a writer that left its WAL."""

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import replace

from backups.engines.sqlite import SQLite
from backups.errors import SourceRefused, SourceUnreachable
from backups.specs import SourceSpec
from tests.contracts.engine_contract import LivingSource, Trouble

KIND = "sqlite"

FILLING = r'''
CREATE TABLE buku (id INTEGER PRIMARY KEY, judul TEXT NOT NULL, harga REAL, sampul BLOB,
                   panjang GENERATED ALWAYS AS (length(judul)) VIRTUAL);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
INSERT INTO buku (judul, harga, sampul) SELECT 'Judul ' || char(0, 10, 233) || i, i / 3.0,
                                               randomblob(5) FROM n;
CREATE INDEX buku_judul ON buku (judul);
CREATE TABLE kosong (id);
CREATE TABLE "nilai 'é' 日" ("kolom ""aneh""");
INSERT INTO "nilai 'é' 日" VALUES (1), (1.0), ('1'), (x'31'), (NULL), (CAST(x'FF00' AS TEXT));
CREATE TABLE "dua
baris ""kutip""" (kode TEXT PRIMARY KEY DESC, isi) WITHOUT ROWID;
INSERT INTO "dua
baris ""kutip""" VALUES ('a', 1), ('b', 2);
CREATE VIEW mahal AS SELECT judul FROM buku WHERE harga > 100;
CREATE TRIGGER jaga BEFORE DELETE ON buku BEGIN SELECT RAISE(ABORT, 'jangan'); END;
'''


class LivingSQLite(LivingSource):
    engine = SQLite()
    objects = {
        ("table", "buku"): 1000,
        ("table", "kosong"): 0,
        ("table", "nilai 'é' 日"): 6,
        ("table", 'dua\nbaris "kutip"'): 2,
        ("index", "buku_judul"): None,
        ("view", "mahal"): None,
        ("trigger", "jaga"): None,
    }

    def __init__(self, database, path):
        self._database = database
        self._folder = path.parent
        self.spec = SourceSpec(key="uji", name="Katalog uji", engine=KIND, path=str(path))

    def change(self):
        with self._database:
            self._database.execute("UPDATE buku SET judul = 'Siti' WHERE id = 500")
        return ("table", "buku")

    def troubles(self):
        text, empty, torn = (self._folder / name for name in ("teks", "kosong", "rusak"))
        text.write_text("Ini bukan basis data. " * 100)
        empty.touch()
        torn.write_bytes(b"SQLite format 3\0" + bytes(100))
        return (
            Trouble("no file", self._at("hilang.sqlite"), SourceUnreachable),
            Trouble("no folder", self._at("tidak/ada.sqlite"), SourceUnreachable),
            Trouble("a folder", replace(self.spec, path=str(self._folder)), SourceRefused),
            Trouble("another kind of file", self._at(text.name), SourceRefused),
            Trouble("an empty file", self._at(empty.name), SourceRefused),
            Trouble("a torn header", self._at(torn.name), SourceRefused),
        )

    def _at(self, name):
        return replace(self.spec, path=str(self._folder / name))


@contextmanager
def living(request, folder):
    """Yield a filled file that a program still has open, its changes yet in the WAL."""
    path = folder / "katalog 'perpus' #1?%41.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.executescript(FILLING)
        yield LivingSQLite(database, path)
