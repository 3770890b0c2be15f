"""Sending what the outbox holds: claimed before the mail server is spoken to, retried, once.

A worker that dies between the server's yes and our note of it leaves a claim behind. After
CLAIM_LASTS the notice is sent again under the same Message-ID, by which mailboxes tell a
repetition: losing a message would be worse.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F, Q
from django.utils.formats import date_format
from django.utils.translation import gettext, override

from portal.accounts.sections import Section
from portal.lib.clock import WIB
from tickets import addresses, conf, tokens
from tickets.mail_texts import (
    GREETING,
    REPLY_LINE,
    SIGNATURE,
    TO_REPORTER,
    TO_STAFF,
    TRACK,
    Text,
)
from tickets.models import Delivery, Notice, Ticket
from tickets.workflow import MOVES, Clock

CLAIM_LASTS = timedelta(minutes=15)
GIVE_UP_AFTER = timedelta(days=7)
LONGEST_WAIT = timedelta(hours=1)
AT_ONCE = 100
BY_MAIL = Q(channel=None)
PERMANENT = 500  # SMTP: 5xx is a refusal that trying again does not change
Way = Callable[[Notice], None]
SOON = {"id": "pada hari kerja berikutnya", "en": "the next working day"}


def deliver_event(event: str, now: datetime) -> int:
    """Mail what is due of one event; return how many left."""
    return deliver_by(send, BY_MAIL & Q(event=event), now)


def deliver_due(now: datetime) -> int:
    """Mail whatever is due: after a failure, a night, a worker's death. Return how many left."""
    return deliver_by(send, BY_MAIL, now)


def send(notice: Notice) -> None:
    """Hand one mail to the mail server."""
    compose(notice).send()


def deliver_by(way: Way, which: Q, now: datetime) -> int:
    """Send what is due of `which` by `way`; return how many left."""
    due = Notice.objects.filter(which, _sendable(now)).values_list("pk", flat=True)
    return sum(deliver(pk, now, way) for pk in list(due[:AT_ONCE]))


def _sendable(now: datetime) -> Q:
    waiting = Q(state=Delivery.WAITING, not_before__lte=now)
    return waiting | Q(state=Delivery.SENDING, claimed_at__lte=now - CLAIM_LASTS)


def deliver(pk: int, now: datetime, way: Way = send) -> bool:
    """Send one notice; False when somebody else has it, or the server would not take it."""
    mine = Notice.objects.filter(_sendable(now), pk=pk)
    if not mine.update(state=Delivery.SENDING, claimed_at=now, tries=F("tries") + 1):
        return False
    notice = Notice.objects.select_related("ticket", "entry", "channel").get(pk=pk)
    claimed = Notice.objects.filter(pk=pk, state=Delivery.SENDING, claimed_at=now)
    try:
        way(notice)
    except (SMTPException, OSError) as error:
        claimed.update(**_after_failure(notice, error, now))
        return False
    return bool(claimed.update(state=Delivery.SENT, sent_at=now, error=""))


def _after_failure(notice: Notice, error: Exception, now: datetime) -> dict[str, Any]:
    """Return what becomes of a notice that the mail server did not take."""
    hopeless = _is_permanent(error) or now - notice.created_at > GIVE_UP_AFTER
    wait = min(LONGEST_WAIT, timedelta(minutes=2 ** min(notice.tries, 10)))
    return {
        "state": Delivery.GIVEN_UP if hopeless else Delivery.WAITING,
        "not_before": now + wait,
        "error": f"{type(error).__name__}: {error}"[:300],
    }


def _is_permanent(error: Exception) -> bool:
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= PERMANENT for code, _ in error.recipients.values())
    return isinstance(error, SMTPResponseException) and error.smtp_code >= PERMANENT


def compose(notice: Notice) -> EmailMessage:
    """Return the mail of a notice, in its reader's language."""
    with override(notice.language):
        text = reporter_text(notice) if notice.to_reporter else staff_text(notice)
    domain, number = conf.mail_domain(), notice.ticket.number
    signed = tokens.hashed(f"{conf.secret_keys()[0]}:{notice.pk}")[:16]
    return EmailMessage(
        subject=" ".join(f"[{number}] {text.subject}".split()),
        body=re.sub(r"\n{3,}", "\n\n", text.body),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[notice.address],
        reply_to=_reply_to(notice),
        headers={
            "Message-ID": f"<{number}.{notice.pk}.{signed}@{domain}>",
            "References": f"<{number}@{domain}>",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )


def reporter_text(notice: Notice) -> Text:
    """Return the letter to a reporter: nothing that the reporter may not read goes into it."""
    ticket, language = notice.ticket, notice.language
    letter = TO_REPORTER[notice.topic].in_language(language)
    words = notice.entry.words if notice.entry and notice.entry.public else ""
    token = tokens.tracking_token(_key_of(ticket), ticket.tracking_nonce)
    values = {
        "number": ticket.number,
        "subject": ticket.subject,
        "name": ticket.reporter_name,
        "section": Section(ticket.section).label if ticket.section else "BPTI",
        "words": words,
        "answer_by": _when(notice.facts.get("answer_by")) or SOON.get(language, SOON["id"]),
        "lapse_at": _when(notice.facts.get("lapse_at")) or SOON.get(language, SOON["id"]),
        "merged_into": notice.facts.get("merged_into", ""),
        "help_line": conf.help_line(),
        "link": conf.portal_url(addresses.track(ticket.number, token)),
        "confirm_link": _confirm_link(ticket),
    }
    parts = [GREETING, TRACK, SIGNATURE]
    if notice.topic == "confirm_address":
        parts.remove(TRACK)  # who confirms must have read this very mail, and follows later
    greeting, *rest = (part.in_language(language).body for part in parts)
    top = REPLY_LINE.in_language(language).body if conf.reply_base() else ""
    body = top + greeting + letter.body + "".join(rest)
    return Text(letter.subject.format(**values), body.format(**values))


def staff_text(notice: Notice) -> Text:
    """Return the letter to staff: what was done, the words, where to go on."""
    ticket = notice.ticket
    letter = TO_STAFF[notice.topic].in_language(notice.language)
    move = MOVES.get(notice.entry.move) if notice.entry else None
    page = addresses.approval if notice.topic == "request_approval" else addresses.case
    values = {
        "subject": ticket.subject,
        "done": gettext(move.done) if move else "",
        "words": notice.entry.words if notice.entry else "",
        "state": gettext(ticket.step.label),
        "clock": gettext(Clock(notice.facts["clock"]).label) if "clock" in notice.facts else "",
        "due_at": _when(notice.facts.get("due_at")),
        "expires_at": _when(notice.facts.get("expires_at")),
        "link": conf.portal_url(page(ticket.number)),
    }
    return Text(letter.subject.format(**values), letter.body.format(**values))


def _reply_to(notice: Notice) -> list[str]:
    if not conf.reply_base() or notice.topic == "confirm_address":
        return []
    party = None if notice.to_reporter else notice.recipient_id
    reply_to = tokens.ReplyTo(notice.ticket_id, party)
    return [tokens.reply_address(conf.reply_base(), conf.secret_keys()[0], reply_to)]


def _confirm_link(ticket: Ticket) -> str:
    token = tokens.confirm_token(_key_of(ticket), ticket.tracking_nonce)
    return conf.portal_url(addresses.confirm(ticket.number, token))


def _key_of(ticket: Ticket) -> str:
    """Return the key with which the ticket's links were made: the present one, or an older."""
    for key in conf.secret_keys():
        token = tokens.tracking_token(key, ticket.tracking_nonce)
        if tokens.hashed(token) == ticket.tracking_hash:
            return key
    return conf.secret_keys()[0]


def _when(moment: str | None) -> str:
    """Return a moment, kept in ISO 8601, for people: in WIB; "" for none."""
    if not moment:
        return ""
    local = datetime.fromisoformat(moment).astimezone(WIB)
    return f"{date_format(local, 'l, j F Y, H.i')} WIB"
