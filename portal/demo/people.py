"""The demonstration's accounts: one for each role, with passwords that nobody else has."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from portal.accounts.models import Role, RoleGrant, User
from portal.accounts.sections import Section
from portal.demo.words import PASSWORD_WORDS

SIGN_INS = "demo/sign-ins.txt"  # below the state folder


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody made up, and what they do in the portal."""

    username: str
    full_name: str
    role: Role
    duty: str
    unit: str
    section: str = ""


PEOPLE = (
    Person("pelapor", "Ratih Prameswari", Role.REPORTER, "melaporkan kehilangan data", "FKIP"),
    Person(
        "layanan", "Sekar Padmasari", Role.FRONT_DESK, "menerima laporan", "BPTI", Section.YANSI
    ),
    Person("analis", "Bagas Wiradikarta", Role.ANALYST, "mencari cadangan", "BPTI", Section.ADD),
    Person(
        "teknisi", "Wisnu Pramudita", Role.ANALYST, "melaksanakan pemulihan", "BPTI", Section.JDS
    ),
    Person("penyetuju", "Hanif Tirtayasa", Role.APPROVER, "Kabag, menyetujui pemulihan", "BPTI"),
    Person("auditor", "Laila Nirmala", Role.AUDITOR, "memeriksa rekaman", "BPM"),
    Person("admin", "Damar Satyanegara", Role.ADMINISTRATOR, "mengatur", "BPTI", Section.JDS),
)


def ensure_people() -> bool:
    """Make the accounts and the file that tells their passwords; True when they were made."""
    file = Path(settings.PULIH_VAR) / SIGN_INS
    known = User.objects.filter(username__in=[person.username for person in PEOPLE]).count()
    if file.exists() and known == len(PEOPLE):
        return False
    with transaction.atomic():
        told = [
            f"  {person.username:<10} {_account(person):<36} {person.duty}" for person in PEOPLE
        ]
        _write_for_owner(file, "\n".join(told) + "\n")
    return True


def _account(person: Person) -> str:
    """Make the account, or give it a new password; return that."""
    password = "-".join(secrets.choice(PASSWORD_WORDS) for _ in range(4))
    user, _ = User.objects.get_or_create(username=person.username)
    user.full_name, user.unit, user.section = person.full_name, person.unit, person.section
    user.identity_number = f"DEMO-{person.role.upper()}"
    user.email = f"{person.username}@pulih.example"
    user.is_staff = user.is_superuser = person.role == Role.ADMINISTRATOR
    user.set_password(password)
    user.save()
    RoleGrant.objects.get_or_create(user=user, role=person.role)
    return password


def _write_for_owner(file: Path, text: str) -> None:
    """Write a file that only its owner may read."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
