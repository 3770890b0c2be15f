"""The demonstration: made once, backed up for real, and left alone ever after."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg2
import pymysql
import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.utils.text import slugify

from backups.models import BackupRun, Copy, CopyState, InformationSystem, Vault
from portal.accounts.models import Role, User
from portal.demo import documents, elearning, library, siakad
from portal.demo.academic import University
from portal.demo.desk import ensure_desk
from portal.demo.people import PEOPLE, SIGN_INS, ensure_people
from tests.app.cases import MONDAY
from tickets.models import Ticket


@pytest.fixture
def state(settings):
    """Give the demonstration a state folder of its own, whose path is short enough for sockets."""
    with TemporaryDirectory(prefix="pulih-") as folder:
        settings.PULIH_VAR = Path(folder)
        settings.STATIC_ROOT = Path(folder) / "static"
        for name in ("staging", "cache", "locks"):
            setattr(settings, f"PULIH_{name.upper()}", Path(folder) / name)
        yield Path(folder)


def sign_ins(state):
    """Return what the file tells: account to password."""
    lines = (state / SIGN_INS).read_text().splitlines()
    return {line.split()[0]: line.split()[1] for line in lines}


@pytest.mark.django_db
def test_every_role_has_an_account_that_may_sign_in(state):
    ensure_people()
    told = sign_ins(state)
    people = [authenticate(username=name, password=word) for name, word in told.items()]
    assert {role for person in people for role in person.roles} == set(Role.values)


@pytest.mark.django_db
def test_only_the_owner_may_read_the_passwords(state):
    ensure_people()
    assert stat.S_IMODE((state / SIGN_INS).stat().st_mode) == 0o600


@pytest.mark.django_db
def test_accounts_stay_as_they_are_on_later_starts(state):
    ensure_people()
    before = sign_ins(state), dict(User.objects.values_list("username", "password"))
    assert ensure_people() is False
    assert (sign_ins(state), dict(User.objects.values_list("username", "password"))) == before


@pytest.mark.django_db
def test_a_lost_list_of_passwords_is_made_anew(state):
    ensure_people()
    (state / SIGN_INS).unlink()
    ensure_people()
    assert len(sign_ins(state)) == len(PEOPLE)
    assert all(authenticate(username=n, password=w) for n, w in sign_ins(state).items())


def test_the_university_is_the_same_on_every_machine():
    one, other = University(), University()
    assert one.students == other.students
    assert one.enrolments == other.enrolments
    assert list(one.marks()) == list(other.marks())


def test_the_university_has_tens_of_thousands_of_rows():
    university = University()
    rows = len(university.enrolments) + len(list(university.marks()))
    assert rows + len(list(university.attendances())) > 30_000


def test_nobody_takes_a_class_twice():
    taken = [(student, chosen) for _, student, chosen, _ in University().enrolments]
    assert len(taken) == len(set(taken))


def test_a_document_is_a_pdf_that_points_at_its_own_parts():
    data = documents.pdf(["Surat (asli)"], b"\x00\xff" * 50)
    start = int(data.rsplit(b"startxref\n", 1)[1].split()[0])
    assert data[start:].startswith(b"xref")
    places = [int(line[:10]) for line in data[start:].split(b"\n")[3:9]]
    assert [data[place:].split()[0] for place in places] == [b"1", b"2", b"3", b"4", b"5", b"6"]


@pytest.mark.django_db(transaction=True)
def test_four_sources_are_good_with_two_copies_and_a_second_start_changes_nothing(state, capsys):
    call_command("demo")
    runs = BackupRun.objects.filter(state="good")
    copies = Copy.objects.filter(state=CopyState.STORED)
    assert {run.source.engine for run in runs} == {"postgresql", "mariadb", "sqlite", "files"}
    assert copies.count() == 2 * runs.count() == 8
    assert {role for (role,) in Vault.objects.values_list("role")} == {"local", "media"}
    assert InformationSystem.objects.filter(sources__isnull=False).count() == 4
    before = list(BackupRun.objects.values_list("pk")), sign_ins(state)
    capsys.readouterr()
    call_command("demo")
    assert (list(BackupRun.objects.values_list("pk")), sign_ins(state)) == before
    assert capsys.readouterr().out == ""


def test_the_reader_of_siakad_reads_and_cannot_write(postgresql_server):
    siakad.fill(postgresql_server, University())
    siakad.allow(postgresql_server, "baca", "tulis")
    reader = psycopg2.connect(
        host=postgresql_server.host,
        port=postgresql_server.port,
        dbname=siakad.DATABASE,
        user=siakad.READER,
        password="baca",
    )
    with closing(reader), reader.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM krs")
        assert cursor.fetchone() == (len(University().enrolments),)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("UPDATE nilai SET huruf = 'A'")


def test_the_reader_of_the_elearning_reads_and_cannot_write(mariadb_server):
    elearning.fill(mariadb_server, University())
    elearning.allow(mariadb_server, "baca", "tulis")
    reader = pymysql.connect(
        unix_socket=mariadb_server.socket,
        user=elearning.READER,
        password="baca",
        database=elearning.DATABASE,
    )
    with closing(reader), reader.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pengumpulan WHERE nilai IS NULL")
        assert cursor.fetchone()[0] > 1000
        with pytest.raises(pymysql.err.OperationalError, match="denied"):
            cursor.execute("UPDATE pengumpulan SET nilai = 100")


def test_a_filled_database_is_left_alone(postgresql_server):
    siakad.fill(postgresql_server, University())
    who = {
        "host": postgresql_server.host,
        "port": postgresql_server.port,
        "user": postgresql_server.username,
        "password": postgresql_server.password,
    }
    with closing(psycopg2.connect(dbname=siakad.DATABASE, **who)) as one, one.cursor() as cursor:
        cursor.execute("DELETE FROM presensi WHERE id = 1")
        one.commit()
        siakad.fill(postgresql_server, University())
        cursor.execute("SELECT count(*) FROM presensi WHERE id = 1")
        assert cursor.fetchone() == (0,)


def test_the_library_and_the_documents_are_whole(tmp_path):
    library.fill(tmp_path / "perpustakaan.sqlite3", University())
    documents.fill(tmp_path / "dokumen")
    with closing(sqlite3.connect(tmp_path / "perpustakaan.sqlite3")) as catalogue:
        assert catalogue.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert catalogue.execute("PRAGMA foreign_key_check").fetchall() == []
    assert len(list((tmp_path / "dokumen").rglob("*.pdf"))) > 500


@pytest.mark.django_db
def test_the_desk_has_cases_in_different_states_made_once(state):
    call_command("setup", verbosity=0)
    ensure_people()
    for name in ("SIAKAD", "E-learning", "Perpustakaan", "Repositori dokumen"):
        InformationSystem.objects.create(name=name, slug=slugify(name))
    assert ensure_desk(MONDAY) == 7
    assert ensure_desk(MONDAY) == 0
    assert set(Ticket.objects.values_list("state", flat=True)) == {
        "closed", "cannot_recover", "in_analysis", "waiting_reporter", "received", "reported",
    }  # fmt: skip
