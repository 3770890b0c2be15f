"""Who acts on a case, and what that makes them to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.accounts.models import Role, User
from portal.lib.clock import wib_date
from tickets.errors import NotYours
from tickets.models import Delegation, Ticket
from tickets.workflow import Standing

BY_ROLE = {
    Role.FRONT_DESK.value: Standing.FRONT_DESK,
    Role.ANALYST.value: Standing.ANALYST,
    Role.APPROVER.value: Standing.APPROVER,
    Role.AUDITOR.value: Standing.AUDITOR,
}
STAFF = frozenset(BY_ROLE.values())


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody before one case. `stands_in_for` are approvers whose right was delegated here."""

    standing: frozenset[Standing]
    user: User | None = None
    name: str = ""
    stands_in_for: tuple[User, ...] = ()

    @property
    def is_staff(self) -> bool:
        """Whether any role of BPTI is held, whatever else the person is to the case."""
        return bool(self.standing & STAFF)

    @property
    def audited(self) -> User | str:
        """As what the audit trail knows them; it keeps no names of people without an account."""
        if self.user:
            return self.user
        return "system:desk" if Standing.SYSTEM in self.standing else "reporter:link"


PORTAL = Actor(frozenset({Standing.SYSTEM}), name="Pulih")


@dataclass(frozen=True, slots=True)
class Act:
    """One intention: who, when, in what words, and which version of the case they looked at.

    `seen` None means whatever it is now: for the portal itself, and for people who only add.
    """

    by: Actor
    now: datetime
    words: str = ""
    seen: int | None = None

    @property
    def account(self) -> User:
        """Who it is, for moves that only people with an account make; raises NotYours."""
        if self.by.user is None:
            raise NotYours
        return self.by.user


def person(user: User, ticket: Ticket, now: datetime) -> Actor:
    """Return what an account is to a case; an account without any role is nothing to any."""
    roles = user.roles if user.is_active else frozenset()
    standing = {BY_ROLE[role] for role in roles if role in BY_ROLE}
    givers = delegators(user, now) if roles else ()
    if givers:
        standing.add(Standing.APPROVER)
    if roles and ticket.reporter_id == user.pk:
        standing.add(Standing.REPORTER)
    if Standing.ANALYST in standing and _executes(user, ticket):
        standing.add(Standing.EXECUTOR)
    return Actor(
        frozenset(standing),
        user,
        str(user),
        () if Role.APPROVER in roles else givers,
    )


def by_link(ticket: Ticket) -> Actor:
    """Return the reporter as the holder of the ticket's secret link."""
    return Actor(frozenset({Standing.REPORTER}), name=ticket.reporter_name)


def delegators(user: User, now: datetime) -> tuple[User, ...]:
    """Return the approvers in whose place this person decides today."""
    today = Delegation.objects.on(wib_date(now)).filter(
        taker=user, giver__is_active=True, giver__role_grants__role=Role.APPROVER
    )
    return tuple(delegation.giver for delegation in today.select_related("giver").order_by("pk"))


def _executes(user: User, ticket: Ticket) -> bool:
    return any(
        plan.superseded_at is None and plan.executor_id == user.pk for plan in ticket.plans.all()
    )
