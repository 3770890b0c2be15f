"""The pages of the quality records: by whom each is looked at, and where it is."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.db import connection
from django.urls import reverse

from portal.lib import clock
from tests.app.cases import act
from tickets import issuing
from tickets.actions import bundling, closing, recording
from tickets.models import BeritaAcara, Letterhead, RecordKind, SigningLevel


def _draft(world):
    """Return a draft about a case whose data came back."""
    desk, ticket = world.desk, world.desk.confirmed()
    return recording.draft_for_case(ticket, RecordKind.RECOVERED, desk.front_desk, clock.now())


def _issue_and_hang_up(pk):
    try:
        issuing.issue(pk, clock.now())
    finally:
        connection.close()


def _issue(record):
    recording.order_issue(record, record.made_by, clock.now())
    with ThreadPoolExecutor(1) as worker:  # sealing runs a loop, and Playwright's runs in this one
        worker.submit(_issue_and_hang_up, record.pk).result()
    return BeritaAcara.objects.get(pk=record.pk)


def _issued(world):
    about_cases = BeritaAcara.objects.numbered().exclude(ticket=None)
    return about_cases.first() or _issue(_draft(world))


def _month(world, ago=0):
    by, now = world.desk.front_desk, clock.now()
    return recording.draft_for_month(clock.wib_date(now) - timedelta(days=31 * ago), by, now)


def _cancelled(world):
    record = _issue(_month(world, ago=1))
    why = "Nama unit pelapor keliru; diganti berita acara baru."
    return recording.cancel(record, why, world.desk.front_desk, clock.now())


def _to_sign(world):
    """Return a record that waits for the head's signature."""
    Letterhead.objects.update(head=world.people["approver"])
    record = _draft(world)
    recording.save_draft(record, {}, SigningLevel.PORTAL, clock.now())
    return recording.ask_to_sign(record, world.desk.front_desk, clock.now())


def _case_of(world):
    record = _issued(world)
    ticket = record.ticket
    closing.close(ticket, act(world.desk.front_desk, ticket))
    return reverse("rekaman-tiket", args=[ticket.number])


def _bundle(world):
    year = clock.wib_date(clock.now()).year
    made = bundling.order(year, 0, world.people["approver"], clock.now())
    return reverse("bundel", args=[made.pk])


def _by(part, made):
    return (part, lambda world: made(world).get_absolute_url())


PAGES = {
    "records": ("front_desk", lambda w: _issued(w) and reverse("rekaman")),
    "records, auditor": ("auditor", lambda w: _issued(w) and reverse("rekaman")),
    "record": _by("front_desk", _issued),
    "record, draft": _by("front_desk", _draft),
    "record, monthly draft": _by("front_desk", _month),
    "record, to be signed": _by("front_desk", _to_sign),
    "record, cancelled": _by("front_desk", _cancelled),
    "record of a case": ("front_desk", _case_of),
    "register, printed": ("front_desk", lambda w: _issued(w) and reverse("rekaman-cetak")),
    "bundle": ("approver", _bundle),
    "signatures": ("approver", lambda w: _to_sign(w) and reverse("tanda-tangan")),
    "signature": ("approver", lambda w: reverse("tandatangani", args=[_to_sign(w).pk])),
    "check a paper": ("", lambda _world: reverse("verifikasi-tanya")),
    "genuine": ("", lambda w: reverse("verifikasi", args=[_issued(w).code])),
    "not genuine": (
        "",
        lambda _world: reverse("verifikasi", args=["AAAA-AAAA"]),
        lambda _tab: None,
        True,
    ),
}
