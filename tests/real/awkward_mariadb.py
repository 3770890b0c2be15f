"""Statements that make what a backup of MariaDB most easily gets wrong; {db} is the database."""

MARKER = "\n--\n-- Table structure for table `x`\n--\n"

TABLES = (
    "CREATE TABLE fakultas (kode CHAR(3) PRIMARY KEY, nama VARCHAR(60)) ENGINE=InnoDB",
    "INSERT INTO fakultas VALUES ('FT', 'Teknik'), ('FK', 'Kedokteran')",
    """CREATE TABLE mahasiswa (
        id INT AUTO_INCREMENT PRIMARY KEY, fakultas CHAR(3), nama VARCHAR(100), foto LONGBLOB,
        catatan TEXT COMMENT 'a\n--\nb', bendera BIT(9), hari SET('Sen', 'Sel'), sifat JSON,
        nol DATE DEFAULT '0000-00-00', waktu TIMESTAMP(6) NULL, titik POINT, ukur DOUBLE,
        panjang INT AS (CHAR_LENGTH(nama)) VIRTUAL, kecil VARCHAR(100) AS (LOWER(nama)) STORED,
        CHECK (nama <> '\n-- Dumping data for table `x`\n'),
        FOREIGN KEY (fakultas) REFERENCES fakultas (kode)
    ) COMMENT 'it''s; \n--\n'""",
    r"""INSERT INTO mahasiswa
        (fakultas, nama, foto, catatan, bendera, hari, waktu, titik, ukur) VALUES
        ('FT', 'a\nb\r\n\t\0\Z\\', x'00ff27225c0a28', '\n(1),\n(2)', b'101', 'Sen,Sel',
         '2026-01-01 00:00:00.123456', POINT(1, 2), 0.1),
        ('FK', '😀 Siti ''"`', '',
         '/*!40000 ALTER TABLE `mahasiswa` ENABLE KEYS */;\nUNLOCK TABLES;\n',
         NULL, '', NULL, NULL, 1e300),
        (NULL, NULL, NULL, 'NULL', NULL, NULL, NULL, NULL, -0.0)""",
    "INSERT INTO mahasiswa (nama, foto) SELECT seq, REPEAT(x'0a28', 300) FROM seq_1_to_5000",
    "DELETE FROM mahasiswa WHERE id > 4990",
    "CREATE TABLE berindeks (id INT PRIMARY KEY, x INT, KEY (x))",
    "INSERT INTO berindeks SELECT seq, 1000 - seq % 97 FROM seq_1_to_1000",
    "CREATE TABLE tersembunyi (a INT, `b\n(` INT INVISIBLE)",
    "INSERT INTO tersembunyi (a, `b\n(`) VALUES (1, 2), (3, 4)",
    "CREATE TABLE bagian (id INT, t INT, PRIMARY KEY (id, t)) PARTITION BY HASH (t) PARTITIONS 3",
    "INSERT INTO bagian SELECT seq, seq % 5 FROM seq_1_to_100",
    "CREATE TABLE riwayat (id INT PRIMARY KEY, x INT) WITH SYSTEM VERSIONING",
    "INSERT INTO riwayat VALUES (1, 1), (2, 2)",
    "UPDATE riwayat SET x = 9 WHERE id = 1",
    "CREATE TABLE latin (a VARCHAR(9) CHARACTER SET latin1, b VARCHAR(9) CHARACTER SET utf16)",
    "INSERT INTO latin VALUES ('é', '日本')",
    "CREATE TABLE `data/нет%` (x INT)",
    "CREATE TABLE `a\n(b` (`kolom ``aneh``\n x` INT)",
    "INSERT INTO `a\n(b` VALUES (1), (2)",
    f"CREATE TABLE `{MARKER.replace('`', '``').strip()}` (x INT)",
    "CREATE TABLE `-- \"spasi' ``kutip``` (x INT)",
    "CREATE SEQUENCE urut START 5 INCREMENT 3 CACHE 10",
    "DO NEXTVAL(urut)",
)
PROGRAMS = (
    "CREATE VIEW z_dasar AS SELECT id, nama, '\n--\n' AS k FROM mahasiswa",
    "CREATE VIEW a_atas AS SELECT nama FROM z_dasar",
    (
        f"CREATE PROCEDURE `penanda '日'`() COMMENT '{MARKER}' BEGIN{MARKER}"
        "/* it's ;; \nDELIMITER ;\n */ SELECT ';;';# it's\n SELECT 1;\r\n END"
    ),
    "CREATE FUNCTION `f``1`(a INT) RETURNS INT DETERMINISTIC RETURN a + 1",
    (
        "CREATE TRIGGER {db}.`catat\n2` /* who's */ BEFORE INSERT ON {db}.mahasiswa FOR EACH ROW"
        " BEGIN -- it's\n SET NEW.catatan = CONCAT(NEW.catatan, '*/;;'); END"
    ),
    "CREATE TRIGGER biasa AFTER INSERT ON mahasiswa FOR EACH ROW SET @a = 1",
    "CREATE EVENT `malam é` ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01' DO SELECT '; it''s'",
    # From here on the programs are older than the database's collation, or of another SQL mode.
    "ALTER DATABASE {db} CHARACTER SET latin1 COLLATE latin1_swedish_ci",
    "SET sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES'",
    'CREATE PROCEDURE tanpa_escape() SELECT \'a\\\', "b" FROM (SELECT 1 AS "b") t',
    "SET sql_mode = 'ORACLE'",
    "CREATE PACKAGE paket AS FUNCTION f RETURN INT; END",
    "CREATE PACKAGE BODY paket AS FUNCTION f RETURN INT AS BEGIN RETURN 1; END; END",
)
