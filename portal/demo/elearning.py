"""E-learning, the demonstration's courses and submissions, on MariaDB."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, time, timedelta
from random import Random

import pymysql
from pymysql.cursors import Cursor

from backups.sandbox.mariadb import MariaDBServer
from portal.demo.academic import SEED, TERM_STARTS, TERMS, Row, University
from portal.demo.words import POST_SENTENCES, TASK_NAMES

DATABASE = "elearning"
READER = "elearning_pembaca"
WRITER = "elearning_pemulih"
TERM = TERMS[1]
TASKS_A_COURSE = 4

TABLES = (
    """CREATE TABLE pengguna (
        id int PRIMARY KEY, nomor_induk varchar(16) NOT NULL UNIQUE, nama varchar(120) NOT NULL,
        peran enum('dosen', 'mahasiswa') NOT NULL, surel varchar(120) NOT NULL)""",
    """CREATE TABLE kursus (
        id int PRIMARY KEY, kode varchar(24) NOT NULL UNIQUE, judul varchar(160) NOT NULL,
        pengajar_id int NOT NULL REFERENCES pengguna (id), dibuka_pada datetime NOT NULL)""",
    """CREATE TABLE peserta (
        id int PRIMARY KEY, kursus_id int NOT NULL, pengguna_id int NOT NULL,
        masuk_pada datetime NOT NULL, UNIQUE (kursus_id, pengguna_id),
        FOREIGN KEY (kursus_id) REFERENCES kursus (id),
        FOREIGN KEY (pengguna_id) REFERENCES pengguna (id))""",
    """CREATE TABLE tugas (
        id int PRIMARY KEY AUTO_INCREMENT, kursus_id int NOT NULL, judul varchar(160) NOT NULL,
        batas_waktu datetime NOT NULL, FOREIGN KEY (kursus_id) REFERENCES kursus (id))""",
    """CREATE TABLE pengumpulan (
        id int PRIMARY KEY AUTO_INCREMENT, tugas_id int NOT NULL, pengguna_id int NOT NULL,
        dikumpulkan_pada datetime NOT NULL, jawaban text NOT NULL, sidik binary(8) NOT NULL,
        nilai decimal(5, 2), UNIQUE (tugas_id, pengguna_id),
        FOREIGN KEY (tugas_id) REFERENCES tugas (id),
        FOREIGN KEY (pengguna_id) REFERENCES pengguna (id))""",
    """CREATE TABLE diskusi (
        id int PRIMARY KEY AUTO_INCREMENT, kursus_id int NOT NULL, pengguna_id int NOT NULL,
        ditulis_pada datetime NOT NULL, isi text NOT NULL,
        FOREIGN KEY (kursus_id) REFERENCES kursus (id))""",
    """CREATE TABLE jejak (
        id int PRIMARY KEY AUTO_INCREMENT, pada timestamp NOT NULL DEFAULT current_timestamp(),
        kejadian varchar(160) NOT NULL)""",
)
REST = (
    """CREATE VIEW rekap_tugas AS
        SELECT t.id, t.judul, COUNT(p.id) AS terkumpul, AVG(p.nilai) AS rata_rata
        FROM tugas t LEFT JOIN pengumpulan p ON p.tugas_id = t.id GROUP BY t.id, t.judul""",
    """CREATE PROCEDURE tutup_kursus(IN dicari int)
        INSERT INTO jejak (kejadian) VALUES (CONCAT('kursus ', dicari, ' ditutup'))""",
    """CREATE TRIGGER nilai_diubah AFTER UPDATE ON pengumpulan FOR EACH ROW
        INSERT INTO jejak (kejadian) VALUES (CONCAT('nilai pengumpulan ', NEW.id, ' diubah'))""",
    """CREATE EVENT rapikan_jejak ON SCHEDULE EVERY 1 MONTH DO
        DELETE FROM jejak WHERE pada < NOW() - INTERVAL 1 YEAR""",
)


@contextmanager
def _cursor(server: MariaDBServer) -> Iterator[Cursor]:
    with (
        closing(
            pymysql.connect(
                unix_socket=server.socket,
                user=server.username,
                password=server.password,
                charset="utf8mb4",
            )
        ) as connection,
        connection.cursor() as cursor,
    ):
        yield cursor
        connection.commit()


def fill(server: MariaDBServer, university: University) -> None:
    """Make the database with all its rows, where that was not done to the end before."""
    with _cursor(server) as cursor:
        cursor.execute(
            "SELECT 1 FROM information_schema.events WHERE event_schema = %s", (DATABASE,)
        )
        if cursor.fetchone():  # the event is the last thing that is made
            return
        cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        cursor.execute(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4")
        cursor.execute(f"USE {DATABASE}")
        for statement in TABLES:
            cursor.execute(statement)
        for table, rows in Courses(university).contents():
            _insert(cursor, table, list(rows))
        for statement in REST:
            cursor.execute(statement)


def _insert(cursor: Cursor, table: str, rows: list[Row]) -> None:
    marks = ", ".join(["%s"] * len(rows[0]))
    cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our own names


class Courses:
    """The e-learning's rows, made from the university's second term."""

    def __init__(self, university: University) -> None:
        self.university = university
        self.random = Random(f"{SEED} elearning")  # noqa: S311 - the same rows everywhere
        self.opened = datetime.combine(TERM_STARTS[TERM], time(7))
        self.first_student = len(university.lecturers)
        self.classes = {row[0]: row for row in university.classes if row[3] == TERM}
        self.members = [row for row in university.enrolments if row[2] in self.classes]

    def contents(self) -> Iterator[tuple[str, Iterable[Row]]]:
        """Yield each table's name and rows, in an order that foreign keys allow."""
        yield "pengguna", self.users()
        yield "kursus", self.courses()
        yield "peserta", self.participants()
        yield "tugas", self.tasks()
        yield "pengumpulan", self.submissions()
        yield "diskusi", self.posts()

    def users(self) -> Iterator[Row]:
        """Yield number, identity number, name, role, e-mail: lecturers first."""
        for number, identity, name, _, mail in self.university.lecturers:
            yield (number, identity, name, "dosen", mail)
        for row in self.university.students:
            yield (self.first_student + row[0], row[1], row[2], "mahasiswa", row[7])

    def courses(self) -> Iterator[Row]:
        """Yield number, code, title, teacher, opened at."""
        taught = {row[0]: row for row in self.university.courses}
        for number, course, lecturer, term, _ in self.classes.values():
            _, code, title, *_ = taught[course]
            yield (number, f"{code}-{term}-{number}", title, lecturer, self.opened)

    def participants(self) -> Iterator[Row]:
        """Yield number, course, user, joined at."""
        for number, student, course, _ in self.members:
            joined = self.opened + timedelta(minutes=self.random.randrange(14 * 1440))
            yield (number, course, self.first_student + student, joined)

    def tasks(self) -> Iterator[Row]:
        """Yield number, course, title, due at."""
        for place, course in enumerate(self.classes):
            for n in range(TASKS_A_COURSE):
                title = f"{self.random.choice(TASK_NAMES)} {n + 1}"
                due = self.opened + timedelta(weeks=3 * (n + 1), hours=16)
                yield (place * TASKS_A_COURSE + n + 1, course, title, due)

    def submissions(self, every: int = 3) -> Iterator[Row]:
        """Yield number, task, user, at, answer, fingerprint, mark: one member in `every`."""
        place_of, number = {course: place for place, course in enumerate(self.classes)}, 0
        for _, student, course, _ in self.members[::every]:
            for n in range(TASKS_A_COURSE):
                number += 1
                task = place_of[course] * TASKS_A_COURSE + n + 1
                due = self.opened + timedelta(weeks=3 * (n + 1), hours=16)
                at = due - timedelta(minutes=self.random.randrange(-300, 5000))
                mark = round(self.random.uniform(55, 100), 2) if n < TASKS_A_COURSE - 1 else None
                answer = f"{self.random.choice(POST_SENTENCES)} (berkas {number}.pdf)"
                fingerprint = self.random.randbytes(8)
                user = self.first_student + student
                yield (number, task, user, at, answer, fingerprint, mark)

    def posts(self, count: int = 3000) -> Iterator[Row]:
        """Yield number, course, user, at, text."""
        for number in range(1, count + 1):
            _, student, course, _ = self.random.choice(self.members)
            at = self.opened + timedelta(minutes=self.random.randrange(100 * 1440))
            text = self.random.choice(POST_SENTENCES)
            yield (number, course, self.first_student + student, at, text)


def allow(server: MariaDBServer, reader_password: str, writer_password: str) -> None:
    """Make the account that only reads and the one that restores, with these passwords."""
    with _cursor(server) as cursor:
        for account, password in ((READER, reader_password), (WRITER, writer_password)):
            cursor.execute(f"CREATE USER IF NOT EXISTS {account}@localhost")
            cursor.execute(f"ALTER USER {account}@localhost IDENTIFIED BY %s", (password,))
        reads = "SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES"
        cursor.execute(f"GRANT {reads} ON {DATABASE}.* TO {READER}@localhost")
        for account in (READER, WRITER):  # the bodies of routines, and who may run them
            cursor.execute(f"GRANT SELECT ON mysql.* TO {account}@localhost")
        cursor.execute(f"GRANT ALL ON `{DATABASE}%`.* TO {WRITER}@localhost")
        cursor.execute(f"GRANT SET USER ON *.* TO {WRITER}@localhost")  # keeps definers
