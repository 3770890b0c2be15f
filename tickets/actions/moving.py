"""How a case moves: the one transaction that every action is made of.

The row is taken first, if it is still as it was read, so that what the rules are asked cannot
change before the commit; then the compare-and-swap moves it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from backups.catalogue.hold import release
from backups.restoring import end_undo
from portal.audit.record import record
from tickets.actions.actors import Act
from tickets.actions.clocks import keep_time
from tickets.actions.rules import met
from tickets.errors import Change, Conflict, NotNow, NotYours, WordsMissing
from tickets.models import Entry, EntryKind, Side, Ticket, make_findable
from tickets.notices import Event, announce
from tickets.workflow import FINAL, MOVES, Facts, Move, Standing, State, Words, check

LONGEST_WORDS = 20_000


@dataclass(slots=True)
class Case:
    """A move under way. What an action puts into `facts` goes to the timeline and the audit."""

    ticket: Ticket
    move: Move
    act: Act
    was: State
    facts: dict[str, Any] = field(default_factory=dict)
    entry: Entry | None = None

    @property
    def side(self) -> Side:
        """From whose side the move comes: staff who reported a case are its reporter there."""
        if Standing.SYSTEM in self.act.by.standing:
            return Side.SYSTEM
        as_reporter = self.act.by.standing & self.move.who == {Standing.REPORTER}
        return Side.REPORTER if as_reporter else Side.STAFF

    @property
    def event(self) -> Event:
        """What the outbox calls it: one of a kind per version of the case."""
        key = f"{self.ticket.pk}.{self.ticket.version}.{self.move.name}"
        return Event(key, self.move.name, self.entry, self.facts)


@contextmanager
def moving(name: str, ticket: Ticket, act: Act, **columns: Any) -> Iterator[Case]:
    """Make the move `name`, writing `columns` with it; the block adds what else belongs to it.

    Raises NotYours, NotNow, NotReady, WordsMissing or Conflict, having changed nothing.
    """
    move, was = MOVES[name], ticket.step
    refuse_early(move, ticket, act)
    with transaction.atomic():
        if not _as_read(move, ticket).select_for_update().exists():
            raise conflict(ticket, act)
        check(name, was, Facts(act.by.standing, met(move.needs, ticket, act.by, act.now)))
        _swap(move, ticket, act, columns)
        case = Case(ticket, move, act, was)
        yield case
        _finish(case)


def refuse_early(move: Move, ticket: Ticket, act: Act) -> None:
    """Raise what needs no look at the database: not allowed, too old a sight, no words."""
    if not act.by.standing & move.who:
        raise NotYours
    if move.guarded and act.seen is not None and act.seen != ticket.version:
        raise conflict(ticket, act)
    if ticket.step not in move.sources:
        raise NotNow(state=ticket.step.label)
    if move.words.required and not act.words.strip():
        raise WordsMissing


def conflict(ticket: Ticket, act: Act) -> Conflict:
    """Return the error that tells what others did since the version that was looked at."""
    seen = ticket.version if act.seen is None else act.seen
    now = Ticket.objects.get(pk=ticket.pk)
    entries = Entry.objects.filter(ticket=ticket, version__gt=seen).order_by("pk")
    if not act.by.is_staff:
        entries = entries.shown()
    changes = tuple(
        Change(
            who="BPTI" if entry.side == Side.STAFF and not act.by.is_staff else entry.author_name,
            move=MOVES[entry.move].done if entry.move in MOVES else entry.get_kind_display(),
            at=entry.at,
            words=entry.words,
        )
        for entry in entries
    )
    return Conflict(changes, state=now.step.label, version=now.version)


def _as_read(move: Move, ticket: Ticket) -> QuerySet[Ticket]:
    """Return the row, if it is still as the caller read it."""
    rows = Ticket.objects.filter(pk=ticket.pk, state=ticket.state)
    return rows.filter(version=ticket.version) if move.guarded else rows


def _swap(move: Move, ticket: Ticket, act: Act, columns: dict[str, Any]) -> None:
    """Change the row if it is still as it was read; raise Conflict when it is not."""
    changed = dict(columns, changed_at=act.now)
    if move.to:
        ended = act.now if move.to in FINAL else None
        changed |= {"state": move.to.value, "state_since": act.now, "closed_at": ended}
    step = F("version") + 1 if move.guarded else F("version")
    if not _as_read(move, ticket).update(version=step, **changed):
        raise conflict(ticket, act)
    ticket.version += move.guarded
    for name, value in changed.items():
        setattr(ticket, name, value)


def _finish(case: Case) -> None:
    """Write what every move leaves behind; the audit event comes last (portal.audit.record)."""
    move, ticket, act = case.move, case.ticket, case.act
    if move.to and ticket.confirmed_at:
        keep_time(ticket, move.to, act.now)
    if move.to in FINAL:
        release(hold_key(ticket))
        for plan in ticket.plans.all():
            end_undo(plan.reference, act.now)
    case.entry = case.entry or _write_down(case)
    announce(ticket, move, case.event, act.now, silent=_silent(case))
    facts = {"from": case.was.value, "to": ticket.state, "version": ticket.version}
    record(f"ticket.{move.name}", actor=act.by.audited, subject=ticket, facts=facts | case.facts)


def hold_key(ticket: Ticket) -> str:
    """Return the word under which a case holds the copy that it needs."""
    return f"tickets:{ticket.pk}"


def _silent(case: Case) -> set[str]:
    """Return the addresses that need not be told: whoever made the move knows of it."""
    user = case.act.by.user
    silent = {user.email.lower()} if user else set()
    if case.side == Side.REPORTER:
        silent.add(case.ticket.reporter_email.lower())
    return silent


def _write_down(case: Case) -> Entry:
    """Add the move to the timeline; words for staff stand in a note beside it.

    Returns the line that mails may quote.
    """
    words = case.act.words.strip()[:LONGEST_WORDS]
    if case.move.words is Words.TOLD:
        return add_entry(case, EntryKind.MESSAGE, public=True, words=words)
    if case.move.to is None and case.move.words is Words.REASON:
        return add_entry(case, EntryKind.NOTE, public=False, words=words)
    shown = case.move.shown or case.side == Side.REPORTER
    event = add_entry(case, EntryKind.EVENT, public=shown)
    if words:
        return add_entry(case, EntryKind.NOTE, public=False, words=words)
    return event


def add_entry(case: Case, kind: EntryKind, *, public: bool, words: str = "") -> Entry:
    """Add a line to the case's timeline, and its words to those by which the case is found."""
    if words:
        make_findable(case.ticket, words)
    return Entry.objects.create(
        ticket=case.ticket,
        at=case.act.now,
        kind=kind,
        public=public,
        side=case.side,
        author=case.act.by.user,
        author_name=case.act.by.name,
        move=case.move.name,
        version=case.ticket.version,
        words=words,
        facts={} if public else case.facts,
    )
