"""Choosing the copy and the plan: which night, what of it, whereto, by whom (SOP, step 4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backups.catalogue.hold import hold, release
from backups.models import Snapshot
from portal.accounts.models import Role, User
from portal.audit.chain import plain
from tickets.actions.actors import Act
from tickets.actions.moving import hold_key, moving
from tickets.errors import CopyGone, WrongPerson
from tickets.models import ErasedBefore, Plan, Target, Ticket


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
        case.facts |= {
            "plan": plan.pk,
            "snapshot": choice.snapshot.pk,
            "sha256": plan.fingerprint(),
        }
    return plan


def supersede_plan(ticket: Ticket, act: Act) -> None:
    """Let the plan that stands stand no longer."""
    Plan.objects.filter(ticket=ticket, superseded_at=None).update(superseded_at=act.now)


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
