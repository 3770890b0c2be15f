"""A PostgreSQL source for the contract: odd names, awkward types, a reader with few rights."""

from contextlib import contextmanager
from dataclasses import replace

from backups.engines.postgresql import PostgreSQL
from backups.errors import SourceRefused, SourceUnreachable
from backups.specs import Credential
from tests.contracts.engine_contract import LivingSource, Trouble
from tests.servers import execute, postgresql_database

KIND = "postgresql"
READER = Credential("pembaca", "kata-sandi-pembaca")

FILLING = r'''
CREATE TABLE mahasiswa (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    nama varchar(80) NOT NULL,
    ipk numeric(3, 2) CHECK (ipk BETWEEN 0 AND 4 AND ipk <> 9),
    masuk timestamptz, foto bytea, sifat jsonb, minat text[],
    status varchar(8) DEFAULT 'aktif' CHECK (status IN ('aktif', 'cuti', 'lulus'))
);
INSERT INTO mahasiswa (nama, masuk, foto, sifat, minat)
SELECT E'Baris\nbaru\t\\. "' || n, '2020-01-01Z'::timestamptz + n * interval '1 day',
       decode(md5(n::text), 'hex'), jsonb_build_object('n', n), ARRAY['a', NULL, '{}']
FROM generate_series(1, 1000) n;

CREATE TABLE kosong (id integer);
CREATE TABLE tanpa_kolom ();
INSERT INTO tanpa_kolom DEFAULT VALUES;
INSERT INTO tanpa_kolom DEFAULT VALUES;

CREATE SCHEMA "Tahun 2026";
CREATE TABLE "Tahun 2026"."nilai 'é' 日" ("kolom ""aneh""" text);
INSERT INTO "Tahun 2026"."nilai 'é' 日" VALUES (NULL), (''), (E'\\N'), (E'\\.');
CREATE TABLE "dua
baris ""kutip""" (id integer);

CREATE VIEW aktif AS SELECT nama FROM mahasiswa WHERE status IN ('aktif', 'cuti');
CREATE SEQUENCE nomor_surat START 17;
'''


class LivingPostgreSQL(LivingSource):
    engine = PostgreSQL()
    objects = {
        ("table", "public.mahasiswa"): 1000,
        ("table", "public.kosong"): 0,
        ("table", "public.tanpa_kolom"): 2,
        ("table", "Tahun 2026.nilai 'é' 日"): 4,
        ("table", 'public."dua\nbaris ""kutip"""'): 0,
        ("view", "public.aktif"): None,
        ("sequence", "public.mahasiswa_id_seq"): None,
        ("sequence", "public.nomor_surat"): None,
    }

    def __init__(self, owned):
        self._owned = owned
        self.spec = replace(owned, read=READER)

    def change(self):
        execute(self._owned, "UPDATE mahasiswa SET nama = 'Siti' WHERE id = 500")
        return ("table", "public.mahasiswa")

    def troubles(self):
        wrong = Credential(READER.username, "bukan-kata-sandi-itu")
        return (
            Trouble("wrong password", replace(self.spec, read=wrong), SourceRefused),
            Trouble("nobody to read it", replace(self.spec, read=None), SourceRefused),
            Trouble("no such database", replace(self.spec, database="hilang"), SourceRefused),
            Trouble("no database named", replace(self.spec, database=""), SourceRefused),
            Trouble("no server here", replace(self.spec, host="/nonexistent"), SourceUnreachable),
            Trouble("no such host", replace(self.spec, host="x.invalid"), SourceUnreachable),
            Trouble("closed port", replace(self.spec, host="127.0.0.1", port=1), SourceUnreachable),
        )


@contextmanager
def living(request, folder):
    """Yield a filled database of the session's server, read by somebody who may only read."""
    with postgresql_database(request.getfixturevalue("postgresql_server")) as owned:
        execute(
            owned,
            f"DROP ROLE IF EXISTS {READER.username}",
            f"CREATE ROLE {READER.username} LOGIN PASSWORD '{READER.password}'"
            " IN ROLE pg_read_all_data",
            FILLING,
        )
        yield LivingPostgreSQL(owned)
