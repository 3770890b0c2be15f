"""Notices to staff by other ways than mail. Only workers come here: it opens sealed addresses.

What leaves the university this way says which case and where to look, and nothing of what
people wrote.
"""

from __future__ import annotations

import logging
from datetime import datetime

from apprise import Apprise, AppriseAsset
from django.db.models import Q
from django.utils.translation import gettext, override

from portal.lib.unseal import CannotUnseal, unseal
from tickets import addresses, conf
from tickets.mailing import deliver_by
from tickets.models import Notice
from tickets.workflow import MOVES

BY_CHANNEL = Q(channel__isnull=False)
PULIH = AppriseAsset(app_id="Pulih", app_desc="BPTI UHAMKA", async_mode=False)
TITLES = {"near": "Hampir lewat batas", "late": "Lewat batas"}

logging.getLogger("apprise").disabled = True  # it would write addresses, which hold keys


class NotSent(OSError):
    """The service did not take it. Its address is a secret and stands in no message."""


def deliver_event(event: str, now: datetime) -> int:
    """Send what is due of one event; return how many left."""
    return deliver_by(send, BY_CHANNEL & Q(event=event), now)


def deliver_due(now: datetime) -> int:
    """Send whatever is due; return how many left."""
    return deliver_by(send, BY_CHANNEL, now)


def send(notice: Notice) -> None:
    """Send one notice; raises NotSent."""
    try:
        address = unseal(notice.channel.url_secret if notice.channel else "")
    except CannotUnseal as error:
        raise NotSent(str(error)) from error
    box = Apprise(asset=PULIH)
    if not box.add(address):
        raise NotSent("The channel's address is none that Apprise knows.")
    if not box.notify(title=f"[{notice.ticket.number}]", body=_words(notice)):
        raise NotSent("The channel's service did not take the notice.")


def _words(notice: Notice) -> str:
    page = addresses.approval if notice.topic == "request_approval" else addresses.case
    with override(notice.language):
        return f"{_title(notice)}\n{conf.portal_url(page(notice.ticket.number))}"


def _title(notice: Notice) -> str:
    if notice.topic in TITLES:
        return gettext(TITLES[notice.topic])
    move = MOVES.get(notice.entry.move) if notice.entry else None
    return gettext(move.done) if move else ""
