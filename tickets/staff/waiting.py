"""What waits for one person of the desk: cases, decisions, signatures, and what is nearly late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery

from backups.models import Alert
from portal.accounts.models import Role, User
from portal.lib import clock
from tickets.actions.actors import delegators
from tickets.models import Delegation, Signature, Ticket, calendar, decidable_by
from tickets.models.ticket import WAITING_FOR_REPORTER, TicketQuerySet
from tickets.staff.standing import Row, row_of
from tickets.workflow import State

SHOWN = 6  # cases and decisions on the morning page; the rest is a press away
HANDLERS = frozenset({Role.FRONT_DESK, Role.ANALYST})
NOT_OURS = [*WAITING_FOR_REPORTER, State.WAITING_APPROVAL.value, State.RESTORING.value]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a person. `cases` and `decisions` are the most urgent of `total` and `asked`.

    `late` counts every open case past a target, whoever has it.
    """

    cases: list[Row]
    total: int
    decisions: list[Row]
    asked: int
    signatures: list[Signature]
    late: int

    @property
    def count(self) -> int:
        """How many things wait for this person."""
        return self.total + self.asked + len(self.signatures)


def waiting_for(user: User, roles: frozenset[str], now: datetime) -> Waiting | None:
    """Return what waits for `user`; None for whom the desk has nothing to do."""
    handles = bool(roles & HANDLERS)
    decides = Role.APPROVER in roles or bool(delegators(user, now))
    signatures = list(_signatures(user))
    if not (handles or decides or signatures):
        return None
    mine = _for_me(user) if handles else Ticket.objects.none()
    asked = decidable_by(user) if decides else Ticket.objects.none()
    hours = calendar()
    rows = [
        [row_of(ticket, hours, now) for ticket in found.by_urgency()[:SHOWN]]
        for found in (mine, asked)
    ]
    late = Ticket.objects.confirmed().due_before(now).count() if handles else 0
    return Waiting(
        rows[0], _count(mine, rows[0]), rows[1], _count(asked, rows[1]), signatures, late
    )


@dataclass(frozen=True, slots=True)
class Counts:
    """How much waits for one person and how much is wrong: what the menu says beside its lines."""

    cases: int = 0
    decisions: int = 0
    signatures: int = 0
    alerts: int = 0


def counts_of(user: User, roles: frozenset[str], now: datetime) -> Counts:
    """Count what waits for `user` and the open alarms, in one query whatever there is."""
    lent = Delegation.objects.on(clock.wib_date(now)).filter(taker=OuterRef("pk"))
    cases, decisions, signatures, alerts, is_lent = (
        User.objects.filter(pk=user.pk)
        .annotate(
            n_cases=_counted(_for_me(user)),
            n_decisions=_counted(decidable_by(user)),
            n_signatures=_counted(_asked_of(user)),
            n_alerts=_counted(Alert.objects.filter(cleared_at=None)),
            is_lent=Exists(lent),
        )
        .values_list("n_cases", "n_decisions", "n_signatures", "n_alerts", "is_lent")
        .get()
    )
    decides = Role.APPROVER in roles or is_lent
    mine = cases if roles & HANDLERS else 0
    return Counts(mine, decisions if decides else 0, signatures, alerts)


def _counted(rows: QuerySet[Any]) -> Subquery:
    """Return the number of rows as a column; Count would group by each of them."""
    found = rows.order_by().annotate(n=Func(F("pk"), function="COUNT")).values("n")
    return Subquery(found, output_field=IntegerField())


def _for_me(user: User) -> TicketQuerySet:
    """Return the open cases that `user` has, or might take, and in which it is the desk's turn."""
    free = Q(assignee=None, section=user.section) if user.section else Q(assignee=None)
    theirs = Ticket.objects.open().confirmed().filter(Q(assignee=user) | free)
    return theirs.exclude(state__in=NOT_OURS)


def _signatures(user: User) -> list[Signature]:
    """Return the berita acara that wait for this person's name."""
    return list(_asked_of(user).select_related("berita_acara__ticket")[:SHOWN])


def _asked_of(user: User) -> QuerySet[Signature]:
    asked = Signature.objects.filter(user=user, signed_at=None, void_at=None)
    return asked.exclude(asked_at=None)


def _count(found: TicketQuerySet, shown: list[Row]) -> int:
    """Return how many there are; counted only where not all are shown."""
    return found.count() if len(shown) == SHOWN else len(shown)
