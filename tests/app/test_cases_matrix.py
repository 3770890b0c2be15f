"""Role x move x own or another's case, made from the table and tried on the actions themselves."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import transaction

from portal.accounts.models import Role
from tests.app.cases import DAY, MONDAY, PDF, filed, fresh
from tests.app.people import person as new_person
from tickets.actions import (
    analysing,
    approving,
    choosing,
    closing,
    files,
    filing,
    intake,
    restoring,
    talking,
)
from tickets.actions.actors import PORTAL, Act, by_link, person
from tickets.actions.rules import open_to
from tickets.errors import NoteKept, NotNow, NotReady, NotYours
from tickets.models import Approval, EvidenceKind, Letter, Ticket, TieKind, decidable_by
from tickets.priorities import Impact, Urgency
from tickets.workflow import FINAL, MOVES, TABLE, Standing, State

pytestmark = pytest.mark.django_db

LATER = MONDAY + 60 * DAY
WORDS = "Alasan yang jelas."

# How each move is made, given the desk, the ticket and the act. file_report begins a case and
# start_restore orders a restore: both have tests of their own.
CALLS = {
    "confirm_reporter": lambda desk, t, a: filing.confirm_reporter(t, a),
    "accept": lambda desk, t, a: intake.accept(t, a),
    "route": lambda desk, t, a: intake.route(t, intake.Section.JDS, a),
    "assign": lambda desk, t, a: intake.assign(t, desk.executor, a),
    "prioritise": lambda desk, t, a: intake.prioritise(t, Impact.UNIT, Urgency.SOON, a),
    "name_systems": lambda desk, t, a: intake.name_systems(t, [], a),
    "merge": lambda desk, t, a: intake.merge(t, desk.other_of_reporter, a),
    "link": lambda desk, t, a: intake.link(t, desk.other_of_reporter, TieKind.RELATED, a),
    "start_analysis": lambda desk, t, a: analysing.start_analysis(t, a),
    "ask_reporter": lambda desk, t, a: analysing.ask_reporter(t, a),
    "answer": lambda desk, t, a: analysing.answer(t, a),
    "record_search": lambda desk, t, a: analysing.record_search(t, EvidenceKind.SEARCH, "x", {}, a),
    "inform_found": lambda desk, t, a: analysing.inform_found(t, a),
    "choose_plan": lambda desk, t, a: choosing.choose_plan(t, desk.choice(), a),
    "resume": lambda desk, t, a: analysing.resume(t, a),
    "request_approval": lambda desk, t, a: approving.request_approval(t, a),
    "recall": lambda desk, t, a: approving.recall(t, a),
    "approve": lambda desk, t, a: approving.approve(t, a),
    "send_back": lambda desk, t, a: approving.send_back(t, a),
    "refuse": lambda desk, t, a: approving.refuse(t, a),
    "expire": lambda desk, t, a: approving.expire(t, replace(a, now=LATER)),
    "settle_restored": lambda desk, t, a: _settle(t, a, restored=True),
    "settle_failed": lambda desk, t, a: _settle(t, a, restored=False),
    "settle_void": lambda desk, t, a: _settle(t, a, restored=False, void=True),
    "verify": lambda desk, t, a: restoring.verify(t, a),
    "find_wrong": lambda desk, t, a: restoring.find_wrong(t, a),
    "confirm": lambda desk, t, a: closing.confirm(t, a),
    "dispute": lambda desk, t, a: closing.dispute(t, a),
    "close": lambda desk, t, a: closing.close(t, a),
    "lapse": lambda desk, t, a: closing.lapse(t, replace(a, now=LATER)),
    "abandon": lambda desk, t, a: closing.abandon(t, replace(a, now=LATER)),
    "cancel": lambda desk, t, a: closing.cancel(t, a),
    "cannot_recover": lambda desk, t, a: closing.cannot_recover(t, a),
    "reopen": lambda desk, t, a: closing.reopen(t, a),
    "rate": lambda desk, t, a: closing.rate(t, 4, a),
    "take_download": lambda desk, t, a: restoring.take_download(t.pk, a.by),
    "add_note": lambda desk, t, a: talking.add_note(t, a),
    "withdraw_note": lambda desk, t, a: _withdraw_own_note(t, a),
    "reply": lambda desk, t, a: talking.reply(t, a),
    "write": lambda desk, t, a: talking.write(t, a),
    "attach": lambda desk, t, a: files.attach(t, "a.pdf", PDF, a),
    "give_letter": lambda desk, t, a: files.give_letter(
        t, "1", date(2026, 11, 23), desk.loose_scan, a
    ),
    "reject_letter": lambda desk, t, a: files.reject_letter(fresh_letter(desk), a),
}
APART = {"file_report", "start_restore"}
SYSTEM_MOVES = {name for name, move in MOVES.items() if move.who == {Standing.SYSTEM}}


def fresh_letter(desk):
    return Letter.objects.select_related("ticket").get(ticket=desk.ticket)


def _settle(ticket, act, *, restored, void=False):
    if act.by is not PORTAL:
        raise NotYours  # settle takes no actor: nobody but the portal can call it as somebody
    outcome = restoring.Outcome(restored=restored, summary="x", void=void)
    return restoring.settle(ticket, outcome, act.now)


def _withdraw_own_note(ticket, act):
    note = ticket.entries.filter(kind="note").first()
    if act.by.standing & MOVES["add_note"].who:
        note = talking.add_note(ticket, act)
    return talking.withdraw_note(note, act)


@pytest.fixture
def kitted(desk):
    """A case with everything: searched, letter, plan, a request that waits for its decision."""
    ticket = desk.asked()
    talking.add_note(ticket, Act(person(desk.analyst, ticket, MONDAY), MONDAY, "Catatan"))
    by = Act(person(desk.analyst, ticket, MONDAY), MONDAY)
    desk.loose_scan = files.attach(ticket, "surat2.pdf", PDF, by)
    desk.other_of_reporter = desk.filed()
    desk.ticket = ticket
    return desk


def placed(desk, move) -> Ticket:
    """The kitted case, put where the move begins."""
    state = min(move.sources)
    if move.name in {"expire", "approve"}:
        state = State.WAITING_APPROVAL
    columns = {"state": state, "closed_at": MONDAY if state in FINAL else None}
    if move.name == "request_approval":
        Approval.objects.update(decision="recalled", decided_at=MONDAY)
    if move.name == "confirm_reporter":
        columns["confirmed_at"] = None
    if move.name == "abandon":
        columns["state"] = State.WAITING_REPORTER
    Ticket.objects.filter(pk=desk.ticket.pk).update(**columns)
    return fresh(desk.ticket)


def everybody(desk, auditor, administrator, stranger) -> dict:
    """Who tries, by a name that says what they are to the case."""
    other = new_person("rina", Role.REPORTER, full_name="Rina Dosen Lain")
    return {
        "its reporter": lambda t: person(desk.reporter, t, MONDAY),
        "its reporter by link": by_link,
        "another reporter": lambda t: person(other, t, MONDAY),
        "front desk": lambda t: person(desk.front_desk, t, MONDAY),
        "analyst": lambda t: person(desk.analyst, t, MONDAY),
        "executor": lambda t: person(desk.executor, t, MONDAY),
        "approver": lambda t: person(desk.approver, t, MONDAY),
        "auditor": lambda t: person(auditor, t, MONDAY),
        "administrator": lambda t: person(administrator, t, MONDAY),
        "stranger": lambda t: person(stranger, t, MONDAY),
        "portal": lambda _: PORTAL,
    }


# What each of them is to the case: the table is asked with this, the actions find it themselves.
IS = {
    "its reporter": {Standing.REPORTER},
    "its reporter by link": {Standing.REPORTER},
    "another reporter": set(),
    "front desk": {Standing.FRONT_DESK},
    "analyst": {Standing.ANALYST},
    "executor": {Standing.ANALYST, Standing.EXECUTOR},
    "approver": {Standing.APPROVER},
    "auditor": {Standing.AUDITOR},
    "administrator": set(),
    "stranger": set(),
    "portal": {Standing.SYSTEM},
}
# Refused although their standing would do: the rules, not the table's "who".
BY_RULE = {("verify", "executor"), ("find_wrong", "executor")}


def test_every_move_has_a_way_to_be_made():
    assert set(CALLS) | APART == set(MOVES)


@pytest.mark.parametrize(
    "move", [move for move in TABLE if move.name in CALLS], ids=lambda m: m.name
)
def test_who_may_is_exactly_who_the_table_says(kitted, auditor, administrator, stranger, move):
    ticket = placed(kitted, move)
    for who, actor in everybody(kitted, auditor, administrator, stranger).items():
        expected = bool(IS[who] & move.who) and (move.name, who) not in BY_RULE
        with transaction.atomic():
            allowed = made(kitted, move, fresh(ticket), actor(ticket))
            transaction.set_rollback(True)
        assert allowed == expected, (move.name, who)


def made(desk, move, ticket, actor) -> bool:
    try:
        CALLS[move.name](desk, ticket, Act(actor, MONDAY, WORDS))
    except (NotYours, NotReady, NoteKept):
        return False
    return True


@pytest.mark.parametrize("state", list(State))
def test_from_every_other_state_a_move_is_refused(kitted, auditor, state):
    closed_at = MONDAY if state in FINAL else None
    Ticket.objects.filter(pk=kitted.ticket.pk).update(state=state, closed_at=closed_at)
    for move in TABLE:
        if move.name in CALLS and state not in move.sources:
            by = replace(PORTAL, standing=move.who, user=kitted.analyst)
            actor = PORTAL if move.name in SYSTEM_MOVES else by
            with pytest.raises(NotNow), transaction.atomic():
                CALLS[move.name](kitted, fresh(kitted.ticket), Act(actor, MONDAY, WORDS))
    assert fresh(kitted.ticket).state == state


def test_a_page_is_offered_what_the_actions_allow(kitted):
    ticket = fresh(kitted.ticket)
    offered = {
        offer.move.name: [rule.value for rule in offer.missing]
        for offer in open_to(ticket, person(kitted.approver, ticket, MONDAY), MONDAY)
    }
    assert offered == {
        "approve": [], "send_back": [], "refuse": [], "add_note": [], "withdraw_note": [],
    }  # fmt: skip


def test_a_reporter_who_is_the_approver_too_reads_why_not(kitted):
    ticket = filed(kitted.approver)
    Ticket.objects.filter(pk=ticket.pk).update(state=State.WAITING_APPROVAL)
    offers = open_to(fresh(ticket), person(kitted.approver, fresh(ticket), MONDAY), MONDAY)
    approve = next(offer for offer in offers if offer.move.name == "approve")
    assert "four_eyes" in [rule.value for rule in approve.missing]


def test_only_the_named_executor_is_offered_the_restore_and_only_while_the_approval_stands(desk):
    ticket = desk.approved()

    def lacking(user, now):
        for offer in open_to(ticket, person(user, ticket, now), now):
            if offer.move.name == "start_restore":
                return [rule.value for rule in offer.missing]
        return None

    assert lacking(desk.executor, MONDAY) == []
    assert lacking(desk.analyst, MONDAY) is None
    assert lacking(desk.approver, MONDAY) is None
    assert lacking(desk.executor, MONDAY + DAY) == ["approval_stands"]
    desk.night.copies.update(state="damaged")
    assert lacking(desk.executor, MONDAY) == ["plan"]


def test_an_approvers_queue_holds_what_they_may_decide(desk):
    ticket = desk.asked()
    own = desk.asked()
    assert set(decidable_by(desk.approver)) == {ticket, own}
    for party in (desk.reporter, desk.analyst, desk.executor):
        assert not decidable_by(party).exists()
    approving.send_back(ticket, Act(person(desk.approver, ticket, MONDAY), MONDAY, WORDS))
    assert list(decidable_by(desk.approver)) == [own]


def test_people_who_left_may_nothing_more(kitted):
    kitted.analyst.is_active = False
    kitted.analyst.save()
    assert person(kitted.analyst, kitted.ticket, MONDAY).standing == frozenset()
    kitted.reporter.role_grants.all().delete()
    assert person(kitted.reporter, kitted.ticket, MONDAY).standing == frozenset()
