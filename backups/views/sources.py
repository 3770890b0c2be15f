"""The pages of sources: all of them, one of them, and what may be asked of one."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backups.catalogue.keeping import rule_of
from backups.models import Source
from backups.orders import order_backup, order_connection_test, order_drill
from backups.views.access import may, operators, staff
from backups.views.answers import answer_of, trial_of
from backups.views.history import growth_of, year_of
from backups.views.keeping import preview_of, tried_rule
from backups.views.nightly import latest_runs
from backups.views.running import work_on
from backups.views.standing import RIBBON, standings
from portal.accounts.access import person
from portal.lib import clock

ROWS = 50  # in one page of a long table
LATEST = 6  # nights on the source's own page


@staff
def sources(request: HttpRequest) -> HttpResponse:
    """Show every source, or those whose name, kind or server holds the query."""
    now = clock.now()
    query = request.GET.get("q", "").strip()
    rows = standings(_like(Source.objects.kept(), query), now)
    page = Paginator(rows, ROWS).get_page(request.GET.get("hal"))
    context = {
        "now": now,
        "page": page,
        "nights": RIBBON,
        "query": query,
        "address": urlencode({"q": query}),
    }
    return render(request, "staf/cadangan.html", context)


def _like(sources: QuerySet[Source], query: str) -> QuerySet[Source]:
    words = Q(name__icontains=query) | Q(engine__icontains=query)
    return sources.filter(words | Q(server__name__icontains=query)) if query else sources


@staff
def source(request: HttpRequest, key: str) -> HttpResponse:
    """Show one source: its facts, a year of nights, its size, what is kept and what goes."""
    now = clock.now()
    found = get_object_or_404(Source, key=key)
    [row] = standings(Source.objects.filter(pk=found.pk), now)
    tried = tried_rule(request.GET, rule_of(found))
    context = {
        "now": now,
        "row": row,
        "source": found,
        "year": year_of(found, now),
        "latest": latest_runs(found, LATEST),
        "growth": growth_of(found, now),
        "keeping": preview_of(found, now, tried),
        "tried": tried,
        "rule": tried or rule_of(found),
        "work": work_on(found),
        "answer": answer_of(found),
        "trial": trial_of(found),
        "may_operate": may(request, back_up),
    }
    return render(request, "staf/sumber.html", context)


@operators
@require_POST
def back_up(request: HttpRequest, key: str) -> HttpResponse:
    """Order a backup of the source now, and show its run."""
    found = get_object_or_404(Source.objects.kept(), key=key)
    run = order_backup(found, person(request), clock.now())
    messages.success(request, _("Pencadangan dipesan. Halaman ini mengikutinya."))
    return redirect(run)


@operators
@require_POST
def test_connection(request: HttpRequest, key: str) -> HttpResponse:
    """Ask a worker whether the source is there and may be read."""
    found = get_object_or_404(Source.objects.kept(), key=key)
    order_connection_test(found, person(request), clock.now())
    messages.success(request, _("Uji sambungan dipesan; jawabannya muncul di bawah."))
    return redirect(found)


@operators
@require_POST
def drill_now(request: HttpRequest, key: str) -> HttpResponse:
    """Order a drill of the source's newest copy: restored into a sandbox, live untouched."""
    found = get_object_or_404(Source.objects.kept(), key=key)
    if order_drill(found, person(request), clock.now()):
        messages.success(request, _("Uji pemulihan dipesan; data hidup tidak tersentuh."))
    else:
        messages.warning(request, _("Belum ada salinan yang dapat diuji."))
    return redirect(found)
