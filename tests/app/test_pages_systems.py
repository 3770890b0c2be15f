"""The pages of systems: what the public may see of them, what staff see, announcing work."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from backups.models import InformationSystem, PlannedWork, Stretch
from portal.audit.models import AuditEvent
from tests.app import factories
from tests.app.factories import NOW

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
PLAN = {
    "words": "SIAKAD pindah server",
    "starts_at": "2026-11-24T20:00",
    "ends_at": "2026-11-24T23:00",
}


@pytest.fixture(autouse=True)
def nine_in_the_morning():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def siakad():
    return InformationSystem.objects.create(
        name="SIAKAD", slug="siakad", url="https://siakad.example/"
    )


def stretch(system, up=True, began=10, ended=0, **fields):
    """What was found from `began` hours ago until `ended` hours ago (0: until now)."""
    return Stretch.objects.create(
        system=system,
        up=up,
        began_at=NOW - began * HOUR,
        seen_at=NOW - ended * HOUR,
        ended_at=NOW - ended * HOUR if ended else None,
        **fields,
    )


def text_of(answer):
    return " ".join(answer.content.decode().split())


def test_the_public_sees_which_systems_open_and_nothing_that_helps_an_attacker(client):
    factories.morning()
    siakad = InformationSystem.objects.get(slug="siakad")
    stretch(siakad, up=True, began=30, ended=3)
    stretch(siakad, up=False, began=3, why="PageFault", detail="HTTP 502 from 10.0.0.7")
    text = text_of(client.get(reverse("keadaan")))
    assert "Tidak dapat dibuka" in text
    assert "Diperiksa 09:14 WIB" in text
    for secret in ("502", "10.0.0.7", "kesalahan", "Terlambat", "Perpustakaan", "jam lalu"):
        assert secret not in text


def test_a_system_that_nobody_looked_at_is_not_called_open(client, siakad):
    assert "Belum diketahui" in text_of(client.get(reverse("keadaan")))
    stretch(siakad, began=9, ended=8)
    assert "Belum diketahui" in text_of(client.get(reverse("keadaan")))


def test_a_system_in_announced_work_is_in_repair(client, siakad, administrator):
    stretch(siakad, up=False, began=1)
    PlannedWork.objects.create(
        words="Pindah server",
        starts_at=NOW - HOUR,
        ends_at=NOW + HOUR,
        announced_at=NOW - 2 * HOUR,
        announced_by=administrator,
    ).systems.add(siakad)
    text = text_of(client.get(reverse("keadaan")))
    assert "Sedang diperbaiki" in text
    assert "Pindah server" in text
    assert administrator.full_name not in text


def test_staff_see_why_it_does_not_answer_and_for_how_long(browser_of, analyst, siakad):
    stretch(siakad, up=False, began=2, why="PageCertificate")
    text = text_of(browser_of(analyst).get(reverse("sistem")))
    assert "Sertifikat halaman sistem tidak sah" in text
    assert "2 j 00 m" in text


def test_announced_work_stands_on_the_public_page_and_in_the_trail(
    browser_of, front_desk, client, siakad
):
    answer = browser_of(front_desk).post(
        reverse("umumkan"), {**PLAN, "systems": [siakad.pk]}, follow=True
    )
    assert "SIAKAD pindah server" in text_of(answer)
    assert "Selasa, 24 November 2026, 20:00" in text_of(client.get(reverse("keadaan")))
    assert AuditEvent.objects.filter(verb="planned_work.announced").count() == 1


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"ends_at": "2026-11-24T19:00"}, "Selesai harus sesudah mulai."),
        (
            {"starts_at": "2026-11-20T19:00", "ends_at": "2026-11-20T20:00"},
            "Waktu ini sudah lewat.",
        ),
    ],
)
def test_work_that_cannot_be_is_refused_at_its_field_and_what_was_typed_is_kept(
    browser_of, analyst, changed, sentence
):
    answer = browser_of(analyst).post(reverse("umumkan"), {**PLAN, **changed})
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert "SIAKAD pindah server" in text_of(answer)
    assert not PlannedWork.objects.exists()


def test_an_announcement_is_withdrawn_once(browser_of, analyst, client):
    browser = browser_of(analyst)
    browser.post(reverse("umumkan"), PLAN)
    address = reverse("tarik-rencana", args=[PlannedWork.objects.get().pk])
    assert "ditarik" in text_of(browser.post(address, follow=True))
    assert "sudah ditarik" in text_of(browser.post(address, follow=True))
    assert "SIAKAD pindah server" not in text_of(client.get(reverse("keadaan")))


def test_whoever_may_not_announce_is_refused(browser_of, auditor, approver, reporter):
    for person in (auditor, approver, reporter):
        assert browser_of(person).post(reverse("umumkan"), PLAN).status_code == 403
    assert "Umumkan" not in text_of(browser_of(auditor).get(reverse("sistem")))


def test_the_pages_of_systems_take_few_queries(
    browser_of, analyst, client, django_assert_max_num_queries
):
    for n in range(12):
        stretch(InformationSystem.objects.create(name=f"S{n}", slug=f"s{n}"))
    with django_assert_max_num_queries(12):
        client.get(reverse("keadaan"))
    staff = browser_of(analyst)
    with django_assert_max_num_queries(20):
        staff.get(reverse("sistem"))
