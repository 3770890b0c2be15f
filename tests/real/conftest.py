"""Real sources and vaults for the tests of whole nights."""

import sqlite3
import subprocess
from datetime import timedelta
from types import SimpleNamespace

import pytest

from backups import wiring
from backups.models import Source, VaultRole
from backups.registering import add_source, add_vault
from backups.repository.locations import folder_of
from backups.repository.restic import Restic
from portal.lib import clock
from portal.lib.unseal import make_keys
from tests import quick_restic


@pytest.fixture
def state(settings, tmp_path):
    """Give the portal keys, and staging, cache and locks that end with the test."""
    make_keys()
    for name in ("staging", "cache", "locks", "downloads"):
        folder = tmp_path / name
        folder.mkdir()
        setattr(settings, f"PULIH_{name.upper()}", folder)
    return tmp_path


@pytest.fixture
def quick_repositories(monkeypatch):
    """Make repositories that open at once; see tests.quick_restic. All else is restic's own."""
    ordinary = Restic.create

    def create(repository, like=None):
        folder = folder_of(repository.calls.spec.location)
        if folder is None or folder.exists():
            ordinary(repository, like)
        else:
            quick_restic.make(folder, second=like is not None)

    ready = SimpleNamespace(token_urlsafe=lambda _: quick_restic.PASSWORD)
    monkeypatch.setattr(wiring, "secrets", ready)
    monkeypatch.setattr(Restic, "create", create)


@pytest.fixture
def vaults(transactional_db, state, quick_repositories):
    """Add a vault on local disk and one on the internal media."""
    return (
        add_vault("Disk lokal", role=VaultRole.LOCAL, location=str(state / "disk")),
        add_vault("Media internal", role=VaultRole.MEDIA, location=str(state / "media")),
    )


@pytest.fixture
def catalogue_file(tmp_path):
    """Return a library's SQLite database with a few hundred rows."""
    path = tmp_path / "perpustakaan.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE buku (id INTEGER PRIMARY KEY, judul TEXT NOT NULL)")
        rows = [(number, f"Judul ke-{number}") for number in range(300)]
        database.executemany("INSERT INTO buku VALUES (?, ?)", rows)
    return path


@pytest.fixture
def library(vaults, catalogue_file):
    """Add that database as a source that existed before this night."""
    source = add_source("Perpustakaan", now=clock.now(), engine="sqlite", path=str(catalogue_file))
    created = clock.now() - timedelta(days=2)
    Source.objects.filter(pk=source.pk).update(created_at=created)
    source.refresh_from_db()
    return source


@pytest.fixture
def shelf(vaults, tmp_path):
    """Add a second, smaller SQLite source."""
    path = tmp_path / "rak.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE rak (kode TEXT PRIMARY KEY)")
    return add_source("Rak", now=clock.now(), engine="sqlite", path=str(path))


@pytest.fixture
def restic():
    """Return a function that asks restic itself about a repository row, without the portal."""
    from backups.repository.locations import location_for  # noqa: PLC0415
    from portal.lib.unseal import unseal  # noqa: PLC0415

    def ask(row, *words):
        environment = {
            "PATH": "/usr/bin:/bin",
            "RESTIC_REPOSITORY": location_for(row.vault.location, row.source.key),
            "RESTIC_PASSWORD": unseal(row.password_secret),
            "RESTIC_CACHE_DIR": "/nonexistent",
        }
        argv = ["restic", "--no-cache", *words]
        done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True)
        return done.stdout

    return ask
