"""Drafting a berita acara with its paper beside it, and each step that moves it on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.accounts.access import person
from portal.accounts.models import User
from portal.lib import clock
from portal.lib.clock import wib_date
from portal.lib.paper import PaperTrouble
from tickets.actions import recording
from tickets.archive import showing
from tickets.archive.access import keepers, readers, record_of, writers
from tickets.archive.forms import DraftForm, NewMonthForm, ReasonForm
from tickets.errors import DeskError, RecordMoved
from tickets.models import BERITA_ACARA_KINDS, BeritaAcara, RecordKind, RecordState, Ticket
from tickets.records import certificate, document
from tickets.records.facts import content_of
from tickets.records.proposing import words_of
from tickets.telling import sentence

REFUSED = 422
Step = Callable[[BeritaAcara, User, datetime, str], BeritaAcara]


@writers
@require_POST
def new_of_case(request: HttpRequest, number: str) -> HttpResponse:
    """Begin a record of a case, of the kind asked for or of the one that the case calls for."""
    ticket = Ticket.objects.filter(number=number).first()
    if ticket is None:
        raise Http404(_("Tidak ada kasus dengan nomor ini."))
    kind = request.POST.get("jenis") or recording.proposed_kind(ticket)
    if kind not in set(BERITA_ACARA_KINDS) - {RecordKind.MONTHLY}:
        raise Http404(_("Tidak ada jenis ini."))
    record = recording.draft_for_case(ticket, kind, person(request), clock.now())
    return redirect(record)


@writers
@require_POST
def new_of_month(request: HttpRequest) -> HttpResponse:
    """Begin a month's record of backups."""
    form = NewMonthForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(map(str, form.errors["bulan"])))
        return redirect("rekaman")
    try:
        month = form.cleaned_data["bulan"]
        record = recording.draft_for_month(month, person(request), clock.now())
    except DeskError as error:
        messages.error(request, sentence(error))
        return redirect("rekaman")
    return redirect(record)


@readers
def berita_acara(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a record: a draft to be worded, or what became of it."""
    record = record_of(request, pk)
    if record.state != RecordState.DRAFT:
        return showing.record_page(request, record)
    return _draft_page(request, record, _form(record))


@writers
@require_POST
def save(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what was typed; with `langkah`, go on to that step at once."""
    record = record_of(request, pk)
    form = DraftForm(request.POST, record=record)
    if not form.is_valid():
        return _draft_page(request, record, form, status=REFUSED)
    if str(record.version) != request.POST.get("versi"):
        messages.error(request, sentence(RecordMoved()))
        return _draft_page(request, record, form, status=409)
    words = record.words | _reworded(record, form.words())
    try:
        recording.save_draft(record, words, record.level, clock.now())
        return _go_on(request, record)
    except DeskError as error:
        messages.error(request, sentence(error))
        return _draft_page(request, record, form, status=REFUSED)


def _reworded(record: BeritaAcara, typed: dict[str, str]) -> dict[str, str]:
    """Return what differs from the proposal, so that untouched parts follow the facts."""
    today = wib_date(clock.now())
    proposed = words_of(record, today)
    changed = {
        name: value
        for name, value in typed.items()
        if value.replace("\r\n", "\n").strip() != proposed.get(name, "").strip()
    }
    if "hijri" in changed:
        changed["hijri_for"] = ""
    return changed


def _go_on(request: HttpRequest, record: BeritaAcara) -> HttpResponse:
    by, now, step = person(request), clock.now(), request.POST.get("langkah", "")
    if step == "terbitkan":
        recording.order_issue(record, by, now)
    elif step == "ajukan":
        recording.ask_to_sign(record, by, now)
        messages.success(request, _("Permintaan tanda tangan dikirim, seorang demi seorang."))
    else:
        messages.success(request, _("Konsep tersimpan."))
    return redirect(record)


@readers
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw the paper of what is typed now, without keeping it."""
    record = record_of(request, pk)
    form = DraftForm(request.POST, record=record)
    if form.is_valid():
        record.words = record.words | _reworded(record, form.words())
    return HttpResponse(paper_of(record))


STEPS: dict[str, Step] = {
    "buang": lambda record, by, now, _why: recording.discard(record, by, now),
    "coba-lagi": lambda record, by, now, _why: recording.try_again(record, by, now),
    "tarik": lambda record, by, now, why: recording.withdraw(record, why, by, now),
    "batalkan": lambda record, by, now, why: recording.cancel(record, why, by, now),
    "ganti": lambda record, by, now, _why: recording.draft_anew(record, by, now),
}
EXPLAINED = ("tarik", "batalkan")


@keepers
@require_POST
def step(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take one step with a record."""
    record, form = record_of(request, pk), ReasonForm(request.POST)
    if name not in STEPS:
        raise Http404(_("Tidak ada langkah ini."))
    if name in EXPLAINED and not form.is_valid():
        return showing.record_page(request, record, reason=form, asked=name, status=REFUSED)
    why = form.cleaned_data.get("alasan", "") if form.is_valid() else ""
    try:
        after = STEPS[name](record, person(request), clock.now(), why)
    except DeskError as error:
        messages.error(request, sentence(error))
        return redirect(record)
    return redirect("rekaman" if name == "buang" else after)


def _form(record: BeritaAcara) -> DraftForm:
    words = words_of(record, wib_date(clock.now()))
    return DraftForm(initial=words, record=record)


def paper_of(record: BeritaAcara) -> SafeString:
    """Return a draft's paper as it would be issued now, or why it cannot be drawn."""
    now = clock.now()
    content = content_of(record, now, wib_date(now)).as_row()
    try:
        return mark_safe(document.article(content, None))  # noqa: S308 - our own template
    except PaperTrouble as trouble:
        return SafeString(document.trouble_page(str(trouble)))


def _draft_page(
    request: HttpRequest, record: BeritaAcara, form: DraftForm, status: int = 200
) -> HttpResponse:
    missing = recording.missing_for(record.kind, record.ticket) if record.ticket else ""
    context: dict[str, Any] = {
        "record": record,
        "form": form,
        "paper": paper_of(record),
        "missing": missing,
        "no_seal": certificate.why_not(certificate.read(), clock.now()),
        "writes": bool(person(request).roles & {"front_desk", "analyst"}),
    }
    return render(request, "rekaman/konsep.html", context, status=status)
