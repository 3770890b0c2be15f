"""Figures over a time, for reports: cases, the desk's times, what reporters said. Never kept.

Days are WIB and both ends are included. A case counts in the time in which it was reported,
unless a figure says otherwise; one that nobody stands behind, or that was merged, does not count.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from django.db.models import Count, F, QuerySet
from django.db.models.functions import TruncMonth

from portal.lib import clock
from tickets.models import ClockInterval, Entry, Plan, ServiceTarget, Ticket, calendar
from tickets.workflow import Clock, Pulse
from tickets.working_time import Ledger

ASKED = ("verify", "inform_found")  # moves that ask the reporter whether it is right
ANSWERS = ("confirm", "dispute", "lapse")
SETTLED = ("settle_restored", "settle_failed", "settle_void")
Move = tuple[int, str, datetime]  # the case, what was done, when
HOUR = timedelta(hours=1)
COLUMNS = ("section", "happened", "state")


def counted(first: date, last: date) -> QuerySet[Ticket]:
    """Return the cases that were reported in the time and count."""
    return Ticket.objects.confirmed().filter(
        merged_into=None,
        filed_at__gte=clock.midnight(first),
        filed_at__lt=clock.midnight(last + timedelta(days=1)),
    )


@dataclass(frozen=True, slots=True)
class Parted:
    """Cases counted by what they have in common; `systems` by id, "" where none was named."""

    months: Counter[date]
    section: Counter[str]
    happened: Counter[str]
    state: Counter[str]
    systems: Counter[str]


def parted(cases: QuerySet[Ticket]) -> Parted:
    """Return the cases counted in every way; two queries."""
    found = Parted(Counter(), Counter(), Counter(), Counter(), Counter())
    month = TruncMonth("filed_at", tzinfo=clock.WIB)
    rows = cases.order_by().annotate(month=month).values_list("month", *COLUMNS)
    for at, section, happened, state, count in rows.annotate(count=Count("pk")):
        found.months[clock.wib_date(at)] += count
        found.section[section] += count
        found.happened[happened] += count
        found.state[state] += count
    named = cases.order_by().values_list("systems").annotate(count=Count("pk"))
    found.systems.update({str(system or ""): count for system, count in named})
    return found


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took, in working time, and how many were within their target."""

    count: int
    typical: timedelta | None
    slowest_tenth: timedelta | None
    within: int

    @property
    def share(self) -> float | None:
        """The part within the target; None where there is nothing to say."""
        return self.within / self.count if self.count else None


def times(cases: QuerySet[Ticket]) -> dict[Clock, Times]:
    """Return how long each clock ran for the cases in which it has come to its end."""
    spans = _spans(cases)
    targets = {
        (target.clock, target.priority): target.span for target in ServiceTarget.objects.all()
    }
    return {what: _times(spans.get(what.value, []), what, targets) for what in Clock}


def _times(
    spans: list[tuple[timedelta, int]], what: Clock, targets: dict[tuple[str, int], timedelta]
) -> Times:
    if not spans:
        return Times(0, None, None, 0)
    ran = sorted(span for span, _priority in spans)
    known = ((span, targets.get((what.value, priority))) for span, priority in spans)
    within = sum(target is not None and span <= target for span, target in known)
    return Times(len(ran), ran[len(ran) // 2], ran[min(len(ran) - 1, len(ran) * 9 // 10)], within)


def _spans(cases: QuerySet[Ticket]) -> dict[str, list[tuple[timedelta, int]]]:
    """Return clock -> (working time, priority) of every case whose clock does not go on."""
    rows = ClockInterval.objects.filter(
        ticket__in=cases.order_by().values("pk"), pulse=Pulse.RUNNING.value
    )
    ran: defaultdict[tuple[str, int, int], timedelta] = defaultdict(timedelta)
    going_on = set()
    ledger: Ledger | None = None
    for what, ticket, priority, began, ended in rows.order_by("began_at").values_list(
        "clock", "ticket", "ticket__priority", "began_at", "ended_at"
    ):
        ledger = ledger or Ledger(calendar(), clock.wib_date(began))
        if ended is None:
            going_on.add((what, ticket))
        else:
            ran[what, ticket, priority] += ledger.between(began, ended)
    found: defaultdict[str, list[tuple[timedelta, int]]] = defaultdict(list)
    for (what, ticket, priority), span in ran.items():
        if (what, ticket) not in going_on:
            found[what].append((span, priority))
    return found


@dataclass(frozen=True, slots=True)
class Answers:
    """What reporters said who were asked in the time whether their data are right again."""

    asked: int
    confirmed: int
    disputed: int
    silent: int

    @property
    def share(self) -> float | None:
        """The part that confirmed, of those whose time to answer is over."""
        return self.confirmed / self.settled if self.settled else None

    @property
    def settled(self) -> int:
        """Those who answered, or whose time to answer is over."""
        return self.confirmed + self.disputed + self.silent

    @property
    def awaited(self) -> int:
        """Those who may still answer."""
        return self.asked - self.settled


@dataclass(frozen=True, slots=True)
class Recovered:
    """One recovery: how long it took, and how old the copy was when the loss was noticed.

    `lost` is the time between the copy and the loss, whose changes may not come back.
    """

    number: str
    url: str
    source: str
    took: timedelta
    target: timedelta
    lost: timedelta | None
    lost_target: timedelta

    @property
    def in_time(self) -> bool:
        """Whether it was back within the source's target."""
        return self.took <= self.target

    @property
    def fresh(self) -> bool:
        """Whether no more was lost than the source's target allows."""
        return self.lost is None or self.lost <= self.lost_target


@dataclass(frozen=True, slots=True)
class Restores:
    """The restores of cases that ended in the time: proven equal, failed, and each good one."""

    proven: int
    failed: int
    rows: list[Recovered]


def outcomes(first: date, last: date) -> tuple[Restores, Answers]:
    """Return what became of the time's restores and what its questions brought; two queries."""
    begin, end = clock.midnight(first), clock.midnight(last + timedelta(days=1))
    in_time = Entry.objects.filter(move__in=(*ASKED, *SETTLED), at__gte=begin, at__lt=end)
    told = Entry.objects.filter(
        move__in=("start_restore", *SETTLED, *ASKED, *ANSWERS), ticket__in=in_time.values("ticket")
    )
    moves = list(told.order_by("ticket", "pk").values_list("ticket", "move", "at"))
    return _restores(moves, begin, end), _answers(moves, begin, end)


def _answers(moves: Iterable[Move], begin: datetime, end: datetime) -> Answers:
    """Return what came back of the last question of each case that was asked in the time."""
    said: dict[int, str] = {}  # the answer to each question of the time; "" while there is none
    for ticket, move, at in moves:
        if move in ASKED and begin <= at < end:
            said[ticket] = ""
        elif move in ANSWERS and ticket in said:
            said[ticket] = move
    told = Counter(said.values())
    return Answers(len(said), told["confirm"], told["dispute"], told["lapse"])


def _restores(moves: Iterable[Move], begin: datetime, end: datetime) -> Restores:
    """Return what became of the restores of the time, the newest first."""
    ran = [each for each in moves if each[1] in ("start_restore", *SETTLED)]
    told = Counter(move for _ticket, move, at in ran if begin <= at < end)
    took = _took(ran, begin, end)
    plans = Plan.objects.filter(ticket__in=took, superseded_at=None)
    rows = [
        _recovered(plan, took[plan.ticket_id])
        for plan in plans.select_related("ticket", "snapshot__source")
    ]
    rows.sort(key=lambda row: row.number, reverse=True)
    return Restores(told["settle_restored"], told["settle_failed"] + told["settle_void"], rows)


def _took(moves: Iterable[Move], begin: datetime, end: datetime) -> dict[int, timedelta]:
    """Return ticket -> how long its last good recovery took."""
    return {
        ticket: done - at
        for (ticket, move, at), (same, result, done) in pairwise(moves)
        if ticket == same
        and (move, result) == ("start_restore", "settle_restored")
        and begin <= done < end
    }


def _recovered(plan: Plan, took: timedelta) -> Recovered:
    source, ticket = plan.snapshot.source, plan.ticket
    noticed = ticket.noticed_at or ticket.filed_at
    return Recovered(
        number=ticket.number,
        url=ticket.get_absolute_url(),
        source=source.name,
        took=took,
        target=timedelta(minutes=source.recovery_target_minutes),
        lost=max(timedelta(0), noticed - plan.snapshot.taken_at),
        lost_target=source.age_target_hours * HOUR,
    )


def ended_by_month(first: date, last: date) -> dict[date, int]:
    """Return month -> cases that ended in it, whenever they were reported."""
    begin, end = clock.midnight(first), clock.midnight(last + timedelta(days=1))
    cases = Ticket.objects.confirmed().filter(
        merged_into=None, closed_at__gte=begin, closed_at__lt=end
    )
    month = TruncMonth(F("closed_at"), tzinfo=clock.WIB)
    rows = cases.order_by().annotate(month=month).values_list("month")
    return {clock.wib_date(at): count for at, count in rows.annotate(count=Count("pk"))}
