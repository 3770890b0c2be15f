"""Searching for a case, keeping what was found, choosing the plan (SOP, steps 3 and 4.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backups.catalogue.find import Hit, find
from backups.models import (
    ComparedObject,
    Comparison,
    JobState,
    ObjectVerdict,
    ObjectVersion,
    RowPick,
    Source,
)
from portal.lib import clock, measures
from tickets.actions.analysing import record_search
from tickets.actions.choosing import choose_plan, survey_again
from tickets.actions.rules import current_plan
from tickets.errors import Conflict, DeskError, NotNow, NotYours
from tickets.models import EvidenceKind, Plan, Ticket
from tickets.staff.access import act_of, case_of, readers, with_version
from tickets.staff.plan_forms import PlanForm, begun_with, sources_of
from tickets.staff.weighing import weigh
from tickets.telling import sentence
from tickets.workflow import MOVES, State

CONFLICT, REFUSED = 409, 422
MOST_VERSIONS = 60
MOST_SOURCES, MOST_TABLES, LATEST = 12, 50, 10
AT_WORK = frozenset({State.IN_ANALYSIS, State.RETURNED})


@readers
def search(request: HttpRequest, number: str) -> HttpResponse:
    """Search the catalogue for the case; a hit may be kept as evidence."""
    ticket = case_of(number)
    if "banding" in request.POST:
        return _keep_comparison(request, ticket)
    term = request.POST.get("q", "") or request.GET.get("q", "")
    everywhere = "semua" in request.GET or "semua" in request.POST
    hits = find(term, None if everywhere else sources_of(ticket))
    if request.method == "POST":
        return _keep_hit(request, ticket, term, hits)
    context = {
        "ticket": ticket,
        "term": term,
        "everywhere": everywhere,
        "hits": hits[:50],
        "more": max(0, len(hits) - 50),
        "may_keep": ticket.step in AT_WORK,
        **_compared(ticket),
    }
    return render(request, "tiket/telusur.html", context)


def _compared(ticket: Ticket) -> dict[str, Any]:
    """Return what of the case's sources was compared with live, and which rows were picked."""
    sources = list(sources_of(ticket))
    done = Comparison.objects.filter(source__in=sources).select_related("source", "snapshot")
    picks = RowPick.objects.filter(compared__comparison__source__in=sources)
    return {
        "sources": sources[:MOST_SOURCES],
        "comparisons": done[:LATEST],
        "picks": picks.select_related("compared__comparison")[:LATEST],
    }


def _keep_comparison(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Keep a comparison that came to its end, with what it counted, table by table."""
    pk = request.POST.get("banding", "")
    ended = Comparison.objects.filter(state=JobState.GOOD, source__in=sources_of(ticket))
    found = get_object_or_404(ended, pk=int(pk) if pk.isascii() and pk.isdigit() else 0)
    differing = found.compared.exclude(verdict=ObjectVerdict.SAME).order_by("kind", "name")
    figures = {
        "source": found.source.name,
        "night": date_format(found.snapshot.taken_at.astimezone(clock.WIB), "j M Y, H:i"),
        "missing": measures.number(found.rows_missing or 0),
        "changed": measures.number(found.rows_changed or 0),
        "extra": measures.number(found.rows_extra or 0),
        "objects": measures.number(found.differing),
    }
    summary = _(
        "%(source)s sekarang dibanding malam %(night)s: %(objects)s objek berbeda; baris hilang "
        "%(missing)s, berubah %(changed)s, baru %(extra)s"
    )
    facts = {
        "comparison": found.pk,
        "snapshot": found.snapshot_id,
        "manifest_sha256": found.snapshot.manifest_sha256,
        "live_at": found.live_at.isoformat() if found.live_at else None,
        "same": found.objects_same,
        "tables": [_counted(each) for each in differing[:MOST_TABLES]],
    }
    return _kept(request, ticket, EvidenceKind.COMPARISON, summary % figures, facts)


def _counted(compared: ComparedObject) -> dict[str, Any]:
    return {
        "name": compared.name,
        "verdict": str(compared.verdict),
        "backup": compared.rows_backup,
        "missing": compared.missing,
        "changed": compared.changed,
        "extra": compared.extra,
    }


def _keep_hit(request: HttpRequest, ticket: Ticket, term: str, hits: list[Hit]) -> HttpResponse:
    """Keep one hit, or that there was none."""
    chosen = request.POST.get("temuan", "")
    hit = next((hit for hit in hits if f"{hit.source.key}/{hit.known.name_key}" == chosen), None)
    if hit is None and (chosen or hits):
        raise Http404(_("Temuan ini tidak ada lagi."))
    summary = _summary(hit) if hit else _("Tidak ditemukan: “%(term)s”") % {"term": term[:200]}
    facts = {"term": term, "hits": len(hits)} | (_facts(hit) if hit else {})
    return _kept(request, ticket, EvidenceKind.SEARCH, summary, facts)


def _summary(hit: Hit) -> str:
    last = clock.wib_date(hit.last_seen)
    if hit.gone_at:
        words = _("%(name)s di %(source)s: terakhir ada %(last)s, hilang sejak %(gone)s")
        gone = date_format(clock.wib_date(hit.gone_at), "j M Y")
    else:
        words, gone = _("%(name)s di %(source)s: masih ada pada %(last)s"), ""
    figures = {"name": hit.name, "source": hit.source.name, "gone": gone}
    return words % {**figures, "last": date_format(last, "j M Y")}


def _facts(hit: Hit) -> dict[str, Any]:
    return {
        "source": hit.source.key,
        "kind": hit.kind,
        "name": hit.name,
        "name_key": hit.known.name_key,
        "first_seen": hit.first_seen.isoformat(),
        "last_seen": hit.last_seen.isoformat(),
        "gone_at": hit.gone_at.isoformat() if hit.gone_at else None,
        "versions": hit.versions,
        "rows": hit.rows,
        "bytes": hit.bytes,
    }


@readers
def timeline(request: HttpRequest, number: str, key: str, name_key: str) -> HttpResponse:
    """Show one object through the nights; the whole of it may be kept as evidence."""
    ticket, source = case_of(number), get_object_or_404(Source, key=key)
    found = ObjectVersion.objects.filter(source=source, name_key=name_key)
    versions = list(found.select_related("since", "until").order_by("-since")[:MOST_VERSIONS])
    if not versions:
        raise Http404(_("Objek ini tidak ada di katalog."))
    if request.method == "POST":
        name = f"{versions[0].name}, {source.name}"
        summary = _("Garis waktu %(name)s: %(n)d keadaan") % {"name": name, "n": len(versions)}
        facts = {"source": key, "name": versions[0].name, "versions": list(map(_told, versions))}
        return _kept(request, ticket, EvidenceKind.TIMELINE, summary, facts)
    context = {
        "ticket": ticket,
        "source": source,
        "versions": versions,
        "newest": versions[0],
        "may_keep": ticket.step in AT_WORK,
    }
    return render(request, "tiket/garis-waktu.html", context)


def _told(version: ObjectVersion) -> dict[str, Any]:
    return {
        "since": version.since.taken_at.isoformat(),
        "until": version.until.taken_at.isoformat() if version.until else None,
        "rows": version.row_count,
        "bytes": version.byte_count,
        "sha256": version.sha256,
    }


def _kept(
    request: HttpRequest, ticket: Ticket, kind: EvidenceKind, summary: str, facts: dict[str, Any]
) -> HttpResponse:
    """Keep a finding on the case and go there; a refusal is told where it was asked."""
    act = act_of(request, ticket)
    done = _made(request, lambda: record_search(ticket, kind, summary, facts, act))
    if done:
        messages.success(request, _("Temuan tersimpan sebagai bukti pada kasus."))
    return redirect(f"{ticket.get_absolute_url()}#analisis")


def _made(request: HttpRequest, action: Callable[[], Any]) -> bool:
    try:
        action()
    except NotYours as error:
        raise PermissionDenied(sentence(error)) from error
    except DeskError as error:
        messages.error(request, sentence(error))
        return False
    return True


@readers
def plan(request: HttpRequest, number: str) -> HttpResponse:
    """Choose the copy and the plan in place of the one that stands."""
    ticket = case_of(number)
    if request.method != "POST":
        begun = begun_with(_last_plan(ticket), ticket, _found_names(ticket))
        given = {name: value for name, value in request.GET.items() if value}
        return _plan_page(request, ticket, PlanForm(initial=begun | given, ticket=ticket))
    form = PlanForm(request.POST, ticket=ticket)
    if not act_of(request, ticket).by.standing & MOVES["choose_plan"].who:
        raise PermissionDenied(_(NotYours.sentence))
    if not form.is_valid():
        return _plan_page(request, ticket, form, REFUSED)
    return _choose(request, ticket, form)


def _last_plan(ticket: Ticket) -> Plan | None:
    """Return the plan that stands, else the last that did: the form begins with it."""
    return current_plan(ticket) or ticket.plans.last()


def _choose(request: HttpRequest, ticket: Ticket, form: PlanForm) -> HttpResponse:
    act = act_of(request, ticket, form.cleaned_data["kata"], form.cleaned_data["versi"])
    weighed = weigh(form.cleaned_data["salinan"], form.scope(), act.now)
    try:
        choose_plan(ticket, form.choice(weighed), act)
    except (Conflict, NotNow) as error:
        now = case_of(ticket.number)
        again = PlanForm(with_version(request, now), ticket=now)
        changes = error.changes if isinstance(error, Conflict) else ()
        extra = {"refused": sentence(error), "changes": changes}
        return _plan_page(request, now, again, CONFLICT, **extra)
    except DeskError as error:
        form.add_error(None, sentence(error))
        return _plan_page(request, ticket, form, REFUSED)
    messages.success(request, _("Rencana tersimpan; salinannya ditahan selama kasus terbuka."))
    return redirect(ticket)


@readers
@require_POST
def look_again(request: HttpRequest, number: str) -> HttpResponse:
    """Look at the target of the plan that stands once more."""
    ticket = case_of(number)
    if _made(request, lambda: survey_again(ticket, act_of(request, ticket))):
        messages.success(request, _("Tujuan diperiksa lagi."))
    return redirect(f"{ticket.get_absolute_url()}#tujuan")


def _found_names(ticket: Ticket) -> list[str]:
    """Return the names that searches kept: most likely what is to be brought back."""
    kept = ticket.evidence.filter(kind__in=[EvidenceKind.SEARCH, EvidenceKind.TIMELINE])
    named = (found.facts.get("name") for found in kept)
    return list(dict.fromkeys(name for name in named if name))


def _plan_page(
    request: HttpRequest, ticket: Ticket, form: PlanForm, status: int = 200, **extra: object
) -> HttpResponse:
    context = {
        "ticket": ticket,
        "form": form,
        "may_choose": ticket.step in AT_WORK,
        **extra,
    }
    return render(request, "tiket/rencana.html", context, status=status)
