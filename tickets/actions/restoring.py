"""What becomes of a restore: settled by the portal, verified by somebody else (SOP, step 4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tickets.actions.actors import PORTAL, Act
from tickets.actions.analysing import keep_evidence
from tickets.actions.moving import conflict, moving
from tickets.models import EvidenceKind, Plan, Ticket


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a restore ended. `facts` (no fractions) are kept on the case: what was proven equal."""

    restored: bool
    summary: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def settle(ticket: Ticket, outcome: Outcome, now: datetime) -> Ticket:
    """Take a restore's end over into its case, with the proof as evidence.

    A second settling finds the case no longer restoring and raises NotNow.
    """
    act = Act(PORTAL, now)
    name = "settle_restored" if outcome.restored else "settle_failed"
    with moving(name, ticket, act) as case:
        evidence = keep_evidence(ticket, EvidenceKind.RESTORE, outcome.summary, outcome.facts, act)
        case.facts |= {"evidence": evidence.pk, "sha256": evidence.sha256}
    return ticket


def verify(ticket: Ticket, act: Act) -> Ticket:
    """Say, as another than the executor, that the data are right, and ask the reporter."""
    with moving("verify", ticket, act) as case:
        unverified = Plan.objects.filter(ticket=ticket, superseded_at=None, verified_at=None)
        if not unverified.update(verified_by=act.account, verified_at=act.now):
            raise conflict(ticket, act)
        summary = act.words.strip()
        evidence = keep_evidence(ticket, EvidenceKind.VERIFICATION, summary, {"right": True}, act)
        case.facts["evidence"] = evidence.pk
    return ticket


def find_wrong(ticket: Ticket, act: Act) -> Ticket:
    """Say, as another than the executor, that the data are not right."""
    with moving("find_wrong", ticket, act) as case:
        summary = act.words.strip()
        evidence = keep_evidence(ticket, EvidenceKind.VERIFICATION, summary, {"right": False}, act)
        case.facts["evidence"] = evidence.pk
    return ticket
