"""What a night holds, folder by folder; what a rule would keep; what drills proved."""

import pytest
from django.urls import reverse

from backups.views import contents
from tests.app import factories
from tests.app.lives import a_file, a_night, table

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(analyst, browser_of):
    client = browser_of(analyst)

    def text(key, **query):
        answer = client.get(reverse("isi", args=[key]), query)
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())

    return text


@pytest.fixture
def files():
    source = factories.source("Berkas", "files")
    folders = [a_file(name, 0) for name in ("tugas", "tugas/2026")]
    for folder in folders:
        object.__setattr__(folder, "kind", "folder")
    a_night(source, 1, [*folders, a_file("tugas/2026/nilai.xlsx"), a_file("baca.txt")])
    a_night(source, 2, [*folders, a_file("baca.txt")])
    return source


def test_a_files_source_is_walked_folder_by_folder(page, files):
    top = page(files.key)
    assert ">tugas</a>" in top
    assert ">baca.txt</a>" in top
    assert "nilai.xlsx" not in top
    first = files.snapshots.earliest("taken_at").pk
    assert ">nilai.xlsx</a>" in page(files.key, folder="tugas/2026", malam=first)


def test_a_night_shows_only_what_it_holds(page, files):
    assert "Tidak ada yang cocok" in page(files.key, folder="tugas/2026")


@pytest.mark.parametrize("many", [0, 20_000])
def test_a_name_is_found_at_any_depth(page, files, monkeypatch, many):
    monkeypatch.setattr(contents, "MANY", many)
    first = files.snapshots.earliest("taken_at").pk
    assert "tugas/2026/nilai.xlsx" in page(files.key, q="nilai", malam=first)
    assert "Tidak ada yang cocok" in page(files.key, q="nilai")


@pytest.mark.parametrize("folder", ["../..", "%", "'", "/", "x" * 5000, "tidak/ada"])
def test_odd_folders_do_no_harm(page, files, folder):
    assert files.name in page(files.key, folder=folder)


def test_a_table_leads_to_its_life(page):
    source = factories.source()
    a_night(source, 1, [table("public.krs", 4)])
    assert "/objek/" in page(source.key)


def test_another_rule_can_be_tried_and_changes_nothing(analyst, browser_of):
    source = factories.source()
    factories.nights(source, 30)
    client = browser_of(analyst)
    answer = client.get(source.get_absolute_url(), {"daily": "2", "weekly": "0", "floor": "1"})
    text = answer.content.decode()
    assert "percobaan aturan lain" in text
    assert "2 malam terakhir" in text
    source.refresh_from_db()
    assert (source.keep_daily, source.keep_weekly) == (30, 8)


@pytest.mark.parametrize("typed", ["", "-1", "x", "9" * 40, "²"])
def test_an_odd_rule_does_no_harm(analyst, browser_of, typed):
    source = factories.source()
    factories.nights(source, 3)
    query = {"daily": typed, "floor": typed}
    assert browser_of(analyst).get(source.get_absolute_url(), query).status_code == 200


def test_drills_are_shown_with_the_longest_unproven_first(analyst, browser_of):
    proven, never = factories.source("SIAKAD"), factories.source("Keuangan", days=9)
    factories.nights(proven, 30)
    factories.nights(never, 1)
    factories.drilled(proven)
    factories.drilled(proven, state="failed", error_kind="ProofFailed", error="3 differ")
    text = browser_of(analyst).get(reverse("uji")).content.decode()
    assert text.index(">Keuangan</a>") < text.index(">SIAKAD</a>")
    assert "22,1 menit" in text
    assert "Isi yang dimuat tidak sama" in text
