"""A case's restore: ordered from the approved plan, settled by the portal, verified by another.

SOP, restore step 4.1. The backups room carries it out and knows of it only a reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from backups.downloading import Recipient
from backups.errors import OrderRefused, PlanVoid
from backups.models import Download, RestoreJob, RestoreTarget
from backups.restoring import Order, order_restore
from portal.lib import clock
from tickets import addresses, conf
from tickets.actions.actors import PORTAL, Act, Actor
from tickets.actions.analysing import keep_evidence
from tickets.actions.approving import end_approvals
from tickets.actions.choosing import supersede_plan
from tickets.actions.filing import tracking_token
from tickets.actions.moving import conflict, moving
from tickets.actions.rules import current_plan
from tickets.errors import RestoreRefused
from tickets.models import Decision, EvidenceKind, Plan, Target, Ticket
from tickets.workflow import State

SETTLE = "tickets.tasks.settle_restore"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a restore ended. `facts` (no fractions) are kept on the case: what was proven equal.

    `void` says that its target is no longer what was approved: not the restore failed, the plan.
    """

    restored: bool
    summary: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    void: bool = False


def start(ticket: Ticket, act: Act, *, operator: str = "", rung: bool = True) -> RestoreJob:
    """Order the restore that the approved plan says, nothing else; return its row.

    `operator` is the system account of a command that acts for the executor, and then carries
    the restore out itself (not `rung`). Raises RestoreRefused when it cannot be ordered now.
    """
    with moving("start_restore", ticket, act) as case:
        plan = current_plan(ticket)
        assert plan  # noqa: S101 - Rule.PLAN
        try:
            job = order_restore(_order(plan, act, operator), act.now, rung=rung)
        except OrderRefused as error:
            raise RestoreRefused(reason=str(error)) from error
        case.facts |= {"restore": job.pk, "plan": plan.pk, "operator": operator}
    return job


def _order(plan: Plan, act: Act, operator: str) -> Order:
    return Order(
        snapshot=plan.snapshot,
        target=RestoreTarget(plan.target),
        scope=plan.scope,
        target_name=_name_beside(plan),
        by=act.account,
        operator=operator,
        reference=plan.reference,
        reference_name=plan.ticket.number,
        task=SETTLE,
        fingerprint=str(plan.weighed.get("fingerprint", "")),
        recipient=_recipient(plan.ticket) if plan.target == Target.DOWNLOAD else None,
    )


def _name_beside(plan: Plan) -> str:
    """Return the name under which it is to stand; a download stands nowhere."""
    if plan.target == Target.DOWNLOAD:
        return ""
    return plan.target_name or f"{plan.source.key}-{plan.ticket.number}".lower()


def _recipient(ticket: Ticket) -> Recipient:
    """Return the reporter: fetched by the case's link, and signed in who has an account."""
    page = addresses.download(ticket.number, tracking_token(ticket))
    return Recipient.at(
        conf.portal_url(page),
        ticket.reporter_name,
        ticket.reporter_email,
        ticket.reporter,
        ticket.language,
    )


def restores_of(ticket: Ticket) -> QuerySet[RestoreJob]:
    """Return all restores of a case, the newest first."""
    references = [plan.reference for plan in ticket.plans.all()]
    return RestoreJob.objects.filter(reference__in=references).order_by("-pk")


def downloads_of(ticket: Ticket) -> QuerySet[Download]:
    """Return all downloads of a case, the newest first."""
    of_case = Download.objects.filter(restore__in=restores_of(ticket))
    return of_case.select_related("restore__source", "restore__snapshot").order_by("-pk")


def take_download(pk: int, by: Actor) -> None:
    """Write down that the reporter has the data. Call it in the transaction that ends the fetch.

    The case may have gone on while the bytes left: it is locked and read anew.
    """
    ticket = Ticket.objects.select_for_update().get(pk=pk)
    with moving("take_download", ticket, Act(by, clock.now())):
        pass


def settle_ended(pk: int, now: datetime) -> bool:
    """Take over how a restore of ours ended; False when nothing waits for that."""
    job = RestoreJob.objects.filter(pk=pk).first()
    if job is None or job.is_unfinished or not job.reference.startswith("plan:"):
        return False
    plan = Plan.objects.select_related("ticket").get(pk=job.reference.partition(":")[2])
    if plan.ticket.step is not State.RESTORING or restores_of(plan.ticket).first() != job:
        return False
    settle(plan.ticket, outcome_of(job), now)
    return True


def outcome_of(job: RestoreJob) -> Outcome:
    """Return how a restore ended, in words for the case and figures for its proof."""
    facts = {
        "restore": job.pk,
        "copy": job.snapshot_id,
        "target": str(job.target),
        "target_name": job.target_name,
        "equal": job.objects_equal,
        "compared": job.objects_total,
        "safety_copy": job.safety.pk if job.safety else None,
        "undo_until": job.undo_until.isoformat() if job.undo_until else None,
        "error": job.error,
    }
    if job.outcome == "restored":
        equal, total = job.objects_equal, job.objects_total
        if job.is_download:
            told = f"Unduhan dibuat dan terbukti: {equal} dari {total} objek sama."
            return Outcome(True, told, facts)
        return Outcome(True, f"Dipulihkan dan terbukti: {equal} dari {total} objek sama.", facts)
    if job.error_kind == PlanVoid.__name__:
        told = "Rencana batal: tujuannya berubah sejak diperiksa; tidak ada yang tersentuh."
        return Outcome(False, told, facts, void=True)
    return Outcome(False, f"Pemulihan {job.pk} tidak berhasil: {job.error}", facts)


def settle(ticket: Ticket, outcome: Outcome, now: datetime) -> Ticket:
    """Take a restore's end over into its case, with the proof as evidence.

    A second settling finds the case no longer restoring and raises NotNow.
    """
    act = Act(PORTAL, now)
    name = "settle_restored" if outcome.restored else "settle_failed"
    name = "settle_void" if outcome.void else name
    with moving(name, ticket, act) as case:
        evidence = keep_evidence(ticket, EvidenceKind.RESTORE, outcome.summary, outcome.facts, act)
        case.facts |= {"evidence": evidence.pk, "sha256": evidence.sha256}
        if outcome.void:
            end_approvals(ticket, Decision.EXPIRED, now)
            supersede_plan(ticket, act)
    return ticket


def verify(ticket: Ticket, act: Act) -> Ticket:
    """Say, as another than the executor, that the data are right, and ask the reporter."""
    with moving("verify", ticket, act) as case:
        unverified = Plan.objects.filter(ticket=ticket, superseded_at=None, verified_at=None)
        if not unverified.update(verified_by=act.account, verified_at=act.now):
            raise conflict(ticket, act)
        summary = act.words.strip()
        evidence = keep_evidence(ticket, EvidenceKind.VERIFICATION, summary, {"right": True}, act)
        case.facts["evidence"] = evidence.pk
    return ticket


def find_wrong(ticket: Ticket, act: Act) -> Ticket:
    """Say, as another than the executor, that the data are not right."""
    with moving("find_wrong", ticket, act) as case:
        summary = act.words.strip()
        evidence = keep_evidence(ticket, EvidenceKind.VERIFICATION, summary, {"right": False}, act)
        case.facts["evidence"] = evidence.pk
    return ticket
