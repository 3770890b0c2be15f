"""Confirming an address by the link that only its mailbox got: it opens a page, a press acts."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache

from portal.accounts.access import open_to_all
from portal.lib import clock
from tickets import conf, tokens
from tickets.actions import filing
from tickets.errors import DeskError
from tickets.models import Ticket
from tickets.telling import sentence


@open_to_all
@never_cache
def confirm_address(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """Show whose report waits; on POST, let it count."""
    ticket = Ticket.objects.filter(number=number).first()
    if ticket is None or not _fits(ticket, token):
        return render(request, "lacak/tautan.html", status=404)
    if not ticket.confirmed_at and not ticket.is_open:
        return render(request, "lacak/konfirmasi.html", {"refused": True}, status=410)
    if request.method == "POST" and not ticket.confirmed_at:
        try:
            filing.confirm_by_link(ticket, token, clock.now())
        except DeskError as error:
            context = {"ticket": ticket, "refused": sentence(error)}
            return render(request, "lacak/konfirmasi.html", context, status=409)
        messages.success(request, gettext("Alamat Anda dikonfirmasi. Laporan Anda kami proses."))
    if ticket.confirmed_at:
        return redirect("tiket", ticket.number, filing.tracking_token(ticket))
    return render(request, "lacak/konfirmasi.html", {"ticket": ticket})


def _fits(ticket: Ticket, token: str) -> bool:
    return tokens.is_confirm_token(conf.secret_keys(), ticket.tracking_nonce, token)
