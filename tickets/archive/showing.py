"""A record as it stands: waiting for signatures, being issued, issued, cancelled; and its files."""

from __future__ import annotations

import hashlib
from typing import Any

import magic
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.accounts.access import person, signed_in
from portal.audit.record import record as audit
from portal.lib import clock
from portal.lib.marks import Mark
from tickets.archive.access import readers, record_of, writers
from tickets.archive.forms import LARGEST_SCAN, SCAN_KINDS, ReasonForm, ScanForm
from tickets.errors import ScanRefused
from tickets.filenames import clean
from tickets.models import BeritaAcara, FilePurpose, RecordFile, RecordState, SigningLevel
from tickets.records import document, verification
from tickets.records.verification import Altered
from tickets.telling import sentence

MARKS = {
    RecordState.DRAFT: Mark.PAUSED,
    RecordState.SIGNING: Mark.RUNNING,
    RecordState.ISSUING: Mark.RUNNING,
    RecordState.ISSUED: Mark.GOOD,
    RecordState.CANCELLED: Mark.ATTENTION,
    RecordState.DISCARDED: Mark.PAUSED,
}
ALTERED = 409


def record_page(
    request: HttpRequest,
    record: BeritaAcara,
    *,
    reason: ReasonForm | None = None,
    asked: str = "",
    status: int = 200,
) -> HttpResponse:
    """Show a record that is no draft, with what may be done with it."""
    context: dict[str, Any] = {
        "record": record,
        "mark": MARKS[RecordState(record.state)].value,
        "paper": paper(record),
        "signatures": record.signatures.select_related("user"),
        "files": record.files.defer("content"),
        "trouble": verification.trouble_of(record) if record.is_numbered else "",
        "reason": reason or ReasonForm(),
        "asked": asked,
        "replacement": record.replacements.exclude(state=RecordState.DISCARDED).first(),
        "writes": bool(person(request).roles & {"front_desk", "analyst", "approver"}),
        "by_ink": record.level == SigningLevel.INK,
        "scan_form": ScanForm(),
        "waits": record.state in {RecordState.ISSUING, RecordState.SIGNING},
    }
    return render(request, "rekaman/rekaman.html", context, status=status)


def paper(record: BeritaAcara) -> str:
    """Return the record's paper for the page: for reading, the PDF is the record."""
    mark = _("DIBATALKAN") if record.state == RecordState.CANCELLED else ""
    if not record.content:
        return ""
    drawn = document.article(
        record.content, record.stamp or None, watermark=mark, pages=record.stamp.get("pages")
    )
    return mark_safe(drawn)  # noqa: S308 - our own template


@readers
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the style sheet of the record's page margins, for printing from the browser."""
    record = record_of(request, pk)
    content = record.content or {"form": {"code": ""}}
    return HttpResponse(
        document.sheet(record.stamp or None, content), content_type="text/css; charset=utf-8"
    )


@signed_in
def download(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """Give stored bytes as they were kept; altered ones are not given out, and it is said."""
    record = record_of(request, pk)
    found = record.files.filter(pk=file).first()
    if found is None:
        raise Http404(_("Tidak ada berkas ini."))
    try:
        content = verification.genuine_bytes(found)
    except Altered as error:
        context = {"record": record, "file": found, "reason": str(error)}
        return render(request, "rekaman/berubah.html", context, status=ALTERED)
    with transaction.atomic():
        facts = {"file": found.pk, "purpose": str(found.purpose)}
        audit("berita_acara.opened", actor=person(request), subject=record, facts=facts)
    answer = HttpResponse(content, content_type=found.kind)
    answer["Content-Disposition"] = f'attachment; filename="{found.name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@writers
@require_POST
def upload_scan(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the scan of a paper that was signed with ink, beside the issued document."""
    record, form = record_of(request, pk), ScanForm(request.POST, request.FILES)
    if not form.is_valid() or not record.is_numbered:
        messages.error(request, sentence(ScanRefused(limit=LARGEST_SCAN >> 20)))
        return redirect(record)
    sent = form.cleaned_data["pindaian"]
    content = sent.read(LARGEST_SCAN + 1)
    kind = magic.from_buffer(content[:4096], mime=True)
    if len(content) > LARGEST_SCAN or kind not in SCAN_KINDS:
        messages.error(request, sentence(ScanRefused(limit=LARGEST_SCAN >> 20)))
        return redirect(record)
    with transaction.atomic():
        digest = hashlib.sha256(content).hexdigest()
        RecordFile.objects.create(
            berita_acara=record,
            purpose=FilePurpose.SCAN,
            name=clean(sent.name)[:140],
            kind=kind,
            content=content,
            size=len(content),
            sha256=digest,
            made_at=clock.now(),
            made_by=person(request),
        )
        facts = {"sha256": digest, "size": len(content)}
        audit("berita_acara.scanned", actor=person(request), subject=record, facts=facts)
    messages.success(request, _("Pindaian tersimpan di samping dokumennya."))
    return redirect(record)
