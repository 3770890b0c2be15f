"""The public's page of systems: open or in repair, planned work, the last thirty days.

Nothing here helps an attacker: no night, no age, no cause, no address of a machine (interface).
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from backups.availability import DAYS, availability
from backups.models import InformationSystem, PlannedWork
from backups.reach import last_look
from portal.accounts.access import open_to_all
from portal.lib import clock


@open_to_all
def status(request: HttpRequest) -> HttpResponse:
    """Show whether each system can be opened, and what is announced."""
    now = clock.now()
    context = {
        "now": now,
        "rows": availability(InformationSystem.objects.all(), now),
        "looked_at": last_look(),
        "ahead": PlannedWork.objects.ahead(now).prefetch_related("systems"),
        "days": DAYS,
    }
    return render(request, "keadaan.html", context)
