"""The desk's pages: the queue, the case, the decision, as those who work there use them."""

import pytest
import time_machine
from django.urls import reverse

from tests.app.cases import MONDAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday_morning():
    with time_machine.travel(MONDAY, tick=False):
        yield


STATES = (
    "filed",
    "received",
    "in_analysis",
    "searched",
    "planned",
    "asked",
    "approved",
    "restoring",
    "restored",
    "waiting_confirmation",
    "confirmed",
    "closed",
    "found",
    "waiting_reporter",
)


@pytest.mark.parametrize("state", STATES)
def test_a_case_shows_itself_in_every_state(desk, auditor, browser_of, state):
    ticket = getattr(desk, state)()
    for user in (desk.front_desk, desk.analyst, desk.executor, desk.approver, auditor):
        answer = browser_of(user).get(ticket.get_absolute_url())
        assert answer.status_code == 200
        assert ticket.subject in answer.content.decode()


def test_every_page_of_the_desk_opens(desk, browser_of):
    ticket = desk.asked()
    n = ticket.number
    for user, names in {
        desk.analyst: ["tiket", "tiket-baru", "persetujuan"],
        desk.approver: ["tiket", "persetujuan", "pelimpahan"],
    }.items():
        for name in names:
            assert browser_of(user).get(reverse(name)).status_code == 200, name
    for name in ("tiket-telusur", "tiket-rencana", "putusan"):
        for user in (desk.analyst, desk.approver):
            assert browser_of(user).get(reverse(name, args=[n])).status_code == 200, name
