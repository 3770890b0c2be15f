"""The audit trail's own pages. The shell's, since people and trail do not know each other."""

from __future__ import annotations

from urllib.parse import urlencode

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from portal.accounts.access import person, requires
from portal.accounts.models import Role
from portal.audit import export
from portal.audit.forms import TrailFilter
from portal.audit.models import AuditEvent, AuditPerson, AuditWalk
from portal.audit.record import head, record
from portal.lib import clock
from portal.lib.spreadsheet import csv_lines
from tickets.models import ByteWalk

EVENTS = 50  # on one page

readers = requires(Role.AUDITOR, Role.ADMINISTRATOR)


@readers
def trail(request: HttpRequest) -> HttpResponse:
    """Show the events asked for, the newest first, and how chain and stored papers stand."""
    form = TrailFilter(request.GET)
    events, older = _page(form.found(), request.GET.get("sebelum", ""))
    context = {
        "form": form,
        "events": _with_people(events),
        "older": older,
        "asked": _asked(form),
        "walk": AuditWalk.objects.first(),
        "papers": ByteWalk.objects.first(),
        "head": head(),
    }
    return render(request, "audit/jejak.html", context)


@readers
def trail_csv(request: HttpRequest) -> HttpResponseBase:
    """Give the events asked for as CSV; that they were taken along is an event too."""
    form = TrailFilter(request.GET)
    if not form.is_valid():
        return HttpResponse(form.errors.as_text(), status=400, content_type="text/plain")
    by = sorted(name for name, value in form.cleaned_data.items() if value)
    with transaction.atomic():
        record("audit.exported", actor=person(request), subject=None, facts={"filtered_by": by})
    answer = StreamingHttpResponse(
        csv_lines(export.rows(form.found())), content_type="text/csv; charset=utf-8"
    )
    name = f"jejak-audit-{clock.wib_date(clock.now())}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _page(events: QuerySet[AuditEvent], before: str) -> tuple[list[AuditEvent], int | None]:
    """Return one page of events and where the next begins; nothing is counted, however many."""
    if before.isascii() and before.isdigit():
        events = events.filter(sequence__lt=int(before))
    found = list(events[: EVENTS + 1])
    return found[:EVENTS], found[EVENTS - 1].sequence if len(found) > EVENTS else None


def _with_people(events: list[AuditEvent]) -> list[tuple[AuditEvent, AuditPerson | None]]:
    people = AuditPerson.objects.in_bulk({event.person for event in events if event.person})
    return [(event, people.get(event.person)) for event in events]


def _asked(form: TrailFilter) -> str:
    """Return the filter as the end of an address, without what was left empty."""
    return urlencode(
        {name: value for name, value in form.data.items() if value and name in form.fields}
    )
