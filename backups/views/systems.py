"""The page of systems: which can be reached, which could, and the work that is announced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backups.availability import Availability, availability
from backups.explanations import explain
from backups.models import InformationSystem, PlannedWork, Stretch
from backups.planned_work import PlannedWorkForm, announce, call_off
from backups.reach import last_look
from backups.views.access import may, staff
from portal.accounts.access import person, requires
from portal.accounts.models import Role
from portal.lib import clock, measures

LATEST = 12  # outages in the table
PAST = 5  # works that are over

announcers = requires(Role.FRONT_DESK, Role.ANALYST, Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Outage:
    """A stretch in which something did not answer, as a row of the table."""

    stretch: Stretch
    target: str
    happened: str
    took: str


@staff
def systems(request: HttpRequest) -> HttpResponse:
    """Show every system's standing, its last thirty days, its outages, and planned work."""
    now = clock.now()
    return render(request, "staf/sistem.html", _context(request, PlannedWorkForm(now=now), now))


@announcers
@require_POST
def announce_work(request: HttpRequest) -> HttpResponse:
    """Announce work ahead; everybody reads it."""
    now = clock.now()
    form = PlannedWorkForm(request.POST, now=now)
    if not form.is_valid():
        return render(request, "staf/sistem.html", _context(request, form, now), status=422)
    announce(form, person(request), now)
    messages.success(request, _("Diumumkan; terlihat di halaman keadaan sistem."))
    return redirect("sistem")


@announcers
@require_POST
def call_work_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Call announced work off."""
    work = get_object_or_404(PlannedWork, pk=pk)
    if call_off(work, person(request), clock.now()):
        messages.success(request, _("Pengumuman ditarik."))
    else:
        messages.warning(request, _("Pekerjaan ini sudah lewat atau sudah ditarik."))
    return redirect("sistem")


def _context(request: HttpRequest, form: PlannedWorkForm, now: datetime) -> dict[str, object]:
    works = PlannedWork.objects.prefetch_related("systems").select_related("announced_by")
    over = works.standing().filter(ends_at__lte=now)
    return {
        "now": now,
        "rows": sorted(availability(InformationSystem.objects.all(), now), key=_urgency),
        "looked_at": last_look(),
        "outages": _outages(now),
        "ahead": works.ahead(now),
        "over": over.order_by("-ends_at")[:PAST],
        "form": form,
        "may_announce": may(request, announce_work),
    }


def _urgency(row: Availability) -> tuple[bool, bool, str]:
    is_down = row.now is not None and row.now.up is False
    return not is_down, not row.repair, row.system.name.casefold()


def _outages(now: datetime) -> list[Outage]:
    rows = Stretch.objects.filter(up=False).select_related("system", "source")
    return [
        Outage(
            stretch=row,
            target=str(row.system or row.source),
            happened=explain(row.why)[0],
            took=measures.duration(((row.ended_at or now) - row.began_at).total_seconds()),
        )
        for row in rows[:LATEST]
    ]
