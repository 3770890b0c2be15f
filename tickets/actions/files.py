"""Files and letters of a case, and the scanner's word on them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from portal.audit.record import record
from portal.lib.queue import enqueue
from tickets import clamd, conf
from tickets.actions.actors import Act
from tickets.actions.moving import moving
from tickets.errors import LetterScanMissing, TooManyFiles
from tickets.models import Attachment, Letter, Quarantine, ReportDraft, Ticket
from tickets.uploads import MOST_FILES, Upload, take_in

SCAN = "tickets.tasks.scan_attachment"
MOST_TRIES = 20
SCAN_AGAIN_AFTER = timedelta(minutes=5)
SCANS_A_MINUTE = 3


def attach_to_draft(draft: ReportDraft, name: str, content: bytes, now: datetime) -> Attachment:
    """Keep a file with a report that is being written; raises a FileRefused."""
    if draft.attachments.count() >= MOST_FILES:
        raise TooManyFiles(limit=MOST_FILES)
    upload = take_in(name, content)
    with transaction.atomic():
        return _keep(upload, now, draft=draft, sent_by=draft.user)


def detach_from_draft(attachment: Attachment) -> bool:
    """Remove a file from a report that was not sent; False when it was."""
    rows = Attachment.objects.filter(pk=attachment.pk, ticket=None)
    if not rows.delete()[0]:
        return False
    attachment.file.delete(save=False)
    return True


def attach(ticket: Ticket, name: str, content: bytes, act: Act) -> Attachment:
    """Keep a file with a case; raises a FileRefused."""
    upload = take_in(name, content)
    with moving("attach", ticket, act) as case:
        if not act.by.is_staff and ticket.attachments.count() >= MOST_FILES * 2:
            raise TooManyFiles(limit=MOST_FILES * 2)
        attachment = _keep(upload, act.now, ticket=ticket, sent_by=act.by.user)
        case.facts |= {"attachment": attachment.pk, "sha256": upload.sha256}
    return attachment


def give_letter(ticket: Ticket, number: str, dated: date, scan: Attachment, act: Act) -> Letter:
    """Take the signed surat pengajuan; `scan` is a file that is attached to this case."""
    if scan.ticket_id != ticket.pk or scan.quarantine == Quarantine.INFECTED:
        raise LetterScanMissing
    with moving("give_letter", ticket, act) as case:
        letter = Letter.objects.create(
            ticket=ticket,
            number=number.strip(),
            dated=dated,
            scan=scan,
            given_at=act.now,
            given_by=act.by.user,
        )
        case.facts |= {"letter": letter.pk, "sha256": scan.sha256}
    return letter


def reject_letter(letter: Letter, act: Act) -> Letter:
    """Say that a letter does not do, and why; the reporter is told."""
    with moving("reject_letter", letter.ticket, act) as case:
        rows = Letter.objects.filter(pk=letter.pk, rejected_at=None)
        rows.update(rejected_at=act.now, rejected_why=act.words.strip()[:300])
        case.facts["letter"] = letter.pk
    letter.refresh_from_db()
    return letter


def scan_attachment(pk: int, now: datetime) -> Quarantine | None:
    """Ask the scanner about one file; None when it has its verdict already.

    Fails closed: without a verdict the file stays where nobody can open it.
    """
    undecided = Attachment.objects.filter(
        pk=pk, quarantine__in=[Quarantine.WAITING, Quarantine.SCAN_FAILED]
    )
    attachment = undecided.first()
    if attachment is None:
        return None
    quarantine, finding = _verdict(attachment)
    with transaction.atomic():
        decided = undecided.update(
            quarantine=quarantine,
            finding=finding[:200],
            scanned_at=now,
            scan_tries=F("scan_tries") + 1,
        )
        if decided and quarantine == Quarantine.INFECTED:
            facts = {"finding": finding[:200], "sha256": attachment.sha256}
            record("attachment.infected", actor="system:desk", subject=attachment, facts=facts)
    return quarantine


def scan_waiting(now: datetime) -> int:
    """Ask again about files whose doorbell nobody heard or whose scan failed; return how many."""
    quiet = Coalesce("scanned_at", "sent_at")
    waiting = Attachment.objects.alias(since=quiet).filter(
        quarantine__in=[Quarantine.WAITING, Quarantine.SCAN_FAILED],
        scan_tries__lt=MOST_TRIES,
        since__lte=now - SCAN_AGAIN_AFTER,
    )
    again = list(waiting.values_list("pk", flat=True)[:SCANS_A_MINUTE])
    return sum(scan_attachment(pk, now) is not None for pk in again)


def _verdict(attachment: Attachment) -> tuple[Quarantine, str]:
    if not conf.scanner():
        return Quarantine.NOT_SCANNED, ""
    try:
        with attachment.file.open("rb") as file:
            verdict = clamd.scan(file.read(), conf.scanner())
    except (clamd.ScanFailed, OSError) as error:
        return Quarantine.SCAN_FAILED, str(error)
    return (Quarantine.CLEAN if verdict.clean else Quarantine.INFECTED), verdict.finding


def _keep(upload: Upload, now: datetime, **belongs: object) -> Attachment:
    """Write the bytes and their row, in quarantine where there is a scanner."""
    scanned = bool(conf.scanner())
    attachment = Attachment.objects.create(
        file=ContentFile(upload.content, name=upload.name),
        name=upload.name,
        kind=upload.kind,
        size=len(upload.content),
        sha256=upload.sha256,
        quarantine=Quarantine.WAITING if scanned else Quarantine.NOT_SCANNED,
        sent_at=now,
        **belongs,
    )
    if scanned:
        enqueue(SCAN, attachment.pk, cluster="short")
    return attachment
