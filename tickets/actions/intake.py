"""Receiving a case, giving it to the right people, and tying it to others (SOP restore, step 2)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from backups.models import InformationSystem
from portal.accounts.models import Role, User
from portal.accounts.sections import Section
from tickets.actions.actors import Act
from tickets.actions.clocks import reckon
from tickets.actions.moving import moving
from tickets.errors import WrongCase, WrongPerson
from tickets.models import Entry, EntryKind, Side, Ticket, Tie, TieKind, make_findable
from tickets.priorities import Impact, Urgency, priority

HANDLES = frozenset({Role.FRONT_DESK.value, Role.ANALYST.value})


def accept(ticket: Ticket, act: Act) -> Ticket:
    """Receive a report; from here on BPTI has it."""
    with moving("accept", ticket, act):
        return ticket


def route(ticket: Ticket, section: Section, act: Act) -> Ticket:
    """Give the case to a section; an officer of another section no longer has it."""
    keeps = ticket.assignee and ticket.assignee.section == section.value
    assignee = ticket.assignee if keeps else None
    with moving("route", ticket, act, section=section.value, assignee=assignee) as case:
        case.facts["section"] = section.value
    return ticket


def suggested_sections(ticket: Ticket) -> list[Section]:
    """Return the sections in charge of the systems of this case, in the SOP's order."""
    found = {system.section for system in ticket.systems.all()}
    return [section for section in Section if section.value in found]


def assign(ticket: Ticket, user: User | None, act: Act) -> Ticket:
    """Give the case to an officer, or to nobody; raises WrongPerson for who handles no cases."""
    if user and not (user.is_active and user.roles & HANDLES):
        raise WrongPerson(name=str(user))
    with moving("assign", ticket, act, assignee=user) as case:
        case.facts["assignee"] = user.pk if user else None
    return ticket


def prioritise(ticket: Ticket, impact: Impact, urgency: Urgency, act: Act) -> Ticket:
    """Judge impact and urgency; the targets follow, and what was paused stays paused."""
    columns = {
        "impact": impact.value,
        "urgency": urgency.value,
        "priority": priority(impact, urgency).value,
    }
    with moving("prioritise", ticket, act, **columns) as case:
        reckon(ticket)
        case.facts |= columns
    return ticket


def name_systems(ticket: Ticket, systems: Iterable[InformationSystem], act: Act) -> Ticket:
    """Say which systems the case is about; what the reporter chose stays in the timeline."""
    with moving("name_systems", ticket, act, system_unsure=False) as case:
        case.facts["before"] = sorted(system.slug for system in ticket.systems.all())
        ticket.systems.set(systems)
        make_findable(ticket, *(system.name for system in ticket.systems.all()))
        case.facts["systems"] = sorted(system.slug for system in ticket.systems.all())
    return ticket


def link(ticket: Ticket, other: Ticket, kind: TieKind, act: Act) -> Tie:
    """Tie two cases together; a tie that is there already stays."""
    if ticket.pk == other.pk:
        raise WrongCase
    first, second = sorted((ticket, other), key=lambda each: each.pk)
    with moving("link", ticket, act) as case:
        tie, _ = Tie.objects.get_or_create(
            first=first,
            second=second,
            defaults={"kind": kind, "tied_at": act.now, "tied_by": act.account},
        )
        case.facts |= {"to": other.number, "kind": str(kind)}
    return tie


def merge(ticket: Ticket, into: Ticket, act: Act) -> Ticket:
    """Join a case to another open one of the same reporter, which then goes on alone.

    Entries stay where they were said. Both rows are taken in the order of their keys, so two
    merges in opposite directions cannot both succeed (zammad#1216). Raises WrongCase.
    """
    with transaction.atomic():
        pair = Ticket.objects.filter(pk__in=[ticket.pk, into.pk])
        rows = {row.pk: row for row in pair.select_for_update().order_by("pk")}
        target = rows[into.pk]
        if ticket.pk == into.pk or not target.is_open or not _same_reporter(ticket, target):
            raise WrongCase
        with moving("merge", ticket, act, merged_into=target) as case:
            case.facts["merged_into"] = target.number
        _note_in_target(target, ticket, act)
    return ticket


def _same_reporter(one: Ticket, other: Ticket) -> bool:
    if one.reporter_id and one.reporter_id == other.reporter_id:
        return True
    return one.reporter_email.lower() == other.reporter_email.lower()


def _note_in_target(target: Ticket, merged: Ticket, act: Act) -> None:
    """Let the case that goes on say so, and count as changed."""
    Ticket.objects.filter(pk=target.pk).update(version=target.version + 1, changed_at=act.now)
    Entry.objects.create(
        ticket=target,
        at=act.now,
        kind=EntryKind.EVENT,
        public=True,
        side=Side.STAFF,
        author=act.by.user,
        author_name=act.by.name,
        move="merge",
        version=target.version + 1,
        facts={"merged": merged.number},
    )
