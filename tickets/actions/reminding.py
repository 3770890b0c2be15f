"""Reminding whose turn it is, in working hours only (zammad#4432), once of each thing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from portal.accounts.models import Role
from tickets import periods
from tickets.actions.clocks import COLUMNS
from tickets.actions.rules import quiet_since
from tickets.models import ASKED, Notice, ServiceTarget, Ticket, calendar
from tickets.notices import Event, handlers, tell_reporter, tell_staff, with_role
from tickets.working_time import Calendar

Spans = dict[tuple[str, int], timedelta]


class Reminder(NamedTuple):
    """Something to remind of, under a name of its own."""

    ticket: Ticket
    event: Event


def remind(now: datetime) -> int:
    """Remind reporters, handlers and heads of what is new to be reminded of; return how many.

    Raises NeverOpen under a calendar without hours.
    """
    hours = calendar()
    if not hours.is_open(now):
        return 0
    due = [*_reporters_turns(hours, now), *_due_clocks(hours, now)]
    keys = [reminder.event.key for reminder in due]
    told = set(Notice.objects.filter(event__in=keys).values_list("event", flat=True))
    fresh = [reminder for reminder in due if reminder.event.key not in told]
    for reminder in fresh:
        with transaction.atomic():
            _tell(reminder, now)
    return len(fresh)


def _tell(reminder: Reminder, now: datetime) -> None:
    ticket, event = reminder
    if event.topic == "remind_reporter":
        tell_reporter(ticket, event, now)
        return
    people = {user.pk: user for user in handlers(ticket)}
    if event.topic == "late":
        people |= {user.pk: user for user in with_role(Role.APPROVER)}
    tell_staff(ticket, event, people.values(), now)


def _reporters_turns(hours: Calendar, now: datetime) -> Iterator[Reminder]:
    """Yield the cases whose reporter was asked some days ago and has said nothing since."""
    earliest = now - timedelta(days=periods.REMIND_REPORTER_AFTER)
    for ticket in Ticket.objects.filter(state__in=ASKED, state_since__lte=earliest):
        since = quiet_since(ticket)
        if now >= hours.add_days(since, periods.REMIND_REPORTER_AFTER):
            lapse_at = hours.add_days(since, periods.LAPSE_AFTER)
            key = f"{ticket.pk}.remind.{since:%Y%m%dT%H%M%S}"
            facts = {"lapse_at": lapse_at.isoformat()}
            yield Reminder(ticket, Event(key, "remind_reporter", facts=facts))


def _due_clocks(hours: Calendar, now: datetime) -> Iterator[Reminder]:
    """Yield the clocks that have little left of their target, or nothing."""
    spans = {(row.clock, row.priority): row.span for row in ServiceTarget.objects.all()}
    if not spans:
        return
    horizon = hours.add(now, _left(max(spans.values())))
    for ticket in Ticket.objects.open().confirmed().filter(due_at__lte=horizon):
        yield from _due_of(ticket, spans, hours, now)


def _due_of(ticket: Ticket, spans: Spans, hours: Calendar, now: datetime) -> Iterable[Reminder]:
    for clock, column in COLUMNS.items():
        due_at, span = getattr(ticket, column), spans.get((clock.value, ticket.priority))
        if due_at is None or span is None:
            continue
        topic = "late" if now >= due_at else "near"
        if topic == "late" or hours.between(now, due_at) <= _left(span):
            facts = {"clock": clock.value, "due_at": due_at.isoformat()}
            key = f"{ticket.pk}.{topic}.{clock}.{due_at:%Y%m%dT%H%M%S}"
            yield Reminder(ticket, Event(key, topic, facts=facts))


def _left(span: timedelta) -> timedelta:
    """Return how much of a target is left when it is nearly late."""
    return span * (1 - periods.NEAR_SHARE)
