"""The morning page: what needs me, did last night work, what is wrong, what runs now."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from backups.views.access import staff
from backups.views.morning import night
from portal.accounts.access import person
from portal.lib import clock
from tickets.staff.waiting import waiting_for


@staff
def today(request: HttpRequest) -> HttpResponse:
    """Show the whole morning on one page; the shell's, since it joins the desk and the nights."""
    now = clock.now()
    user = person(request)
    context = {**night(now), "waiting": waiting_for(user, user.roles, now)}
    return render(request, "staf/hari-ini.html", context)
