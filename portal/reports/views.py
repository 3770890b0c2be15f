"""The page of indicators and reports, the same on paper, and in a spreadsheet."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from portal.accounts.access import person, requires
from portal.accounts.models import STAFF_ROLES
from portal.audit.record import record
from portal.lib import clock
from portal.lib.paper import to_pdf
from portal.lib.spreadsheet import workbook_of
from portal.reports.controls import QUALITY, SECURITY
from portal.reports.indicators import indicators
from portal.reports.period import PeriodForm
from portal.reports.tables import tables

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

readers = requires(*STAFF_ROLES)


@readers
def report(request: HttpRequest) -> HttpResponse:
    """Show the three indicators and every table over the time asked for."""
    return render(request, "staf/laporan.html", _context(request))


@readers
def report_pdf(request: HttpRequest) -> HttpResponse:
    """Give the report on paper; that it was taken along is an event."""
    context = _context(request)
    context["by"] = person(request)
    html = render_to_string("paper/laporan.html", context)
    return _taken(request, context, to_pdf(html, str(settings.BASE_DIR)), "application/pdf", "pdf")


@readers
def report_xlsx(request: HttpRequest) -> HttpResponse:
    """Give the report's tables as a spreadsheet, with figures that can be counted on."""
    context = _context(request)
    sheets = [
        (table.title, [table.heads, *([cell.value for cell in row] for row in table.rows)])
        for table in context["tables"]
    ]
    summary = (_("Indikator"), _summary(context))
    return _taken(request, context, workbook_of([summary, *sheets]), XLSX, "xlsx")


def _context(request: HttpRequest) -> dict[str, Any]:
    now = clock.now()
    form = PeriodForm(request.GET, clock.wib_date(now))
    period = form.period()
    counted = period.until(clock.wib_date(now))
    found = indicators(counted.first, counted.last, now)
    return {
        "now": now,
        "form": form,
        "period": period,
        "before": period.shifted(-1),
        "after": period.shifted(1) if period.last < clock.wib_date(now) else None,
        "found": found,
        "tables": tables(counted, found),
        "norms": (("ISO 9001:2015", QUALITY), ("ISO/IEC 27001", SECURITY)),
    }


def _summary(context: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the three indicators as the first sheet; shares are hundredths."""
    found = context["found"]
    stored, returned, reachable = found.stored, found.returned, found.reachable
    return [
        (_("Yang diukur"), _("Nilai")),
        (_("Rentang"), context["period"].title),
        (_("Malam jatuh tempo"), stored.nights.due),
        (_("Malam tersimpan di dua tempat"), stored.nights.kept),
        (_("Malam tersimpan, bagian (%)"), _hundredths(stored.nights.share)),
        (_("Byte tersimpan"), stored.read.held),
        (_("Byte dibaca ulang"), stored.read.read),
        (_("Umur bukti, hari"), stored.proven_age),
        (_("Sumber belum terbukti"), stored.unproven),
        (_("Pemulihan terbukti sama"), returned.restores.proven),
        (_("Pemulihan gagal"), returned.restores.failed),
        (_("Pelapor ditanya"), returned.answers.asked),
        (_("Pelapor menyatakan sesuai"), returned.answers.confirmed),
        (_("Pelapor menyanggah"), returned.answers.disputed),
        (_("Pelapor tidak menjawab"), returned.answers.silent),
        (_("Pelapor masih ditunggu"), returned.answers.awaited),
        (_("Pelapor menyatakan sesuai, bagian (%)"), _hundredths(returned.answers.share)),
        (_("Sistem terjangkau, bagian (%)"), _hundredths(reachable.share)),
        (_("Menit hilang"), reachable.lost.total_seconds() / 60),
    ]


def _hundredths(share: float | None) -> float | None:
    return None if share is None else round(share * 100, 4)


def _taken(
    request: HttpRequest, context: dict[str, Any], data: bytes, kind: str, end: str
) -> HttpResponse:
    """Return a file to keep, and write that it was taken into the trail."""
    period = context["period"]
    facts = {"first": str(period.first), "last": str(period.last), "format": end}
    with transaction.atomic():
        record("report.exported", actor=person(request), subject=None, facts=facts)
    answer = HttpResponse(data, content_type=kind)
    name = f"laporan-pulih-{period.first}-{period.last}.{end}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
