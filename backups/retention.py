"""Which nights stay: a pure rule over what is surely good.

Counted in the portal's own database and never by restic's policy, which cannot tell a good
snapshot from a bad one (backup-facts, 3.5). Buckets are counted, not aged: a clock that jumps
ten years ahead fills one more bucket and empties none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

CLOCK_TOLERANCE = timedelta(minutes=10)
STRANGE_GAP = timedelta(days=35)
NEWEST_MUST_BE_WITHIN = timedelta(hours=30)
SAFETY_STAYS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rule:
    """How many daily, weekly, monthly and yearly nights stay, and never fewer than `floor`."""

    daily: int
    weekly: int
    monthly: int
    yearly: int
    floor: int


@dataclass(frozen=True, slots=True)
class Night:
    """A good snapshot as this rule sees it. `day` is its WIB date.

    A `safety` copy holds what a restore replaced. It is no night: it takes no night's place.
    """

    id: int
    taken_at: datetime
    day: date
    anomalous: bool = False
    held: bool = False
    owed: bool = False
    safety: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What stays, each with its reasons, and what may go; `refused` says why nothing goes."""

    keep: dict[int, tuple[str, ...]] = field(default_factory=dict)
    forget: tuple[int, ...] = ()
    refused: str = ""


def plan(nights: Iterable[Night], rule: Rule, now: datetime) -> Plan:
    """Return which of these good nights stay and which may go.

    Refused as a whole when the clock cannot be trusted or no fresh night stands; the nights
    that would go are then kept.
    """
    copies = sorted(nights, key=lambda night: night.taken_at, reverse=True)
    newest_first = [copy for copy in copies if not copy.safety]
    reasons: dict[int, list[str]] = {copy.id: [] for copy in copies}
    for name, count, bucket in _buckets(rule):
        for night in _first_of_each(newest_first, bucket, count):
            reasons[night.id].append(name)
    _keep_whatever_must_stay(newest_first, rule, reasons)
    for copy in copies:
        reasons[copy.id] += _why_it_is_needed(copy, now)
    keep = {id_: tuple(why) for id_, why in reasons.items() if why}
    forget = tuple(copy.id for copy in copies if copy.id not in keep)
    if refused := _refusal(newest_first, now):
        return Plan(keep, (), refused if forget else "")
    return Plan(keep, forget)


Bucket = Callable[[date], object]


def _buckets(rule: Rule) -> tuple[tuple[str, int, Bucket], ...]:
    return (
        ("daily", rule.daily, lambda day: day),
        ("weekly", rule.weekly, lambda day: day.isocalendar()[:2]),
        ("monthly", rule.monthly, lambda day: (day.year, day.month)),
        ("yearly", rule.yearly, lambda day: day.year),
    )


def _first_of_each(newest_first: Sequence[Night], bucket: Bucket, count: int) -> list[Night]:
    chosen: dict[object, Night] = {}
    for night in newest_first:
        if len(chosen) == count and bucket(night.day) not in chosen:
            break
        chosen.setdefault(bucket(night.day), night)
    return list(chosen.values()) if count else []


def _keep_whatever_must_stay(
    newest_first: Sequence[Night], rule: Rule, reasons: dict[int, list[str]]
) -> None:
    for night in newest_first[: max(1, rule.floor)]:
        reasons[night.id].append("floor")
    normal = next((night for night in newest_first if not night.anomalous), None)
    if normal:
        reasons[normal.id].append("last normal")


def _why_it_is_needed(copy: Night, now: datetime) -> list[str]:
    """Return why a copy stays whatever the rule says; a restore holds its own only once made."""
    is_new = copy.safety and now - copy.taken_at < SAFETY_STAYS
    told = (("held", copy.held or is_new), ("owes a copy", copy.owed))
    return [reason for reason, holds in told if holds]


def _refusal(newest_first: Sequence[Night], now: datetime) -> str:
    if not newest_first:
        return ""
    newest = newest_first[0]
    if newest.taken_at > now + CLOCK_TOLERANCE:
        return "The clock stands before the newest backup: it was set back."
    if now - newest.taken_at > NEWEST_MUST_BE_WITHIN:
        return "There is no fresh good backup; old ones stay until there is."
    if newest.owed:
        return "The newest backup still owes a copy; old ones stay until it is there."
    if len(newest_first) > 1 and newest.taken_at - newest_first[1].taken_at > STRANGE_GAP:
        return "More than 35 days lie between the newest two backups: check the clock."
    return ""
