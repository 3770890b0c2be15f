"""What was found at a plan's target, in words: for whoever plans, asks and decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from backups.explanations import explain
from backups.survey_words import words_of
from tickets.actions import surveys
from tickets.models import Plan, Target


@dataclass(frozen=True, slots=True)
class PreFlight:
    """How the look at a target stands: unseen, checking, failed, hindered, warned or clear.

    `found` has the figures of a survey; `why` and `advice` say why nobody could look.
    """

    state: str
    at: datetime | None = None
    found: Mapping[str, Any] = field(default_factory=dict)
    blockers: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    why: str = ""
    advice: str = ""


def pre_flight_of(plan: Plan) -> PreFlight | None:
    """Return what is known of the target of a plan; None for a download, which touches nothing."""
    if plan.target == Target.DOWNLOAD:
        return None
    if surveys.is_awaited(plan):
        return PreFlight("checking")
    seen = surveys.told(plan)
    if not seen:
        return PreFlight("unseen")
    at = parse_datetime(seen["at"])
    if "failed" in seen:
        return _failed(seen, at)
    found = seen["found"]
    blockers = tuple(words_of(told) for told in found["blockers"])
    warnings = tuple(words_of(told) for told in found["warnings"])
    state = "hindered" if blockers else "warned" if warnings else "clear"
    return PreFlight(state, at, found, blockers, warnings)


def _failed(seen: Mapping[str, Any], at: datetime | None) -> PreFlight:
    """Return why nobody could look; picked rows that changed meanwhile are a hindrance."""
    if surveys.hinders(seen):
        told = _(
            "Baris yang dipilih sudah berubah di data hidup. Bandingkan lagi, lalu pilih barisnya "
            "sekali lagi."
        )
        return PreFlight("hindered", at, blockers=(told,))
    why, advice = explain(seen["failed"])
    return PreFlight("failed", at, why=why, advice=advice)
