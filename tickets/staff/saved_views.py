"""The queue's saved views: what each holds, and how many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from tickets.models import Ticket, decidable_by
from tickets.models.ticket import TicketQuerySet
from tickets.staff.standing import NEAR
from tickets.working_time import Calendar, NeverOpen

MOST_COUNTED = 999  # more is "999+": nobody needs the figure, and counting all takes time


@dataclass(frozen=True, slots=True)
class Asked:
    """Who looks, with which roles, under which calendar, when."""

    user: User
    roles: frozenset[str]
    decides: bool
    hours: Calendar
    now: datetime

    @property
    def near(self) -> datetime:
        """The moment before which a target counts as nearly reached."""
        try:
            return self.hours.add(self.now, NEAR)
        except NeverOpen:
            return self.now


@dataclass(frozen=True, slots=True)
class Tab:
    """A saved view with its count, as the page draws it."""

    key: str
    word: Promise
    count: str
    here: bool
    bad: bool = False


def _unassigned(asked: Asked) -> TicketQuerySet:
    if asked.user.section:
        return Ticket.objects.unassigned_in(asked.user.section)
    return Ticket.objects.open().confirmed().filter(assignee=None)


VIEWS: dict[str, tuple[Promise, Callable[[Asked], TicketQuerySet]]] = {
    "saya": (_("Tugas saya"), lambda asked: Ticket.objects.mine(asked.user)),
    "belum": (_("Belum ditugaskan"), _unassigned),
    "persetujuan": (_("Menunggu persetujuan saya"), lambda asked: decidable_by(asked.user)),
    "pelapor": (
        _("Menunggu pelapor"),
        lambda _asked: Ticket.objects.awaiting_reporter().confirmed(),
    ),
    "batas": (
        _("Hampir atau lewat batas"),
        lambda asked: Ticket.objects.confirmed().due_before(asked.near),
    ),
    "semua": (_("Semua"), lambda _asked: Ticket.objects.confirmed()),
}


def shown_to(asked: Asked) -> list[str]:
    """Return the views that say something to this person."""
    return [key for key in VIEWS if key != "persetujuan" or asked.decides]


def chosen(wanted: str, asked: Asked) -> str:
    """Return the view that the address asks for, or the one to begin with."""
    if wanted in shown_to(asked):
        return wanted
    return "persetujuan" if asked.decides else "saya" if _handles(asked) else "semua"


def _handles(asked: Asked) -> bool:
    return bool(asked.roles & {"front_desk", "analyst"})


def tickets_of(key: str, asked: Asked) -> TicketQuerySet:
    """Return the cases of a view: what is due first; among all cases, what changed last."""
    found = VIEWS[key][1](asked)
    return found.order_by("-changed_at") if key == "semua" else found.by_urgency()


def tabs(here: str, asked: Asked) -> list[Tab]:
    """Return the views with their counts; those past a limit are told as more."""
    drawn = []
    for key in shown_to(asked):
        count = counted(VIEWS[key][1](asked))
        word = str(count) if count <= MOST_COUNTED else f"{MOST_COUNTED}+"
        drawn.append(Tab(key, VIEWS[key][0], word, key == here, key == "batas" and count > 0))
    return drawn


def counted(tickets: QuerySet[Ticket]) -> int:
    """Return how many there are, or one more than the limit where there are more."""
    return tickets.order_by()[: MOST_COUNTED + 1].count()
