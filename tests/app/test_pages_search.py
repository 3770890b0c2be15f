"""The pages of the search and of one object's life: what they say, and what they bear."""

import pytest
import time_machine
from django.urls import reverse

from backups.models import KnownObject
from tests.app import factories
from tests.app.lives import a_file, a_night, november, table

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nine_in_the_morning():
    with time_machine.travel(factories.NOW, tick=False):
        yield


@pytest.fixture
def page(analyst, browser_of):
    """Give the text of a page as an analyst sees it."""
    client = browser_of(analyst)

    def text(name, *args, **query):
        answer = client.get(reverse(name, args=args), query)
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())

    return text


@pytest.fixture
def siakad():
    """SIAKAD up to the 23rd: krs shrank on the 12th and was dropped on the 19th."""
    source = factories.source()
    november(source, until=23)
    return source


def test_a_lost_table_says_when_it_was_last_there_and_first_missing(page, siakad):
    text = page("pencarian", q="krs")
    assert "Terakhir ada" in text
    assert "Rab 18 Nov 2026, 00:03" in text
    assert "Kam 19 Nov 2026, 00:03" in text
    assert "18.004 baris" in text
    assert "<mark>krs</mark>" in text
    assert "Lihat isi 18 Nov" in text


def test_the_tabs_count_what_is_lost_and_what_is_there(page, siakad):
    text = page("pencarian", q="public")
    assert "Semua, 3" in text
    assert "Hilang, 1" in text
    assert "mahasiswa" not in page("pencarian", q="public", ada="hilang")
    assert "krs" not in page("pencarian", q="public", ada="ada")


def test_a_search_stays_in_a_source_or_a_system(page, siakad):
    assert "krs" in page("pencarian", q="public", di="s:siakad")
    assert "Tidak ditemukan" in page("pencarian", q="public", di="i:tidak-ada")


def test_a_search_can_leave_out_what_was_lost_long_ago(page):
    source = factories.source()
    a_night(source, -60, [table("public.usang", 3), table("public.dosen", 3)])
    for day in (-59, 22, 23):
        a_night(source, day, [table("public.dosen", 3)])
    assert "usang" in page("pencarian", q="public")
    assert "usang" not in page("pencarian", q="public", rentang="30")


@pytest.mark.parametrize("term", ["%", "_", "'", '"<b>', "\\", "../..", "x" * 4000, "\0", "  "])
def test_odd_words_do_no_harm(page, siakad, term):
    assert "Cari di cadangan" in page("pencarian", q=term)


@pytest.mark.parametrize("query", [{"di": "s:"}, {"rentang": "9e9"}, {"ada": "'"}, {"hal": "x"}])
def test_odd_choices_do_no_harm(page, siakad, query):
    assert "Cari di cadangan" in page("pencarian", q="krs", **query)


def test_a_slip_of_the_hand_is_offered_what_was_meant(page, siakad):
    text = page("pencarian", q="mahasswa")
    assert "Barangkali yang dimaksud" in text
    assert "public.mahasiswa" in text


def test_a_search_costs_few_queries(analyst, browser_of, siakad, django_assert_max_num_queries):
    client = browser_of(analyst)
    with django_assert_max_num_queries(25):
        client.get(reverse("pencarian"), {"q": "public"})


def test_the_life_of_an_object_is_told_to_the_night(page, siakad):
    krs = KnownObject.objects.get(name="public.krs")
    text = page("objek", siakad.key, krs.pk)
    assert (
        "Terakhir utuh Rabu 18 November 2026, 00:03, hilang sejak Kamis 19 November 2026." in text
    )
    assert "\N{MINUS SIGN}22.108" in text
    assert text.index("Kam 19 Nov 2026") < text.index("Kam 12 Nov 2026")


def test_columns_that_came_and_went_are_named(page):
    source = factories.source()
    a_night(source, 1, [table("dosen", 3, ("nidn", "gelar_lama"))])
    a_night(source, 2, [table("dosen", 3, ("nidn", "gelar"))])
    text = page("objek", source.key, KnownObject.objects.get().pk)
    assert "kolom baru: gelar" in text
    assert "kolom dihapus: gelar_lama" in text


def test_a_file_has_a_life_without_rows(page):
    source = factories.source("Berkas", "files")
    a_night(source, 1, [a_file("tugas/nilai.xlsx", 84_000)])
    a_night(source, 2, [a_file("tugas/nilai.xlsx", 85_000)])
    text = page("objek", source.key, KnownObject.objects.get().pk)
    assert "+1,0 KB" in text


def test_an_object_of_another_source_is_not_there(analyst, browser_of, siakad):
    other = factories.source("Lain")
    pk = KnownObject.objects.first().pk
    assert browser_of(analyst).get(reverse("objek", args=[other.key, pk])).status_code == 404


@pytest.mark.parametrize("name", ["pencarian", "objek"])
def test_a_stranger_is_refused(stranger, browser_of, siakad, name):
    args = [siakad.key, KnownObject.objects.first().pk] if name == "objek" else []
    assert browser_of(stranger).get(reverse(name, args=args)).status_code in (302, 403)
