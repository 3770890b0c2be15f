"""A MariaDB database for the replacers' contract: all that a rename leaves behind or breaks."""

from contextlib import contextmanager
from dataclasses import replace

from backups.engines.mariadb import MariaDB
from backups.engines.mariadb_replace import MariaDBReplacer
from backups.specs import WHOLE, Scope, ScopeKind
from tests.contracts.replacer_contract import LivingTarget
from tests.contracts.source_mariadb import FILLING
from tests.mariadb_servers import execute, fetch, mariadb_database

KIND = "mariadb"
MORE = (
    """CREATE TABLE krs (id INT AUTO_INCREMENT PRIMARY KEY, mhs INT NOT NULL, sks INT,
        CONSTRAINT `krs 'mhs'` FOREIGN KEY (mhs) REFERENCES mahasiswa (id) ON DELETE CASCADE)""",
    """CREATE TABLE catatan (id INT PRIMARY KEY, krs INT,
        CONSTRAINT catatan_krs FOREIGN KEY (krs) REFERENCES krs (id))""",
    "INSERT INTO krs (mhs, sks) SELECT id, 20 FROM mahasiswa WHERE id <= 100",
    "INSERT INTO catatan SELECT id, id FROM krs WHERE id <= 10",
    "CREATE TRIGGER krs_batas BEFORE INSERT ON krs FOR EACH ROW SET NEW.sks = LEAST(NEW.sks, 24)",
    """CREATE DEFINER = tiada@nowhere TRIGGER nilai_ubah BEFORE UPDATE ON `nilai 'é' 日/%`
        FOR EACH ROW BEGIN END""",
    "CREATE VIEW beban AS SELECT nama, sks FROM krs JOIN mahasiswa ON mahasiswa.id = krs.mhs",
    "CREATE VIEW berat AS SELECT nama FROM beban WHERE sks > 22",
)


class LivingMariaDBTarget(LivingTarget):
    engine = MariaDB()
    replacer = MariaDBReplacer()
    scopes = (WHOLE, Scope(ScopeKind.TABLES, ("krs", "nilai 'é' 日/%")))

    def __init__(self, owned):
        self.spec = replace(owned, write=owned.read)
        self.beside_name = f"{owned.database}_lihat"

    def damage(self, scope):
        execute(
            self.spec,
            "SET foreign_key_checks = 0",
            "DELETE FROM krs WHERE id > 50",
            "UPDATE krs SET sks = 1 WHERE id = 7",
            "ALTER TABLE krs AUTO_INCREMENT = 5000",
            "DROP TABLE `nilai 'é' 日/%`",
            "INSERT INTO kosong VALUES (1), (2)",
        )
        if scope == WHOLE:
            execute(
                self.spec,
                "DROP VIEW berat",
                "DROP FUNCTION dua",
                "CREATE TABLE baru (id INT)",
                "CREATE VIEW tamu AS SELECT 1 AS satu",
                "CREATE OR REPLACE VIEW aktif AS SELECT nama, ipk FROM mahasiswa",
                "DROP TRIGGER krs_batas",
                "CREATE TRIGGER lain BEFORE DELETE ON krs FOR EACH ROW BEGIN END",
                "DROP EVENT tengah_malam",
            )

    def write_more(self):
        execute(self.spec, "INSERT INTO krs (mhs, sks) VALUES (200, 30)")

    def names(self):
        stem = self.spec.database
        found = fetch(self.spec, "SELECT schema_name FROM information_schema.schemata")
        return {name for (name,) in found if name.startswith(stem)}


@contextmanager
def living(request, folder):
    """Yield a filled database of the session's server."""
    with mariadb_database(request.getfixturevalue("mariadb_server")) as owned:
        execute(owned, *FILLING, *MORE)
        target = LivingMariaDBTarget(owned)
        try:
            yield target
        finally:
            doomed = target.names() - {owned.database}
            execute(owned, "SET foreign_key_checks=0", *(f"DROP DATABASE `{n}`" for n in doomed))
