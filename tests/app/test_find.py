"""Searching all nights: thirty of them, with a table that shrinks, is dropped and returns."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command

from backups.catalogue.find import find
from backups.catalogue.near import near
from backups.catalogue.record import record
from backups.models import BackupRun, JobState, KnownObject, ObjectVersion, RunKind, Snapshot
from backups.registering import add_source
from backups.specs import ManifestObject

pytestmark = pytest.mark.django_db

FIRST = datetime(2026, 10, 31, 17, 3, tzinfo=UTC)  # 00:03 WIB on 1 November


@pytest.fixture
def siakad():
    return add_source("SIAKAD", now=FIRST, engine="sqlite", path="/x")


def table(name, rows, columns=("id",)):
    return ManifestObject(
        "table", name, bytes=rows * 9, rows=rows, sha256=f"{name}{rows}"[:64], columns=columns
    )


def a_file(path, size=9):
    return ManifestObject("file", path, bytes=size, sha256=f"{path}{size}"[:64])


def a_night(source, day, objects):
    taken = FIRST + timedelta(days=day - 1)
    run = BackupRun.objects.create(
        source=source,
        kind=RunKind.MANUAL,
        night=taken.date(),
        state=JobState.GOOD,
        ordered_at=taken,
    )
    snapshot = Snapshot.objects.create(
        source=source, run=run, taken_at=taken, object_count=0, row_count=0, byte_count=0
    )
    record(snapshot, objects)


@pytest.fixture
def november(siakad):
    for day in range(1, 31):
        objects = [
            table("public.mahasiswa", 900),
            table("public.dosen", 40, ("nidn", "nama_dosen")),
        ]
        if day < 12:
            objects.append(table("public.krs", 40112))
        elif day < 19 or day >= 25:
            objects.append(table("public.krs", 18004))
        a_night(siakad, day, objects)
    return siakad


def asked(*words):
    out = io.StringIO()
    call_command("find", *words, "--json", stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_dropped_and_returned_table_is_told_to_the_night(november):
    (hit,) = asked("krs")
    assert hit == {
        "source": "SIAKAD",
        "object": "public.krs",
        "kind": "table",
        "first_seen": "2026-11-01",
        "last_seen": "2026-11-30",
        "present": True,
        "versions": 3,
        "rows": 18004,
        "bytes": 18004 * 9,
        "missing_since": None,
    }
    krs = ObjectVersion.objects.filter(name="public.krs").order_by("pk")
    nights = [(v.since.taken_at.day + 1, v.until and v.until.taken_at.day + 1) for v in krs]
    assert [(since % 31 or 1, until) for since, until in nights] == [(1, 12), (12, 19), (25, None)]


def test_a_vanished_table_says_when_it_was_last_seen(siakad):
    for day in range(1, 20):
        a_night(siakad, day, [table("public.krs", 5)])
    a_night(siakad, 20, [])
    a_night(siakad, 21, [])
    (hit,) = find("krs")
    assert not hit.present
    assert hit.last_seen == FIRST + timedelta(days=18)
    assert hit.gone_at == FIRST + timedelta(days=19)


def test_thirty_nights_write_only_what_changed(november):
    assert ObjectVersion.objects.count() == 2 + 3


def test_a_part_of_a_word_and_a_column_are_enough(november):
    assert [hit.name for hit in find("HASIS")] == ["public.mahasiswa"]
    assert [hit.name for hit in find("nama_do")] == ["public.dosen"]


def test_the_very_name_comes_before_names_that_contain_it(siakad):
    a_night(
        siakad,
        1,
        [table("public.nilai_lama", 1), table("public.nilai", 1), table("arsip.xnilai", 1)],
    )
    assert [hit.name for hit in find("nilai")] == [
        "public.nilai",
        "public.nilai_lama",
        "arsip.xnilai",
    ]


@pytest.mark.parametrize(
    "term", ["%", "_", "'", '"', "\\", "../..", "x" * 300, "", " ", "\0", "日本"]
)
def test_odd_words_find_nothing_and_do_no_harm(november, term):
    assert find(term) == [] or term == "_"
    assert ObjectVersion.objects.count() == 5


def test_a_search_can_stay_in_one_source(november):
    other = add_source("Lain", now=FIRST, engine="sqlite", path="/y")
    a_night(other, 1, [table("krs", 1)])
    assert [hit["source"] for hit in asked("krs", "--source", "Lain")] == ["Lain"]
    assert len(asked("krs")) == 2


def test_a_slip_of_the_hand_is_offered_what_was_meant(november):
    assert find("mahasswa") == []
    assert [row.name for row in near("mahasswa")] == ["public.mahasiswa"]
    assert [row.name for row in near("krss")] == ["public.krs"]


@pytest.mark.parametrize("term", ["%", "'", "\\", "x" * 300, "", "\0", "zzqqy"])
def test_nothing_like_it_offers_nothing(november, term):
    assert near(term) == []


def test_all_words_must_be_there_in_any_order(siakad):
    a_night(siakad, 1, [table("nilai_mahasiswa", 1, ("kelas",)), table("nilai_dosen", 1)])
    assert [hit.name for hit in find("KELAS nilai")] == ["nilai_mahasiswa"]


def test_a_column_that_was_dropped_is_still_found(siakad):
    a_night(siakad, 1, [table("dosen", 3, ("nidn", "gelar_lama"))])
    a_night(siakad, 2, [table("dosen", 4, ("nidn", "gelar"))])
    assert [hit.name for hit in find("gelar_lama")] == ["dosen"]


def test_what_is_gone_can_be_asked_for_alone(siakad):
    a_night(siakad, 1, [a_file("tugas/nilai-3b.xlsx"), a_file("tugas/nilai-3c.xlsx")])
    a_night(siakad, 2, [a_file("tugas/nilai-3c.xlsx")])
    assert [hit.name for hit in find("nilai", present=False)] == ["tugas/nilai-3b.xlsx"]
    assert [hit.name for hit in find("nilai", present=True)] == ["tugas/nilai-3c.xlsx"]
    a_night(siakad, 3, [a_file("tugas/nilai-3b.xlsx"), a_file("tugas/nilai-3c.xlsx")])
    assert find("nilai", present=False) == []
    assert len(find("tugas nilai", present=True)) == 2


def test_a_sign_that_means_something_to_databases_means_itself(siakad):
    a_night(siakad, 1, [table("a%b_c", 1), table("axbyc", 1), table('kutip"dua', 1)])
    assert [hit.name for hit in find("a%b")] == ["a%b_c"]
    assert [hit.name for hit in find("b_c")] == ["a%b_c"]
    assert [hit.name for hit in find('tip"du')] == ['kutip"dua']


def test_letters_that_stand_apart_are_not_taken_for_a_word(siakad):
    a_night(siakad, 1, [table("abcd_bcde_cdef", 1), table("abcdef", 1)])
    assert [hit.name for hit in find("abcdef")] == ["abcdef"]


def test_quiet_nights_write_no_names(november):
    assert KnownObject.objects.count() == 3
    (krs,) = KnownObject.objects.filter(name="public.krs")
    assert (krs.gone, krs.first.taken_at) == (None, FIRST)
