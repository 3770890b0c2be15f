"""Searching, asking, finding (SOP restore, steps 2 to 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.audit.chain import digest, plain
from tickets.actions.actors import Act
from tickets.actions.moving import moving
from tickets.models import Evidence, EvidenceKind, Ticket


def start_analysis(ticket: Ticket, act: Act) -> Ticket:
    """Begin to search; a case that nobody has becomes the analyst's own."""
    columns = {} if ticket.assignee else {"assignee": act.by.user}
    with moving("start_analysis", ticket, act, **columns):
        return ticket


def ask_reporter(ticket: Ticket, act: Act) -> Ticket:
    """Ask the reporter something; the clocks pause until there is an answer."""
    with moving("ask_reporter", ticket, act):
        return ticket


def answer(ticket: Ticket, act: Act) -> Ticket:
    """Take the reporter's answer, from the page, by mail, or told to staff."""
    with moving("answer", ticket, act):
        return ticket


def record_search(
    ticket: Ticket, kind: EvidenceKind, summary: str, facts: Mapping[str, Any], act: Act
) -> Evidence:
    """Keep what a search, timeline or comparison found, with its hash, on the case.

    Whoever records it has searched, and can no longer approve. `facts` hold no fractions.
    """
    with moving("record_search", ticket, act) as case:
        evidence = keep_evidence(ticket, kind, summary, facts, act)
        case.facts |= {"evidence": evidence.pk, "sha256": evidence.sha256}
    return evidence


def inform_found(ticket: Ticket, act: Act) -> Ticket:
    """Tell the reporter that the data are still there, and where."""
    with moving("inform_found", ticket, act):
        return ticket


def resume(ticket: Ticket, act: Act) -> Ticket:
    """Go on searching after a dispute, a refusal or a failed restore."""
    with moving("resume", ticket, act):
        return ticket


def keep_evidence(
    ticket: Ticket, kind: EvidenceKind, summary: str, facts: Mapping[str, Any], act: Act
) -> Evidence:
    """Add a finding; raises NotCanonical for facts that have no single written form."""
    kept = plain(facts)
    return Evidence.objects.create(
        ticket=ticket,
        kind=kind,
        summary=summary[:300],
        facts=kept,
        sha256=digest(kept),
        made_by=act.by.user,
        made_at=act.now,
    )
