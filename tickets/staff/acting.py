"""Making a move on a case, from its button or from a page of its own that works without script."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from portal.accounts.access import person
from tickets.actions.presence import keep_typed
from tickets.actions.rules import open_to
from tickets.errors import (
    Conflict,
    DeskError,
    FileRefused,
    LetterScanMissing,
    NotNow,
    NotYours,
    WordsMissing,
    WrongCase,
    WrongPerson,
)
from tickets.models import For, Ticket
from tickets.staff.access import act_of, actor_of, case_of, readers, with_version
from tickets.staff.deed_forms import DeedForm
from tickets.staff.deeds import DEEDS, Deed
from tickets.staff.offers import Button, button_of
from tickets.telling import sentence
from tickets.workflow import MOVES, Move

CONFLICT, REFUSED = 409, 422


@readers
def act(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """Show the move's page, or make the move; what was typed outlives every refusal."""
    ticket, deed, move = case_of(number), DEEDS.get(name), MOVES.get(name)
    if deed is None or move is None:
        raise Http404(_("Langkah ini tidak ada."))
    if request.method != "POST":
        return _page(request, ticket, move, _fresh_form(request, ticket, deed, move))
    form = deed.form(request.POST, request.FILES, ticket=ticket, move=move)
    _refuse_strangers(request, ticket, move)
    if not form.is_valid():
        return _page(request, ticket, move, form, status=REFUSED)
    return _make(request, ticket, deed, form)


def _fresh_form(request: HttpRequest, ticket: Ticket, deed: Deed, move: Move) -> DeedForm:
    """Return the empty form; the address may fill its fields beforehand."""
    given = {name: value for name, value in request.GET.items() if value}
    initial = {"versi": ticket.version} | given
    return deed.form(initial=initial, ticket=ticket, move=move)


def _refuse_strangers(request: HttpRequest, ticket: Ticket, move: Move) -> None:
    if not actor_of(request, ticket).standing & move.who:
        raise PermissionDenied(_(NotYours.sentence))


def _make(request: HttpRequest, ticket: Ticket, deed: Deed, form: DeedForm) -> HttpResponse:
    words = form.cleaned_data.get("kata", "")
    try:
        deed.make(ticket, form, act_of(request, ticket, words, form.cleaned_data["versi"]))
    except NotYours as error:
        raise PermissionDenied(sentence(error)) from error
    except (Conflict, NotNow) as error:
        return _overtaken(request, case_of(ticket.number), form, error)
    except DeskError as error:
        form.add_error(_field_of(form, error), sentence(error))
        return _page(request, ticket, form.move, form, status=REFUSED)
    messages.success(request, _("%(done)s.") % {"done": _(form.move.done)})
    return redirect(ticket)


def _overtaken(
    request: HttpRequest, ticket: Ticket, form: DeedForm, error: DeskError
) -> HttpResponse:
    """Show what others did meanwhile, with the same words in the form, ready to be sent again.

    The words are kept as a draft too: where the move no longer applies, they are not lost.
    """
    if form.words:
        mine = For.REPORTER if form.move.name == "reply" else For.INTERNAL
        keep_typed(ticket, person(request), mine, form.words, act_of(request, ticket).now)
    changes = error.changes if isinstance(error, Conflict) else ()
    again = form.__class__(
        with_version(request, ticket), request.FILES, ticket=ticket, move=form.move
    )
    extra = {"changes": changes, "refused": sentence(error)}
    return _page(request, ticket, form.move, again, status=CONFLICT, **extra)


def _field_of(form: DeedForm, error: DeskError) -> str | None:
    """Return the field at which a refusal is said."""
    said_at = (
        (WrongPerson, "petugas"),
        (WrongCase, "nomor"),
        (WordsMissing, "kata"),
        (LetterScanMissing, "pindaian"),
        (FileRefused, "berkas"),
    )
    field = next((name for kind, name in said_at if isinstance(error, kind)), None)
    return field if field in form.fields else None


def _page(
    request: HttpRequest,
    ticket: Ticket,
    move: Move,
    form: DeedForm,
    status: int = 200,
    **extra: object,
) -> HttpResponse:
    """Draw the move's page: what it does, whom it tells, what it still lacks."""
    found = open_to(ticket, actor_of(request, ticket), act_of(request, ticket).now)
    offer = next((offer for offer in found if offer.move == move), None)
    button: Button | None = button_of(offer, ticket) if offer else None
    context = {"ticket": ticket, "move": move, "form": form, "button": button, **extra}
    return render(request, "tiket/langkah.html", context, status=status)
