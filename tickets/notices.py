"""Telling people: rows in the outbox, one per event and person, in the transaction of the event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any

from django.db.models import Q, QuerySet

from portal.accounts.models import Role, User
from portal.lib.clock import WIB, next_midnight, wib_date
from portal.lib.queue import enqueue
from tickets.mail_texts import IMMEDIATE, REMINDERS, TO_REPORTER
from tickets.models import Channel, Delegation, Entry, Language, Notice, Plan, Ticket, calendar
from tickets.workflow import Audience, Move
from tickets.working_time import NeverOpen

NIGHT_BEGINS, NIGHT_ENDS = time(21), time(6)  # WIB: nobody wants a mail at midnight (freescout#421)
DELIVER = "tickets.tasks.deliver_event"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to be told, and in which language."""

    address: str
    user: User | None = None
    language: str = Language.INDONESIAN
    channel: Channel | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something to tell of: its own name, what the letter is called, what it may quote."""

    key: str
    topic: str
    entry: Entry | None = None
    facts: Mapping[str, Any] | None = None


def announce(ticket: Ticket, move: Move, event: Event, now: datetime, *, silent: set[str]) -> None:
    """Tell everybody whom `move` tells, but for the addresses in `silent`: who made it knows."""
    for audience in move.tells:
        if audience is Audience.REPORTER:
            if move.name in TO_REPORTER:
                tell_reporter(ticket, event, now, silent=silent)
        elif ticket.confirmed_at:
            topic = event.topic if audience is Audience.APPROVERS else "moved"
            told = Event(event.key, staff_topic(topic), event.entry, event.facts)
            tell_staff(ticket, told, audience_of(audience, ticket, now), now, silent=silent)


def staff_topic(name: str) -> str:
    """Return which letter to staff a move has: an approval asked for has its own."""
    return name if name == "request_approval" else "moved"


def tell_reporter(
    ticket: Ticket, event: Event, now: datetime, *, silent: Iterable[str] = ()
) -> None:
    """Tell the reporter; an address that nobody confirmed hears only the question for that."""
    if ticket.confirmed_at is None and event.topic not in {"confirm_address", "abandon"}:
        return
    who = Recipient(ticket.reporter_email.lower(), ticket.reporter, ticket.language)
    if who.address in silent and event.topic not in IMMEDIATE:
        return
    _write(ticket, event, [who], now, to_reporter=True)


def tell_staff(
    ticket: Ticket,
    event: Event,
    users: Iterable[User],
    now: datetime,
    *,
    silent: Iterable[str] = (),
) -> None:
    """Tell these people of BPTI."""
    people = [
        Recipient(user.email.lower(), user, getattr(user, "language", "") or Language.INDONESIAN)
        for user in users
        if user.email and user.email.lower() not in silent
    ]
    people += _by_channel(people)
    _write(ticket, event, people, now, to_reporter=False)


def _by_channel(people: list[Recipient]) -> list[Recipient]:
    """Return the same people once more for each way besides mail that they chose."""
    by_user = {who.user.pk: who for who in people if who.user}
    channels = Channel.objects.filter(user__in=by_user, enabled=True)
    return [replace(by_user[channel.user_id], channel=channel) for channel in channels]


def audience_of(audience: Audience, ticket: Ticket, now: datetime) -> Iterable[User]:
    """Return the accounts that an audience is, for this case, now."""
    match audience:
        case Audience.HANDLERS:
            return handlers(ticket)
        case Audience.APPROVERS:
            return approvers(ticket, now)
        case Audience.EXECUTOR:
            plan = Plan.objects.filter(ticket=ticket, superseded_at=None).first()
            return [plan.executor] if plan and plan.executor.is_active else []
    raise AssertionError(f"{audience} is told by tell_reporter")


def handlers(ticket: Ticket) -> Iterable[User]:
    """Return who has the case: its officer, else its section's, else the front desk."""
    if ticket.assignee and ticket.assignee.is_active:
        return [ticket.assignee]
    staff = with_role(Role.FRONT_DESK, Role.ANALYST)
    of_section = staff.filter(section=ticket.section) if ticket.section else staff.none()
    return list(of_section) or with_role(Role.FRONT_DESK)


def approvers(ticket: Ticket, now: datetime) -> QuerySet[User]:
    """Return who may decide: approvers and today's stand-ins, without the case's parties."""
    delegated = Delegation.objects.on(wib_date(now)).filter(giver__role_grants__role=Role.APPROVER)
    able = User.objects.filter(
        Q(role_grants__role=Role.APPROVER) | Q(pk__in=delegated.values("taker")), is_active=True
    )
    last = ticket.approvals.last()
    parties = [int(pk) for pk in last.parties.strip(",").split(",") if pk] if last else []
    return able.exclude(pk__in=parties).distinct()


def with_role(*roles: Role) -> QuerySet[User]:
    """Return the active accounts that hold one of these roles."""
    return User.objects.filter(role_grants__role__in=roles, is_active=True).distinct()


def leaves_at(topic: str, now: datetime) -> datetime:
    """Return when a notice may leave: by day; reminders only while BPTI works."""
    if topic in IMMEDIATE:
        return now
    if topic in REMINDERS:
        try:
            return calendar().next_open(now)
        except NeverOpen:
            pass
    local = now.astimezone(WIB)
    if NIGHT_ENDS <= local.time() < NIGHT_BEGINS:
        return now
    morning = datetime.combine(local.date(), NIGHT_ENDS, tzinfo=WIB)
    return morning if local.time() < NIGHT_ENDS else _tomorrow_morning(now)


def _tomorrow_morning(now: datetime) -> datetime:
    return datetime.combine(wib_date(next_midnight(now)), NIGHT_ENDS, tzinfo=WIB)


def _write(
    ticket: Ticket, event: Event, people: list[Recipient], now: datetime, *, to_reporter: bool
) -> None:
    """Add the rows, of which the database keeps one per event and person, and ring."""
    departs = leaves_at(event.topic, now)
    rows = [
        Notice(
            ticket=ticket,
            event=event.key,
            topic=event.topic,
            to_reporter=to_reporter,
            recipient=who.user,
            address=who.address,
            language=who.language,
            channel=who.channel,
            entry=event.entry,
            facts=dict(event.facts or {}),
            created_at=now,
            not_before=departs,
        )
        for who in people
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    if rows and departs <= now:
        enqueue(DELIVER, event.key, cluster="short")
