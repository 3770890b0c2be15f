"""What a case's page does while somebody writes: keeps it, says who else is there, helps."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from portal.accounts.access import person, requires
from portal.accounts.models import Role
from portal.lib import clock
from tickets.actions.presence import be_present, keep_typed, leave, others_present, typed
from tickets.models import CannedReply, For, Ticket
from tickets.staff.access import case_of
from tickets.workflow import MOVES

LONGEST = 20_000
writers = requires(Role.FRONT_DESK, Role.ANALYST, Role.APPROVER)


def _audience(request: HttpRequest) -> For:
    return For.REPORTER if request.POST.get("untuk") == For.REPORTER else For.INTERNAL


@writers
@require_POST
def keep_draft(request: HttpRequest, number: str) -> HttpResponse:
    """Keep what is half typed, as the page does by itself, and say when."""
    ticket, now = case_of(number), clock.now()
    words = request.POST.get("kata", "")[:LONGEST].replace("\0", "")
    keep_typed(ticket, person(request), _audience(request), words, now)
    return render(request, "tiket/draf.html", {"saved_at": now if words.strip() else None})


@writers
@require_POST
def insert_canned(request: HttpRequest, number: str) -> HttpResponse:
    """Put a ready text below what was typed; it is not sent, only kept as a draft."""
    ticket, audience = case_of(number), _audience(request)
    text = get_object_or_404(CannedReply, pk=request.POST.get("siap") or 0, audience=audience)
    words = request.POST.get("kata", "")[:LONGEST].replace("\0", "").rstrip()
    joined = f"{words}\n\n{text.words}" if words else text.words
    keep_typed(ticket, person(request), audience, joined, clock.now())
    return redirect(f"{ticket.get_absolute_url()}?tulis={audience.value}#tulis")


@writers
@require_POST
def present(request: HttpRequest, number: str) -> HttpResponse:
    """Note that somebody has the case open; say who else has, and what changed since."""
    ticket, user, now = case_of(number), person(request), clock.now()
    if request.POST.get("pergi"):
        leave(ticket, user)
        return HttpResponse(status=204)
    be_present(ticket, user, now, typing=bool(typed(ticket, user)))
    context = {
        "ticket": ticket,
        "others": others_present(ticket, user, now),
        "changes": _changes(ticket, request.POST.get("versi", "")),
        "address": reverse("tiket-kasus", args=[ticket.number]),
    }
    return render(request, "tiket/hadir.html", context)


def _changes(ticket: Ticket, seen: str) -> list[tuple[str, str]]:
    """Return who did what since the version that the page shows."""
    if not (seen.isascii() and seen.isdigit()) or int(seen) >= ticket.version:
        return []
    later = ticket.entries.filter(version__gt=int(seen)).order_by("pk")[:5]
    return [(entry.author_name, MOVES[entry.move].done) for entry in later if entry.move in MOVES]
