"""Archives of records: ordered here, made by a worker, watched by a bar, downloaded."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.accounts.access import person, requires
from portal.accounts.models import Role
from portal.audit.record import record as audit
from portal.lib import clock
from tickets.actions import bundling
from tickets.archive.access import readers
from tickets.archive.forms import BundleForm
from tickets.models import Bundle, BundleState
from tickets.records import register
from tickets.records.bundle import bundle_file

takers = requires(Role.FRONT_DESK, Role.ANALYST, Role.APPROVER, Role.ADMINISTRATOR)


@takers
@require_POST
def order(request: HttpRequest) -> HttpResponse:
    """Ask a worker for an archive."""
    form = BundleForm(request.POST, years=register.years(clock.now()))
    if not form.is_valid():
        errors = [str(error) for found in form.errors.values() for error in found]
        messages.error(request, " ".join(errors))
        return redirect("rekaman")
    wanted = form.cleaned_data
    made = bundling.order(wanted["tahun"], wanted["sampel"] or 0, person(request), clock.now())
    return redirect("bundel", made.pk)


@readers
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far an archive is."""
    bundle = get_object_or_404(Bundle, pk=pk)
    percent = min(99, bundle.done * 100 // bundle.total) if bundle.total else None
    context = {
        "bundle": bundle,
        "percent": 100 if bundle.state == BundleState.READY else percent,
        "waits": bundle.state in {BundleState.QUEUED, BundleState.RUNNING},
    }
    return render(request, "rekaman/bundel.html", context)


@readers
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give an archive that is ready; that it was taken along is an event."""
    bundle = get_object_or_404(Bundle, pk=pk, state=BundleState.READY)
    place = bundle_file(bundle)
    if not place.is_file():
        raise Http404(_("Berkas bundel ini sudah dirapikan; buat yang baru."))
    with transaction.atomic():
        facts = {"year": bundle.year, "sample": bundle.sample, "sha256": bundle.sha256}
        audit("records.bundle_taken", actor=person(request), subject=bundle, facts=facts)
    name = f"rekaman-{bundle.year}{f'-sampel-{bundle.sample}' if bundle.sample else ''}.zip"
    return FileResponse(place.open("rb"), as_attachment=True, filename=name)
