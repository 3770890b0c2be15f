"""What was found at a plan's target: looked at when the plan is made, frozen when it is asked for.

A restore to live or beside meets a target that may lack rights, room or columns. Workers look
(backups.orders.order_survey); the plan takes over what they found in the transaction that
freezes it, so that the approver's hash covers it and a target that changed voids the plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backups.models import JobState, RestoreTarget, TargetSurvey
from backups.orders import cancel, order_survey
from portal.audit.chain import plain
from tickets.actions.actors import Act
from tickets.models import Plan, Target

KEPT, FINGERPRINT = "survey", "fingerprint"
CONFLICT = "PlanVoid"  # picked rows that live has otherwise by now: no restore would go through


def order(plan: Plan, act: Act) -> TargetSurvey | None:
    """Order a look at the plan's target; None for a download, which touches nothing."""
    if plan.target == Target.DOWNLOAD:
        return None
    target = RestoreTarget(plan.target)
    by = act.account
    return order_survey(plan.snapshot, plan.scope, target, plan.reference, by=by, now=act.now)


def withdraw(plan: Plan, act: Act) -> None:
    """Let nobody look any more for a plan that stands no longer."""
    for waiting in TargetSurvey.objects.unfinished().filter(reference=plan.reference):
        cancel(waiting, act.now)


def is_awaited(plan: Plan) -> bool:
    """Say whether workers are looking, or will: what they find belongs to the plan."""
    if plan.frozen_at:
        return False
    return bool(plan.survey and plan.survey.is_unfinished)


def told(plan: Plan) -> Mapping[str, Any]:
    """Return what is known of the target: {} where nobody looked, or nobody is done yet.

    {"at": ..., "found": {...}}, or {"at": ..., "failed": the kind of error}. A frozen plan
    tells what it was frozen with, whatever was seen later.
    """
    if plan.frozen_at or KEPT in plan.weighed:
        kept: Mapping[str, Any] = plan.weighed.get(KEPT, {})
        return kept
    survey = plan.survey
    if survey is None or survey.is_unfinished:
        return {}
    at = survey.finished_at.isoformat(timespec="seconds") if survey.finished_at else ""
    if survey.state == JobState.GOOD:
        return {"at": at, "found": survey.found}
    return {"at": at, "failed": survey.error_kind or str(survey.state)}


def hinders(seen: Mapping[str, Any]) -> bool:
    """Say whether a restore is sure to be forbidden, after what `told` gave."""
    return bool(seen.get("found", {}).get("blockers")) or seen.get("failed") == CONFLICT


def weighed_with(plan: Plan) -> dict[str, Any]:
    """Return what the plan weighs once it is frozen: with what was found at its target."""
    seen = told(plan)
    if not seen:
        return plan.weighed
    found = seen.get("found", {}) if plan.target == Target.LIVE else {}  # beside voids nothing
    return {**plan.weighed, KEPT: plain(seen), FINGERPRINT: found.get(FINGERPRINT, "")}
