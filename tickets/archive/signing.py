"""The queue of what waits for my signature, and one page with one signature."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from portal.accounts.access import person, signed_in
from portal.accounts.again import recently_authenticated
from portal.lib import clock
from tickets.actions import recording, signing
from tickets.archive.showing import paper
from tickets.errors import DeskError
from tickets.models import READS_CASES, BeritaAcara, Signature
from tickets.telling import sentence

LATEST = 20


@signed_in
def queue(request: HttpRequest) -> HttpResponse:
    """List what waits for this person's signature, and what they signed lately."""
    user = person(request)
    mine = Signature.objects.filter(user=user).select_related("berita_acara__ticket")
    context = {
        "waiting": signing.turn_of(user).order_by("pk"),
        "later": mine.filter(signed_at=None, void_at=None, berita_acara__state="signing").exclude(
            pk__in=signing.turn_of(user).values("pk")
        ),
        "signed": mine.exclude(signed_at=None).order_by("-signed_at")[:LATEST],
        "is_staff": bool(user.roles & READS_CASES),
    }
    return render(request, "rekaman/tanda-tangan.html", context)


@signed_in
@recently_authenticated
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the record and, on POST after the password was asked again, sign it."""
    user = person(request)
    asked = Signature.objects.filter(user=user, void_at=None).values("berita_acara")
    record = BeritaAcara.objects.filter(pk=pk, pk__in=asked).first()
    if record is None:
        raise Http404(_("Tidak ada tanda tangan yang diminta dari Anda di sini."))
    if request.method == "POST":
        try:
            recording.sign(record, user, clock.now())
            messages.success(request, _("Anda telah menandatangani berita acara ini."))
        except DeskError as error:
            messages.error(request, sentence(error))
        return redirect("tanda-tangan")
    context = {
        "record": record,
        "paper": paper(record),
        "my_turn": signing.turn_of(user).filter(berita_acara=record).exists(),
        "signatures": record.signatures.filter(void_at=None),
        "is_staff": bool(user.roles & READS_CASES),
    }
    return render(request, "rekaman/tandatangani.html", context)
