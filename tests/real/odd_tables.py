"""Tables of every odd type in each engine, and what is done to them after the night."""

ODD_POSTGRESQL = r"""
CREATE TYPE warna AS ENUM ('merah', 'biru');
CREATE TABLE gabungan (a int, "b c" text COLLATE "und-x-icu", isi text, PRIMARY KEY (a, "b c"));
INSERT INTO gabungan SELECT n % 7, chr(60 + n) || 'é', 'isi' || n FROM generate_series(1, 60) n;
CREATE TABLE aneka (
    kunci uuid PRIMARY KEY, angka numeric, r real, d double precision, ya boolean, c char(5),
    b bytea, j jsonb, js json, larik text[], waktu timestamptz, polos timestamp, rentang
    int4range,
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
DELETE FROM tanpa_kunci WHERE ctid IN (SELECT ctid FROM tanpa_kunci WHERE nama = 'sama' LIMIT
    2);
UPDATE tanpa_kunci SET nama = '' WHERE nama IS NULL;
UPDATE tetap SET isi = 'x' WHERE id = 5;
DROP TABLE dibuang;
CREATE TABLE baru (id int PRIMARY KEY);
INSERT INTO baru VALUES (1), (2);
"""

ODD_MARIADB = r"""
CREATE TABLE gabungan (a INT, b VARCHAR(20) COLLATE utf8mb4_unicode_ci, isi TEXT, PRIMARY KEY
    (a, b));
INSERT INTO gabungan SELECT seq % 7, CONCAT(CHAR(60 + seq), 'é'), CONCAT('isi', seq) FROM
    seq_1_to_30;
CREATE TABLE aneka (k VARBINARY(8) PRIMARY KEY, f FLOAT, d DOUBLE, n DECIMAL(20,6), j JSON, b
    BLOB, bit3 BIT(3), w TIMESTAMP(6) NULL, dt DATETIME, t TIME, y YEAR, e ENUM('x','Y'), s
    SET('p','q'), g POINT, l VARCHAR(9) CHARACTER SET latin1, dua INT GENERATED ALWAYS AS
    (LENGTH(k) * 2) VIRTUAL);
INSERT INTO aneka (k, f, d, n, j, b, bit3, w, dt, t, y, e, s, g, l) SELECT UNHEX(HEX(seq)),
    seq / 3, seq / 7, seq / 3, JSON_OBJECT('n', seq), UNHEX(MD5(seq)), seq % 8, '2026-01-01'
    + INTERVAL seq HOUR, '2026-01-01', '10:00', 2026, 'x', 'p,q', POINT(seq, 1), 'é' FROM
    seq_1_to_40;
CREATE TABLE tanpa_kunci (nama VARCHAR(20), nilai INT);
INSERT INTO tanpa_kunci SELECT 'sama', 1 FROM seq_1_to_5;
INSERT INTO tanpa_kunci VALUES (NULL, NULL), ('', 0), ('NULL', 2);
CREATE TABLE dibuang (id INT PRIMARY KEY);
INSERT INTO dibuang VALUES (1), (2), (3);
CREATE TABLE tetap (id INT AUTO_INCREMENT PRIMARY KEY, isi TEXT);
INSERT INTO tetap (isi) SELECT 'x' FROM seq_1_to_100;
CREATE TRIGGER rapi BEFORE INSERT ON tetap FOR EACH ROW SET NEW.isi = TRIM(NEW.isi);
"""

EDITS_MARIADB = r"""
DELETE FROM gabungan WHERE isi = 'isi3';
UPDATE gabungan SET isi = NULL WHERE isi = 'isi10';
INSERT INTO gabungan VALUES (99, 'baru', 'ya');
UPDATE aneka SET b = 0x00, w = w + INTERVAL 1 MICROSECOND WHERE k = UNHEX(HEX(1));
UPDATE aneka SET bit3 = 7 WHERE k = UNHEX(HEX(2));
UPDATE aneka SET l = 'e' WHERE k = UNHEX(HEX(3));
DELETE FROM tanpa_kunci WHERE nama = 'sama' LIMIT 2;
UPDATE tanpa_kunci SET nama = 'NULL' WHERE nama IS NULL;
DROP TABLE dibuang;
CREATE TABLE baru (id INT PRIMARY KEY);
INSERT INTO baru VALUES (1), (2);
"""

ODD_SQLITE = r"""
CREATE TABLE gabungan (a INTEGER, b TEXT COLLATE NOCASE, isi, PRIMARY KEY (a, b)) WITHOUT ROWID;
INSERT INTO gabungan VALUES (1, 'B', 1), (1, 'a', 2), (2, 'é', 3), (2, 'Z', 'x');
CREATE TABLE aneka (k PRIMARY KEY, v, dua GENERATED ALWAYS AS (k || 'x'));
INSERT INTO aneka (k, v) VALUES (1, 1), (2, 1.0), ('3', '1'), (x'31', x'00'), (NULL, 'a'),
    (NULL, 'b');
CREATE TABLE tanpa_kunci (nama, nilai);
INSERT INTO tanpa_kunci VALUES ('sama', 1), ('sama', 1), ('sama', 1), (NULL, NULL), ('', 0);
CREATE TABLE dibuang (id INTEGER PRIMARY KEY);
INSERT INTO dibuang VALUES (1), (2), (3);
CREATE TABLE tetap (id INTEGER PRIMARY KEY, isi TEXT);
INSERT INTO tetap VALUES (1, 'x'), (2, 'y');
"""

EDITS_SQLITE = r"""
DELETE FROM gabungan WHERE b = 'a';
UPDATE gabungan SET isi = NULL WHERE b = 'Z';
INSERT INTO gabungan VALUES (9, 'baru', 0);
UPDATE aneka SET v = 1.0 WHERE k = 1;
UPDATE aneka SET v = 'c' WHERE v = 'b';
DELETE FROM tanpa_kunci WHERE rowid IN (1, 2);
UPDATE tanpa_kunci SET nama = '' WHERE nama IS NULL;
DROP TABLE dibuang;
CREATE TABLE baru (id INTEGER PRIMARY KEY);
INSERT INTO baru VALUES (1), (2);
"""
