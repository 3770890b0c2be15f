"""From a draft to a case with a number (SOP restore, step 1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from backups.models import InformationSystem
from portal.accounts.models import Role, User
from portal.accounts.sections import Section
from portal.audit.record import record
from portal.lib.clock import wib_date
from tickets import conf, tokens
from tickets.actions.actors import Act, by_link, person
from tickets.actions.clocks import keep_time
from tickets.actions.moving import moving
from tickets.errors import Incomplete, NotYours, TooManyUnconfirmed, _
from tickets.models import (
    Attachment,
    Entry,
    EntryKind,
    ReportDraft,
    Side,
    Ticket,
    make_findable,
    next_number,
    report_texts,
)
from tickets.notices import Event, handlers, tell_reporter, tell_staff
from tickets.numbering import PREFIX, TicketNumber
from tickets.reports import Report, read
from tickets.workflow import State

UNCONFIRMED_AT_ONCE = 3  # open reports that one unconfirmed address may have


@dataclass(frozen=True, slots=True)
class Filer:
    """Who files: an account or nobody known, for themselves or for another."""

    user: User | None
    on_behalf: bool

    @property
    def own(self) -> User | None:
        """The account whose own report it is."""
        return None if self.on_behalf else self.user


@dataclass(frozen=True, slots=True)
class Filed:
    """A filed report and the token of its tracking link, which is shown and mailed, never kept."""

    ticket: Ticket
    token: str


def file_report(
    draft: ReportDraft, by: User | None, now: datetime, *, on_behalf: bool = False
) -> Filed:
    """Make a draft a case; the second press finds the first one's case.

    An account's own report takes name and address from the account. `on_behalf` is the front
    desk filing for the person named in the answers, for whom it vouches. Anybody else has an
    address only, which a mailed link must confirm. Raises Incomplete, NotYours or
    TooManyUnconfirmed.
    """
    roles = by.roles if by else frozenset()
    if on_behalf and Role.FRONT_DESK not in roles:
        raise NotYours
    filer = Filer(by if roles else None, on_behalf)
    with transaction.atomic():
        draft = ReportDraft.objects.select_for_update().get(pk=draft.pk)
        if draft.ticket:
            return Filed(draft.ticket, tracking_token(draft.ticket))
        ticket = _create(draft, filer, now)
        ReportDraft.objects.filter(pk=draft.pk).update(sent_at=now, ticket=ticket)
        Attachment.objects.filter(draft=draft).update(ticket=ticket)
        _tell_of_it(ticket, filer, now)
    return Filed(ticket, tracking_token(ticket))


def tracking_token(ticket: Ticket) -> str:
    """Return the token of a ticket's tracking link, made anew if the portal's key has changed."""
    for key in conf.secret_keys():
        token = tokens.tracking_token(key, ticket.tracking_nonce)
        if tokens.hashed(token) == ticket.tracking_hash:
            return token
    token = tokens.tracking_token(conf.secret_keys()[0], ticket.tracking_nonce)
    Ticket.objects.filter(pk=ticket.pk).update(tracking_hash=tokens.hashed(token))
    return token


def find_by_token(number: str, token: str) -> Ticket | None:
    """Return the case that a tracking link opens; None when either half is wrong."""
    return Ticket.objects.filter(number=number, tracking_hash=tokens.hashed(token)).first()


def confirm_by_link(ticket: Ticket, token: str, now: datetime) -> Ticket:
    """Confirm the reporter's address by the token that only their mailbox got."""
    if not tokens.is_confirm_token(conf.secret_keys(), ticket.tracking_nonce, token):
        raise NotYours
    return confirm_reporter(ticket, Act(by_link(ticket), now))


def confirm_reporter(ticket: Ticket, act: Act) -> Ticket:
    """Let a report count: its reporter's mailbox answered, or staff know who it is."""
    account = ticket.reporter or account_of(ticket.reporter_email)
    with moving("confirm_reporter", ticket, act, confirmed_at=act.now, reporter=account) as case:
        keep_time(ticket, State.REPORTED, act.now)
        _send_receipt(ticket, act.now)
        case.facts["by_mail"] = not act.by.is_staff
    return ticket


def send_link(number: str, email: str, now: datetime) -> None:
    """Mail the tracking link again if number and address belong together; say nothing of it.

    At most one an hour: the outbox has one notice per event and person.
    """
    ticket = Ticket.objects.of_mailbox(email).filter(number=number).first()
    if ticket:
        hour = f"{now:%Y%m%d%H}"
        tell_reporter(ticket, Event(f"{ticket.pk}.link.{hour}", "send_link"), now)


def account_of(email: str) -> User | None:
    """Return the one account with this address; None when there is none, or more than one."""
    found = list(User.objects.filter(email__iexact=email, is_active=True)[:2])
    return found[0] if len(found) == 1 else None


def _create(draft: ReportDraft, filer: Filer, now: datetime) -> Ticket:
    report = read(_with_account(draft.answers, filer.own), now)
    systems = _systems(report)
    if filer.user is None:
        _refuse_flood(report.email)
    nonce = tokens.new_nonce()
    token = tokens.tracking_token(conf.secret_keys()[0], nonce)
    year = wib_date(now).year
    ticket = Ticket.objects.create(
        number=str(TicketNumber(year, next_number(PREFIX, year))),
        reporter=filer.own or (account_of(report.email) if filer.on_behalf else None),
        filed_by=filer.user if filer.on_behalf else None,
        confirmed_at=now if filer.user else None,
        filed_at=now,
        changed_at=now,
        state_since=now,
        section=_section(systems),
        tracking_nonce=nonce,
        tracking_hash=tokens.hashed(token),
        **_columns(report),
    )
    ticket.systems.set(systems)
    make_findable(ticket, *report_texts(ticket))
    return ticket


def _with_account(answers: dict[str, object], user: User | None) -> dict[str, object]:
    """Return the answers with what the account knows: nobody is asked for it again."""
    if user is None:
        return answers
    known = {
        "name": str(user),
        "email": user.email,
        "identity": user.identity_number,
        "unit": user.unit,
        "phone": user.phone,
    }
    return answers | {name: value for name, value in known.items() if value}


def _systems(report: Report) -> list[InformationSystem]:
    found = list(InformationSystem.objects.filter(slug__in=report.systems))
    if len(found) != len(set(report.systems)):
        raise Incomplete({"systems": _("Sistem ini tidak dikenal.")})
    return found


def _section(systems: list[InformationSystem]) -> str:
    """Return where the case goes first: the section of its system, else the front desk's."""
    sections = {system.section for system in systems}
    return sections.pop() if len(sections) == 1 else Section.YANSI.value


def _columns(report: Report) -> dict[str, object]:
    same = (
        "happened", "subject", "lost_data", "system_unsure", "place", "example", "last_right_at",
        "last_right_words", "noticed_at", "impact_words", "needed_by", "needed_for", "language",
    )  # fmt: skip
    return {name: getattr(report, name) for name in same} | {
        f"reporter_{name}": getattr(report, name)
        for name in ("name", "email", "identity", "unit", "phone")
    }


def _refuse_flood(email: str) -> None:
    from_there = Ticket.objects.of_mailbox(email)
    waiting = from_there.filter(confirmed_at=None, state=State.REPORTED)
    if waiting.count() >= UNCONFIRMED_AT_ONCE:
        raise TooManyUnconfirmed(limit=UNCONFIRMED_AT_ONCE)


def _send_receipt(ticket: Ticket, now: datetime) -> None:
    answer_by = ticket.answer_due_at.isoformat() if ticket.answer_due_at else ""
    event = Event(f"{ticket.pk}.filed", "file_report", facts={"answer_by": answer_by})
    tell_reporter(ticket, event, now)


def _tell_of_it(ticket: Ticket, filer: Filer, now: datetime) -> None:
    """Start the clocks, open the timeline, tell the reporter and the desk, record."""
    actor = person(filer.user, ticket, now) if filer.user else by_link(ticket)
    entry = Entry.objects.create(
        ticket=ticket,
        at=now,
        kind=EntryKind.EVENT,
        public=True,
        side=Side.STAFF if filer.on_behalf else Side.REPORTER,
        author=filer.user,
        author_name=actor.name,
        move="file_report",
        version=ticket.version,
    )
    if ticket.confirmed_at:
        keep_time(ticket, State.REPORTED, now)
        _send_receipt(ticket, now)
        silent = {filer.user.email.lower()} if filer.user else set()
        told = Event(f"{ticket.pk}.filed", "moved", entry)
        tell_staff(ticket, told, handlers(ticket), now, silent=silent)
    else:
        tell_reporter(ticket, Event(f"{ticket.pk}.confirm", "confirm_address"), now)
    facts = {"state": ticket.state, "systems": [system.slug for system in ticket.systems.all()]}
    record("ticket.file_report", actor=actor.audited, subject=ticket, facts=facts)
