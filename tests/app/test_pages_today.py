"""The morning page: what waits for whom, and that it stays quick whatever waits."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from backups.models import JobState, RestoreJob, RestorePhase
from tests.app import cases, factories
from tickets.actions.approving import delegate
from tickets.models import Ticket
from tickets.staff.waiting import counts_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday_morning():
    with time_machine.travel(cases.MONDAY, tick=False):
        yield


def text_of(browser):
    return " ".join(browser.get(reverse("staf")).content.decode().split())


def test_a_case_of_mine_and_one_that_nobody_has_wait_for_me(desk, browser_of):
    ticket = desk.in_analysis()
    text = text_of(browser_of(desk.analyst))
    assert "Menunggu Anda" in text
    assert ticket.number in text
    assert "belum ditugaskan" in text or "Dianalisis" in text


def test_a_case_that_waits_for_its_reporter_does_not_wait_for_me(desk, browser_of):
    ticket = desk.in_analysis()
    Ticket.objects.filter(pk=ticket.pk).update(state="waiting_reporter")
    assert ticket.number not in text_of(browser_of(desk.analyst))


def test_a_case_past_its_limit_is_counted_and_stands_on_top(desk, browser_of):
    late, calm = desk.in_analysis(), desk.in_analysis()
    Ticket.objects.filter(pk=calm.pk).update(due_at=cases.MONDAY + timedelta(days=3))
    Ticket.objects.filter(pk=late.pk).update(due_at=cases.MONDAY - timedelta(hours=1))
    text = text_of(browser_of(desk.analyst))
    assert "1 kasus lewat batas" in text
    assert text.index(late.number) < text.index(calm.number)


def test_a_decision_waits_for_the_approver_and_for_nobody_else(desk, browser_of):
    ticket = desk.asked()
    decision = reverse("putusan", args=[ticket.number])
    assert decision in text_of(browser_of(desk.approver))
    assert decision not in text_of(browser_of(desk.analyst))


def test_whoever_has_nothing_to_do_with_cases_sees_the_nights_alone(browser_of, administrator):
    factories.morning(5)
    text = text_of(browser_of(administrator))
    assert "Menunggu Anda" not in text
    assert "Tadi malam" in text


def test_a_running_restore_has_its_bar(desk, browser_of):
    RestoreJob.objects.create(
        source=desk.night.source,
        snapshot=desk.night,
        target="beside",
        label="pulih_1",
        state=JobState.RUNNING,
        phase=RestorePhase.LOAD,
        ordered_at=cases.MONDAY,
        started_at=cases.MONDAY,
        heartbeat_at=cases.MONDAY,
    )
    text = text_of(browser_of(desk.analyst))
    assert "Pemulihan " in text
    assert "Memuat di samping" in text


def test_the_morning_takes_a_fixed_number_of_queries(
    desk, browser_of, django_assert_max_num_queries
):
    for n in range(8):
        factories.nights(factories.source(f"Sumber {n}"), 20)
    for _ in range(9):
        desk.in_analysis()
    browser = browser_of(desk.analyst)
    with django_assert_max_num_queries(25):
        browser.get(reverse("staf"))


def test_the_menu_says_how_much_waits_for_whom(desk, browser_of):
    desk.in_analysis()
    desk.asked()
    for user, mine, decisions in ((desk.analyst, 1, 0), (desk.approver, 0, 1)):
        counts = counts_of(user, user.roles, cases.MONDAY)
        assert (counts.cases, counts.decisions, counts.signatures) == (mine, decisions, 0)
    menu = browser_of(desk.approver).get(reverse("penyimpanan")).content.decode()
    assert re.search(r"Persetujuan<span[^>]*>1<", menu)


def test_who_stands_in_for_an_approver_is_counted_the_decisions_too(desk):
    desk.asked()
    today = cases.MONDAY.date()
    assert counts_of(desk.executor, desk.executor.roles, cases.MONDAY).decisions == 0
    delegate(desk.approver, desk.front_desk, (today, today), "Rapat di luar kota.", cases.MONDAY)
    assert counts_of(desk.front_desk, desk.front_desk.roles, cases.MONDAY).decisions == 1
