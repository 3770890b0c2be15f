"""Whoever opens a case by its secret link: the reporter, and to them the case is theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from portal.accounts.access import open_to_all
from portal.accounts.models import User
from portal.lib import clock
from tickets.actions.actors import Act, Actor, by_link
from tickets.actions.filing import find_by_token
from tickets.actions.rules import open_to
from tickets.errors import DeskError
from tickets.models import Attachment, Side, Ticket
from tickets.telling import sentence
from tickets.workflow import Offer, Standing

View = Callable[..., HttpResponseBase]


@dataclass
class Visit:
    """Somebody with the link before one case, now."""

    ticket: Ticket
    token: str
    by: Actor
    now: datetime

    @classmethod
    def of(cls, request: HttpRequest, ticket: Ticket, token: str) -> Visit:
        """Return the visit; an account's own case is its account's, also for staff who reported.

        Here they are the reporter and nothing else, whatever roles they hold.
        """
        user, by = request.user, by_link(ticket)
        if isinstance(user, User) and user.pk == ticket.reporter_id and user.is_active:
            by = Actor(frozenset({Standing.REPORTER}), user, str(user))
        return cls(ticket, token, by, clock.now())

    def act(self, words: str = "") -> Act:
        """Return the reporter's act; whatever the case became meanwhile, the rules decide."""
        return Act(self.by, self.now, words)

    @cached_property
    def offers(self) -> dict[str, Offer]:
        """What may be done here now, by its name, each with what it lacks."""
        return {offer.move.name: offer for offer in open_to(self.ticket, self.by, self.now)}

    @property
    def page(self) -> str:
        """The address of the case."""
        return self.address("tiket")

    def address(self, name: str, *args: Any) -> str:
        """Return the address of one of its pages."""
        return reverse(name, args=[self.ticket.number, self.token, *args])

    def own_files(self) -> list[Attachment]:
        """Return what the reporter sent; files of staff are not the reporter's to see."""
        sent = self.ticket.attachments.select_related("draft").order_by("pk")
        return [file for file in sent if self.is_own(file)]

    def is_own(self, file: Attachment) -> bool:
        """Say whether the reporter sent this file, with the report or later."""
        from_reporter = file.sent_by_id in {None, self.ticket.reporter_id}
        return from_reporter or file.draft_id is not None


def of_case(view: View) -> View:
    """Open the case that number and token name; one plain page for whatever names none."""

    @wraps(view)
    def opened(request: HttpRequest, number: str, token: str, **rest: Any) -> HttpResponseBase:
        ticket = find_by_token(number, token)
        if ticket is None:
            return render(request, "lacak/tautan.html", status=404)
        return view(request, Visit.of(request, ticket, token), **rest)

    return open_to_all(never_cache(opened))


@open_to_all
def broken_link(request: HttpRequest, **_: str) -> HttpResponse:
    """Answer an address that names no page of a case as one whose secret is wrong."""
    return render(request, "lacak/tautan.html", status=404)


def refused(request: HttpRequest, visit: Visit, error: DeskError) -> HttpResponse:
    """Lead back to the case and say why nothing was done: it stands elsewhere by now."""
    messages.warning(request, sentence(error))
    return redirect(visit.page)


def said_just_now(visit: Visit, words: str) -> bool:
    """Say whether these words stand there already: the button was pressed twice."""
    last = visit.ticket.entries.filter(side=Side.REPORTER).exclude(words="").last()
    return bool(last and last.words == words)
