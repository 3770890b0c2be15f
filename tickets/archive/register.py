"""The register: one list of the three kinds, to be looked at, printed and taken along."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.access import person
from portal.audit.record import record as audit
from portal.lib import clock
from portal.lib.clock import wib_date
from portal.lib.marks import Mark
from portal.lib.spreadsheet import csv_lines, workbook
from tickets.actions import signing
from tickets.archive.access import readers
from tickets.archive.forms import BundleForm, NewMonthForm, RegisterFilter
from tickets.models import (
    Bundle,
    ByteWalk,
    Evidence,
    RecordKind,
    Ticket,
    all_rules,
    letterhead,
    rule_for,
)
from tickets.records import certificate, register
from tickets.records.register import Asked, Row
from tickets.workflow import MOVES

ROWS = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATES: dict[str, tuple[Any, Mark]] = {
    "accepted": (gettext_lazy("Diterima"), Mark.GOOD),
    "rejected": (gettext_lazy("Ditolak"), Mark.FAILED),
    "draft": (gettext_lazy("Konsep"), Mark.PAUSED),
    "signing": (gettext_lazy("Menunggu tanda tangan"), Mark.RUNNING),
    "issuing": (gettext_lazy("Sedang diterbitkan"), Mark.RUNNING),
    "issued": (gettext_lazy("Terbit"), Mark.GOOD),
    "cancelled": (gettext_lazy("Dibatalkan"), Mark.ATTENTION),
    "replaced": (gettext_lazy("Diganti"), Mark.ATTENTION),
    "open": (gettext_lazy("Berjalan"), Mark.RUNNING),
    "closed": (gettext_lazy("Selesai"), Mark.GOOD),
}


@readers
def show(request: HttpRequest) -> HttpResponse:
    """Show a year's records, whether their numbers are whole, and what is kept until when."""
    form, asked = _asked(request)
    found = register.rows(asked)
    page = Paginator(found, ROWS).get_page(request.GET.get("hal"))
    now, rules = clock.now(), all_rules()
    context = {
        "form": form,
        "asked": asked,
        "page": page,
        "rows": [(row, *_state(row)) for row in page],
        "series": register.series_of(asked.year),
        "address": _address(form),
        "walk": ByteWalk.objects.first(),
        "month_form": NewMonthForm(initial={"bulan": wib_date(now).replace(day=1)}),
        "bundle_form": BundleForm(years=register.years(now), initial={"tahun": asked.year}),
        "bundles": Bundle.objects.all()[:5],
        "rules": rules,
        "outlived": register.due_for_erasure(found, wib_date(now)),
        "my_turn": signing.turn_of(person(request)).count(),
        "no_seal": certificate.why_not(certificate.read(), now),
        "seal": certificate.read(),
        "rules_known": any(rule.pk for rule in rules),
        "writes": bool(person(request).roles & {"front_desk", "analyst"}),
    }
    return render(request, "rekaman/daftar.html", context)


@readers
def take_csv(request: HttpRequest) -> HttpResponseBase:
    """Give the records asked for as CSV; that they were taken along is an event."""
    asked = _taken(request, "csv")
    answer = StreamingHttpResponse(
        csv_lines(_table(register.rows(asked))), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="rekaman-{asked.year}.csv"'
    return answer


@readers
def take_workbook(request: HttpRequest) -> HttpResponse:
    """Give the records asked for as a spreadsheet."""
    asked = _taken(request, "xlsx")
    content = workbook(f"Rekaman {asked.year}", _table(register.rows(asked)))
    answer = HttpResponse(content, content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="rekaman-{asked.year}.xlsx"'
    return answer


@readers
def printable(request: HttpRequest) -> HttpResponse:
    """Show the records asked for as pages to print, all of them."""
    _form, asked = _asked(request)
    found = register.rows(asked)
    context = {
        "rows": [(row, *_state(row)) for row in reversed(found)],
        "asked": asked,
        "paper": letterhead(),
        "series": register.series_of(asked.year),
    }
    return render(request, "rekaman/cetak.html", context)


@readers
def ticket_record(request: HttpRequest, number: str) -> HttpResponse:
    """Show the third quality record, a case's own, as pages to print."""
    ticket = Ticket.objects.filter(number=number).prefetch_related("systems").first()
    if ticket is None:
        raise Http404(_("Tidak ada kasus dengan nomor ini."))
    with transaction.atomic():
        audit("ticket.printed", actor=person(request), subject=ticket, facts={})
    context = {
        "ticket": ticket,
        "paper": letterhead(),
        "rule": rule_for(RecordKind.TICKET),
        "entries": [
            (entry, MOVES[entry.move].done if entry.move in MOVES else "")
            for entry in ticket.entries.shown().order_by("pk")
        ],
        "letters": ticket.letters.select_related("scan"),
        "evidence": Evidence.objects.filter(ticket=ticket),
        "records": ticket.berita_acara.numbered(),
    }
    return render(request, "rekaman/tiket.html", context)


def _asked(request: HttpRequest) -> tuple[RegisterFilter, Asked]:
    now = clock.now()
    form = RegisterFilter(
        request.GET,
        years=register.years(now),
        systems=register.system_names(),
        states=[(key, word) for key, (word, _mark) in STATES.items()],
    )
    form.is_valid()
    wanted = form.cleaned_data
    return form, Asked(
        year=wanted.get("tahun") or wib_date(now).year,
        kind=wanted.get("jenis", ""),
        number=wanted.get("nomor", ""),
        unit=wanted.get("unit", ""),
        system=wanted.get("sistem", ""),
        state=wanted.get("keadaan", ""),
    )


def _taken(request: HttpRequest, form: str) -> Asked:
    _filter, asked = _asked(request)
    with transaction.atomic():
        facts = {"year": asked.year, "kind": asked.kind, "form": form}
        audit("records.exported", actor=person(request), subject=None, facts=facts)
    return asked


def _state(row: Row) -> tuple[str, Any, Any]:
    word, mark = STATES[row.state]
    if row.kind == RecordKind.TICKET:
        return mark.value, _(row.word), RecordKind(row.kind).label
    return mark.value, word, RecordKind(row.kind).label


def _address(form: RegisterFilter) -> str:
    return urlencode({name: value for name, value in form.data.items() if value and name != "hal"})


def _table(found: list[Row]) -> Iterator[tuple[Any, ...]]:
    yield (
        _("Jenis"),
        _("Nomor"),
        _("Tanggal"),
        _("Unit kerja"),
        _("Sistem"),
        _("Keadaan"),
        _("Perihal"),
        "SHA-256",
        _("Disimpan sampai"),
    )
    for row in found:
        _mark, word, kind = _state(row)
        yield (
            str(kind),
            row.number,
            row.day.isoformat(),
            row.unit,
            row.systems,
            str(word),
            row.about,
            row.sha256,
            row.keep_until.isoformat() if row.keep_until else "",
        )
