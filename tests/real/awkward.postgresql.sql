-- A schema that has broken backups elsewhere: odd types, odd names, odd owners of rows.
CREATE EXTENSION hstore;
CREATE TYPE status AS ENUM ('aktif', 'cuti');
CREATE TYPE alamat AS (jalan text, nomor integer);
CREATE DOMAIN nim AS varchar(10) CHECK (value IN ('a', 'b') AND length(value) BETWEEN 1 AND 4
                                        AND value <> 'z');

CREATE TABLE pegawai (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    nama varchar(80) NOT NULL CHECK (nama NOT IN ('-', '?')),
    golongan varchar(5) CHECK (golongan IN ('III/a', 'III/b', 'it''s', '(x) AND (y)')),
    masa_kerja integer CHECK (masa_kerja BETWEEN 0 AND 60 AND masa_kerja <> 13),
    atasan bigint REFERENCES pegawai DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO pegawai (nama, golongan, masa_kerja, atasan)
SELECT 'Pegawai ' || n, 'III/a', n % 13, 1 + n % 7 FROM generate_series(1, 2000) n;
UPDATE pegawai SET masa_kerja = 20 WHERE id % 3 = 0;
DELETE FROM pegawai WHERE id > 1990;
SET CONSTRAINTS ALL IMMEDIATE;

CREATE TABLE jenis (
    a smallint, b numeric, c numeric(30, 10), d real, e double precision, f money, g char(7),
    h varchar, i text, j bytea, k timestamp, l timestamptz, m date, n time, o timetz, p interval,
    q boolean, r status, s point, t polygon, u inet, v macaddr, w bit(5), x varbit, y tsvector,
    z uuid, aa xml, bb json, cc jsonb, dd int[], ee text[][], ff alamat, gg int4range,
    hh tstzmultirange, ii nim, jj hstore, kk "char", ll oid, mm jsonpath,
    nn text GENERATED ALWAYS AS (coalesce(i, '') || '!') STORED
);
INSERT INTO jenis VALUES
(-1, 'NaN', 12345678901234567890.0123456789, '-Infinity', 0.1::float8 + 0.2, 12.5, 'x', '', E'\\N',
 '\xdeadbeef00', '1900-01-01 BC', '2026-11-23 00:00:00+07', 'infinity', '24:00', '00:00+14',
 '1 year -2 days 3 seconds', true, 'cuti', '(1,2)', '((0,0),(1,1),(1,0))', '::1/64',
 '08:00:2b:01:02:03', '10101', '1', 'satu:1A dua', '00000000-0000-0000-0000-000000000001',
 '<a b="c">&amp;</a>', '{"a": 1,  "a": 2}', '{"é": "\u65e5\n"}', '{1,NULL}',
 '{{a,"b,c"},{NULL,"\"}"}}', ROW('Jl. "Limau"', NULL), '[1,5)', '{[2020-01-01,2020-02-01)}', 'a',
 'a=>1, b=>NULL', 'c', 42, '$.a[*] ? (@ > 1)');
INSERT INTO jenis (i) VALUES (NULL), (''), (E'a\tb\nc\r\\.\\d'), ('日本語 é 🙂'), (repeat('x', 20000));

CREATE TABLE tanpa_kolom ();
INSERT INTO tanpa_kolom DEFAULT VALUES;
INSERT INTO tanpa_kolom DEFAULT VALUES;
CREATE TABLE kosong (id integer);
CREATE UNLOGGED TABLE sementara AS SELECT generate_series(1, 5) AS id;

CREATE TABLE nilai (tahun integer, angka integer) PARTITION BY LIST (tahun);
CREATE TABLE nilai_2025 PARTITION OF nilai FOR VALUES IN (2025);
CREATE TABLE nilai_lain PARTITION OF nilai DEFAULT PARTITION BY RANGE (angka);
CREATE TABLE nilai_rendah PARTITION OF nilai_lain FOR VALUES FROM (MINVALUE) TO (50);
CREATE TABLE nilai_tinggi PARTITION OF nilai_lain FOR VALUES FROM (50) TO (MAXVALUE);
INSERT INTO nilai SELECT 2023 + n % 4, n FROM generate_series(1, 100) n;
CREATE INDEX ON nilai (angka) WHERE tahun BETWEEN 2020 AND 2030 AND angka > 3;

CREATE TABLE induk (id integer PRIMARY KEY, nama text);
CREATE TABLE anak (umur integer) INHERITS (induk);
INSERT INTO induk VALUES (1, 'induk');
INSERT INTO anak VALUES (2, 'anak', 9), (3, 'anak', 8);

CREATE SCHEMA "Skema Aneh";
CREATE TABLE "Skema Aneh"."a b'c" ("SELECT" integer, "é 日" text);
INSERT INTO "Skema Aneh"."a b'c" VALUES (1, 'x');
CREATE TABLE "Skema Aneh"."TABLE DATA" (id serial PRIMARY KEY);
COMMENT ON TABLE "Skema Aneh"."TABLE DATA" IS '--
-- TABLE DATA bukan data; Type: TABLE';

CREATE FOREIGN DATA WRAPPER kosong_fdw;
CREATE SERVER jauh FOREIGN DATA WRAPPER kosong_fdw;
CREATE FOREIGN TABLE asing (id integer) SERVER jauh;

CREATE VIEW ringkas AS
    SELECT p.nama, count(*) FILTER (WHERE p.masa_kerja BETWEEN 1 AND 9 AND p.id > 5) AS n
    FROM pegawai p WHERE p.golongan IN ('III/a', 'III/b') AND p.masa_kerja BETWEEN 1 AND 50
    AND p.id > 0 GROUP BY p.nama;
CREATE VIEW melingkar AS
    WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n BETWEEN 1 AND 5
                         AND n <> 4) SELECT * FROM r;
CREATE MATERIALIZED VIEW rekap AS SELECT golongan, count(*) FROM pegawai GROUP BY 1;
CREATE UNIQUE INDEX ON rekap (golongan);

CREATE FUNCTION hitung(integer, text DEFAULT 'x') RETURNS integer LANGUAGE plpgsql AS $fungsi$
-- komentar di badan fungsi
--
-- Name: bukan; Type: TABLE
BEGIN
    RETURN $1; -- ((a AND b) AND c)
END
$fungsi$;
CREATE FUNCTION hitung(text) RETURNS integer LANGUAGE sql
    BEGIN ATOMIC SELECT 1 WHERE $1 IN ('a', 'b') AND length($1) BETWEEN 1 AND 2; END;
CREATE PROCEDURE kerjakan() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE jumlah(integer) (sfunc = int4pl, stype = int4, initcond = '0');
CREATE FUNCTION pemicu() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER sebelum BEFORE UPDATE ON pegawai FOR EACH ROW
    WHEN (new.golongan IN ('III/a', 'III/b') AND new.masa_kerja BETWEEN 1 AND 2 AND new.id > 1)
    EXECUTE FUNCTION pemicu();
CREATE RULE alihkan AS ON INSERT TO ringkas WHERE new.nama IN ('a', 'b')
    DO INSTEAD INSERT INTO kosong VALUES (1);
ALTER TABLE nilai_2025 ENABLE ROW LEVEL SECURITY;
CREATE POLICY sebagian ON nilai_2025 USING (angka BETWEEN 1 AND 5 AND tahun > 0);
CREATE STATISTICS berdua ON golongan, masa_kerja FROM pegawai;
CREATE SEQUENCE turun INCREMENT -3 START 17 CYCLE MINVALUE -100 MAXVALUE 20;
SELECT nextval('turun'), nextval('turun');
ALTER TABLE pegawai CLUSTER ON pegawai_pkey;
GRANT SELECT (nama), UPDATE (masa_kerja) ON pegawai TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pg_read_all_data;

SELECT lo_from_bytea(900001, 'lampiran satu'), lo_from_bytea(900002, '');
COMMENT ON LARGE OBJECT 900001 IS 'foto';
