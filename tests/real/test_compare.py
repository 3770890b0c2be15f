"""Live against a night, on real servers: exactly the rows that were touched, and no other."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from backups.jobs import nightly
from backups.models import JobState
from backups.orders import order_backup
from backups.registering import add_source
from portal.lib import clock
from tests import servers

ODD_POSTGRESQL = r"""
CREATE TYPE warna AS ENUM ('merah', 'biru');
CREATE TABLE gabungan (a int, "b c" text COLLATE "und-x-icu", isi text, PRIMARY KEY (a, "b c"));
INSERT INTO gabungan SELECT n % 7, chr(60 + n) || 'é', 'isi' || n FROM generate_series(1, 60) n;
CREATE TABLE aneka (
    kunci uuid PRIMARY KEY, angka numeric, r real, d double precision, ya boolean, c char(5),
    b bytea, j jsonb, js json, larik text[], waktu timestamptz, polos timestamp, rentang int4range,
    w warna, jeda interval, alamat inet, uang money,
    dua int GENERATED ALWAYS AS (length(c) * 2) STORED
);
INSERT INTO aneka (kunci, angka, r, d, ya, c, b, j, js, larik, waktu, polos, rentang, w, jeda,
                   alamat, uang)
SELECT md5(n::text)::uuid, n / 3.0, n / 3.0, n / 7.0, n % 2 = 0, 'c' || n,
       decode(md5(n::text), 'hex'),
       jsonb_build_object('n', n), '{"b": 1,  "a":2}', ARRAY['x', NULL, '{"' || n],
       '2026-01-01Z'::timestamptz + n * interval '1 h', '2026-01-01'::timestamp,
       int4range(n, n + 5), 'biru', n * interval '1 min', '10.0.0.1', n
FROM generate_series(1, 40) n;
CREATE TABLE tanpa_kunci (nama text, nilai int);
INSERT INTO tanpa_kunci SELECT 'sama', 1 FROM generate_series(1, 5);
INSERT INTO tanpa_kunci VALUES (NULL, NULL), ('', 0), (E'baris\nbaru', 2);
CREATE TABLE dibuang (id int PRIMARY KEY);
INSERT INTO dibuang VALUES (1), (2), (3);
CREATE TABLE tetap (id int PRIMARY KEY, isi text);
INSERT INTO tetap SELECT n, 'x' FROM generate_series(1, 100) n;
CREATE VIEW pandang AS SELECT * FROM tetap;
"""
EDITS_POSTGRESQL = r"""
DELETE FROM gabungan WHERE isi = 'isi3';
UPDATE gabungan SET isi = NULL WHERE isi = 'isi10';
INSERT INTO gabungan VALUES (99, 'baru', 'ya');
UPDATE aneka SET larik = ARRAY['x', 'NULL', '{"1'] WHERE angka = 1 / 3.0;
UPDATE aneka SET b = '\x00', waktu = waktu + interval '1 us' WHERE kunci = md5('2')::uuid;
UPDATE aneka SET js = '{"b": 1, "a":2}' WHERE kunci = md5('3')::uuid;
DELETE FROM tanpa_kunci WHERE ctid IN (SELECT ctid FROM tanpa_kunci WHERE nama = 'sama' LIMIT 2);
UPDATE tanpa_kunci SET nama = '' WHERE nama IS NULL;
UPDATE tetap SET isi = 'x' WHERE id = 5;
DROP TABLE dibuang;
CREATE TABLE baru (id int PRIMARY KEY);
INSERT INTO baru VALUES (1), (2);
"""


def backed_up(source):
    run = order_backup(source, None, clock.now(), rung=False)
    assert nightly.run(run.pk, clock.now(), ring_transfer=False) == JobState.GOOD


def added(spec, **address):
    return add_source(
        spec.name,
        now=clock.now(),
        engine=spec.engine,
        database=spec.database,
        read_username=spec.read.username,
        read_password=spec.read.password,
        **address,
    )


def compared(source, *words):
    out = StringIO()
    call_command("compare", source.name, "--json", "--rows", *words, stdout=out)
    return json.loads(out.getvalue())


def counts(told):
    return {
        each["name"]: (each["verdict"], each["missing"], each["changed"], each["extra"])
        for each in told["objects"]
        if each["verdict"] != "same"
    }


def rows(told, name):
    [found] = [each["rows"] for each in told["objects"] if each["name"] == name]
    return sorted((row["verdict"], tuple(row["key"].values())) for row in found)


@pytest.fixture
def siakad(vaults, postgresql_server, settings, tmp_path):
    settings.PULIH_COMPARISONS = tmp_path / "comparisons"
    with servers.postgresql_database(postgresql_server) as spec:
        servers.execute(spec, ODD_POSTGRESQL)
        source = added(spec, host=spec.host, port=spec.port)
        backed_up(source)
        yield source, spec


def test_every_touched_row_of_postgresql_is_found_by_its_key(siakad):
    source, spec = siakad
    servers.execute(spec, EDITS_POSTGRESQL)
    told = compared(source)
    assert counts(told) == {
        "public.gabungan": ("changed", 1, 1, 1),
        "public.aneka": ("changed", 0, 3, 0),
        "public.tanpa_kunci": ("changed", 3, 0, 1),
        "public.dibuang": ("missing", 3, 0, 0),
        "public.baru": ("extra", 0, 0, 2),
    }
    assert rows(told, "public.gabungan") == [
        ("changed", ("3", "Fé")),
        ("extra", ("99", "baru")),
        ("missing", ("3", "?é")),
    ]
    assert rows(told, "public.dibuang") == [("missing", (str(n),)) for n in (1, 2, 3)]
