"""The care for downloads: the mail with the key, and the end of every file. Workers only.

The key is in its envelope until the mail server has taken the mail, and then nowhere. Whatever
lies in the folder and belongs to no download that waits, and to none that is being made, goes.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F, Q

from backups.downloading import LEASE_LASTS, download_file
from backups.jobs.download_words import LETTERS, when
from backups.jobs.lifecycle import log
from backups.models import UNFINISHED, Download, RestoreJob
from backups.models.download import DownloadQuerySet
from portal.lib.unseal import CannotUnseal, unseal

CLAIM_LASTS = timedelta(minutes=15)
LONGEST_WAIT = timedelta(hours=1)
AT_ONCE = 20
OURS = re.compile(r"\.?(?P<job>\d+)-[0-9a-f]{16}\.pulih(?:\.part)?")


def every_minute(now: datetime) -> None:
    """Mail what was not mailed, remove what is over."""
    for pk in list(_unmailed(now).values_list("pk", flat=True)[:AT_ONCE]):
        mail(pk, now)
    tidy(now)


def _unmailed(now: datetime) -> DownloadQuerySet:
    due = Q(mail_after=None) | Q(mail_after__lte=now)
    waiting = Download.objects.waiting(now).filter(due, mailed_at=None)
    return waiting.exclude(key_secret="")


def mail(pk: int, now: datetime) -> bool:
    """Mail the link and the key; False when that is another's, or the server would not take it.

    The row is claimed before the mail leaves. A worker that dies between the server's yes and our
    note of it mails again later: the same link twice is no harm, a key that never came is.
    """
    claimed_until = now + CLAIM_LASTS
    mine = _unmailed(now).filter(pk=pk)
    if not mine.update(mail_after=claimed_until, mail_tries=F("mail_tries") + 1):
        return False
    download = Download.objects.select_related("restore__source", "restore__snapshot").get(pk=pk)
    claimed = Download.objects.filter(pk=pk, mailed_at=None, mail_after=claimed_until)
    try:
        _letter(download).send()
    except (SMTPException, OSError, CannotUnseal) as error:
        wait = min(LONGEST_WAIT, timedelta(minutes=2 ** min(download.mail_tries, 10)))
        told = f"{type(error).__name__}: {error}"[:300]
        claimed.update(mail_after=now + wait, mail_error=told)
        log.warning("The mail of download %s did not leave: %s", pk, told)
        return False
    return bool(claimed.update(mailed_at=now, key_secret="", mail_error=""))


def _letter(download: Download) -> EmailMessage:
    """Return the mail. The key stands behind the "#" of its link: no server is ever sent that."""
    key, page = unseal(download.key_secret), unseal(download.page_secret)
    words = LETTERS.get(download.language, LETTERS["id"])
    facts = {
        "name": download.name,
        "source": download.restore.source.name,
        "night": when(download.restore.snapshot.taken_at),
        "until": when(download.expires_at) if download.expires_at else "",
        "link": f"{page}{download.pk}/#{key}",
        "key": key,
    }
    number = download.restore.reference_name
    return EmailMessage(
        subject=f"[{number}] {words.subject}" if number else words.subject,
        body=words.body.format(**facts),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[download.address],
        headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
    )


def tidy(now: datetime) -> int:
    """Remove every file that nobody may fetch any more; return how many went."""
    gone = 0
    fetched_now = Q(withdrawn_at=None, lease_at__gte=now - LEASE_LASTS) & ~Q(lease="")
    for download in Download.objects.finished(now).exclude(fetched_now):
        download_file(download).unlink(missing_ok=True)
        columns = {"removed_at": now, "key_secret": "", "lease": ""}
        gone += Download.objects.filter(pk=download.pk).update(**columns)
    return gone + _remove_orphans()


def _remove_orphans() -> int:
    """Remove files that a killed worker left; those of a job that is at work are its own."""
    home = Path(settings.PULIH_DOWNLOADS)
    if not home.is_dir():
        return 0
    found = {path: match for path in home.iterdir() if (match := OURS.fullmatch(path.name))}
    jobs = {int(match["job"]) for match in found.values()}
    at_work = RestoreJob.objects.filter(pk__in=jobs, state__in=UNFINISHED)
    busy = set(at_work.values_list("pk", flat=True))
    named = set(Download.objects.filter(restore__in=jobs).values_list("file", flat=True))
    orphans = [
        path
        for path, match in found.items()
        if int(match["job"]) not in busy and path.name not in named
    ]
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(orphans)
