import csv
import io
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection, transaction
from django.urls import reverse

from portal.audit import triggers
from portal.audit.models import AuditEvent
from portal.audit.record import Subject, erase_person, record
from portal.audit.walks import walk
from portal.lib import clock
from portal.trail import EVENTS
from tickets.models import ByteWalk

ONE_PAGE = 13  # queries, whatever the page holds


def tell(verb="ticket.moved", *, actor="system:test", name="", count=1, **facts) -> None:
    about = Subject("tickets.ticket", "12", name)
    with transaction.atomic():
        for _ in range(count):
            record(verb, actor=actor, subject=about, facts=facts)


@pytest.fixture
def page(auditor, browser_of):
    """What an auditor is shown for a filter: the numbers of the events, and the page."""
    client = browser_of(auditor)

    def shown(**asked):
        answer = client.get(reverse("jejak"), asked)
        return [event.sequence for event, _ in answer.context["events"]], answer

    return shown


def test_a_trail_without_events_says_what_will_stand_there(page):
    numbers, answer = page()
    assert numbers == []
    assert "Belum ada peristiwa" in answer.text
    assert "Belum diperiksa" in answer.text


def test_the_newest_event_stands_first_with_who_and_what(page, analyst):
    tell(actor=analyst, name="DT-2026-000012-7", rows=3)
    tell("night.opened")
    numbers, answer = page()
    assert numbers == [2, 1]
    for word in (analyst.full_name, "DT-2026-000012-7", "{&quot;rows&quot;:3}"):
        assert word in answer.text


def test_events_are_found_by_what_happened(page):
    tell()
    tell("night.opened")
    assert page(verb="night.opened")[0] == [2]


def test_every_verb_held_is_offered_once(page):
    tell(count=3)
    tell("night.opened")
    form = page()[1].context["form"]
    assert [verb for verb, _ in form.fields["verb"].choices] == ["", "night.opened", "ticket.moved"]


def test_events_are_found_by_who_did_them(page, analyst, approver):
    tell(actor=analyst)
    tell(actor=approver)
    tell(actor="system:night")
    assert page(actor="basisdata")[0] == [1]
    assert page(actor=approver.identity_number)[0] == [2]
    assert page(actor="system:night")[0] == [3]
    assert page(actor="siapa pun")[0] == []


def test_events_are_found_by_what_they_are_about(page):
    tell(name="DT-2026-000012-7")
    with transaction.atomic():
        about = Subject("backups.source", "9")
        record("source.added", actor="system:test", subject=about, facts={})
    assert page(object="DT-2026-000012-7")[0] == [1]
    assert page(object="9")[0] == [2]


def test_days_begin_and_end_at_midnight_in_jakarta(page):
    for hour, minute in ((16, 59), (17, 0), (23, 30)):  # 23:59, 00:00 and 06:30 WIB
        with time_machine.travel(datetime(2026, 11, 22, hour, minute, tzinfo=UTC), tick=False):
            tell()
    assert page(since="2026-11-23")[0] == [3, 2]
    assert page(until="2026-11-22")[0] == [1]
    assert page(since="2026-11-22", until="2026-11-23")[0] == [3, 2, 1]


def test_an_end_before_the_beginning_is_refused_at_its_field(page):
    tell()
    numbers, answer = page(since="2026-11-23", until="2026-11-22")
    assert numbers == []
    assert "Tanggal akhir mendahului tanggal awal." in answer.text


def test_older_events_stand_on_the_next_page_under_the_same_filter(page):
    tell("night.opened")
    tell(count=EVENTS + 2)
    numbers, answer = page(verb="ticket.moved")
    assert numbers == list(range(EVENTS + 3, 3, -1))
    assert "?verb=ticket.moved&amp;sebelum=4" in answer.text
    numbers, answer = page(verb="ticket.moved", sebelum="4")
    assert (numbers, answer.context["older"]) == ([3, 2], None)


def test_a_full_page_asks_no_more_than_a_short_one(page, analyst, django_assert_max_num_queries):
    tell(actor=analyst, count=EVENTS + 1)
    with django_assert_max_num_queries(ONE_PAGE):
        page(actor="agus")


def test_the_page_says_that_the_chain_is_intact(page):
    tell(count=3)
    walk()
    assert "Utuh" in page()[1].text


def test_the_page_says_where_the_chain_is_broken(page):
    tell(count=3)
    triggers.disarm(connection)
    AuditEvent.objects.filter(pk=2).update(verb="ticket.closed")
    walk()
    answer = page()[1].text
    assert "Rantai putus pada peristiwa 2" in answer
    assert "Tidak utuh" in answer


def test_the_page_says_that_nothing_guards_the_chain(page):
    triggers.disarm(connection)
    walk()
    assert "tidak lagi menolak perubahan" in page()[1].text


def test_a_forgotten_person_is_shown_as_forgotten(page, analyst, administrator):
    tell(actor=analyst)
    erase_person(analyst.pk, actor=administrator)
    answer = page()[1].text
    assert "Sudah dilupakan" in answer
    assert analyst.full_name not in answer


def test_what_is_shown_can_be_taken_along_and_that_is_told(auditor, browser_of, analyst):
    tell("night.opened")
    tell(actor=analyst, name="=HYPERLINK(1)", rows=3)
    answer = browser_of(auditor).get(reverse("jejak-csv"), {"verb": "ticket.moved"})
    text = answer.getvalue().decode("utf-8-sig")
    head, row = csv.reader(io.StringIO(text))
    taken = dict(zip(head, row, strict=True))
    assert (taken["Nomor"], taken["Nama"]) == ("2", analyst.full_name)
    assert (taken["Nama objek"], taken["Fakta"]) == ("'=HYPERLINK(1)", '{"rows":3}')
    told = AuditEvent.objects.get(verb="audit.exported")
    assert (told.actor_user, told.facts) == (auditor.pk, {"filtered_by": ["verb"]})


def test_a_filter_in_error_takes_nothing_along(auditor, browser_of):
    answer = browser_of(auditor).get(reverse("jejak-csv"), {"since": "kemarin"})
    assert answer.status_code == 400
    assert not AuditEvent.objects.exists()


def test_a_stored_paper_that_was_changed_is_named(browser_of, auditor):
    page = browser_of(auditor)
    ByteWalk.objects.create(at=clock.now(), files=1204, bad=[])
    text = page.get(reverse("jejak")).content.decode()
    assert "1.204 berkas dibaca" in text
    assert "tidak lagi seperti saat disimpan" not in text
    bad = [{"name": "001-BA-01.pdf", "reason": "bitanya tidak lagi sama dengan saat disimpan"}]
    ByteWalk.objects.create(at=clock.now(), files=1204, bad=bad)
    text = page.get(reverse("jejak")).content.decode()
    assert "1 rekaman tersimpan tidak lagi seperti saat disimpan" in text
    assert "001-BA-01.pdf: bitanya tidak lagi sama dengan saat disimpan" in text
