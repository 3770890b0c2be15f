"""A case's download: by its secret link, and signed in where the reporter has an account."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render

from backups.download_page import page_of
from tickets.actions.restoring import downloads_of, take_download
from tickets.reporter.visiting import Visit, of_case


@of_case
def fetch(request: HttpRequest, visit: Visit, pk: int) -> HttpResponseBase:
    """Give the archive to the reporter; with an account only to that account."""
    download = get_object_or_404(downloads_of(visit.ticket), pk=pk)
    user = visit.by.user
    if download.person_id and (user is None or user.pk != download.person_id):
        context = {"visit": visit, "is_other": request.user.is_authenticated}
        return render(request, "unduhan/masuk-dahulu.html", context, status=403)
    taken = partial(take_download, visit.ticket.pk, visit.by)
    return page_of(request, download, visit.by.audited, back=visit.page, and_then=taken)
