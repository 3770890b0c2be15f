"""How a case stands, for people who look at many: its mark, and the working time it has left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from portal.lib.marks import Mark
from portal.lib.measures import MINUS
from tickets.models import Ticket
from tickets.priorities import Priority
from tickets.workflow import Clock, Meaning, Pulse, pulse
from tickets.working_time import Calendar, NeverOpen

NEAR = timedelta(hours=2)  # of working time left: the queue's own "nearly late"
MARKS = {Meaning.ACTION: Mark.RUNNING, Meaning.PAUSED: Mark.PAUSED, Meaning.DONE: Mark.GOOD}


@dataclass(frozen=True, slots=True)
class Left:
    """The working time until the nearest target, in words; `tone` is "bad", "warn" or ""."""

    words: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One case in the queue."""

    ticket: Ticket
    mark: Mark
    word: str
    left: Left
    priority: str

    @property
    def key(self) -> str:
        """What its row on the page is called by."""
        return str(self.ticket.pk)


def row_of(ticket: Ticket, hours: Calendar, now: datetime) -> Row:
    """Return a case as the queue shows it."""
    left = left_of(ticket.due_at, ticket, hours, now)
    priority = _(Priority(ticket.priority).label)
    return Row(ticket, mark_of(ticket, now), _(ticket.step.label), left, priority)


def mark_of(ticket: Ticket, now: datetime) -> Mark:
    """Return what the case asks of the desk (Zammad's four: act, wait, done, overdue)."""
    if ticket.is_open and ticket.due_at and ticket.due_at <= now:
        return Mark.LATE
    return MARKS[ticket.step.meaning]


def left_of(due_at: datetime | None, ticket: Ticket, hours: Calendar, now: datetime) -> Left:
    """Return what is left until `due_at`; why nothing runs, where it is None."""
    if not ticket.is_open:
        return Left("")
    if due_at is None:
        beat = pulse(Clock.RESOLVE, ticket.step)
        return Left(_("dijeda") if beat.pulse is Pulse.PAUSED else "—")
    try:
        left = hours.between(now, due_at)
    except NeverOpen:
        return Left("—")
    if due_at <= now:
        return Left(_("lewat %(time)s") % {"time": working(-left)}, "bad")
    return Left(_("%(time)s kerja") % {"time": working(left)}, "warn" if left <= NEAR else "")


def working(span: timedelta) -> str:
    """Return working time in hours and minutes: "1 j 06 m"."""
    minutes = int(abs(span).total_seconds() // 60)
    sign = MINUS if span < timedelta(0) else ""
    if minutes < 60:  # noqa: PLR2004 - an hour
        return sign + _("%(m)d m") % {"m": minutes}
    return sign + _("%(h)d j %(m)02d m") % {"h": minutes // 60, "m": minutes % 60}
