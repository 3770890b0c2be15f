"""What the demonstration adds to an empty portal: systems, servers, sources, two vaults."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from backups.models import EngineKind, InformationSystem, Server, Source, Vault, VaultRole
from backups.registering import add_source, add_vault
from portal.accounts.sections import Section
from portal.demo import documents, elearning, library, siakad
from portal.demo.academic import University
from portal.demo.servers import demo_folder, mariadb_server, postgresql_server

VAULTS = (
    ("Disk lokal", VaultRole.LOCAL, "vault-local"),
    ("Media internal", VaultRole.MEDIA, "vault-media"),
)


def _siakad(university: University) -> dict[str, Any]:
    read, write = secrets.token_urlsafe(18), secrets.token_urlsafe(18)
    with postgresql_server() as server:
        siakad.fill(server, university)
        siakad.allow(server, read, write)
    return {
        "engine": EngineKind.POSTGRESQL,
        "host": server.host,
        "port": server.port,
        "database": siakad.DATABASE,
        "read_username": siakad.READER,
        "read_password": read,
        "write_username": siakad.WRITER,
        "write_password": write,
    }


def _elearning(university: University) -> dict[str, Any]:
    read, write = secrets.token_urlsafe(18), secrets.token_urlsafe(18)
    with mariadb_server() as server:
        elearning.fill(server, university)
        elearning.allow(server, read, write)
    return {
        "engine": EngineKind.MARIADB,
        "host": server.socket,
        "database": elearning.DATABASE,
        "read_username": elearning.READER,
        "read_password": read,
        "write_username": elearning.WRITER,
        "write_password": write,
    }


def _library(university: University) -> dict[str, Any]:
    path = demo_folder("perpustakaan.sqlite3")
    library.fill(path, university)
    return {"engine": EngineKind.SQLITE, "path": str(path)}


def _documents(_: University) -> dict[str, Any]:
    folder = demo_folder("dokumen")
    documents.fill(folder)
    return {"engine": EngineKind.FILES, "path": str(folder)}


@dataclass(frozen=True, slots=True)
class System:
    """One information system, its server, and how its data come to be."""

    name: str
    description: str
    section: str
    server: str
    make: Callable[[University], dict[str, Any]]

    @property
    def key(self) -> str:
        """The key of its source."""
        return slugify(self.name)


SIAKAD = System("SIAKAD", "KRS, nilai dan presensi mahasiswa", Section.ADD, "akademik", _siakad)
ELEARNING = System("E-learning", "Kursus, tugas dan diskusi", Section.WDM, "belajar", _elearning)
SYSTEMS = (
    SIAKAD,
    ELEARNING,
    System("Perpustakaan", "Katalog dan peminjaman buku", Section.YANSI, "pustaka", _library),
    System("Repositori dokumen", "SK, notulen dan surat", Section.JDS, "berkas", _documents),
)


def ensure_vaults() -> None:
    """Add the two vaults where they are missing."""
    for name, role, folder in VAULTS:
        if not Vault.objects.filter(name=name).exists():
            add_vault(name, role=role, location=str(demo_folder(folder)))


def missing_systems() -> list[System]:
    """Return the systems whose source was never added; a renamed or retired one was."""
    known = set(Source.objects.values_list("key", flat=True))
    return [system for system in SYSTEMS if system.key not in known]


def add_system(system: System, university: University, now: datetime) -> Source:
    """Make the system's data and add it with its server and source."""
    fields = system.make(university)
    with transaction.atomic():
        server, _ = Server.objects.get_or_create(
            name=f"server-{system.server}", defaults={"section": Section.JDS}
        )
        source = add_source(system.name, server=server, now=now, **fields)
        known, _ = InformationSystem.objects.get_or_create(
            slug=system.key,
            defaults={
                "name": system.name,
                "description": system.description,
                "section": system.section,
            },
        )
        known.sources.add(source)
    return source


def unproven() -> Iterator[str]:
    """Yield the keys of the demonstration's active sources that have no backup yet."""
    keys = [system.key for system in SYSTEMS]
    for source in Source.objects.active().filter(key__in=keys):
        if not source.snapshots.exists():
            yield source.key
