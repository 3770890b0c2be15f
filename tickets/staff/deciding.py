"""Deciding on a restore: what waits, and one page with one decision (architecture, invariant 6).

A link in a mail opens the page; only pressing one of its buttons decides.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts.access import person
from portal.accounts.again import recently_authenticated
from portal.accounts.models import Role, User
from portal.lib import clock
from tickets.actions import approving
from tickets.actions.actors import Act, Actor, delegators
from tickets.actions.rules import is_party, last_approval, loaded, open_to, standing_letter
from tickets.errors import Conflict, DeskError, NotNow, NotYours, WordsMissing
from tickets.models import (
    SEARCHED_BY,
    Approval,
    Decision,
    Delegation,
    Evidence,
    Plan,
    Ticket,
    decidable_by,
)
from tickets.models.ticket import READS_CASES
from tickets.staff import gap
from tickets.staff.access import act_of, actor_of, case_of, staff, with_version
from tickets.staff.pre_flight import pre_flight_of
from tickets.telling import sentence
from tickets.workflow import MOVES, Rule, Standing

CONFLICT, REFUSED = 409, 422
LATEST = 20
NIGHTS = 12
DECISIONS: dict[str, tuple[str, Callable[[Ticket, Act], Ticket]]] = {
    "setuju": ("approve", approving.approve),
    "tolak": ("refuse", approving.refuse),
    "kembali": ("send_back", approving.send_back),
}


class DecisionForm(forms.Form):
    """The reason, asked for where the answer is no or not yet."""

    kata = forms.CharField(
        label=gettext_lazy("Alasan (wajib bila menolak atau mengembalikan)"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    versi = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


def _reads(user: User, now: datetime) -> bool:
    """Say whether this person reads cases, or stands in for an approver."""
    return bool(user.roles & READS_CASES) or bool(delegators(user, now))


@staff
def approvals(request: HttpRequest) -> HttpResponse:
    """List what waits for a decision, mine first, and what was decided lately."""
    user, now = person(request), clock.now()
    mine = set(decidable_by(user).values_list("pk", flat=True))
    decides = Role.APPROVER in user.roles or bool(delegators(user, now))
    rows = Approval.objects.select_related(
        "ticket", "plan__snapshot__source", "requested_by", "decided_by", "on_behalf_of"
    )
    rows = rows if _reads(user, now) else rows.none()
    pending = rows.filter(decision=Decision.PENDING).order_by("expires_at")
    context = {
        "now": now,
        "decides": decides,
        "pending": [(row, decides and row.ticket_id in mine) for row in pending],
        "decided": rows.exclude(decision=Decision.PENDING).order_by("-decided_at")[:LATEST],
        "delegations": Delegation.objects.on(clock.wib_date(now)).select_related("giver", "taker"),
        "may_delegate": Role.APPROVER in user.roles,
    }
    return render(request, "tiket/persetujuan.html", context)


@staff
@recently_authenticated
def decision(request: HttpRequest, number: str) -> HttpResponse:
    """Show the one decision of a case, or take it."""
    ticket = case_of(number)
    if not _reads(person(request), clock.now()):
        raise PermissionDenied(_(NotYours.sentence))
    if request.method != "POST":
        return _page(request, ticket, DecisionForm(initial={"versi": ticket.version}))
    form = DecisionForm(request.POST)
    name, action = DECISIONS.get(request.POST.get("putusan", ""), ("", None))
    if action is None or not form.is_valid():
        return _page(request, ticket, form, REFUSED)
    if not actor_of(request, ticket).standing & MOVES[name].who:
        raise PermissionDenied(_(NotYours.sentence))
    return _decide(request, ticket, form, name, action)


def _decide(
    request: HttpRequest,
    ticket: Ticket,
    form: DecisionForm,
    name: str,
    action: Callable[[Ticket, Act], Ticket],
) -> HttpResponse:
    given = form.cleaned_data
    try:
        action(ticket, act_of(request, ticket, given["kata"], given["versi"]))
    except NotYours as error:
        raise PermissionDenied(sentence(error)) from error
    except (Conflict, NotNow) as error:
        now = case_of(ticket.number)
        again = DecisionForm(with_version(request, now))
        changes = error.changes if isinstance(error, Conflict) else ()
        return _page(request, now, again, CONFLICT, refused=sentence(error), changes=changes)
    except WordsMissing:
        form.add_error("kata", _("Tuliskan alasannya: pelapor atau analis membacanya."))
        return _page(request, ticket, form, REFUSED)
    except DeskError as error:
        form.add_error(None, sentence(error))
        return _page(request, ticket, form, REFUSED)
    messages.success(request, _("%(done)s.") % {"done": _(MOVES[name].done)})
    return redirect(ticket)


def _page(
    request: HttpRequest, ticket: Ticket, form: DecisionForm, status: int = 200, **extra: object
) -> HttpResponse:
    now = clock.now()
    approval = last_approval(loaded(ticket))
    if approval:
        approval.plan = next(plan for plan in ticket.plans.all() if plan.pk == approval.plan_id)
    actor = actor_of(request, ticket)
    found = {offer.move.name: offer for offer in open_to(ticket, actor, now)}
    context = {
        "now": now,
        "ticket": ticket,
        "approval": approval,
        "form": form,
        "open": {name: offer for name, offer in found.items() if not offer.missing},
        "why_not": _why_not(ticket, approval, actor, found),
        "missing": _missing(found),
        **(_weighed(ticket, approval.plan, now) if approval else {}),
        **extra,
    }
    return render(request, "tiket/putusan.html", context, status=status)


def _missing(found: dict[str, Any]) -> list[str]:
    """Return what a yes still lacks, besides the part of whoever reads."""
    if "approve" not in found:
        return []
    return [_(rule.label) for rule in found["approve"].missing if rule is not Rule.FOUR_EYES]


def _why_not(ticket: Ticket, approval: Approval | None, actor: Actor, found: dict[str, Any]) -> str:
    """Return why this person may not decide, as a sentence; "" when they may."""
    if approval is None or approval.decision != Decision.PENDING:
        return ""
    if Standing.APPROVER not in actor.standing:
        return _("Anda tidak dapat menyetujui: keputusan ada pada penyetuju.")
    if "approve" not in found or Rule.FOUR_EYES not in found["approve"].missing:
        return ""
    parts = ", ".join(_parts(ticket, approval, actor)) or _(
        "pemberi limpahan terlibat di kasus ini"
    )
    return _("Anda tidak dapat menyetujui: Anda %(parts)s kasus ini.") % {"parts": parts}


def _parts(ticket: Ticket, approval: Approval, actor: Actor) -> list[str]:
    """Return what part the reader has in the case."""
    user = actor.user
    if user is None:
        return []
    plan: Plan = approval.plan
    same_mailbox = user.email.lower() == ticket.reporter_email.lower()
    searched = any(found.made_by_id == user.pk for found in _searches(ticket))
    parts = [
        (_("pelapor"), ticket.reporter_id == user.pk or same_mailbox),
        (_("pencatat laporan"), ticket.filed_by_id == user.pk),
        (_("penelusur"), searched or plan.chosen_by_id == user.pk),
        (_("pengaju"), approval.requested_by_id == user.pk),
        (_("pelaksana"), plan.executor_id == user.pk),
    ]
    named = [word for word, holds in parts if holds]
    return named or ([_("pihak dalam")] if is_party(approval, user.pk) else [])


def _weighed(ticket: Ticket, plan: Plan, now: datetime) -> dict[str, Any]:
    """Return what is to be weighed: the plan as it was frozen, the letter, who searched."""
    plan.ticket, searchers = ticket, _searches(ticket)
    return {
        "plan": plan,
        "weighed": plan.weighed,
        "flight": pre_flight_of(plan),
        "gap": _gap(plan, now),
        "gap_words": gap.between(now - plan.snapshot.taken_at),
        "letter": standing_letter(ticket),
        "searchers": sorted({str(found.made_by) for found in searchers if found.made_by}),
        "evidence": searchers,
    }


def _searches(ticket: Ticket) -> list[Evidence]:
    return [found for found in ticket.evidence.all() if found.kind in SEARCHED_BY]


def _gap(plan: Plan, now: datetime) -> SafeString:
    around = plan.source.snapshots.nights().order_by("-taken_at").values_list("taken_at", flat=True)
    return gap.draw(gap.Span(plan.snapshot.taken_at, now, tuple(around[:NIGHTS])))
