"""Role x move x own or another's case, made from the table and tried on the real endpoints."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse

from portal.accounts.models import Role
from tests.app.cases import MONDAY, PDF, act, fresh
from tests.app.people import person as new_person
from tickets.actions import files, talking
from tickets.models import Approval, Letter, Ticket
from tickets.staff.deeds import DEEDS
from tickets.workflow import FINAL, MOVES, TABLE, Standing, State

pytestmark = pytest.mark.django_db

WORDS = "Alasan yang jelas."
DECISIONS = {"approve": "setuju", "refuse": "tolak", "send_back": "kembali"}
HERE = [move for move in TABLE if move.name in {*DEEDS, *DECISIONS, "record_search", "choose_plan"}]
ELSEWHERE = {"file_report", "rate", "take_download", "write"}  # the reporter's pages


@pytest.fixture(autouse=True)
def monday_morning():
    with time_machine.travel(MONDAY, tick=False):
        yield


def test_every_move_that_staff_make_has_its_endpoint():
    system = {move.name for move in TABLE if move.who == {Standing.SYSTEM}}
    assert {move.name for move in HERE} | ELSEWHERE | system == set(MOVES)


def kit(desk, ticket):
    """Lay out what the moves need beside a case that waits for its decision."""
    desk.loose_scan = files.attach(ticket, "surat2.pdf", PDF, act(desk.analyst, ticket))
    desk.other_of_reporter = desk.filed()
    desk.ticket = ticket
    return desk


@pytest.fixture
def kitted(desk):
    return kit(desk, desk.asked())


def posted(desk, user, move) -> tuple[str, dict]:
    """Return where and what the page of a move posts."""
    number, words = desk.ticket.number, {"kata": WORDS}
    if move.name in DECISIONS:
        return reverse("putusan", args=[number]), words | {"putusan": DECISIONS[move.name]}
    if move.name == "record_search":
        return reverse("tiket-telusur", args=[number]), {"q": "tidak-ada-di-mana-pun"}
    if move.name == "choose_plan":
        return reverse("tiket-rencana", args=[number]), words | {
            "salinan": desk.night.pk, "cakupan": "whole", "tujuan": "beside",
            "pelaksana": desk.executor.pk, "terhapus": "no",
        }  # fmt: skip
    fields = {
        "route": {"seksi": "JDS"},
        "assign": {"petugas": desk.executor.pk},
        "prioritise": {"dampak": 2, "urgensi": 2},
        "merge": {"nomor": desk.other_of_reporter.number},
        "link": {"nomor": desk.other_of_reporter.number, "jenis": "related"},
        "withdraw_note": {"catatan": note_of(desk, user)} if move.name == "withdraw_note" else {},
        "attach": {"berkas": SimpleUploadedFile("a.pdf", PDF)},
        "give_letter": {
            "nomor_surat": "1", "tanggal": date(2026, 11, 23), "pindaian": desk.loose_scan.pk,
        },
        "reject_letter": {"surat": Letter.objects.get(ticket=desk.ticket).pk},
    }  # fmt: skip
    address = reverse("tiket-langkah", args=[number, move.name])
    return address, words | fields.get(move.name, {})


def note_of(desk, user) -> int:
    """Return a note of this person's own, or of the analyst where they may write none."""
    by = act(user, fresh(desk.ticket), "Catatan")
    if not by.by.standing & MOVES["add_note"].who:
        by = act(desk.analyst, fresh(desk.ticket), "Catatan")
    return talking.add_note(fresh(desk.ticket), by).pk


def placed(desk, move) -> None:
    """Put the kitted case where the move begins."""
    state = State.WAITING_APPROVAL if move.name == "approve" else min(move.sources)
    columns = {"state": state, "closed_at": MONDAY if state in FINAL else None}
    if move.name == "request_approval":
        Approval.objects.update(decision="recalled", decided_at=MONDAY)
    if move.name == "confirm_reporter":
        columns["confirmed_at"] = None
    if move.name == "start_restore":
        Approval.objects.update(
            decision="approved",
            decided_by=new_person("wakil", Role.APPROVER),
            decided_at=MONDAY,
            execute_by=MONDAY + timedelta(days=1),
        )
    Ticket.objects.filter(pk=desk.ticket.pk).update(**columns)


def moved(desk, client, user, move, place=lambda: None) -> bool:
    """Post as this person; say whether anything came of it, and take it back."""
    with transaction.atomic():
        place()
        address, fields = posted(desk, user, move)
        ticket = fresh(desk.ticket)
        before = (ticket.version, ticket.state, ticket.entries.count())
        answer = client.post(address, fields)
        ticket = fresh(desk.ticket)
        after = (ticket.version, ticket.state, ticket.entries.count())
        transaction.set_rollback(True)
    assert answer.status_code in ({302} if after != before else {302, 403, 409, 422}), move.name
    return after != before


IS = {
    "reporter": set(),  # has pages of their own, and none of these
    "another_reporter": set(),
    "front_desk": {Standing.FRONT_DESK},
    "analyst": {Standing.ANALYST},
    "executor": {Standing.ANALYST, Standing.EXECUTOR},
    "approver": {Standing.APPROVER},
    "auditor": {Standing.AUDITOR},
    "administrator": set(),
    "stranger": set(),
}
BY_RULE = {("verify", "executor"), ("find_wrong", "executor")}


@pytest.fixture
def somebody(desk, request):
    """Give one of the people by what they are to the case."""

    def called(who):
        if who == "another_reporter":
            return new_person("rina", Role.REPORTER, full_name="Rina Dosen Lain")
        return getattr(desk, who, None) or request.getfixturevalue(who)

    return called


@pytest.mark.parametrize("who", IS)
def test_the_endpoints_let_in_exactly_whom_the_table_names(kitted, somebody, browser_of, who):
    user = somebody(who)
    client = browser_of(user)
    for move in HERE:
        expected = bool(IS[who] & move.who) and (move.name, who) not in BY_RULE
        assert moved(kitted, client, user, move, partial(placed, kitted, move)) == expected, (
            move.name
        )


@pytest.mark.parametrize("part", ["front_desk", "analyst", "approver"])
def test_of_ones_own_case_one_decides_nothing_and_the_rest_stays_as_it_is(desk, browser_of, part):
    user = getattr(desk, part)
    own = replace(desk, reporter=user, analyst=new_person("nina", Role.ANALYST))
    kitted, client = kit(own, own.asked()), browser_of(user)
    for move in HERE:
        standing = {Standing(part), Standing.REPORTER}
        expected = bool(standing & move.who) and move.name not in DECISIONS
        assert moved(kitted, client, user, move, partial(placed, kitted, move)) == expected, (
            move.name
        )


@pytest.mark.parametrize("state", list(State))
def test_from_every_other_state_nothing_comes_of_it(kitted, browser_of, state):
    """Try a third of the moves from each state; the actions themselves are tried from all."""
    everything = new_person("semua", Role.FRONT_DESK, Role.ANALYST, Role.APPROVER)
    closed_at = MONDAY if state in FINAL else None
    Ticket.objects.filter(pk=kitted.ticket.pk).update(state=state, closed_at=closed_at)
    client = browser_of(everything)
    for move in HERE[list(State).index(state) % 3 :: 3]:
        if state not in move.sources:
            assert not moved(kitted, client, everything, move), move.name
