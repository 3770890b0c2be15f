"""Who opens the desk's pages: who handles cases acts, an auditor reads, a delegate decides."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpRequest, QueryDict
from django.utils.translation import gettext as _

from portal.accounts.access import person, requires
from portal.accounts.models import STAFF_ROLES, Role
from portal.lib import clock
from tickets.actions import actors
from tickets.actions.actors import Act, Actor
from tickets.errors import BadNumber
from tickets.models import Ticket, Tie
from tickets.numbering import parse

readers = requires(Role.FRONT_DESK, Role.ANALYST, Role.APPROVER, Role.AUDITOR)
handlers = requires(Role.FRONT_DESK, Role.ANALYST)
filers = requires(Role.FRONT_DESK, Role.ANALYST, Role.ADMINISTRATOR)
staff = requires(*STAFF_ROLES)  # an approver's right may be in any of their hands


def case_of(number: str) -> Ticket:
    """Return the case with this number, however it was typed; raise Http404 when there is none."""
    ties = Tie.objects.filter(Q(first=OuterRef("pk")) | Q(second=OuterRef("pk")))
    found = Ticket.objects.select_related("assignee", "reporter", "merged_into", "filed_by")
    found = found.annotate(is_tied=Exists(ties))
    ticket = found.filter(number=number).first() or found.filter(number=_told(number)).first()
    if ticket is None:
        raise Http404(_("Tidak ada kasus dengan nomor ini."))
    return ticket


def act_of(request: HttpRequest, ticket: Ticket, words: str = "", seen: int | None = None) -> Act:
    """Return the intention of whoever is signed in, now."""
    now = clock.now()
    return Act(actors.person(person(request), ticket, now), now, words, seen)


def actor_of(request: HttpRequest, ticket: Ticket) -> Actor:
    """Return what whoever is signed in is to the case."""
    return actors.person(person(request), ticket, clock.now())


def with_version(request: HttpRequest, ticket: Ticket) -> QueryDict:
    """Return what was posted, as if the page had shown the case as it is now."""
    again = request.POST.copy()
    again["versi"] = str(ticket.version)
    return again


def _told(number: str) -> str:
    try:
        return str(parse(number))
    except BadNumber:
        return ""
