"""The surat pengajuan and the receipt: filled by the portal, printed, signed, handed in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext, override
from django.views.decorators.http import require_safe

from portal.audit.record import record as audit
from portal.lib import clock
from portal.lib.paper import to_pdf
from tickets.actions import files
from tickets.errors import DeskError, FileRefused, LetterScanMissing
from tickets.models import FilePurpose, Quarantine
from tickets.records.verification import Altered, genuine_bytes
from tickets.reporter.file_forms import LetterForm, content_of
from tickets.reporter.visiting import Visit, of_case, refused
from tickets.telling import sentence


@of_case
def letter(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Offer the filled letter, and take the signed one with its own number and date."""
    if "give_letter" not in visit.offers:
        return redirect(visit.page)
    bound = request.method == "POST"
    form = LetterForm(
        request.POST if bound else None,
        request.FILES if bound else None,
        today=clock.wib_date(visit.now),
    )
    if bound and form.is_valid():
        try:
            _hand_in(visit, form)
        except (FileRefused, LetterScanMissing) as error:
            form.add_error("letter_scan", sentence(error))
        except DeskError as error:
            return refused(request, visit, error)
        else:
            messages.success(request, gettext("Surat pengajuan Anda terkirim."))
            return redirect(visit.page)
    last = visit.ticket.letters.order_by("-pk").first()
    context = {"visit": visit, "ticket": visit.ticket, "form": form, "last": last}
    return render(request, "lacak/surat.html", context)


@of_case
@require_safe
def filled_letter(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Give the letter as a PDF, with all that the report says; number and signature are blank."""
    del request
    return _pdf("paper/surat-pengajuan.html", visit, f"surat-pengajuan-{visit.ticket.number}.pdf")


@of_case
@require_safe
def receipt(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show what was sent and when, to be printed."""
    return render(request, "lacak/tanda-terima.html", _facts(visit))


@of_case
@require_safe
def receipt_pdf(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Give the receipt as a PDF."""
    del request
    return _pdf("paper/tanda-terima.html", visit, f"tanda-terima-{visit.ticket.number}.pdf")


@of_case
@require_safe
def record_paper(request: HttpRequest, visit: Visit, pk: int) -> HttpResponse:
    """Give an issued berita acara as it was issued; altered bytes are not given out."""
    record = get_object_or_404(visit.ticket.berita_acara.numbered(), pk=pk)
    file = get_object_or_404(record.files, purpose=FilePurpose.ISSUED)
    try:
        content = genuine_bytes(file)
    except Altered:
        messages.warning(request, gettext("Dokumen ini sedang kami periksa; hubungi loket."))
        return redirect(visit.page)
    with transaction.atomic():
        facts = {"file": file.pk, "purpose": str(file.purpose)}
        audit("berita_acara.opened", actor=visit.by.audited, subject=record, facts=facts)
    answer = HttpResponse(content, content_type=file.kind)
    answer["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return answer


def _hand_in(visit: Visit, form: LetterForm) -> None:
    """Attach the scan and give it as the letter."""
    sent = form.cleaned_data["letter_scan"]
    scan = files.attach(visit.ticket, sent.name, content_of(sent), visit.act())
    if scan.quarantine == Quarantine.INFECTED:
        raise LetterScanMissing
    number, dated = form.cleaned_data["letter_number"], form.cleaned_data["letter_dated"]
    files.give_letter(visit.ticket, number, dated, scan, visit.act())


def _facts(visit: Visit) -> dict[str, Any]:
    ticket = visit.ticket
    systems = ", ".join(system.name for system in ticket.systems.all())
    return {"visit": visit, "ticket": ticket, "systems": systems, "at": visit.now}


def _pdf(template: str, visit: Visit, name: str) -> HttpResponse:
    with override("id"):
        html = render_to_string(template, _facts(visit))
    answer = HttpResponse(to_pdf(html, str(settings.BASE_DIR)), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
