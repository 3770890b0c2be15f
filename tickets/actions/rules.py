"""The rules of the table, asked of the rows. Each is true or not of a case and an actor now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, prefetch_related_objects

from backups.models import Snapshot
from tickets import periods
from tickets.actions import surveys
from tickets.actions.actors import Actor
from tickets.models import (
    OPENABLE,
    SEARCHED_BY,
    Approval,
    Attachment,
    Decision,
    Evidence,
    Letter,
    Plan,
    Rating,
    Side,
    Ticket,
    working_days_after,
)
from tickets.workflow import Facts, Offer, Rule, State, offers
from tickets.workflow.table import TABLE

Test = Callable[[Ticket, Actor, datetime], bool]

PATIENCE = {
    State.REPORTED: periods.CONFIRM_WITHIN,
    State.WAITING_REPORTER: periods.ABANDON_AFTER,
    State.FOUND: periods.LAPSE_AFTER,
    State.WAITING_CONFIRMATION: periods.LAPSE_AFTER,
}


def met(rules: Iterable[Rule], ticket: Ticket, by: Actor, now: datetime) -> frozenset[Rule]:
    """Return which of `rules` are met."""
    return frozenset(rule for rule in rules if TESTS[rule](ticket, by, now))


def open_to(ticket: Ticket, by: Actor, now: datetime) -> tuple[Offer, ...]:
    """Return what this person may do here now, each with what it still lacks: for the page."""
    state = ticket.step
    rules = {
        rule
        for move in TABLE
        if state in move.sources and by.standing & move.who
        for rule in move.needs
    }
    return offers(state, Facts(by.standing, met(rules, ticket, by, now)))


def loaded(ticket: Ticket) -> Ticket:
    """Fetch what rules and pages ask of a case in a few questions; only for looking, not acting."""
    stands = Snapshot.objects.restorable().filter(pk=OuterRef("snapshot"))
    plans = Plan.objects.select_related("snapshot__source", "executor", "chosen_by")
    approvals = Approval.objects.select_related("decided_by", "on_behalf_of", "requested_by")
    prefetch_related_objects(
        [ticket],
        Prefetch("plans", plans.annotate(copy_stands=Exists(stands))),
        Prefetch("approvals", approvals),
        Prefetch("evidence", Evidence.objects.select_related("made_by")),
        Prefetch("attachments", Attachment.objects.select_related("letter")),
        "systems",
    )
    return ticket


def _is_loaded(ticket: Ticket) -> bool:
    return "approvals" in getattr(ticket, "_prefetched_objects_cache", {})


def letters_of(ticket: Ticket) -> list[Letter]:
    """Return the letters of a case that is loaded, in the order in which they were given."""
    given = [file.letter for file in ticket.attachments.all() if hasattr(file, "letter")]
    for letter in given:
        letter.ticket = ticket
    return sorted(given, key=lambda letter: letter.pk)


def current_plan(ticket: Ticket) -> Plan | None:
    """Return the plan that stands, with its copy; None when none was chosen."""
    if _is_loaded(ticket):
        return next((plan for plan in ticket.plans.all() if plan.superseded_at is None), None)
    plans = Plan.objects.filter(ticket=ticket, superseded_at=None)
    return plans.select_related("snapshot__source", "ticket").first()


def pending_approval(ticket: Ticket) -> Approval | None:
    """Return the request that waits for a decision."""
    if _is_loaded(ticket):
        waiting = (each for each in ticket.approvals.all() if each.decision == Decision.PENDING)
        return next(waiting, None)
    return ticket.approvals.filter(decision=Decision.PENDING).first()


def last_approval(ticket: Ticket) -> Approval | None:
    """Return the newest request, decided or not."""
    if _is_loaded(ticket):
        return max(ticket.approvals.all(), key=lambda each: each.pk, default=None)
    return ticket.approvals.last()


def standing_approval(ticket: Ticket) -> Approval | None:
    """Return the yes that still counts, whether or not its time has run out."""
    if _is_loaded(ticket):
        given = [a for a in ticket.approvals.all() if a.decision == Decision.APPROVED]
        return next((each for each in given[::-1] if each.void_at is None), None)
    return ticket.approvals.filter(decision=Decision.APPROVED, void_at=None).last()


def for_whom(approval: Approval, by: Actor) -> bool:
    """Say whether the actor decides by their own right; else a giver must be no party."""
    return not by.stands_in_for or any(not is_party(approval, user.pk) for user in by.stands_in_for)


def is_party(approval: Approval, user: int) -> bool:
    """Say whether an account has a part in the case that forbids it to decide."""
    return f",{user}," in approval.parties


def _four_eyes(ticket: Ticket, by: Actor, _: datetime) -> bool:
    approval = pending_approval(ticket)
    if approval is None or by.user is None or is_party(approval, by.user.pk):
        return False
    same_mailbox = by.user.email.lower() == ticket.reporter_email.lower()
    return not same_mailbox and for_whom(approval, by)


def _searched(ticket: Ticket, *_: object) -> bool:
    if _is_loaded(ticket):
        return any(found.kind in SEARCHED_BY for found in ticket.evidence.all())
    return ticket.evidence.filter(kind__in=SEARCHED_BY).exists()


def _letter(ticket: Ticket, *_: object) -> bool:
    if _is_loaded(ticket):
        return standing_letter(ticket) is not None
    return ticket.letters.standing().exists()


def standing_letter(ticket: Ticket) -> Letter | None:
    """Return the newest letter that counts, of a case that is loaded."""
    counting = (
        letter
        for letter in letters_of(ticket)[::-1]
        if letter.rejected_at is None and letter.scan.quarantine in OPENABLE
    )
    return next(counting, None)


def _plan(ticket: Ticket, *_: object) -> bool:
    plan = current_plan(ticket)
    if plan and _is_loaded(ticket):
        return bool(getattr(plan, "copy_stands", False))
    return bool(plan and Snapshot.objects.restorable().filter(pk=plan.snapshot_id))


def _surveyed(ticket: Ticket, *_: object) -> bool:
    plan = current_plan(ticket)
    return plan is None or not surveys.is_awaited(plan)


def _unhindered(ticket: Ticket, *_: object) -> bool:
    plan = current_plan(ticket)
    return plan is None or not surveys.hinders(surveys.told(plan))


def _plan_unchanged(ticket: Ticket, *_: object) -> bool:
    plan, approval = current_plan(ticket), last_approval(ticket)
    if plan is None or approval is None or approval.plan_id != plan.pk:
        return False
    return approval.plan_sha256 == plan.fingerprint()


def _pending(ticket: Ticket, _: Actor, now: datetime) -> bool:
    approval = pending_approval(ticket)
    return bool(approval and approval.expires_at > now)


def _approval_stands(ticket: Ticket, _: Actor, now: datetime) -> bool:
    approval, plan = standing_approval(ticket), current_plan(ticket)
    if approval is None or plan is None or approval.execute_by is None:
        return False
    return approval.plan_id == plan.pk and approval.execute_by > now


def _overdue(ticket: Ticket, _: Actor, now: datetime) -> bool:
    if approval := pending_approval(ticket):
        return approval.expires_at <= now
    given = standing_approval(ticket)
    return bool(given and given.execute_by and given.execute_by <= now)


def _not_executor(ticket: Ticket, by: Actor, _: datetime) -> bool:
    plan = current_plan(ticket)
    return bool(plan and by.user and plan.executor_id != by.user.pk)


def _silence(ticket: Ticket, _: Actor, now: datetime) -> bool:
    days = PATIENCE.get(ticket.step)
    if days is None or (ticket.step is State.REPORTED and ticket.confirmed_at):
        return False
    return now >= working_days_after(quiet_since(ticket), days)


def quiet_since(ticket: Ticket) -> datetime:
    """Return since when the reporter, whose turn it is, has said nothing."""
    said = ticket.entries.filter(side=Side.REPORTER).order_by("-at").values_list("at", flat=True)
    return max(ticket.state_since, said.first() or ticket.state_since)


def _reopen_period(ticket: Ticket, by: Actor, now: datetime) -> bool:
    if by.is_staff or ticket.closed_at is None:
        return True
    return now <= working_days_after(ticket.closed_at, periods.REOPEN_WITHIN)


TESTS: dict[Rule, Test] = {
    Rule.CONFIRMED_REPORTER: lambda ticket, *_: ticket.confirmed_at is not None,
    Rule.UNCONFIRMED_REPORTER: lambda ticket, *_: ticket.confirmed_at is None,
    Rule.SEARCHED: _searched,
    Rule.LETTER: _letter,
    Rule.PLAN: _plan,
    Rule.SURVEYED: _surveyed,
    Rule.UNHINDERED: _unhindered,
    Rule.FOUR_EYES: _four_eyes,
    Rule.PENDING: _pending,
    Rule.PLAN_UNCHANGED: _plan_unchanged,
    Rule.APPROVAL_STANDS: _approval_stands,
    Rule.OVERDUE: _overdue,
    Rule.NOT_EXECUTOR: _not_executor,
    Rule.SILENCE: _silence,
    Rule.REOPEN_PERIOD: _reopen_period,
    Rule.NOT_MERGED: lambda ticket, *_: ticket.merged_into_id is None,
    Rule.NOT_RATED: lambda ticket, *_: not Rating.objects.filter(ticket=ticket).exists(),
}
