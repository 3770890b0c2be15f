"""What an empty desk begins with. Everything may be edited; seeding again alters nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import NamedTuple

import holidays
from django.db import transaction

from portal.lib.clock import wib_date
from tickets.models import (
    DEFAULT_RULES,
    CannedReply,
    For,
    Holiday,
    HolidayKind,
    Letterhead,
    OfficeHours,
    RecordRule,
    ServiceTarget,
)
from tickets.priorities import Priority
from tickets.workflow import Clock

MORNING, NOON, AFTER_PRAYER = time(8), time(11, 30), time(13)
EVENING, FRIDAY_EVENING = time(16), time(16, 30)
FRIDAY = 4
HOURS = (
    *((day, MORNING, EVENING) for day in range(FRIDAY)),
    (FRIDAY, MORNING, NOON),
    (FRIDAY, AFTER_PRAYER, FRIDAY_EVENING),
)
HOUR = 60
TARGETS: dict[Clock, dict[Priority, int]] = {
    Clock.ANSWER: {
        Priority.URGENT: HOUR // 2,
        Priority.HIGH: HOUR,
        Priority.NORMAL: 2 * HOUR,
        Priority.LOW: 4 * HOUR,
    },
    Clock.RESOLVE: {
        Priority.URGENT: 8 * HOUR,
        Priority.HIGH: 16 * HOUR,
        Priority.NORMAL: 24 * HOUR,
        Priority.LOW: 40 * HOUR,
    },
    Clock.RECOVER: {
        Priority.URGENT: 4 * HOUR,
        Priority.HIGH: 8 * HOUR,
        Priority.NORMAL: 16 * HOUR,
        Priority.LOW: 24 * HOUR,
    },
}


class Canned(NamedTuple):
    """A ready text."""

    title: str
    words: str
    audience: For = For.REPORTER
    language: str = "id"


CANNED = (
    Canned(
        "Minta contoh",
        "Mohon beri kami satu contoh: nama, nomor induk, atau nama berkas yang seharusnya ada, "
        "dan di halaman mana Anda biasa melihatnya.",
    ),
    Canned(
        "Minta surat pengajuan",
        "Untuk mengajukan persetujuan pemulihan kami memerlukan surat pengajuan dari unit Anda. "
        "Halaman tiket Anda dapat mengisikan suratnya; cetak, tanda tangani, lalu unggah.",
    ),
    Canned(
        "Jangan ubah data dahulu",
        "Selama kami menelusuri, mohon jangan mengisi, mengunggah, atau menghapus apa pun pada "
        "data itu, supaya yang masih ada tidak tertimpa.",
    ),
    Canned(
        "Ask for an example",
        "Please give us one example: a name, an identity number or a file name that should be "
        "there, and the page on which you usually see it.",
        language="en",
    ),
    Canned(
        "Please leave the data unchanged",
        "While we search, please do not enter, upload or delete anything in those data, so that "
        "what is still there is not overwritten.",
        language="en",
    ),
    Canned(
        "Serah terima",
        "Yang sudah dikerjakan:\n\nYang belum:\n\nYang perlu diperhatikan:\n",
        For.INTERNAL,
    ),
)


def seed(now: datetime) -> None:
    """Fill what is empty: hours, targets, ready texts, and this and the next year's holidays."""
    with transaction.atomic():
        if not OfficeHours.objects.exists():
            OfficeHours.objects.bulk_create(
                OfficeHours(weekday=day, opens=opens, closes=closes) for day, opens, closes in HOURS
            )
        ServiceTarget.objects.bulk_create(_targets(), ignore_conflicts=True)
        if not CannedReply.objects.exists():
            CannedReply.objects.bulk_create(CannedReply(**text._asdict()) for text in CANNED)
        for kind, rule in DEFAULT_RULES.items():
            RecordRule.objects.get_or_create(kind=kind, defaults=rule)
        if not Letterhead.objects.exists():
            Letterhead.objects.create()
        year = wib_date(now).year
        for each in (year, year + 1):
            seed_holidays(each)


def seed_holidays(year: int) -> int:
    """Add Indonesia's public holidays and joint leave days of `year`; return how many were new.

    A day that is there already stays as it is, also one that people have unticked.
    """
    known = set(Holiday.objects.filter(day__year=year).values_list("day", flat=True))
    new = [holiday for holiday in _holidays(year) if holiday.day not in known]
    Holiday.objects.bulk_create(new)
    return len(new)


def _targets() -> Iterator[ServiceTarget]:
    for clock, minutes in TARGETS.items():
        for priority, span in minutes.items():
            yield ServiceTarget(clock=clock.value, priority=priority.value, minutes=span)


def _holidays(year: int) -> Iterator[Holiday]:
    public = _days(year, "public")
    for day, name in sorted((_days(year, "public") | _days(year, "government")).items()):
        kind = HolidayKind.PUBLIC if day in public else HolidayKind.JOINT
        yield Holiday(day=day, name=name[:120], kind=kind)


def _days(year: int, category: str) -> dict[date, str]:
    found = holidays.country_holidays("ID", years=year, categories=(category,), language="id")
    return dict(found.items())
