"""The desk's doorbells. Each hears one word, makes one call, and knows nothing else.

Addressed by string only (portal.schedule, tickets.notices, tickets.actions.files).
"""

from __future__ import annotations

from portal.lib import clock
from tickets import bundling, issuing, mailing, paging, record_mails
from tickets.actions import clocks, files, restoring, ticking


def every_minute() -> None:
    """Put right whatever a minute left undone at the desk."""
    ticking.every_minute(clock.now())
    paging.deliver_due(clock.now())
    issuing.ring_waiting(clock.now())
    bundling.ring_waiting(clock.now())
    record_mails.ask_and_remind(clock.now())


def deliver_event(event: str) -> None:
    """Send what one event has to tell."""
    mailing.deliver_event(event, clock.now())
    paging.deliver_event(event, clock.now())


def scan_attachment(pk: int) -> None:
    """Ask the scanner about one file."""
    files.scan_attachment(pk, clock.now())


def reckon_open(_: int = 0) -> None:
    """Work out anew when every open case is due."""
    clocks.reckon_open()


def issue_record(pk: int) -> None:
    """Issue one berita acara: number, paper, seal and bytes."""
    issuing.issue(pk, clock.now())


def mark_cancelled(pk: int) -> None:
    """Make the marked copy of a cancelled berita acara."""
    issuing.mark_cancelled(pk, clock.now())


def settle_restore(pk: int) -> None:
    """Take over how a restore ended into its case."""
    restoring.settle_ended(pk, clock.now())


def make_bundle(pk: int) -> None:
    """Make one archive of records."""
    bundling.make(pk, clock.now())
