"""Chosen tables of a living PostgreSQL: what leans on them stays, and what was dropped is made."""

from contextlib import contextmanager
from dataclasses import replace

import pytest

from backups import manifest
from backups.engines import postgresql_indexes as indexes
from backups.engines.postgresql import PostgreSQL
from backups.engines.postgresql_replace import PostgreSQLReplacer
from backups.errors import RestoreFailed
from backups.specs import UNWATCHED, Fetched, Scope, ScopeKind, Standing, Told
from tests.contracts.replacer_contract import LABEL, copy_of, handed_over
from tests.servers import connected, execute, fetch, postgresql_database

REPLACER = PostgreSQLReplacer()
FILLING = """
CREATE TYPE huruf AS ENUM ('A', 'B', 'E');
CREATE TABLE mahasiswa (nim int PRIMARY KEY, nama text NOT NULL);
INSERT INTO mahasiswa SELECT n, 'Nama ' || n FROM generate_series(1, 50) n;
CREATE TABLE krs (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    nim int NOT NULL REFERENCES mahasiswa DEFERRABLE, nilai huruf, sks int CHECK (sks > 0),
    beban int GENERATED ALWAYS AS (sks * 2) STORED
);
INSERT INTO krs (nim, nilai, sks) SELECT nim, 'A', 3 FROM mahasiswa;
CREATE TABLE revisi (krs_id int CONSTRAINT milik REFERENCES krs ON DELETE CASCADE, kata text);
INSERT INTO revisi SELECT id, 'x' FROM krs WHERE id < 10;
COMMENT ON CONSTRAINT milik ON revisi IS 'catatan';
CREATE VIEW transkrip AS SELECT nama, nilai FROM krs JOIN mahasiswa USING (nim);
CREATE INDEX krs_nilai ON krs (nilai DESC) WITH (fillfactor = 80) WHERE sks > 1;
COMMENT ON INDEX krs_nilai IS 'pencarian';
CREATE INDEX krs_nim ON krs (nim);
ALTER TABLE krs CLUSTER ON krs_nim;
CREATE FUNCTION tolak() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'pemicu berjalan'; END $$;
CREATE TRIGGER penjaga BEFORE INSERT OR UPDATE ON krs FOR EACH ROW EXECUTE FUNCTION tolak();
ALTER TABLE krs ENABLE ALWAYS TRIGGER penjaga;
GRANT SELECT ON krs TO PUBLIC;
CREATE TABLE presensi (hari date NOT NULL, nim int) PARTITION BY RANGE (hari);
CREATE TABLE presensi_ganjil PARTITION OF presensi FOR VALUES FROM ('2026-01-01') TO ('2026-07-01');
CREATE TABLE presensi_genap PARTITION OF presensi FOR VALUES FROM ('2026-07-01') TO ('2027-01-01');
INSERT INTO presensi SELECT date '2026-01-01' + n, n FROM generate_series(0, 300) n;
"""


@contextmanager
def night(server, folder):
    with postgresql_database(server) as spec:
        execute(spec, FILLING)
        live = replace(spec, write=spec.read)
        good = copy_of(Copied, live, folder / "good")
        try:
            yield live, good
        finally:
            REPLACER.discard(live, tables("public.krs"), LABEL)


class Copied:
    engine = PostgreSQL()


@pytest.fixture
def living(postgresql_server, tmp_path):
    with night(postgresql_server, tmp_path) as (live, good):
        yield live, good


def tables(*names):
    return Scope(ScopeKind.TABLES, names)


def bring_back(live, good, scope, folder):
    place = REPLACER.prepare(live, scope, LABEL, good)
    REPLACER.load(handed_over(good, folder / "handed"), place, scope, UNWATCHED)
    REPLACER.swap(live, place, scope, LABEL, UNWATCHED)


def schema_of(live, folder):
    """Return every definition of the database, as the manifest digests them."""
    return {
        key: value
        for key, value in held(live, folder).items()
        if key[0] in {"table", "view", "sequence", "function"}
    }


def held(live, folder):
    copy: Fetched = copy_of(Copied, live, folder)
    listed = manifest.read_objects(copy.dump / manifest.FILE_NAME)
    return {(o.kind, o.name): (o.rows, o.sha256, o.schema_sha256) for o in listed}


INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), i.indisclustered, i.indisvalid,
       obj_description(i.indexrelid, 'pg_class')
FROM pg_index i WHERE i.indrelid = 'krs'::regclass ORDER BY 1
"""


@pytest.mark.parametrize("large", [0, indexes.LARGE], ids=["large", "small"])
def test_all_that_leans_on_a_table_is_as_it_was(large, living, tmp_path, monkeypatch):
    monkeypatch.setattr(indexes, "LARGE", large)
    live, good = living
    before, had = schema_of(live, tmp_path / "before"), fetch(live, INDEXES)
    execute(live, "ALTER TABLE krs DISABLE TRIGGER penjaga", "DELETE FROM revisi",
            "DELETE FROM krs WHERE id > 20", "UPDATE krs SET nilai = 'E'",
            "ALTER TABLE krs ENABLE ALWAYS TRIGGER penjaga")  # fmt: skip
    bring_back(live, good, tables("public.krs"), tmp_path)
    after = schema_of(live, tmp_path / "after")
    assert {key for key in before if before[key] != after[key]} == {("table", "public.revisi")}
    assert fetch(live, INDEXES) == had
    REPLACER.swap_back(live, tables("public.krs"), LABEL, UNWATCHED)
    assert fetch(live, INDEXES) == had
    bring_back(live, good, tables("public.krs"), tmp_path / "again")
    assert fetch(live, "SELECT count(*) FROM transkrip WHERE nilai = 'A'") == [(50,)]
    comment = "SELECT obj_description(oid, 'pg_constraint') FROM pg_constraint"
    assert fetch(live, f"{comment} WHERE conname = 'milik'") == [("catatan",)]


def test_a_table_that_was_dropped_is_made_again_and_undone_it_is_gone_again(living, tmp_path):
    live, good = living
    before = schema_of(live, tmp_path / "before")
    execute(live, "DROP TABLE krs CASCADE", "DROP FUNCTION tolak")
    execute(live, "CREATE FUNCTION tolak() RETURNS trigger LANGUAGE plpgsql AS $$"
                  " BEGIN RAISE EXCEPTION 'pemicu berjalan'; END $$")  # fmt: skip
    scope = tables("public.krs")
    bring_back(live, good, scope, tmp_path)
    after = schema_of(live, tmp_path / "after")
    key = ("table", "public.krs")
    assert after[key] == before[key]
    assert after["table", "public.revisi"] == before["table", "public.revisi"]
    REPLACER.swap_back(live, scope, LABEL, UNWATCHED)
    assert fetch(live, "SELECT to_regclass('krs')") == [(None,)]
    assert REPLACER.standing(live, scope, LABEL) == Standing.BESIDE


def test_a_partitioned_table_is_restored_with_its_partitions(living, tmp_path):
    live, good = living
    execute(live, "DELETE FROM presensi WHERE nim % 2 = 0")
    scope = tables("public.presensi")
    wanted = REPLACER.wanted(good, scope)
    assert sum(name.endswith(".dat") for name in wanted) == 3  # two partitions and the contents
    bring_back(live, good, scope, tmp_path)
    assert fetch(live, "SELECT count(*) FROM presensi") == [(301,)]


def test_rows_that_would_refer_to_nothing_leave_live_as_it_is(living, tmp_path):
    live, good = living
    execute(live, "INSERT INTO mahasiswa VALUES (51, 'Baru')",
            "ALTER TABLE krs DISABLE TRIGGER penjaga",
            "INSERT INTO krs (nim, nilai, sks) VALUES (51, 'B', 2)",
            "ALTER TABLE krs ENABLE ALWAYS TRIGGER penjaga")  # fmt: skip
    before = held(live, tmp_path / "before")
    scope = tables("public.mahasiswa")
    with pytest.raises(RestoreFailed, match="rows of krs refer to what this copy has not"):
        bring_back(live, good, scope, tmp_path)
    assert held(live, tmp_path / "after") == before
    assert REPLACER.standing(live, scope, LABEL) == Standing.BESIDE


def test_a_column_that_live_lost_forbids_it_before_anything_is_touched(living, tmp_path):
    live, good = living
    execute(live, "ALTER TABLE revisi DROP COLUMN kata")
    survey = REPLACER.survey(live, tables("public.revisi"), good)
    assert survey.blockers == (
        Told("lost_columns", {"table": "public.revisi", "columns": ["kata"]}),
    )


def test_a_table_that_somebody_holds_is_left_alone(living, tmp_path, monkeypatch):
    live, good = living
    monkeypatch.setattr("backups.engines.postgresql_writer.LOCK_WAIT_MILLISECONDS", 200)
    other = connected(live)
    other.autocommit = False
    with other.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM revisi")
    with pytest.raises(RestoreFailed, match="Others hold"):
        bring_back(live, good, tables("public.revisi"), tmp_path)
    other.close()
    assert fetch(live, "SELECT count(*) FROM revisi") == [(9,)]


def test_a_sequence_never_goes_back(living, tmp_path):
    live, good = living
    execute(live, "SELECT setval('krs_id_seq', 900)")
    bring_back(live, good, tables("public.krs"), tmp_path)
    assert fetch(live, "SELECT last_value FROM krs_id_seq") == [(900,)]
    execute(live, "SELECT setval('krs_id_seq', 3)")
    REPLACER.discard(live, tables("public.krs"), LABEL)
    bring_back(live, good, tables("public.krs"), tmp_path / "again")
    assert fetch(live, "SELECT last_value FROM krs_id_seq") == [(50,)]
