"""Downloads: fetched by the person they are for, made anew or taken back by staff."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from backups.download_page import page_of
from backups.downloading import withdraw
from backups.errors import OrderRefused
from backups.models import Download
from backups.restoring import order_again
from backups.views.access import operators
from portal.accounts.access import person, signed_in
from portal.lib import clock


@signed_in
@never_cache
def fetch(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give a download that belongs to no case to the account it is for, and to no other."""
    own = Download.objects.filter(person=person(request), restore__reference="", out="")
    download = get_object_or_404(own.select_related("restore__source", "restore__snapshot"), pk=pk)
    return page_of(request, download, person(request))


@operators
@require_POST
def make_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a download made once more, under a new key, for the same person."""
    download = get_object_or_404(Download.objects.select_related("restore"), restore=pk)
    try:
        job = order_again(download, person(request), clock.now())
    except OrderRefused as error:
        messages.error(request, _("Belum dapat dibuat lagi: %(why)s") % {"why": error})
        return redirect(download.restore)
    messages.success(request, _("Unduhan baru dibuat; kuncinya dikirim lewat email bila selesai."))
    return redirect(job)


@operators
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a download back; nobody can fetch it any more."""
    download = get_object_or_404(Download.objects.select_related("restore__source"), restore=pk)
    if withdraw(download, person(request), clock.now()):
        messages.success(request, _("Unduhan ditarik; berkasnya dihapus."))
    else:
        messages.warning(request, _("Unduhan ini tidak lagi menunggu; tidak ada yang ditarik."))
    return redirect(download.restore)
