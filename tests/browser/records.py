"""Records for the pages: a month's, which needs no case; made once for each test."""

from django.urls import reverse

from portal.accounts.models import User
from portal.lib import clock
from tickets import issuing
from tickets.actions import recording
from tickets.models import BeritaAcara


def draft() -> BeritaAcara:
    """Return a draft."""
    by, now = User.objects.order_by("pk").first(), clock.now()
    return recording.draft_for_month(clock.wib_date(now), by, now)


def issued() -> BeritaAcara:
    """Return an issued record."""
    if found := BeritaAcara.objects.numbered().first():
        return found
    record = draft()
    recording.order_issue(record, record.made_by, clock.now())
    issuing.issue(record.pk, clock.now())
    return BeritaAcara.objects.get(pk=record.pk)


PAGES = {
    "records": lambda _: issued() and reverse("rekaman"),
    "record": lambda _: issued().get_absolute_url(),
    "record's draft": lambda _: issued() and draft().get_absolute_url(),
    "printed register": lambda _: issued() and reverse("rekaman-cetak"),
    "signatures": lambda _: reverse("tanda-tangan"),
    "check a paper": lambda _: reverse("verifikasi-tanya"),
    "genuine": lambda _: reverse("verifikasi", args=[issued().code]),
}
OPEN = ("check a paper", "genuine")
