"""The procedure's pages: what is in force, what was, and writing the next revision."""

import re

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse

from portal.audit.models import AuditEvent
from portal.sop import first
from portal.sop.models import Revision
from portal.sop.revising import initial
from tests.app import factories
from tests.app.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def the_first_revision():
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        first.seed()
        yield
    cache.clear()


@pytest.fixture
def typed():
    return {**initial(NOW), "number": "2.0", "change": "Uji pemulihan", "approved_by": "Rektor"}


def text_of(answer):
    return " ".join(answer.content.decode().split())


def test_everybody_reads_the_procedure_with_both_its_charts(client):
    text = text_of(client.get(reverse("sop")))
    assert "SOP-02.001/BPTI/2020" in text
    assert "Setiap Jam 00:00 WIB" in text
    assert text.count('class="flow"') == 2
    assert "Gunawan Suryoputro" in text
    assert "restore data, menggunakan data backup data terbaru" in text


def test_the_figures_are_computed_and_tell_the_public_no_night(client):
    factories.morning(60)
    text = text_of(client.get(reverse("sop")))
    assert re.search(r"\d\d,\d\d\s%", text)
    for secret in ("Perpustakaan", "Terlambat", "Gagal", "jam lalu"):
        assert secret not in text


def test_seeding_again_alters_nothing():
    Revision.objects.update(change="Diubah")
    assert not first.seed()
    assert Revision.objects.get().change == "Diubah"


def test_a_draft_changes_nothing_until_it_is_issued_and_the_old_one_stays(
    browser_of, administrator, client, typed
):
    browser = browser_of(administrator)
    typed["scope"] = "Ruang lingkup yang baru."
    assert "Konsep disimpan" in text_of(browser.post(reverse("sop-tulis"), typed, follow=True))
    assert "Ruang lingkup yang baru." not in text_of(client.get(reverse("sop")))
    assert "Revisi 2.0 berlaku." in text_of(browser.post(reverse("sop-keluarkan"), follow=True))
    assert "Ruang lingkup yang baru." in text_of(client.get(reverse("sop")))
    old = text_of(client.get(reverse("sop-revisi", args=["1.0"])))
    assert "Revisi lama" in old
    assert "pengamanan penyimpanan data" in old
    verbs = AuditEvent.objects.filter(verb__startswith="sop.").values_list("verb", flat=True)
    assert sorted(verbs) == ["sop.drafted", "sop.issued"]


def test_what_was_issued_is_not_written_to_again(browser_of, administrator, typed):
    browser = browser_of(administrator)
    browser.post(reverse("sop-tulis"), typed)
    browser.post(reverse("sop-keluarkan"))
    assert browser.post(reverse("sop-keluarkan")).status_code == 404
    browser.post(reverse("sop-tulis"), {**typed, "number": "3.0", "change": "Lain"})
    assert Revision.objects.get(number="2.0").change == "Uji pemulihan"
    assert Revision.objects.filter(issued_at=None).get().number == "3.0"


def test_a_draft_is_not_shown_to_the_public(browser_of, administrator, client, typed):
    browser_of(administrator).post(reverse("sop-tulis"), typed)
    assert client.get(reverse("sop-revisi", args=["2.0"])).status_code == 404


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"number": "1.0"}, "telah ada"),
        ({"signers": "Disusun | Nofiar Hadi"}, "Tulis proses, nama dan jabatan"),
        ({"change": ""}, "tidak boleh kosong"),
    ],
)
def test_a_bad_draft_is_refused_at_its_field_and_what_was_typed_is_kept(
    browser_of, administrator, typed, changed, sentence
):
    answer = browser_of(administrator).post(reverse("sop-tulis"), {**typed, **changed})
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert Revision.objects.count() == 1


def test_only_an_administrator_writes(browser_of, analyst, auditor, reporter, typed):
    for person in (analyst, auditor, reporter):
        assert browser_of(person).post(reverse("sop-tulis"), typed).status_code == 403
        assert browser_of(person).post(reverse("sop-keluarkan")).status_code == 403


def test_without_a_revision_the_page_says_how_to_get_one(client):
    Revision.objects.all().delete()
    assert "manage.py setup" in text_of(client.get(reverse("sop")))
