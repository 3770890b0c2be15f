"""What the tests of records share: a head of BPTI, a certificate, and records in any state."""

import shutil
from datetime import datetime, timedelta

import pytest
from django.test import override_settings

from portal.accounts.models import Role, User
from tests.app.cases import HOUR, MONDAY
from tests.app.people import person as new_person
from tickets import issuing
from tickets.actions import recording
from tickets.models import BeritaAcara, Letterhead, RecordKind, SigningLevel
from tickets.records import certificate, seal
from tickets.seeding import seed

NOON = MONDAY + 3 * HOUR


@pytest.fixture
def head(db) -> User:
    """The head of BPTI, who takes note of every record."""
    head = new_person("kepala", Role.APPROVER, full_name="Erizal Kepala")
    seed(MONDAY)
    Letterhead.objects.update(head=head, address="Jl. Limau II, Jakarta Selatan")
    return head


@pytest.fixture(scope="session")
def seal_keys(tmp_path_factory, django_db_setup):
    """A certificate and its key, made once: that takes a while."""
    folder = tmp_path_factory.mktemp("segel")
    with override_settings(PULIH_KEYS=folder):
        seal.make_certificate("BPTI UHAMKA (uji)", MONDAY - timedelta(days=30))
    return folder


@pytest.fixture
def institution(settings, seal_keys):
    """The institution's certificate, which counts on the tests' days."""
    keys = settings.PULIH_KEYS
    places = [keys / "record-seal.pem", keys / "workers" / "record-seal.key"]
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(seal_keys / place.relative_to(keys), place)
    yield certificate.read()
    for place in places:
        place.unlink(missing_ok=True)


def drafted_of(desk, kind=RecordKind.RECOVERED, now: datetime = NOON) -> BeritaAcara:
    """A draft about a case whose data came back and were confirmed."""
    ticket = desk.confirmed() if kind == RecordKind.RECOVERED else desk.found()
    return recording.draft_for_case(ticket, kind, desk.front_desk, now)


def issued_of(desk, kind=RecordKind.RECOVERED, now: datetime = NOON) -> BeritaAcara:
    """A record that was signed with ink, issued."""
    record = recording.order_issue(drafted_of(desk, kind, now), desk.front_desk, now)
    return issue(record, now)


def issue(record: BeritaAcara, now: datetime = NOON) -> BeritaAcara:
    """Let the worker do its part, and read the row anew."""
    issuing.issue(record.pk, now)
    return BeritaAcara.objects.get(pk=record.pk)


def to_be_signed(desk, head, now: datetime = NOON) -> BeritaAcara:
    """A record that waits for signatures in the portal."""
    record = drafted_of(desk, now=now)
    recording.save_draft(record, {}, SigningLevel.PORTAL, now)
    return recording.ask_to_sign(record, desk.front_desk, now)
