"""Asking somebody else, and their yes or no (architecture, invariant 6)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from portal.accounts.models import Role, User
from portal.audit.record import record
from tickets import periods
from tickets.actions import surveys
from tickets.actions.actors import Act
from tickets.actions.moving import Case, conflict, moving
from tickets.actions.rules import current_plan, is_party, pending_approval
from tickets.errors import NotYours, WrongPerson
from tickets.models import Approval, Decision, Delegation, Plan, Ticket, listed, working_days_after


def request_approval(ticket: Ticket, act: Act) -> Approval:
    """Freeze the plan under its hash and ask; whoever had a part in the case cannot decide."""
    with moving("request_approval", ticket, act) as case:
        plan = current_plan(ticket)
        assert plan  # noqa: S101 - Rule.PLAN
        _freeze(plan, act)
        approval = Approval.objects.create(
            ticket=ticket,
            plan=plan,
            plan_sha256=plan.fingerprint(),
            parties=listed(parties(ticket, plan, act)),
            requested_by=act.account,
            requested_at=act.now,
            expires_at=working_days_after(act.now, periods.DECIDE_WITHIN),
        )
        case.facts |= {
            "plan_sha256": approval.plan_sha256,
            "expires_at": approval.expires_at.isoformat(),
        }
    return approval


def _freeze(plan: Plan, act: Act) -> None:
    """Freeze the plan with what was found at its target; a frozen one stays as it is."""
    weighed = surveys.weighed_with(plan)
    if Plan.objects.filter(pk=plan.pk, frozen_at=None).update(frozen_at=act.now, weighed=weighed):
        plan.frozen_at, plan.weighed = act.now, weighed


def parties(ticket: Ticket, plan: Plan, act: Act) -> set[int | None]:
    """Return who may not decide: who reported, filed, searched, chose, asks and is to execute."""
    searchers = set(ticket.evidence.values_list("made_by", flat=True))
    return searchers | {
        ticket.reporter_id,
        ticket.filed_by_id,
        plan.chosen_by_id,
        plan.executor_id,
        act.account.pk,
    }


def approve(ticket: Ticket, act: Act) -> Ticket:
    """Say yes; it must be carried out soon, for the data move on."""
    with moving("approve", ticket, act) as case:
        until = working_days_after(act.now, periods.EXECUTE_WITHIN)
        _decide(case, Decision.APPROVED, execute_by=until)
    return ticket


def send_back(ticket: Ticket, act: Act) -> Ticket:
    """Return the request to the analyst, with what is to be mended."""
    with moving("send_back", ticket, act) as case:
        _decide(case, Decision.RETURNED)
    return ticket


def refuse(ticket: Ticket, act: Act) -> Ticket:
    """Say no, with the reason that the reporter reads."""
    with moving("refuse", ticket, act) as case:
        _decide(case, Decision.REFUSED)
    return ticket


def recall(ticket: Ticket, act: Act) -> Ticket:
    """Take a request or an unused approval back; to change the plan is to ask anew."""
    with moving("recall", ticket, act):
        end_approvals(ticket, Decision.RECALLED, act.now)
    return ticket


def expire(ticket: Ticket, act: Act) -> Ticket:
    """End a request that nobody decided, or an approval that nobody carried out."""
    with moving("expire", ticket, act):
        end_approvals(ticket, Decision.EXPIRED, act.now)
    return ticket


def end_approvals(ticket: Ticket, decision: Decision, now: datetime) -> None:
    """Let no request wait and no approval stand any longer."""
    waiting = Approval.objects.filter(ticket=ticket, decision=Decision.PENDING)
    waiting.update(decision=decision, decided_at=now)
    given = Approval.objects.filter(ticket=ticket, decision=Decision.APPROVED, void_at=None)
    given.update(void_at=now)


def _decide(case: Case, decision: Decision, **columns: Any) -> None:
    """Write the decision down; the database refuses it again to anybody with a part in the case."""
    act, approval = case.act, pending_approval(case.ticket)
    if approval is None:
        raise conflict(case.ticket, act)
    giver = next((user for user in act.by.stands_in_for if not is_party(approval, user.pk)), None)
    decided = Approval.objects.filter(pk=approval.pk, decision=Decision.PENDING).update(
        decision=decision,
        decided_by=act.account,
        on_behalf_of=giver,
        decided_at=act.now,
        reason=act.words.strip(),
        **columns,
    )
    if not decided:
        raise conflict(case.ticket, act)
    case.facts |= {
        "approval": approval.pk,
        "plan_sha256": approval.plan_sha256,
        "on_behalf_of": giver.pk if giver else None,
    }


def delegate(
    giver: User, taker: User, days: tuple[date, date], reason: str, now: datetime
) -> Delegation:
    """Let `taker` decide in `giver`'s place from the first to the second day, both included.

    Only an approver gives, only to staff; raises NotYours or WrongPerson.
    """
    if Role.APPROVER not in giver.roles:
        raise NotYours
    if not (taker.is_active and taker.roles - {Role.REPORTER}) or taker == giver:
        raise WrongPerson(name=str(taker))
    starts_on, ends_on = days
    with transaction.atomic():
        delegation = Delegation.objects.create(
            giver=giver,
            taker=taker,
            starts_on=starts_on,
            ends_on=ends_on,
            reason=reason,
            given_at=now,
        )
        facts = {"taker": taker.pk, "starts_on": starts_on, "ends_on": ends_on}
        record("delegation.given", actor=giver, subject=delegation, facts=facts)
    return delegation


def revoke(delegation: Delegation, by: User, now: datetime) -> bool:
    """End a delegation early; False when it had ended. Only its giver does."""
    if by.pk != delegation.giver_id:
        raise NotYours
    with transaction.atomic():
        rows = Delegation.objects.filter(pk=delegation.pk, revoked_at=None)
        if not rows.update(revoked_at=now):
            return False
        record("delegation.revoked", actor=by, subject=delegation, facts={})
    return True
