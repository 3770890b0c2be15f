"""A MariaDB source for the contract: odd names, awkward values, a reader with few rights."""

from contextlib import contextmanager
from dataclasses import replace

from backups.engines.mariadb import MariaDB
from backups.errors import SourceRefused, SourceUnreachable
from backups.specs import Credential
from tests.contracts.engine_contract import LivingSource, Trouble
from tests.mariadb_servers import execute, mariadb_database, quoted_name

KIND = "mariadb"
READER = Credential("pembaca", "kata-sandi-pembaca")

FILLING = (
    """CREATE TABLE mahasiswa (
        id INT AUTO_INCREMENT PRIMARY KEY, nama VARCHAR(80) NOT NULL, ipk DECIMAL(3, 2),
        masuk TIMESTAMP NULL, foto BLOB, sifat JSON, angkatan INT AS (YEAR(masuk)) VIRTUAL,
        KEY (nama))""",
    r"""INSERT INTO mahasiswa (nama, masuk, foto, sifat)
        SELECT CONCAT('Baris\nbaru\t\\. "', seq), '2020-01-01' + INTERVAL seq DAY,
               UNHEX(MD5(seq)), JSON_OBJECT('n', seq) FROM seq_1_to_1000""",
    "CREATE TABLE kosong (id INT)",
    "CREATE TABLE `nilai 'é' 日/%` (`kolom ``aneh``` TEXT)",
    r"INSERT INTO `nilai 'é' 日/%` VALUES (NULL), (''), ('\\N'), ('NULL'), ('\n('), ('😀\0')",
    'CREATE TABLE `dua\nbaris "kutip"` (id INT)',
    "CREATE VIEW aktif AS SELECT nama FROM mahasiswa WHERE ipk IS NULL",
    "CREATE SEQUENCE nomor_surat START 17",
    "CREATE TRIGGER `catat 'é'` BEFORE INSERT ON mahasiswa FOR EACH ROW SET NEW.ipk = NULL",
    "CREATE PROCEDURE bersihkan() DELETE FROM kosong",
    "CREATE FUNCTION dua() RETURNS INT DETERMINISTIC RETURN 2",
    "CREATE EVENT tengah_malam ON SCHEDULE EVERY 1 DAY DO CALL bersihkan()",
)


class LivingMariaDB(LivingSource):
    engine = MariaDB()
    objects = {
        ("table", "mahasiswa"): 1000,
        ("table", "kosong"): 0,
        ("table", "nilai 'é' 日/%"): 6,
        ("table", 'dua\nbaris "kutip"'): 0,
        ("view", "aktif"): None,
        ("sequence", "nomor_surat"): None,
        ("trigger", "catat 'é'"): None,
        ("procedure", "bersihkan"): None,
        ("function", "dua"): None,
        ("event", "tengah_malam"): None,
    }

    def __init__(self, owned):
        self._owned = owned
        self.spec = replace(owned, read=READER)

    def change(self):
        execute(self._owned, "UPDATE mahasiswa SET nama = 'Siti' WHERE id = 500")
        return ("table", "mahasiswa")

    def troubles(self):
        wrong = Credential(READER.username, "bukan-kata-sandi-itu")
        return (
            Trouble("wrong password", replace(self.spec, read=wrong), SourceRefused),
            Trouble("nobody to read it", replace(self.spec, read=None), SourceRefused),
            Trouble("no such database", replace(self.spec, database="hilang"), SourceRefused),
            Trouble("no server here", replace(self.spec, host="/nonexistent"), SourceUnreachable),
            Trouble("no such host", replace(self.spec, host="x.invalid"), SourceUnreachable),
            Trouble("closed port", replace(self.spec, host="127.0.0.1", port=1), SourceUnreachable),
        )


@contextmanager
def living(request, folder):
    """Yield a filled database of the session's server, read by somebody who may only read."""
    with mariadb_database(request.getfixturevalue("mariadb_server")) as owned:
        execute(
            owned,
            f"CREATE OR REPLACE USER {READER.username}@localhost IDENTIFIED BY '{READER.password}'",
            f"GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON {quoted_name(owned.database)}.*"
            f" TO {READER.username}@localhost",
            f"GRANT SELECT ON mysql.* TO {READER.username}@localhost",
            *FILLING,
        )
        yield LivingMariaDB(owned)
