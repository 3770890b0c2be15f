"""The snapshot browser: folder by folder, by name, and each object leads to its life."""

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
    page(files.key, folder=folder)


def test_a_table_leads_to_its_life(page):
    source = factories.source()
    a_night(source, 1, [table("public.krs", 4)])
    assert "/objek/" in page(source.key)
