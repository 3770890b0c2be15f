"""What every minute puts right at the desk: time that ran out, mails that wait, files unscanned.

All of it follows from rows, so it may run twice, late, or in two clusters at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from tickets import periods
from tickets.actions.actors import PORTAL, Act
from tickets.actions.approving import expire
from tickets.actions.closing import abandon, lapse
from tickets.actions.drafting import forget_old_drafts
from tickets.actions.files import scan_waiting
from tickets.actions.reminding import remind
from tickets.actions.restoring import restores_of, settle_ended
from tickets.errors import DeskError
from tickets.mailing import deliver_due
from tickets.models import ASKED, Decision, Presence, Ticket
from tickets.workflow import State
from tickets.working_time import NeverOpen

log = logging.getLogger("tickets")


def every_minute(now: datetime) -> None:
    """Do all of it."""
    end_what_ran_out(now)
    try:
        remind(now)
    except NeverOpen:
        log.warning("The working calendar has no open hours: nobody is reminded.")
    deliver_due(now)
    scan_waiting(now)
    settle_restores(now)
    forget_old_drafts(now)
    Presence.objects.filter(seen_at__lt=now - periods.WITHDRAW_NOTE_WITHIN).delete()


def settle_restores(now: datetime) -> int:
    """Take over restores whose end nobody heard; return how many."""
    settled = 0
    for ticket in Ticket.objects.filter(state=State.RESTORING):
        newest = restores_of(ticket).first()
        settled += bool(newest and settle_ended(newest.pk, now))
    return settled


def end_what_ran_out(now: datetime) -> int:
    """End approvals past their time and cases whose reporters stay silent; return how many."""
    asked = Ticket.objects.filter(state__in=ASKED)
    unanswered = Ticket.objects.filter(state=State.WAITING_REPORTER)
    unconfirmed = Ticket.objects.filter(state=State.REPORTED, confirmed_at=None)
    return (
        _each(_past_approval(now), expire, now)
        + _each(_standing_for(asked, periods.LAPSE_AFTER, now), lapse, now)
        + _each(_standing_for(unanswered, periods.ABANDON_AFTER, now), abandon, now)
        + _each(_standing_for(unconfirmed, periods.CONFIRM_WITHIN, now), abandon, now)
    )


def _standing_for(tickets: QuerySet[Ticket], days: int, now: datetime) -> QuerySet[Ticket]:
    """Return those that may have stood for so many working days, which are no fewer than days."""
    return tickets.filter(state_since__lte=now - timedelta(days=days))


def _past_approval(now: datetime) -> QuerySet[Ticket]:
    undecided = Q(approvals__decision=Decision.PENDING, approvals__expires_at__lte=now)
    unused = Q(
        approvals__decision=Decision.APPROVED,
        approvals__void_at=None,
        approvals__execute_by__lte=now,
    )
    waiting = Q(state=State.WAITING_APPROVAL) & undecided
    return Ticket.objects.filter(waiting | (Q(state=State.APPROVED) & unused)).distinct()


def _each(tickets: Iterable[Ticket], action: Callable[[Ticket, Act], Ticket], now: datetime) -> int:
    """Make the portal's own move with each ticket for which its rule holds; return how many."""
    moved = 0
    for ticket in tickets:
        try:
            action(ticket, Act(PORTAL, now))
        except DeskError:  # not yet, or somebody was quicker
            continue
        moved += 1
    return moved
