"""Reporting a loss: what not to do, one question a page, checking, sending once, what is next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.access import open_to_all, signed_in
from portal.accounts.access import person as person_of
from portal.accounts.models import User
from portal.lib import clock, visitor
from tickets.actions import drafting, files, filing
from tickets.actions.actors import Act, by_link, person
from tickets.errors import DeskError, Incomplete
from tickets.models import Attachment, ReportDraft, ServiceTarget, Ticket, calendar
from tickets.priorities import Priority
from tickets.reporter.answers import summary, troubles
from tickets.reporter.course import CHECK, FILES, Course
from tickets.reporter.file_forms import FilesForm, content_of
from tickets.reporter.report_forms import moment
from tickets.telling import sentence
from tickets.uploads import MOST_FILES
from tickets.workflow import Clock
from tickets.working_time import NeverOpen

BEGUN = visitor.Limit(60, timedelta(hours=1))  # a faculty may stand behind one address
SENT = visitor.Limit(20, timedelta(hours=1))
UPLOADED = visitor.Limit(120, timedelta(hours=1))
BAR = 132  # the width of the line of steps
DRAFT = "draf"  # in the session: the key of the report that this browser began last

View = Callable[..., HttpResponseBase]


def of_draft(view: View) -> View:
    """Open the draft whose key is in the address; a plain page where there is none.

    One that was sent leads to what came of it, whatever page of it is asked for.
    """

    @wraps(view)
    def opened(request: HttpRequest, key: str, **rest: Any) -> HttpResponseBase:
        draft = drafting.find_draft(key)
        if draft is None:
            return render(request, "lapor/tidak-ada.html", status=404)
        if draft.ticket and view.__name__ != "sent":
            return redirect("lapor-terkirim", key)
        return view(request, Course.of(request, draft, key), **rest)

    return open_to_all(never_cache(opened))


@open_to_all
@never_cache
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Say first what not to do and where to look; offer what was begun."""
    last = drafting.find_draft(request.session.get(DRAFT, ""))
    begun = last if last and not last.ticket else None
    key = request.session.get(DRAFT, "") if begun else ""
    user = request.user
    kept = drafting.drafts_of(user) if isinstance(user, User) and user.roles else []
    others = [draft for draft in kept if draft != begun and draft.step]
    return render(request, "lapor/mulai.html", {"begun": begun, "key": key, "others": others})


@open_to_all
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Open a new draft and go to its first question."""
    now = clock.now()
    if not visitor.may("report.begin", visitor.address(request), BEGUN, now):
        return render(request, "429.html", status=429)
    user = request.user if isinstance(request.user, User) else None
    draft, key = drafting.open_draft(user, now)
    drafting.save_step(draft, "", {"language": _language()}, now)
    request.session[DRAFT] = key
    return redirect("lapor-langkah", key, Course(draft, key, user).slugs[0])


@signed_in
@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on with one's own draft on a device that never had its key."""
    user = person_of(request)
    draft = get_object_or_404(ReportDraft, pk=pk, user=user, sent_at=None)
    key = drafting.reopen(draft, user)
    request.session[DRAFT] = key
    return redirect("lapor-langkah", key, CHECK)


@of_draft
def step(request: HttpRequest, course: Course, slug: str) -> HttpResponse:
    """Ask one question; whatever was typed is kept, and the next comes when it is in order."""
    if slug in {FILES, CHECK}:
        return {FILES: attachments, CHECK: check}[slug](request, course)
    if slug not in course.forms:
        return redirect(course.address(CHECK))
    now = clock.now()
    form = course.form(slug, now, request.POST if request.method == "POST" else None)
    if form.is_bound:
        drafting.save_step(course.draft, slug, form.typed() | {"language": _language()}, now)
        if getattr(form, "by_a_machine", False):
            return redirect("beranda")
        if form.is_valid():
            return redirect(_onward(request, course, slug))
    return _page(request, "lapor/langkah.html", course, slug, form=form)


def attachments(request: HttpRequest, course: Course) -> HttpResponse:
    """Take files, each refused or kept by itself, and the letter where it is there already."""
    now = clock.now()
    bound = request.method == "POST"
    data, sent = (request.POST, request.FILES) if bound else (None, None)
    form = FilesForm(data, sent, initial=dict(course.draft.answers), today=clock.wib_date(now))
    if bound and request.POST.get("hapus"):
        return _remove(request, course, request.POST["hapus"])
    if bound:
        _keep(request, course, form, now)
        if form.is_valid():
            more = request.POST.get("tambah")
            return redirect(request.get_full_path() if more else _onward(request, course, FILES))
    kept = course.draft.attachments.all()
    letter = course.draft.answers.get("letter")
    return _page(
        request, "lapor/berkas.html", course, FILES,
        form=form, kept=kept, letter=letter, most=MOST_FILES,
    )  # fmt: skip


def check(request: HttpRequest, course: Course) -> HttpResponse:
    """Show all answers, each with its way back; send once."""
    now = clock.now()
    found = troubles(course, now)
    refused = ""
    if request.method == "POST" and not found:
        by = visitor.address(request)
        if not course.user and not visitor.may("report.send", by, SENT, now):
            return render(request, "429.html", status=429)
        try:
            _file(course, now)
        except Incomplete:
            found = troubles(course, now)
        except DeskError as error:
            refused = sentence(error)
        else:
            return redirect("lapor-terkirim", course.key)
    return _page(
        request, "lapor/periksa.html", course, CHECK,
        answers=summary(course), troubles=found, refused=refused, answer_by=_answer_by(now),
    )  # fmt: skip


@of_draft
def sent(request: HttpRequest, course: Course) -> HttpResponse:
    """Give the number, say what happens next and when, and how to follow it."""
    ticket = course.draft.ticket
    if ticket is None:
        return redirect(course.address(CHECK))
    own = course.user is not None and ticket.reporter_id == course.user.pk
    track = _track(ticket) if own else ""
    context = {"ticket": ticket, "track": track}
    return render(request, "lapor/terkirim.html", context)


@of_draft
def later(request: HttpRequest, course: Course) -> HttpResponse:
    """Show the link by which the report goes on, on this or another device."""
    place = course.draft.step if course.draft.step in course.slugs else course.slugs[0]
    context = {"link": request.build_absolute_uri(course.address(place)), "draft": course.draft}
    return render(request, "lapor/nanti.html", context)


def _file(course: Course, now: datetime) -> None:
    """File the report, and hand in the letter that came with it."""
    ticket = filing.file_report(course.draft, course.user, now).ticket
    answers = course.draft.answers
    scan = ticket.attachments.filter(pk=answers.get("letter") or 0).first()
    if scan and not ticket.letters.exists():
        by = person(course.user, ticket, now) if course.user else by_link(ticket)
        dated = date.fromisoformat(moment(answers["letter_dated"], ""))
        files.give_letter(ticket, answers["letter_number"], dated, scan, Act(by, now))


@open_to_all
def broken_link(request: HttpRequest, **_: str) -> HttpResponse:
    """Answer an address that names no report as one whose draft is gone."""
    return render(request, "lapor/tidak-ada.html", status=404)


def _page(
    request: HttpRequest, template: str, course: Course, slug: str, **more: Any
) -> HttpResponse:
    number, count = course.place(slug)
    back = request.GET.get("kembali") == CHECK and slug != CHECK
    return render(
        request,
        template,
        {
            "course": course,
            "slug": slug,
            "number": number,
            "count": count,
            "bars": [(n * BAR / count, BAR / count - 2.4, n < number) for n in range(count)],
            "back": course.address(CHECK) if back else course.before(slug),
            "saved_at": course.draft.saved_at if course.draft.step else None,
            **more,
        },
    )


def _onward(request: HttpRequest, course: Course, slug: str) -> str:
    """Return the next page; after a change made from the list of answers, that list."""
    back = request.GET.get("kembali") == CHECK
    return course.address(CHECK) if back else course.after(slug)


def _keep(request: HttpRequest, course: Course, form: FilesForm, now: datetime) -> None:
    """Keep what can be kept, and say at the field what cannot."""
    if request.FILES and not visitor.may("report.upload", visitor.address(request), UPLOADED, now):
        form.add_error("attached", gettext("Terlalu banyak berkas sekaligus; coba lagi nanti."))
        return
    valid = form.is_valid()
    for file in form.cleaned_data.get("attached") or ():
        _attach(course, form, "attached", file, now)
    answers: dict[str, Any] = {
        name: request.POST.get(name, "") for name in ("letter_number", "letter_dated")
    }
    if valid and form.has_letter:
        scan = _attach(course, form, "letter_scan", form.cleaned_data["letter_scan"], now)
        answers["letter"] = scan.pk if scan else None
    drafting.save_step(course.draft, FILES, answers, now)


def _attach(
    course: Course, form: FilesForm, field: str, file: UploadedFile, now: datetime
) -> Attachment | None:
    try:
        return files.attach_to_draft(course.draft, file.name or "", content_of(file), now)
    except DeskError as refused:
        form.add_error(field, sentence(refused))
        return None


def _remove(request: HttpRequest, course: Course, pk: str) -> HttpResponse:
    if pk.isdecimal():
        files.detach_from_draft(get_object_or_404(course.draft.attachments, pk=pk))
    return redirect(request.get_full_path())


def _track(ticket: Ticket) -> str:
    return reverse("tiket", args=[ticket.number, filing.tracking_token(ticket)])


def _language() -> str:
    return (get_language() or "id")[:2]


def _answer_by(now: datetime) -> datetime | None:
    """Return until when the desk answers a report sent now; None where nothing says so."""
    target = ServiceTarget.objects.filter(clock=Clock.ANSWER, priority=Priority.NORMAL).first()
    try:
        return calendar().add(now, target.span) if target else None
    except NeverOpen:
        return None
