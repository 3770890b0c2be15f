"""A year of a small university, for pictures: the morning of the drawings with its past."""

from datetime import timedelta

from backups.models import InformationSystem, PlannedWork
from portal.accounts.models import User
from portal.demo.history import write_looks
from portal.demo.history_cases import write_cases
from portal.sop import first
from tests.app import factories
from tickets.seeding import seed

YEAR = timedelta(days=364)
CASES = 240
SYSTEMS = {
    "Perpustakaan": "katalog, peminjaman",
    "Repositori": "skripsi, karya ilmiah",
    "Keuangan": "tagihan, pembayaran",
}


def a_year(analyst: User):
    """Make the morning with a year behind it; return its sources by name."""
    made = factories.morning(365)
    now = factories.NOW
    for name, words in SYSTEMS.items():
        InformationSystem.objects.create(name=name, slug=name.lower(), description=words)
    for system in InformationSystem.objects.all():
        system.url = f"https://{system.slug}.uhamka.example/"
        system.save()
        system.sources.add(made[system.name])
        write_looks(system, now - YEAR, now)
    works = PlannedWork.objects.create(
        words="Repositori tidak dapat dibuka selama penyimpanannya dipindahkan.",
        starts_at=now + timedelta(hours=35),
        ends_at=now + timedelta(hours=38),
        announced_at=now - timedelta(days=1),
        announced_by=analyst,
    )
    works.systems.add(InformationSystem.objects.get(slug="repositori"))
    seed(now)
    first.seed()
    write_cases(CASES, now - YEAR, now - timedelta(hours=2), by=analyst)
    return made
