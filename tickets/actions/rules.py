"""The rules of the table, asked of the rows. Each is true or not of a case and an actor now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from tickets import periods
from tickets.actions.actors import Actor
from tickets.models import (
    SEARCHED_BY,
    Approval,
    Decision,
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


def current_plan(ticket: Ticket) -> Plan | None:
    """Return the plan that stands, with its copy; None when none was chosen."""
    plans = Plan.objects.filter(ticket=ticket, superseded_at=None)
    return plans.select_related("snapshot__source", "ticket").first()


def pending_approval(ticket: Ticket) -> Approval | None:
    """Return the request that waits for a decision."""
    return ticket.approvals.filter(decision=Decision.PENDING).first()


def standing_approval(ticket: Ticket) -> Approval | None:
    """Return the yes that still counts, whether or not its time has run out."""
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


def _plan(ticket: Ticket, *_: object) -> bool:
    plan = current_plan(ticket)
    return bool(plan and type(plan.snapshot).objects.restorable().filter(pk=plan.snapshot_id))


def _plan_unchanged(ticket: Ticket, *_: object) -> bool:
    plan, approval = current_plan(ticket), ticket.approvals.last()
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
    Rule.SEARCHED: lambda ticket, *_: ticket.evidence.filter(kind__in=SEARCHED_BY).exists(),
    Rule.LETTER: lambda ticket, *_: ticket.letters.standing().exists(),
    Rule.PLAN: _plan,
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
