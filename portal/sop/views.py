"""The procedure's pages: the one in force, every one before it, and writing the next."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.accounts.access import open_to_all, person, requires
from portal.accounts.models import Role
from portal.lib import clock
from portal.reports.indicators import indicators
from portal.sop.drawing import backup_chart, restore_chart
from portal.sop.models import Revision
from portal.sop.revising import RevisionForm, initial, issue, save_draft

YEAR = timedelta(days=365)
FRESH = 3600  # seconds for which the figures of the public page are kept
FIGURES = "sop-figures"

writers = requires(Role.ADMINISTRATOR)


@open_to_all
def sop(request: HttpRequest, number: str = "") -> HttpResponse:
    """Show the revision in force, or an older one, with the year's figures of the indicators."""
    now = clock.now()
    issued = Revision.objects.issued()
    current = issued.first()
    revision = get_object_or_404(issued, number=number) if number else current
    context = {
        "now": now,
        "revision": revision,
        "current": current,
        "history": issued,
        "goals": _goals(now),
        "backup_chart": backup_chart(),
        "restore_chart": restore_chart(),
    }
    return render(request, "sop.html", context)


def _goals(now: datetime) -> dict[str, float | None]:
    """Return the three shares of the last year; the public sees no more of them than that."""
    kept: dict[str, float | None] | None = cache.get(FIGURES)
    if kept is None:
        today = clock.wib_date(now)
        found = indicators(today - YEAR, today, now)
        kept = {
            "stored": found.stored.nights.share,
            "returned": found.returned.answers.share,
            "reachable": found.reachable.share,
        }
        cache.set(FIGURES, kept, FRESH)
    return kept


@writers
def write(request: HttpRequest) -> HttpResponse:
    """Write the next revision; what was typed is kept as a draft until it is issued."""
    draft = Revision.objects.draft()
    begun = None if draft else initial(clock.now())
    form = RevisionForm(request.POST or None, instance=draft, initial=begun)
    if request.method == "POST" and form.is_valid():
        if save_draft(form, person(request)):
            messages.success(request, _("Konsep disimpan; yang berlaku belum berubah."))
        else:
            messages.error(request, _("Konsep ini sudah dikeluarkan orang lain; buat yang baru."))
        return redirect("sop-tulis")
    context: dict[str, Any] = {"form": form, "draft": draft}
    return render(request, "staf/sop.html", context, status=422 if form.errors else 200)


@writers
@require_POST
def put_into_force(request: HttpRequest) -> HttpResponse:
    """Issue the draft: from now on it is the procedure, and is not changed any more."""
    draft = get_object_or_404(Revision, issued_at=None)
    if issue(draft, person(request), clock.now()):
        messages.success(request, _("Revisi %(number)s berlaku.") % {"number": draft.number})
    return redirect("sop")
