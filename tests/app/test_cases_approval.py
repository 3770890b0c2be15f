"""Nobody approves their own case: by action, by page facts, and by bare SQL (invariant 6)."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from portal.accounts.models import Role, RoleGrant
from tests.app.cases import DAY, MONDAY, act, fresh, surveyed
from tests.app.people import person as new_person
from tickets import refusals
from tickets.actions import analysing, approving, choosing, files
from tickets.actions.ticking import end_what_ran_out
from tickets.errors import NotReady, NotYours, WrongPerson
from tickets.models import Approval, Decision, Entry, Evidence, Plan, Ticket
from tickets.workflow import State

pytestmark = pytest.mark.django_db


def sql(statement: str, *values) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def refused(statement: str, *values) -> bool:
    try:
        with transaction.atomic():
            sql(statement, *values)
    except IntegrityError:
        return True
    return False


def also_approver(user):
    RoleGrant.objects.create(user=user, role=Role.APPROVER)
    return user


# By action


@pytest.mark.parametrize("part", ["reporter", "analyst", "executor"])
@pytest.mark.parametrize("decide", [approving.approve, approving.send_back, approving.refuse])
def test_whoever_has_a_part_in_the_case_does_not_decide_it(desk, part, decide):
    ticket, user = desk.asked(), also_approver(getattr(desk, part))
    with pytest.raises(NotReady, match="Anda pelapor, penelusur, atau pelaksana"):
        decide(ticket, act(user, ticket, "Ya."))
    assert ticket.approvals.get().decision == Decision.PENDING


def test_who_only_searched_long_ago_does_not_decide_either(desk):
    searcher = new_person("sari", Role.ANALYST, Role.APPROVER)
    ticket = desk.planned()
    analysing.record_search(ticket, "timeline", "x", {}, act(searcher, ticket))
    approving.request_approval(ticket, act(desk.analyst, ticket))
    with pytest.raises(NotReady):
        approving.approve(ticket, act(searcher, ticket))


def test_a_reporter_without_an_account_is_known_by_the_mailbox(desk):
    ticket = desk.asked()
    desk.approver.email = ticket.reporter_email.upper()
    desk.approver.save()
    with pytest.raises(NotReady, match="Anda pelapor"):
        approving.approve(ticket, act(desk.approver, ticket))


def test_an_approval_asks_for_the_signed_letter_and_a_search(desk):
    ticket = desk.in_analysis()
    choosing.choose_plan(ticket, desk.choice(), act(desk.analyst, ticket))
    surveyed(ticket)
    with pytest.raises(NotReady) as lacking:
        approving.request_approval(ticket, act(desk.analyst, ticket))
    assert len(lacking.value.missing) == 2
    assert ticket.plans.get().frozen_at is None


def test_a_letter_that_is_rejected_after_the_request_holds_the_approval_up(desk):
    ticket = desk.asked()
    files.reject_letter(ticket.letters.get(), act(desk.front_desk, ticket, "Belum ditandatangani."))
    ticket = fresh(ticket)
    with pytest.raises(NotReady, match="Surat pengajuan"):
        approving.approve(ticket, act(desk.approver, ticket))
    approving.send_back(ticket, act(desk.approver, ticket, "Suratnya belum ada."))


def test_an_approval_is_of_the_plan_that_was_asked_for(desk):
    ticket = desk.asked()
    refusals.disarm(connection)
    Plan.objects.filter(ticket=ticket).update(target="live")
    with pytest.raises(NotReady, match="Rencana berubah"):
        approving.approve(ticket, act(desk.approver, ticket))


def test_a_night_that_is_damaged_meanwhile_is_not_approved(desk):
    ticket = desk.asked()
    desk.night.copies.update(state="damaged")
    with pytest.raises(NotReady, match="salinannya tidak lagi tersedia"):
        approving.approve(ticket, act(desk.approver, ticket))


def test_a_decision_keeps_who_when_why_and_until_when(desk):
    ticket = desk.asked()
    approving.approve(ticket, act(desk.approver, ticket, "Sesuai."))
    kept = ticket.approvals.get()
    assert (kept.decision, kept.decided_by, kept.on_behalf_of, kept.reason) == (
        Decision.APPROVED, desk.approver, None, "Sesuai.",
    )  # fmt: skip
    assert kept.execute_by == MONDAY + DAY
    assert kept.plan_sha256 == ticket.plans.get().fingerprint()


def test_a_recalled_request_may_be_changed_and_asked_anew(desk):
    ticket = desk.approved()
    approving.recall(ticket, act(desk.analyst, ticket, "Salah tabel."))
    assert ticket.approvals.get().void_at == MONDAY
    choosing.choose_plan(ticket, desk.choice(target="live"), act(desk.analyst, ticket))
    surveyed(ticket)
    approving.request_approval(ticket, act(desk.analyst, ticket))
    assert ticket.approvals.count() == 2


# Expiry


def test_a_request_that_nobody_decides_expires_after_three_working_days(desk):
    ticket = desk.asked()
    assert end_what_ran_out(MONDAY + 2 * DAY) == 0
    with pytest.raises(NotReady, match="kedaluwarsa"):
        approving.approve(ticket, act(desk.approver, ticket, now=MONDAY + 3 * DAY))
    assert end_what_ran_out(MONDAY + 3 * DAY) == 1
    assert end_what_ran_out(MONDAY + 3 * DAY) == 0
    assert fresh(ticket).state == State.RETURNED
    assert ticket.approvals.get().decision == Decision.EXPIRED


def test_an_approval_that_nobody_carries_out_expires_after_a_working_day(desk):
    ticket = desk.approved()
    assert end_what_ran_out(MONDAY + DAY) == 1
    assert fresh(ticket).state == State.RETURNED
    kept = ticket.approvals.get()
    assert (kept.decision, kept.void_at) == (Decision.APPROVED, MONDAY + DAY)


# Delegation

WEEK = (date(2026, 11, 23), date(2026, 11, 27))


def test_a_stand_in_decides_for_the_giver_on_the_days_given(desk):
    stand_in = new_person("dewi", Role.FRONT_DESK)
    approving.delegate(desk.approver, stand_in, WEEK, "Dinas luar", MONDAY)
    ticket = desk.asked()
    with pytest.raises(NotYours):
        approving.approve(ticket, act(stand_in, ticket, now=MONDAY - DAY))
    approving.approve(ticket, act(stand_in, ticket))
    kept = ticket.approvals.get()
    assert (kept.decided_by, kept.on_behalf_of) == (stand_in, desk.approver)


def test_the_last_day_counts_and_the_day_after_does_not(desk):
    stand_in = new_person("dewi", Role.FRONT_DESK)
    approving.delegate(desk.approver, stand_in, WEEK, "Dinas luar", MONDAY)
    ticket = desk.filed()
    friday, saturday = MONDAY + 4 * DAY, MONDAY + 5 * DAY
    assert "approver" in act(stand_in, ticket, now=friday).by.standing
    assert "approver" not in act(stand_in, ticket, now=saturday).by.standing


def test_nobody_has_their_own_case_approved_by_a_stand_in(desk):
    boss = also_approver(desk.reporter)
    stand_in = new_person("dewi", Role.FRONT_DESK)
    approving.delegate(boss, stand_in, WEEK, "Cuti", MONDAY)
    ticket = desk.asked()
    with pytest.raises(NotReady):
        approving.approve(ticket, act(stand_in, ticket))


def test_a_revoked_delegation_ends_at_once(desk):
    stand_in = new_person("dewi", Role.FRONT_DESK)
    given = approving.delegate(desk.approver, stand_in, WEEK, "Dinas luar", MONDAY)
    with pytest.raises(NotYours):
        approving.revoke(given, stand_in, MONDAY)
    assert approving.revoke(given, desk.approver, MONDAY)
    assert not approving.revoke(given, desk.approver, MONDAY)
    ticket = desk.asked()
    with pytest.raises(NotYours):
        approving.approve(ticket, act(stand_in, ticket))


def test_only_an_approver_gives_and_only_staff_takes(desk, stranger):
    with pytest.raises(NotYours):
        approving.delegate(desk.analyst, desk.front_desk, WEEK, "x", MONDAY)
    for nobody in (stranger, desk.reporter, desk.approver):
        with pytest.raises(WrongPerson):
            approving.delegate(desk.approver, nobody, WEEK, "x", MONDAY)


# By bare SQL

APPROVE = """
    UPDATE tickets_approval SET decision = 'approved', decided_by_id = %s, decided_at = %s,
    execute_by = %s WHERE id = %s
"""


@pytest.mark.parametrize("part", ["reporter", "analyst", "executor"])
def test_a_bare_update_that_lets_a_party_approve_is_refused(desk, part):
    approval = desk.asked().approvals.get()
    user = getattr(desk, part)
    assert refused(APPROVE, user.pk, MONDAY, MONDAY, approval.pk)
    assert not refused(APPROVE, desk.approver.pk, MONDAY, MONDAY, approval.pk)


def test_a_bare_update_of_who_approved_is_refused_afterwards(desk):
    approval = desk.approved().approvals.get()
    update = "UPDATE tickets_approval SET {} = %s WHERE id = %s"
    for column, value in {
        "decided_by_id": desk.analyst.pk,
        "on_behalf_of_id": desk.front_desk.pk,
        "decision": "refused",
        "reason": "lain",
        "parties": ",",
        "plan_sha256": "f" * 64,
        "execute_by": MONDAY + 30 * DAY,
        "requested_by_id": desk.executor.pk,
    }.items():
        assert refused(update.format(column), value, approval.pk), column


def test_the_parties_cannot_be_taken_off_before_approving(desk):
    approval = desk.asked().approvals.get()
    assert refused("UPDATE tickets_approval SET parties = ',' WHERE id = %s", approval.pk)
    assert refused(
        "UPDATE tickets_approval SET parties = ',', decision = 'approved', decided_by_id = %s,"
        " decided_at = %s, execute_by = %s WHERE id = %s",
        desk.analyst.pk, MONDAY, MONDAY, approval.pk,
    )  # fmt: skip


def test_a_request_without_its_asker_among_the_parties_is_never_written(desk):
    approval = desk.asked().approvals.get()
    approval.pk, approval.parties, approval.decision = None, ",", Decision.EXPIRED
    approval.decided_at = MONDAY
    with pytest.raises(IntegrityError), transaction.atomic():
        approval.save(force_insert=True)


@pytest.mark.parametrize(
    "assignment",
    ["executor_id = {approver}", "target = 'live'", "frozen_at = NULL", "erased_before = 'unknown'",
     "scope = '{{}}'"],
)  # fmt: skip
def test_a_frozen_plan_is_changed_by_nobody(desk, assignment):
    plan = desk.asked().plans.get()
    words = assignment.format(approver=desk.approver.pk)
    assert refused(f"UPDATE tickets_plan SET {words} WHERE id = %s", plan.pk)


def test_who_verified_is_not_who_executed_by_bare_sql_either(desk):
    plan = desk.restored().plans.get()
    update = "UPDATE tickets_plan SET verified_by_id = %s, verified_at = %s WHERE id = %s"
    assert refused(update, desk.executor.pk, MONDAY, plan.pk)
    assert not refused(update, desk.analyst.pk, MONDAY, plan.pk)
    assert refused(update, desk.front_desk.pk, MONDAY, plan.pk)


def test_a_ticket_keeps_its_number_and_its_reporter(desk):
    ticket = desk.filed()
    assert refused("UPDATE tickets_ticket SET number = 'x' WHERE id = %s", ticket.pk)
    for value in (desk.front_desk.pk, None):
        assert refused("UPDATE tickets_ticket SET reporter_id = %s WHERE id = %s", value, ticket.pk)


def test_what_was_said_and_found_is_never_rewritten(desk):
    desk.waiting_reporter()
    desk.searched()
    message = Entry.objects.get(move="ask_reporter")
    for column in ("words", "author_name", "kind", "at", "public"):
        value = False if column == "public" else "note" if column == "kind" else MONDAY + DAY
        update = f"UPDATE tickets_entry SET {column} = %s WHERE id = %s"
        assert refused(update, value, message.pk), column
    evidence = Evidence.objects.first()
    assert refused("UPDATE tickets_evidence SET facts = '{}' WHERE id = %s", evidence.pk)


def test_an_end_without_its_time_and_a_step_without_a_person_are_refused(desk):
    ticket = desk.received()
    update = "UPDATE tickets_ticket SET {} WHERE id = %s"
    for words in (
        "state = 'closed'", "confirmed_at = NULL", "section = ''", "state = 'elsewhere'",
        "merged_into_id = id", "priority = 9", "reporter_email = ''",
    ):  # fmt: skip
        assert refused(update.format(words), ticket.pk), words


def test_every_refusal_stands_after_all_migrations(db):
    assert refusals.is_armed(connection)


def test_one_request_waits_at_a_time(desk):
    approval = desk.asked().approvals.get()
    approval.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        approval.save(force_insert=True)
    assert Approval.objects.count() == 1


def test_an_approval_cannot_be_reached_by_an_old_page(desk):
    ticket = desk.asked()
    seen = fresh(ticket).version
    files.reject_letter(ticket.letters.get(), act(desk.front_desk, ticket, "Buram."))
    with pytest.raises(Exception, match="berubah sejak"):
        approving.approve(fresh(ticket), act(desk.approver, ticket, seen=seen))
    assert Ticket.objects.get(pk=ticket.pk).state == State.WAITING_APPROVAL
