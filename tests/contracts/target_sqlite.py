"""An SQLite file for the replacers' contract: odd names, hidden rowids, a numbering of its own."""

import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path

from backups.engines.sqlite import SQLite
from backups.engines.sqlite_replace import SQLiteReplacer
from backups.specs import WHOLE, Scope, ScopeKind, SourceSpec
from tests.contracts.replacer_contract import LivingTarget
from tests.contracts.source_sqlite import FILLING

KIND = "sqlite"
MORE = """
CREATE TABLE pinjam (no INTEGER PRIMARY KEY AUTOINCREMENT, buku REFERENCES buku (id), kapan);
INSERT INTO pinjam (buku, kapan) SELECT id, '2026-01-01' FROM buku WHERE id <= 50;
CREATE INDEX pinjam_buku ON pinjam (buku);
CREATE TRIGGER pinjam_jaga AFTER DELETE ON pinjam BEGIN INSERT INTO kosong VALUES (old.no); END;
"""


class LivingSQLiteTarget(LivingTarget):
    engine = SQLite()
    replacer = SQLiteReplacer()
    scopes = (WHOLE, Scope(ScopeKind.TABLES, ("pinjam", "nilai 'é' 日")))
    beside_name = "lihat dulu.sqlite"

    def __init__(self, path):
        self.spec = SourceSpec("uji", "Katalog uji", KIND, path=str(path))

    def damage(self, scope):
        self._execute(
            "DELETE FROM pinjam WHERE no > 20",
            "UPDATE pinjam SET kapan = 'rusak' WHERE no = 3",
            "DROP INDEX pinjam_buku",
            "DROP TABLE \"nilai 'é' 日\"",
            "UPDATE buku SET judul = 'di luar' WHERE id = 9",
        )
        if scope == WHOLE:
            self._execute("CREATE TABLE baru (id)", "DROP VIEW mahal")

    def write_more(self):
        self._execute("INSERT INTO pinjam (buku, kapan) VALUES (7, 'baru')")

    def names(self):
        return {path.name for path in Path(self.spec.path).parent.iterdir()}

    def _execute(self, *statements):
        with closing(sqlite3.connect(self.spec.path, isolation_level=None)) as database:
            for statement in statements:
                database.execute(statement)


@contextmanager
def living(request, folder):
    """Yield a filled file in WAL mode that nobody has open."""
    path = folder / "katalog 'perpus' #1?%41.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.executescript(FILLING + MORE)
    yield LivingSQLiteTarget(path)
