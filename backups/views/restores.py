"""The pages of restores: all of them, one live with its undo, and emergencies of two people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from backups.errors import OrderRefused
from backups.explanations import explain
from backups.forms import EmergencyForm, ReviewForm
from backups.models import (
    BEFORE_SWAP,
    Download,
    Emergency,
    JobState,
    RestoreJob,
    RestorePhase,
    RestoreTarget,
    RestoreUndo,
    Source,
)
from backups.restoring import (
    agree,
    ask_emergency,
    cancel_restore,
    decline,
    order_undo,
    review,
)
from backups.survey_words import words_of
from backups.views.access import may, operators, staff
from backups.views.downloads import make_again
from backups.views.restore_steps import UNDO, phases_of, place_in, steps_of
from portal.accounts.access import person, requires
from portal.accounts.models import Role
from portal.lib import clock
from portal.lib.marks import Mark

LATEST = 40
LOG_LINES = 12
MARKS = {"restored": Mark.PROVEN, "undone": Mark.PAUSED, "failed": Mark.FAILED}
seconders = requires(Role.ANALYST, Role.APPROVER, Role.ADMINISTRATOR)


@staff
def restores(request: HttpRequest) -> HttpResponse:
    """List restores, the newest first, and the emergencies that wait for a second person."""
    latest = RestoreJob.objects.select_related("source", "snapshot", "ordered_by")[:LATEST]
    waiting = Emergency.objects.filter(answered_at=None)
    context = {
        "now": clock.now(),
        "rows": [(job, mark_of(job), word_of(job)) for job in latest],
        "waiting": waiting.select_related("source", "snapshot", "asked_by"),
        "sources": Source.objects.kept().filter(snapshots__isnull=False).distinct(),
        "may_operate": may(request, emergency),
        "may_answer": may(request, answer),
        "me": person(request),
    }
    return render(request, "staf/pemulihan-semua.html", context)


@staff
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one restore: its steps, what is touched right now, its proof, and the way back."""
    jobs = RestoreJob.objects.select_related(
        "source", "snapshot", "ordered_by", "second_person", "safety_run__snapshot"
    )
    job = get_object_or_404(jobs, pk=pk)
    undoing = job.undoings.select_related("safety_run__snapshot").first()
    return render(request, "staf/pemulihan.html", _context(request, job, undoing))


def _context(request: HttpRequest, job: RestoreJob, undoing: RestoreUndo | None) -> dict[str, Any]:
    now = clock.now()
    work = undoing or job
    download = Download.objects.filter(restore=job).select_related("person").first()
    steps = steps_of(undoing, UNDO) if undoing else steps_of(job, phases_of(job), job.target)
    failed = work.error_kind and explain(work.error_kind)
    return {
        "now": now,
        "job": job,
        "undoing": undoing,
        "work": work,
        "steps": steps,
        "place": place_in(steps),
        "touch": touch_of(job, undoing),
        "mark": mark_of(job),
        "word": word_of(job),
        "failed": failed,
        "blockers": [words_of(told) for told in forbidding(job)],
        "warnings": [words_of(told) for told in job.survey.get("warnings", ())],
        "answers": [(name, not said, said) for name, said in job.answers.items()],
        "can_undo": job.can_undo(now) and not (undoing and undoing.is_unfinished),
        "may_undo": may(request, undo_now),
        "may_stop": may(request, stop),
        "may_review": job.review_due and job.ordered_by_id != person(request).pk,
        "review": ReviewForm(),
        "download": download,
        "standing": download.standing(now) if download else None,
        "may_operate": may(request, make_again),
        "log": "\n".join(work.log.splitlines()[-LOG_LINES:]),
    }


def forbidding(job: RestoreJob) -> Sequence[Any]:
    """Return what the survey found that ended this restore, when it did."""
    planning = bool(job.steps) and job.steps[-1]["phase"] == RestorePhase.PLAN
    ended_there = planning and job.state == JobState.FAILED
    return job.survey.get("blockers", ()) if ended_there else ()


def touch_of(job: RestoreJob, undoing: RestoreUndo | None) -> str:
    """Return what is touched right now, as a word that the page turns into a sentence."""
    at_work = undoing if undoing and undoing.is_unfinished else job
    if job.is_download:
        return "making" if job.is_unfinished else "made" if job.state == JobState.GOOD else "unmade"
    if at_work.waits_for_target:
        return "waiting"
    if at_work.is_unfinished:
        return "nothing" if at_work.phase in BEFORE_SWAP and not at_work.recovering else "live"
    if job.undone_at:
        return "undone"
    if job.state != JobState.GOOD:
        return "untouched"
    return "beside" if job.target == RestoreTarget.BESIDE else "swapped"


def mark_of(job: RestoreJob) -> Mark:
    """Return a restore's mark."""
    if job.waits_for_target:
        return Mark.ATTENTION
    if job.is_unfinished:
        return Mark.RUNNING if job.state == JobState.RUNNING else Mark.NONE
    if job.state == JobState.CANCELLED:
        return Mark.PAUSED
    return MARKS[job.outcome]


def word_of(job: RestoreJob) -> str:
    """Return how a restore stands, in one word or two."""
    if job.waits_for_target:
        return _("Menunggu server")
    if job.is_unfinished:
        step = dict(RestorePhase.choices).get(job.phase)
        return str(step or job.get_state_display())
    if job.state == JobState.CANCELLED:
        return str(job.get_state_display())
    if job.is_download and job.state == JobState.GOOD:
        return _("Dibuat")
    return {
        "restored": _("Pulih"),
        "undone": pgettext("pemulihan", "Dikembalikan"),
        "failed": _("Gagal"),
    }[job.outcome]


@operators
@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a restore that has touched nothing living yet."""
    job = get_object_or_404(RestoreJob, pk=pk)
    if cancel_restore(job, person(request), clock.now()):
        messages.success(request, _("Dihentikan; data hidup tidak berubah."))
    else:
        messages.warning(request, _("Sudah terlambat untuk dihentikan; tunggu sampai selesai."))
    return redirect(job)


@operators
@require_POST
def undo_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Order that what was live before is live again."""
    job = get_object_or_404(RestoreJob, pk=pk)
    try:
        order_undo(job, clock.now(), by=person(request))
    except OrderRefused as error:
        messages.error(request, _("Belum dapat dikembalikan: %(why)s") % {"why": error})
    else:
        messages.success(
            request, _("Pengembalian dimulai; yang ditulis sejak ditukar disimpan dulu.")
        )
    return redirect(job)


@seconders
@require_POST
def review_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a second person's sight of an emergency by command."""
    job = get_object_or_404(RestoreJob, pk=pk)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Tuliskan hasil tinjauannya."))
        return redirect(job)
    try:
        review(job, person(request), form.cleaned_data["words"], clock.now())
    except OrderRefused:
        messages.error(request, _("Yang memerintahkan keadaan darurat tidak dapat meninjaunya."))
    else:
        messages.success(request, _("Tinjauan dicatat."))
    return redirect(job)


@operators
def emergency(request: HttpRequest, key: str) -> HttpResponse:
    """Ask for a restore to live without a case; somebody else has to agree."""
    source = get_object_or_404(Source.objects.kept(), key=key)
    form = EmergencyForm(source, request.POST or None)
    if request.method == "POST" and form.is_valid():
        ask_emergency(
            form.cleaned_data["night"],
            form.scope(),
            form.cleaned_data["reason"],
            person(request),
            clock.now(),
        )
        messages.success(request, _("Permintaan tercatat; minta orang kedua menyetujuinya."))
        return redirect("pemulihan-semua")
    return render(request, "staf/darurat.html", {"source": source, "form": form})


@seconders
@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Agree to an emergency as the second person, or turn it down."""
    asked = get_object_or_404(Emergency.objects.select_related("source"), pk=pk)
    now: datetime = clock.now()
    if request.POST.get("jawaban") != "setuju":
        decline(asked, person(request), now)
        messages.success(request, _("Permintaan darurat tidak dijalankan."))
        return redirect("pemulihan-semua")
    try:
        job = agree(asked, person(request), now)
    except OrderRefused as error:
        messages.error(request, _("Belum dapat dijalankan: %(why)s") % {"why": error})
        return redirect("pemulihan-semua")
    return redirect(job)
