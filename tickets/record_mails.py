"""Asking for signatures by mail, and reminding: a worker's work, once of each."""

from __future__ import annotations

from datetime import datetime, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q

from tickets import conf
from tickets.actions import signing
from tickets.models import Signature, calendar
from tickets.working_time import NeverOpen

REMIND_AFTER = timedelta(days=2)  # of working time's calendar days; never at night or on holidays
MOST_AT_ONCE = 50
TEXT = """{name},

berita acara tentang {about} menunggu tanda tangan Anda sebagai {part}. Baca dan tandatangani di:

{link}

Anda akan diminta membuktikan diri sekali lagi. Bila isinya keliru, jangan tandatangani; hubungi
petugas BPTI.

{help_line}
"""


def ask_and_remind(now: datetime) -> int:
    """Mail whoever's turn it is, once, and again after some days; return how many mails left.

    The row is claimed before the mail leaves: a worker that dies in between reminds later.
    """
    if not _is_open(now):
        return 0
    due = Q(asked_at=None) | Q(
        Q(reminded_at=None) | Q(reminded_at__lte=now - REMIND_AFTER),
        asked_at__lte=now - REMIND_AFTER,
    )
    waiting = signing.whose_turn().filter(due).exclude(user__email="")
    return sum(_mail(one, now) for one in waiting[:MOST_AT_ONCE])


def _is_open(now: datetime) -> bool:
    try:
        return calendar().is_open(now)
    except NeverOpen:
        return True


def _mail(one: Signature, now: datetime) -> bool:
    first = one.asked_at is None
    same = Signature.objects.filter(
        pk=one.pk, signed_at=None, asked_at=one.asked_at, reminded_at=one.reminded_at
    )
    columns = {"asked_at": now} if first else {"reminded_at": now}
    if one.user is None or not same.update(**columns):
        return False
    record = one.berita_acara
    about = f"tiket {record.ticket.number}" if record.ticket else f"bulan {record.month:%m-%Y}"
    message = EmailMessage(
        subject=f"{'Tanda tangan diminta' if first else 'Mengingatkan'}: berita acara {about}",
        body=TEXT.format(
            name=one.name,
            about=about,
            part=str(one.get_part_display()).lower(),
            link=conf.portal_url(f"/tanda-tangan/{record.pk}/"),
            help_line=conf.help_line(),
        ),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[one.user.email],
        headers={"Auto-Submitted": "auto-generated"},
    )
    try:
        message.send()
    except (SMTPException, OSError):
        undone = {name: getattr(one, name) for name in columns}
        Signature.objects.filter(pk=one.pk).update(**undone)
        return False
    return True
