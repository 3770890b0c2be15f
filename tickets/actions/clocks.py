"""Keeping a case's clocks: intervals as it moves, and when each is due."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from tickets.models import ClockInterval, ServiceTarget, Ticket, calendar
from tickets.workflow import Clock, Pulse, State, pulse
from tickets.working_time import NeverOpen, Run, due

COLUMNS = {clock: f"{clock}_due_at" for clock in Clock}


def keep_time(ticket: Ticket, state: State, now: datetime) -> None:
    """Start, pause and end the clocks as `state` wants them, then work out when each is due."""
    going = {row.clock: row for row in ClockInterval.objects.filter(ticket=ticket, ended_at=None)}
    for clock in Clock:
        beat = pulse(clock, state)
        last = going.get(clock)
        if last and (last.pulse, last.reason) == (beat.pulse, beat.reason):
            continue
        if last:
            ClockInterval.objects.filter(pk=last.pk).update(ended_at=now)
        if beat.pulse is not Pulse.IDLE:
            ClockInterval.objects.create(
                ticket=ticket,
                clock=clock.value,
                pulse=beat.pulse.value,
                reason=beat.reason.value,
                began_at=now,
            )
    reckon(ticket)


def reckon(ticket: Ticket) -> None:
    """Work out when each clock is due under today's targets, hours and holidays, and keep it.

    What was paused stays paused. A clock that stands still, or has no target, is due never.
    """
    columns = due_times(ticket)
    Ticket.objects.filter(pk=ticket.pk).update(**columns)
    for name, value in columns.items():
        setattr(ticket, name, value)


def reckon_open() -> int:
    """Work out anew when every open case's clocks are due: hours, holidays or targets changed."""
    tickets = Ticket.objects.open().confirmed()
    for ticket in tickets.iterator(500):
        reckon(ticket)
    return tickets.count()


def due_times(ticket: Ticket) -> dict[str, Any]:
    """Return the due columns of a ticket as they should be."""
    runs: dict[str, list[Run]] = defaultdict(list)
    open_now: set[str] = set()
    rows = ClockInterval.objects.filter(ticket=ticket, pulse=Pulse.RUNNING.value)
    for row in rows.order_by("began_at", "pk"):
        runs[row.clock].append(Run(row.began_at, row.ended_at))
        if row.ended_at is None:
            open_now.add(row.clock)
    targets = {
        target.clock: target.span
        for target in ServiceTarget.objects.filter(priority=ticket.priority, clock__in=open_now)
    }
    hours = calendar() if targets else None
    columns: dict[str, Any] = dict.fromkeys(COLUMNS.values())
    for clock, span in targets.items():
        try:
            columns[COLUMNS[Clock(clock)]] = due(hours, span, runs[clock]) if hours else None
        except NeverOpen:
            continue
    nearest = [moment for moment in columns.values() if moment]
    return columns | {"due_at": min(nearest, default=None)}
