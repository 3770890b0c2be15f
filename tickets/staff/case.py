"""The case's own page: where it stands, what was said, what may be done now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from portal.accounts.access import person
from portal.lib import clock
from tickets.actions.actors import Actor
from tickets.actions.actors import person as actor_before
from tickets.actions.presence import typed
from tickets.actions.restoring import restores_of
from tickets.actions.rules import (
    current_plan,
    last_approval,
    letters_of,
    loaded,
    open_to,
)
from tickets.models import (
    SEARCHED_BY,
    Attachment,
    CannedReply,
    Decision,
    Entry,
    EvidenceKind,
    For,
    RecordState,
    Ticket,
    Tie,
    calendar,
)
from tickets.periods import WITHDRAW_NOTE_WITHIN
from tickets.staff.access import case_of, readers
from tickets.staff.offers import offered
from tickets.staff.pre_flight import pre_flight_of
from tickets.staff.standing import Left, left_of, mark_of
from tickets.staff.steps import TIMED, steps_of
from tickets.workflow import MOVES, Clock

LATEST = 200  # lines of a timeline; the older ones are a press away
MOST_OTHERS = 8


@readers
def case(request: HttpRequest, number: str) -> HttpResponse:
    """Show one case with everything that is known of it."""
    ticket, now = loaded(case_of(number)), clock.now()
    if number != ticket.number:
        return redirect(ticket)
    actor = actor_before(person(request), ticket, now)
    entries, older = _timeline(ticket, request.GET.get("semua") == "1")
    evidence = list(ticket.evidence.all())
    plan = current_plan(ticket)
    records = list(ticket.berita_acara.exclude(state=RecordState.DISCARDED))
    ready = bool(plan) and any(found.kind in SEARCHED_BY for found in evidence)
    context = {
        "now": now,
        "ticket": ticket,
        "mark": mark_of(ticket, now),
        "steps": steps_of(
            ticket,
            _made(ticket, entries, older=older),
            ready=ready,
            recorded=any(record.state == RecordState.ISSUED for record in records),
        ),
        "records": records,
        "entries": [_line(entry, actor, now) for entry in entries],
        "older": older,
        "evidence": evidence,
        "plan": plan,
        "flight": pre_flight_of(plan) if plan else None,
        "may_look": _may_look(ticket, actor),
        "compared": next((e for e in evidence[::-1] if e.kind == EvidenceKind.COMPARISON), None),
        "restores": list(restores_of(ticket)[:3]) if _was_approved(ticket) else [],
        "offered": offered(open_to(ticket, actor, now), ticket),
        **_side(ticket, now),
        **_compose(ticket, actor),
    }
    return render(request, "tiket/kasus.html", context)


def _timeline(ticket: Ticket, whole: bool) -> tuple[list[Entry], int]:
    """Return the timeline from its oldest line, and how many older ones were left out."""
    lines = ticket.entries.select_related("corrects").order_by("-pk")
    if whole:
        return list(lines)[::-1], 0
    latest = list(lines[: LATEST + 1])
    older = ticket.entries.count() - LATEST if len(latest) > LATEST else 0
    return latest[:LATEST][::-1], older


def _made(ticket: Ticket, entries: list[Entry], *, older: int) -> dict[str, datetime]:
    """Return when each move of the stepper was last made."""
    if older:
        rows = ticket.entries.filter(move__in=TIMED).order_by("pk").values_list("move", "at")
        return {"file_report": ticket.filed_at} | dict(rows)
    return {"file_report": ticket.filed_at} | {entry.move: entry.at for entry in entries}


def _line(entry: Entry, actor: Actor, now: datetime) -> dict[str, Any]:
    """Return a line of the timeline and what its reader may do with it."""
    own = actor.user is not None and entry.author_id == actor.user.pk
    note = entry.kind == "note" and entry.withdrawn_at is None
    return {
        "entry": entry,
        "done": _(MOVES[entry.move].done) if entry.move in MOVES else "",
        "withdrawable": own and note and now - entry.at <= WITHDRAW_NOTE_WITHIN,
        "correctable": own and entry.move == "reply",
    }


def _side(ticket: Ticket, now: datetime) -> dict[str, Any]:
    """Return the facts beside the conversation."""
    hours = calendar() if ticket.is_open else None
    due = {clock_: getattr(ticket, f"{clock_.value}_due_at") for clock_ in Clock}
    return {
        "clocks": [
            (_(clock_.label), at, left_of(at, ticket, hours, now))
            for clock_, at in due.items()
            if at and hours
        ],
        "left": left_of(ticket.due_at, ticket, hours, now) if hours else Left(""),
        "systems": list(ticket.systems.all()),
        "letters": letters_of(ticket),
        "files": list(ticket.attachments.all()),
        "approval": last_approval(ticket),
        **_other_cases(ticket),
    }


def _may_look(ticket: Ticket, actor: Actor) -> bool:
    """Say whether this person may have the target looked at again: whoever may plan."""
    move = MOVES["choose_plan"]
    return ticket.step in move.sources and bool(actor.standing & move.who)


def _was_approved(ticket: Ticket) -> bool:
    return any(approval.decision == Decision.APPROVED for approval in ticket.approvals.all())


def _other_cases(ticket: Ticket) -> dict[str, Any]:
    """Return the other cases of the same mailbox, and those that this one is tied to.

    What was merged into it is of the same reporter (intake.merge), so it is among the former.
    """
    same = Ticket.objects.of_mailbox(ticket.reporter_email)
    others = list(same.exclude(pk=ticket.pk).order_by("-pk")[:MOST_OTHERS])
    merged = [(_("Digabung ke sini"), case) for case in others if case.merged_into_id == ticket.pk]
    ties = Tie.objects.filter(Q(first=ticket) | Q(second=ticket)).select_related("first", "second")
    tied = [
        (str(tie.get_kind_display()), tie.second if tie.first_id == ticket.pk else tie.first)
        for tie in (ties if getattr(ticket, "is_tied", True) else ())
    ]
    return {"others": others, "ties": tied + merged}


def _compose(ticket: Ticket, actor: Actor) -> dict[str, Any]:
    """Return what the two boxes begin with: what was half typed, and ready texts."""
    if actor.user is None or not actor.is_staff:
        return {}
    kept = typed(ticket, actor.user)
    canned = list(CannedReply.objects.filter(language__in=[ticket.language, "id"]))
    return {
        "note_draft": kept.get(For.INTERNAL),
        "reply_draft": kept.get(For.REPORTER),
        "canned_notes": [text for text in canned if text.audience == For.INTERNAL],
        "canned_replies": [
            text
            for text in canned
            if text.audience == For.REPORTER and text.language == ticket.language
        ],
    }


@readers
def download(_request: HttpRequest, number: str, pk: int) -> HttpResponseBase:
    """Give a file of the case as a download, once the scanner let it go."""
    ticket = case_of(number)
    found = Attachment.objects.openable().filter(ticket=ticket, pk=pk).first()
    if found is None:
        raise Http404(_("Berkas ini tidak ada, atau belum boleh dibuka."))
    answer = FileResponse(
        found.file.open("rb"),
        as_attachment=True,
        filename=found.name,
        content_type="application/octet-stream",
    )
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, no-store"
    return answer
