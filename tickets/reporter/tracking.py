"""Following a case: where it stands, what it needs from its reporter, and their answers.

Every change is a POST to an address of its own; a GET there shows the question or leads back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from backups.downloading import refusal_of
from portal.accounts.access import open_to_all
from portal.accounts.models import User
from portal.lib import clock, visitor
from portal.lib.marks import Mark
from tickets import periods
from tickets.actions import analysing, closing, files, filing, signing, talking
from tickets.actions.actors import Act
from tickets.actions.restoring import downloads_of
from tickets.errors import DeskError
from tickets.journey import journey
from tickets.models import ASKED, EntryKind, Side, Signature, Ticket, working_days_after
from tickets.reporter.case_forms import LinkForm, MoreFilesForm, RatingForm, WordsForm
from tickets.reporter.file_forms import content_of
from tickets.reporter.visiting import Visit, of_case, refused, said_just_now
from tickets.telling import sentence
from tickets.workflow import State

LOOKED_UP = visitor.Limit(30, timedelta(minutes=15))
SENT_TO = visitor.Limit(5, timedelta(hours=1))

YOUR_TURN = frozenset({State.WAITING_REPORTER.value, *ASKED})
MARKS = {
    State.CLOSED: Mark.GOOD,
    State.CONFIRMED: Mark.GOOD,
    State.CANCELLED: Mark.NONE,
    State.REFUSED: Mark.ATTENTION,
    State.CANNOT_RECOVER: Mark.ATTENTION,
}


@dataclass(frozen=True, slots=True)
class Question:
    """A page that asks for words before a move is made."""

    move: str
    heading: Any
    hint: Any
    label: Any
    button: Any
    done: Any
    action: Callable[[Ticket, Act], object]


QUESTIONS = {
    "jawab": Question(
        "answer", _("Jawaban Anda"), _("Tulis apa adanya; “tidak tahu” juga jawaban."),
        _("Jawaban"), _("Kirim jawaban"), _("Jawaban Anda terkirim. Kami lanjutkan."),
        analysing.answer,
    ),
    "belum": Question(
        "dispute", _("Apa yang belum sesuai?"), _("Sebutkan satu contoh bila ada."),
        _("Yang belum sesuai"), _("Kirim"), _("Terima kasih. Kami periksa kembali."),
        closing.dispute,
    ),
    "pesan": Question(
        "write", _("Tulis pesan"), _("Dibaca petugas kasus Anda. Tiket tetap satu."),
        _("Pesan"), _("Kirim pesan"), _("Pesan Anda terkirim."), talking.write,
    ),
    "batalkan": Question(
        "cancel", _("Batalkan tiket ini?"),
        _("Pekerjaan kami berhenti. Anda dapat membukanya kembali dalam sepuluh hari kerja."),
        _("Mengapa?"), _("Batalkan tiket"), _("Tiket dibatalkan."), closing.cancel,
    ),
    "buka-kembali": Question(
        "reopen", _("Buka kembali tiket ini"), _("Ceritakan apa yang ternyata belum beres."),
        _("Yang belum beres"), _("Buka kembali"), _("Tiket dibuka kembali. Kami lanjutkan."),
        closing.reopen,
    ),
}  # fmt: skip


@open_to_all
@never_cache
def look_up(request: HttpRequest) -> HttpResponse:
    """Ask for number and address, and mail the link if they belong together.

    The answer is the same whether they do or not.
    """
    form = LinkForm(request.POST or None, initial={"number": request.GET.get("nomor", "")})
    if request.method == "POST" and form.is_valid():
        number, email, now = form.cleaned_data["number"], form.cleaned_data["email"], clock.now()
        if not visitor.may("link.asked", visitor.address(request), LOOKED_UP, now):
            return render(request, "429.html", status=429)
        if visitor.may("link.sent", f"{number} {email.lower()}", SENT_TO, now):
            filing.send_link(number, email, now)
        return render(request, "lacak/dikirim.html", {"email": email})
    mine: list[Ticket] = []
    if isinstance(request.user, User) and request.user.roles:
        mine = list(Ticket.objects.filter(reporter=request.user)[:50])
    return render(request, "lacak/lacak.html", {"form": form, "mine": mine})


@open_to_all
@never_cache
@require_safe
def own_case(request: HttpRequest, number: str) -> HttpResponse:
    """Lead a signed-in reporter to their case; everybody else to where the link is asked for."""
    user = request.user
    if isinstance(user, User) and user.roles:
        ticket = Ticket.objects.filter(number=number, reporter=user).first()
        if ticket:
            return redirect("tiket", number, filing.tracking_token(ticket))
    return redirect(f"{reverse('lacak')}?{urlencode({'nomor': number[:40]})}")


@of_case
def case(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show one case to its reporter: the next act first, then the way, words and files."""
    ticket, now = visit.ticket, visit.now
    shown = list(ticket.entries.shown().order_by("pk"))
    said = [entry for entry in shown if entry.kind == EntryKind.MESSAGE]
    from_desk = [entry for entry in said if entry.side != Side.REPORTER]
    letters = list(ticket.letters.order_by("-pk"))
    download = downloads_of(ticket).first()
    context = {
        "visit": visit,
        "ticket": ticket,
        "offers": visit.offers,
        "mark": MARKS.get(ticket.step, Mark.RUNNING),
        "seen": gettext(ticket.step.seen),
        "your_turn": ticket.state in YOUR_TURN,
        "asked": from_desk[-1] if from_desk else None,
        "stations": journey(ticket.step, [(entry.move, entry.at) for entry in shown]),
        "said": said,
        "files": visit.own_files(),
        "letter": letters[0] if letters else None,
        "remind_at": _remind_at(ticket),
        "records": list(ticket.berita_acara.numbered()),
        "to_sign": _to_sign(visit),
        "download": download if download and download.made_at else None,
        "may_fetch": download is not None and refusal_of(download, now) is None,
        "rating": RatingForm() if "rate" in visit.offers else None,
        "into": _into(visit),
        "now": now,
    }
    return render(request, "lacak/kasus.html", context)


@of_case
def ask(request: HttpRequest, visit: Visit, slug: str) -> HttpResponse:
    """Ask for the words of a move; make it when they are sent."""
    question = QUESTIONS[slug]
    offer = visit.offers.get(question.move)
    if request.method != "POST" and (offer is None or offer.missing):
        return redirect(visit.page)
    form = WordsForm(request.POST or None, label=str(question.label))
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data["words"]
        try:
            if not said_just_now(visit, words):
                question.action(visit.ticket, visit.act(words))
        except DeskError as error:
            return refused(request, visit, error)
        messages.success(request, str(question.done))
        return redirect(visit.page)
    return render(request, "lacak/tanya.html", {"visit": visit, "question": question, "form": form})


@of_case
def confirm(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Take the reporter's yes; a link alone never says it."""
    if request.method == "POST":
        try:
            closing.confirm(visit.ticket, visit.act())
        except DeskError as error:
            return refused(request, visit, error)
        messages.success(request, gettext("Terima kasih. Kasus ini segera kami tutup."))
    return redirect(visit.page)


@of_case
def rate(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Take a mark from one to five, once."""
    form = RatingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        score, words = form.cleaned_data["score"], form.cleaned_data["words"]
        try:
            closing.rate(visit.ticket, score, visit.act(words.replace("\0", "")))
        except DeskError as error:
            return refused(request, visit, error)
        messages.success(request, gettext("Terima kasih atas penilaian Anda."))
        return redirect(visit.page)
    if request.method == "POST" and "rate" in visit.offers:
        return render(request, "lacak/nilai.html", {"visit": visit, "form": form})
    return redirect(visit.page)


@of_case
def add_files(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Take further files, each kept or refused by itself."""
    bound = request.method == "POST"
    form = MoreFilesForm(request.POST if bound else None, request.FILES if bound else None)
    if bound and form.is_valid():
        for file in form.cleaned_data["attached"]:
            try:
                files.attach(visit.ticket, file.name, content_of(file), visit.act())
            except DeskError as error:
                form.add_error("attached", sentence(error))
        if form.is_valid():
            messages.success(request, gettext("Berkas Anda terkirim."))
            return redirect(visit.page)
    if not bound and "attach" not in visit.offers:
        return redirect(visit.page)
    return render(request, "lacak/berkas.html", {"visit": visit, "form": form})


@of_case
@require_safe
def download(request: HttpRequest, visit: Visit, pk: int) -> HttpResponseBase:
    """Give the reporter's own file back, as an attachment, when the scanner let it go."""
    del request
    file = get_object_or_404(visit.ticket.attachments.openable(), pk=pk)
    if not visit.is_own(file):
        return redirect(visit.page)
    answer = FileResponse(
        file.file.open("rb"), as_attachment=True, filename=file.name, content_type=file.kind
    )
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


def _remind_at(ticket: Ticket) -> Any:
    """Return when a reporter whose yes is awaited is reminded; None for everybody else."""
    if ticket.state not in ASKED:
        return None
    return working_days_after(ticket.state_since, periods.REMIND_REPORTER_AFTER)


def _to_sign(visit: Visit) -> Signature | None:
    """Return the signature that is asked of this person now, under a record of this case."""
    if visit.by.user is None:
        return None
    return signing.turn_of(visit.by.user).filter(berita_acara__ticket=visit.ticket).first()


def _into(visit: Visit) -> str:
    """Return the page of the case that this one was joined with; "" for none."""
    other = visit.ticket.merged_into
    if other is None:
        return ""
    return Visit(other, filing.tracking_token(other), visit.by, visit.now).page
