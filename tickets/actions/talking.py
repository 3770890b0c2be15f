"""What is said about a case: notes for staff, messages to and from the reporter."""

from __future__ import annotations

import logging
import re
from datetime import datetime

from django.db import IntegrityError, transaction

from portal.accounts.models import User
from tickets import conf, tokens
from tickets.actions.actors import Act, Actor, by_link, person
from tickets.actions.analysing import answer
from tickets.actions.files import attach
from tickets.actions.moving import add_entry, moving
from tickets.errors import DeskError, NoteKept
from tickets.incoming import Incoming
from tickets.mail_texts import REPLY_LINE
from tickets.models import Entry, EntryKind, For, Ticket, TypedText, make_findable_anew
from tickets.periods import WITHDRAW_NOTE_WITHIN
from tickets.workflow import State

log = logging.getLogger("tickets")

LINES = tuple(text.body.strip() for text in REPLY_LINE)
QUOTED = re.compile(r"(?m)^\s*>.*\n?")


def add_note(ticket: Ticket, act: Act) -> Entry:
    """Write something down for staff."""
    with moving("add_note", ticket, act) as case:
        _sent(ticket, act, For.INTERNAL)
    assert case.entry  # noqa: S101 - moving writes it
    return case.entry


def reply(ticket: Ticket, act: Act, corrects: Entry | None = None) -> Entry:
    """Write to the reporter; a correction is a further message that names the one it corrects."""
    with moving("reply", ticket, act) as case:
        entry = add_entry(case, EntryKind.MESSAGE, public=True, words=act.words.strip())
        if corrects and corrects.ticket_id == ticket.pk:
            Entry.objects.filter(pk=entry.pk).update(corrects=corrects)
        case.entry = entry
        _sent(ticket, act, For.REPORTER)
    return entry


def write(ticket: Ticket, act: Act) -> Entry:
    """Take a message of the reporter."""
    with moving("write", ticket, act) as case:
        pass
    assert case.entry  # noqa: S101 - moving writes it
    return case.entry


def withdraw_note(note: Entry, act: Act) -> Entry:
    """Empty one's own note within some minutes; that it was there stays to be seen.

    Raises NoteKept when it is too late, or another's.
    """
    mine = note.kind == EntryKind.NOTE and act.by.user and note.author_id == act.by.user.pk
    if not mine or act.now - note.at > WITHDRAW_NOTE_WITHIN:
        raise NoteKept(minutes=int(WITHDRAW_NOTE_WITHIN.total_seconds() // 60))
    with moving("withdraw_note", note.ticket, act) as case:
        rows = Entry.objects.filter(pk=note.pk, withdrawn_at=None)
        if not rows.update(words="", withdrawn_at=act.now):
            raise NoteKept(minutes=0)
        case.facts["note"] = note.pk
        said = Entry.objects.filter(ticket=note.ticket).exclude(words="")
        make_findable_anew(note.ticket, said.values_list("words", flat=True))
    note.refresh_from_db()
    return note


def take_incoming(mail: Incoming, now: datetime) -> Entry | None:
    """Add a mail to its case, with its files; None when it is none of ours or a machine's.

    The words come in whatever becomes of the files.
    """
    if mail.automatic:
        return None
    for address in mail.addresses:
        entry = take_mail(address, mail.message_id, mail.text, now)
        if entry:
            _take_files(entry, mail, now)
            return entry
    return None


def _take_files(entry: Entry, mail: Incoming, now: datetime) -> None:
    ticket = Ticket.objects.get(pk=entry.ticket_id)
    by = person(entry.author, ticket, now) if entry.author else by_link(ticket)
    for name, content in mail.files:
        try:
            attach(ticket, name, content, Act(by, now))
        except DeskError as refused:
            log.info("%s: a file of a mail was not taken: %s", ticket, refused)


def take_mail(address: str, message_id: str, text: str, now: datetime) -> Entry | None:
    """Add a mail that came back to a signed address; None when we never signed it, or had it.

    The address alone says to which case and from whom, never a number in the subject
    (freescout#5383). From the reporter it is an answer or a message, from staff a note.
    """
    reply_to = tokens.parse_reply(address, conf.secret_keys())
    ticket = Ticket.objects.filter(pk=reply_to.ticket).first() if reply_to else None
    words = fresh_words(text)
    if reply_to is None or ticket is None or not words:
        return None
    actor = _sender(ticket, reply_to.user, now)
    try:
        with transaction.atomic():
            entry = _take(ticket, Act(actor, now, words), from_staff=reply_to.user is not None)
            Entry.objects.filter(pk=entry.pk).update(message_id=message_id[:200])
    except IntegrityError:  # the same mail, fetched twice
        return None
    return entry


def fresh_words(text: str) -> str:
    """Return what was newly written in a mail: above our line, without quotations."""
    for line in LINES:
        text = text.partition(line)[0]
    return QUOTED.sub("", text.replace("\r\n", "\n").replace("\0", "")).strip()


def _sender(ticket: Ticket, user: int | None, now: datetime) -> Actor:
    if user is None:
        return by_link(ticket)
    return person(User.objects.get(pk=user), ticket, now)


def _take(ticket: Ticket, act: Act, *, from_staff: bool) -> Entry:
    if from_staff:
        return add_note(ticket, act)
    if ticket.step is State.WAITING_REPORTER:
        answer(ticket, act)
        return Entry.objects.filter(ticket=ticket).latest("pk")
    return write(ticket, act)


def _sent(ticket: Ticket, act: Act, audience: For) -> None:
    """Let go of what was half typed: it is sent."""
    TypedText.objects.filter(ticket=ticket, user=act.by.user, audience=audience).delete()
