"""The queue: saved views, filters in the address, giving several cases at once, tables to take."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from portal.accounts.access import access_of, person
from portal.accounts.models import Role
from portal.audit.record import record
from portal.lib import clock
from portal.lib.spreadsheet import csv_lines, workbook
from tickets.actions import intake
from tickets.actions.actors import delegators
from tickets.errors import DeskError
from tickets.models import Ticket, calendar
from tickets.models.ticket import TicketQuerySet
from tickets.staff.access import act_of, handlers, readers
from tickets.staff.queue_forms import BulkForm, QueueFilter, officers
from tickets.staff.saved_views import Asked, chosen, tabs, tickets_of
from tickets.staff.standing import Row, row_of
from tickets.telling import sentence

ROWS = 50
MOST_PAGED = 2_000  # cases one may page through; whoever seeks further filters
MOST_IN_WORKBOOK = 20_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class _Pages(Paginator):
    """Pages that do not count what nobody will page through."""

    @cached_property
    def count(self) -> int:
        """The number of cases, or the limit where there are more."""
        return min(self._counted, MOST_PAGED)

    @property
    def more(self) -> bool:
        """Whether there are more than may be paged through."""
        return self._counted > MOST_PAGED

    @cached_property
    def _counted(self) -> int:
        found: TicketQuerySet = self.object_list  # type: ignore[assignment]
        return found.order_by()[: MOST_PAGED + 1].count()


@readers
def queue(request: HttpRequest) -> HttpResponse:
    """Show a saved view, narrowed by what the address asks for."""
    asked = asked_by(request)
    view, people = chosen(request.GET.get("lihat", ""), asked), officers()
    form = QueueFilter(request.GET, people)
    found = form.found(tickets_of(view, asked)).select_related("assignee")
    page = _Pages(found, ROWS).get_page(request.GET.get("hal"))
    drawn = tabs(view, asked)
    context = {
        "now": asked.now,
        "tabs": drawn,
        "view": view,
        "form": form,
        "page": page,
        "rows": [row_of(ticket, asked.hours, asked.now) for ticket in page.object_list],
        "address": address_of(form, view),
        "people": people,
        "may_assign": _may_assign(asked),
        "late": next((tab.count for tab in drawn if tab.bad), ""),
    }
    return render(request, "tiket/antrean.html", context)


def asked_by(request: HttpRequest) -> Asked:
    """Return who looks at the queue, and when."""
    user, now = person(request), clock.now()
    roles = user.roles
    decides = Role.APPROVER in roles or bool(delegators(user, now))
    return Asked(user, roles, decides, calendar(), now)


def address_of(form: QueueFilter, view: str) -> str:
    """Return the filter as the rest of an address, without what was left empty."""
    filled = {name: form.data[name] for name in form.fields if form.data.get(name)}
    return urlencode({"lihat": view, **filled})


def _may_assign(asked: Asked) -> bool:
    rule = access_of(assign_many)
    return rule is not None and rule.admits(asked.roles, "POST")


@handlers
@require_POST
def assign_many(request: HttpRequest) -> HttpResponse:
    """Give all ticked cases to one officer; say which could not be given, and why."""
    form = BulkForm(request.POST)
    if not form.is_valid():
        told_at = [str(said) for errors in form.errors.values() for said in errors]
        messages.error(request, " ".join(told_at))
        return redirect(_back(request))
    given, refused = 0, []
    for ticket in Ticket.objects.filter(pk__in=form.cleaned_data["tiket"]):
        try:
            intake.assign(ticket, form.cleaned_data["kepada"], act_of(request, ticket))
            given += 1
        except DeskError as error:
            refused.append(f"{ticket}: {sentence(error)}")
    if given:
        told_so = ngettext("%(n)d kasus ditugaskan.", "%(n)d kasus ditugaskan.", given)
        messages.success(request, told_so % {"n": given})
    if refused:
        messages.error(request, " ".join(refused))
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    """Return the queue as it was filtered; nothing but its own fields comes back."""
    form = QueueFilter(request.POST, [])
    return f"{reverse('antrean')}?{address_of(form, request.POST.get('lihat', ''))}"


@readers
def queue_csv(request: HttpRequest) -> HttpResponseBase:
    """Give what the queue shows as CSV, to its last row."""
    found, asked = _taken_along(request)
    answer = StreamingHttpResponse(
        csv_lines(_lines(found, asked)), content_type="text/csv; charset=utf-8"
    )
    return _as_file(answer, asked, "csv")


@readers
def queue_xlsx(request: HttpRequest) -> HttpResponseBase:
    """Give what the queue shows as a workbook."""
    found, asked = _taken_along(request)
    lines = _lines(found[:MOST_IN_WORKBOOK], asked)
    return _as_file(HttpResponse(workbook(_("Tiket"), lines), content_type=XLSX), asked, "xlsx")


def _taken_along(request: HttpRequest) -> tuple[TicketQuerySet, Asked]:
    """Return what is asked for; that it is taken along is an event."""
    asked = asked_by(request)
    form = QueueFilter(request.GET, officers())
    view = chosen(request.GET.get("lihat", ""), asked)
    by = sorted(name for name in form.fields if form.data.get(name))
    with transaction.atomic():
        facts = {"view": view, "filtered_by": by}
        record("tickets.exported", actor=asked.user, subject=None, facts=facts)
    found = form.found(tickets_of(view, asked))
    return found.select_related("assignee").prefetch_related("systems"), asked


def _as_file(answer: HttpResponseBase, asked: Asked, ending: str) -> HttpResponseBase:
    name = f"tiket-{clock.wib_date(asked.now)}.{ending}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _lines(found: TicketQuerySet, asked: Asked) -> Iterator[list[Any]]:
    yield [
        _("Nomor"), _("Keadaan"), _("Ringkasan"), _("Pelapor"), _("Unit kerja"), _("Sistem"),
        _("Seksi"), _("Petugas"), _("Prioritas"), _("Dilaporkan"), _("Perubahan terakhir"),
        _("Batas terdekat"), _("Sisa waktu"), _("Berakhir"),
    ]  # fmt: skip
    for ticket in found.iterator(500):
        yield _line(row_of(ticket, asked.hours, asked.now))


def _line(row: Row) -> list[Any]:
    ticket = row.ticket
    return [
        ticket.number,
        row.word,
        ticket.subject,
        ticket.reporter_name,
        ticket.reporter_unit,
        ", ".join(system.name for system in ticket.systems.all()),
        ticket.section,
        str(ticket.assignee or ""),
        row.priority,
        *(_moment(at) for at in (ticket.filed_at, ticket.changed_at, ticket.due_at)),
        row.left.words,
        _moment(ticket.closed_at),
    ]


def _moment(at: Any) -> Any:
    return f"{at.astimezone(clock.WIB):%Y-%m-%d %H:%M}" if at else ""
