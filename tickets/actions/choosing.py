"""Choosing the copy and the plan: which night, what of it, whereto, by whom (SOP, step 4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from backups.catalogue.hold import hold, release
from backups.models import Snapshot
from portal.accounts.models import Role, User
from portal.audit.chain import plain
from tickets.actions import surveys
from tickets.actions.actors import Act
from tickets.actions.moving import hold_key, moving, refuse_early
from tickets.actions.rules import current_plan
from tickets.errors import CopyGone, NotReady, WrongPerson
from tickets.models import ErasedBefore, Plan, Target, Ticket
from tickets.workflow import MOVES, Rule


@dataclass(frozen=True, slots=True)
class Choice:
    """What the analyst chose. Neither `scope` nor `weighed` has fractions.

    `scope` says what of the copy; `weighed` what an approver reads: what is overwritten, what is
    lost in between, how large it is in bytes and how long it takes in seconds.
    """

    snapshot: Snapshot
    scope: Mapping[str, Any]
    executor: User
    erased_before: ErasedBefore
    target: Target = Target.BESIDE
    target_name: str = ""
    weighed: Mapping[str, Any] = field(default_factory=dict)
    erased_words: str = ""


def choose_plan(ticket: Ticket, choice: Choice, act: Act) -> Plan:
    """Choose a plan in place of any earlier one, and hold its copy until the case ends.

    Raises CopyGone when no vault has the copy, WrongPerson when the executor is no analyst.
    """
    if Role.ANALYST not in choice.executor.roles or not choice.executor.is_active:
        raise WrongPerson(name=str(choice.executor))
    with moving("choose_plan", ticket, act) as case:
        if not Snapshot.objects.restorable().filter(pk=choice.snapshot.pk).exists():
            raise CopyGone
        release(hold_key(ticket))
        hold(choice.snapshot, hold_key(ticket), ticket.number, act.now)
        plan = _replace_plan(ticket, choice, act)
        surveys.order(plan, act)
        case.facts |= {
            "plan": plan.pk,
            "snapshot": choice.snapshot.pk,
            "sha256": plan.fingerprint(),
        }
    return plan


def supersede_plan(ticket: Ticket, act: Act) -> None:
    """Let the plan that stands stand no longer."""
    standing = Plan.objects.filter(ticket=ticket, superseded_at=None)
    for plan in standing:
        surveys.withdraw(plan, act)
    standing.update(superseded_at=act.now)


def survey_again(ticket: Ticket, act: Act) -> Plan:
    """Look at the target of the plan that stands once more; return the plan then standing.

    A frozen plan keeps what it was frozen with, so its like takes its place.
    """
    refuse_early(MOVES["choose_plan"], ticket, act)
    with transaction.atomic():
        Ticket.objects.select_for_update().get(pk=ticket.pk)  # nobody freezes it meanwhile
        plan = current_plan(ticket)
        if plan is None:
            raise NotReady((Rule.PLAN.label,))
        if plan.frozen_at:
            return choose_plan(ticket, _choice_of(plan), act)
        surveys.order(plan, act)
    return plan


def _choice_of(plan: Plan) -> Choice:
    """Return the choice that made a plan, without what was found at its target."""
    found = {surveys.KEPT, surveys.FINGERPRINT}
    return Choice(
        snapshot=plan.snapshot,
        scope=plan.scope,
        executor=plan.executor,
        erased_before=ErasedBefore(plan.erased_before),
        target=Target(plan.target),
        target_name=plan.target_name,
        weighed={name: told for name, told in plan.weighed.items() if name not in found},
        erased_words=plan.erased_words,
    )


def _replace_plan(ticket: Ticket, choice: Choice, act: Act) -> Plan:
    supersede_plan(ticket, act)
    return Plan.objects.create(
        ticket=ticket,
        snapshot=choice.snapshot,
        scope=plain(choice.scope),
        target=choice.target,
        target_name=choice.target_name,
        weighed=plain(choice.weighed),
        erased_before=choice.erased_before,
        erased_words=choice.erased_words,
        executor=choice.executor,
        chosen_by=act.account,
        chosen_at=act.now,
    )
