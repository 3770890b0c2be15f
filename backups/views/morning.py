"""The morning page: did last night work, what is wrong, what runs now."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from backups.models import Source
from backups.views.access import may, staff
from backups.views.alarms import accept, open_alarms
from backups.views.running import running_work
from backups.views.standing import RIBBON, headline, standings
from portal.lib import clock

ROWS = 60  # sources on the morning page, the ones that need a hand first; the rest is a press away


@staff
def morning(request: HttpRequest) -> HttpResponse:
    """Show last night in one table, alarms in plain words, running work with live bars."""
    now = clock.now()
    rows = standings(Source.objects.kept(), now)
    sentence, rest = headline(rows)
    context = {
        "now": now,
        "night": clock.wib_date(now),
        "rows": rows[:ROWS],
        "more": len(rows) - ROWS,
        "nights": RIBBON,
        "headline": sentence,
        "rest": rest,
        "alarms": open_alarms(),
        "may_accept": may(request, accept),
        "work": running_work(),
    }
    return render(request, "staf/hari-ini.html", context)
