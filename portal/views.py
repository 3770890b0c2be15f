"""The shell's own pages: the landing page, the living style page, the tab's icon."""

from __future__ import annotations

from math import ceil

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.i18n import set_language

from backups.availability import availability
from backups.models import InformationSystem
from backups.reach import last_look
from portal.accounts.access import open_to_all, requires
from portal.accounts.models import STAFF_ROLES, User
from portal.gallery import samples
from portal.lib import clock
from tickets.models import ServiceTarget, Ticket
from tickets.priorities import Priority
from tickets.workflow import Clock

MOST_SHOWN = 5
MOST_COUNTED = 9  # the tab's icon has room for one digit


@open_to_all
def landing(request: HttpRequest) -> HttpResponse:
    """Say what to do now and where to turn, and which systems are looked after.

    The public sees nothing of nights and ages (interface), but whether each system can be
    reached. Whoever is signed in finds their own open cases here.
    """
    now = clock.now()
    context = {
        "rows": availability(InformationSystem.objects.all(), now),
        "looked_at": last_look(),
        "mine": _open_cases(request.user),
        "answer_hours": _answer_hours(),
    }
    return render(request, "beranda.html", context)


def _open_cases(user: object) -> list[Ticket]:
    """Return what somebody reported and is not finished; nothing of people without a role."""
    if not isinstance(user, User) or not user.roles:
        return []
    return list(Ticket.objects.open().filter(reporter=user)[:MOST_SHOWN])


def _answer_hours() -> int | None:
    """Return within how many working hours an ordinary report is answered."""
    target = ServiceTarget.objects.filter(clock=Clock.ANSWER, priority=Priority.NORMAL).first()
    return ceil(target.minutes / 60) if target else None


choose_language = open_to_all(set_language)


@requires(*STAFF_ROLES)
def style(request: HttpRequest) -> HttpResponse:
    """Show each component of the design system in every state."""
    return render(request, "staf/gaya.html", samples(clock.now()))


@open_to_all
@cache_control(public=True, max_age=31536000, immutable=True)
def tab_icon(request: HttpRequest, count: int) -> HttpResponse:
    """Draw the tab's icon with the count of what is red on it."""
    word = str(count) if count <= MOST_COUNTED else f"{MOST_COUNTED}+"
    return render(request, "ikon.svg", {"word": word}, content_type="image/svg+xml")
