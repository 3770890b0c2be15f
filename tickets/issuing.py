"""Issuing: number, paper, seal and bytes in one transaction, by a worker (invariants 7 and 10).

Killed at any point nothing is left: no number without a paper, no paper without its number. A
second delivery finds the record issued and does nothing.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from portal.audit.chain import plain
from portal.audit.record import head
from portal.audit.record import record as audit
from portal.lib.clock import wib_date
from portal.lib.paper import PaperTrouble
from portal.lib.queue import enqueue
from tickets import patterns
from tickets.models import (
    BeritaAcara,
    Entry,
    EntryKind,
    FilePurpose,
    RecordFile,
    RecordState,
    Side,
    SigningLevel,
    next_number,
    rule_for,
)
from tickets.records import certificate, document, enclosing, marking, seal
from tickets.records.proposing import hijri_on

ISSUE = "tickets.tasks.issue_record"
RING_AGAIN_AFTER = timedelta(minutes=1)
SYSTEM = "system:records"


class NoSealNow(PaperTrouble):
    """A record signed in the portal must be sealed, and nothing can seal it now."""


def issue(pk: int, now: datetime) -> BeritaAcara | None:
    """Issue an ordered record; None when it is not waiting, or cannot be issued and says why."""
    try:
        with transaction.atomic():
            waiting = BeritaAcara.objects.select_for_update().filter(
                pk=pk, state=RecordState.ISSUING
            )
            found = waiting.first()
            return _issue(found, now) if found else None
    except PaperTrouble as trouble:
        standing = BeritaAcara.objects.filter(pk=pk, state=RecordState.ISSUING)
        standing.update(trouble=str(trouble)[:300])
        return None


def _issue(record: BeritaAcara, now: datetime) -> BeritaAcara:
    day, rule = wib_date(now), rule_for(record.kind)
    ordinal = next_number(rule.series, day.year)
    number = patterns.written(rule.pattern, ordinal, day, code=rule.code, unit=rule.unit)
    sealing, files = _seal_for(record, now), enclosing.enclosures(record)
    stamp = document.Stamp(
        number=number,
        issued_at=now,
        code=record.code,
        url=document.verification_url(record.code),
        hijri=hijri_on({**record.words, "hijri": record.content["hijri"]}, day),
        anchor=str(head()),
        sealed_by=sealing.label if sealing else "",
        signed=document.signed_lines(record.signatures.filter(void_at=None)),
        enclosed=document.enclosed_rows(files),
    ).as_row()
    pdf = document.to_pdf(record.content, stamp, files)
    if sealing:
        pdf = sealing.apply(pdf, f"Berita Acara Nomor {number}")
    sha256 = hashlib.sha256(pdf).hexdigest()
    columns: dict[str, Any] = {
        "state": RecordState.ISSUED,
        "series": rule.series,
        "year": day.year,
        "ordinal": ordinal,
        "number": number,
        "issued_at": now,
        "stamp": plain({**stamp, "pages": marking.pages_of(pdf)}),
        "sha256": sha256,
        "sealed_by": stamp["sealed_by"],
    }
    BeritaAcara.objects.filter(pk=record.pk, state=RecordState.ISSUING).update(**columns)
    record.refresh_from_db()
    keep_file(record, FilePurpose.ISSUED, pdf, now)
    _tell_case(record, now)
    facts = {"number": number, "sha256": sha256, "content_sha256": record.content_sha256}
    audit("berita_acara.issued", actor=record.ordered_by or SYSTEM, subject=record, facts=facts)
    return record


def _seal_for(record: BeritaAcara, now: datetime) -> seal.Seal | None:
    """Return the seal to use; a record signed with ink is issued without, where there is none."""
    found = seal.institution_seal(now)
    if found is None and record.level == SigningLevel.PORTAL:
        why = certificate.why_not(certificate.read(), now) or "kuncinya tidak ada pada pekerja."
        raise NoSealNow(f"Tidak dapat disegel: {why}")
    return found


def keep_file(record: BeritaAcara, purpose: FilePurpose, pdf: bytes, now: datetime) -> RecordFile:
    """Keep a paper's bytes with their hash."""
    marked = "-dibatalkan" if purpose == FilePurpose.CANCELLED else ""
    return RecordFile.objects.create(
        berita_acara=record,
        purpose=purpose,
        name=f"{file_name(record)}{marked}.pdf",
        content=pdf,
        size=len(pdf),
        sha256=hashlib.sha256(pdf).hexdigest(),
        made_at=now,
    )


def file_name(record: BeritaAcara) -> str:
    """Return a record's number as a file may be called: 007-BA-01-BPTI-2026."""
    return "".join(letter if letter.isalnum() else "-" for letter in record.number)


def _tell_case(record: BeritaAcara, now: datetime) -> None:
    """Write on the case's timeline, where its reporter reads it, that the record was issued."""
    if record.ticket is None:
        return
    Entry.objects.create(
        ticket=record.ticket,
        at=now,
        kind=EntryKind.MESSAGE,
        public=True,
        side=Side.SYSTEM,
        author_name="Pulih",
        version=record.ticket.version,
        words=f"Berita acara {record.number} terbit. Keasliannya dapat diperiksa di "
        f"{document.verification_url(record.code)}",
        facts={},
    )


def mark_cancelled(pk: int, now: datetime) -> RecordFile | None:
    """Make the marked copy of a cancelled record's pages, once; the issued bytes stay."""
    with transaction.atomic():
        cancelled = BeritaAcara.objects.select_for_update().filter(
            pk=pk, state=RecordState.CANCELLED
        )
        record = cancelled.first()
        if record is None or record.files.filter(purpose=FilePurpose.CANCELLED).exists():
            return None
        issued = record.files.get(purpose=FilePurpose.ISSUED)
        marked = marking.mark(bytes(issued.content), "DIBATALKAN")
        file = keep_file(record, FilePurpose.CANCELLED, marked, now)
        facts = {"number": record.number, "sha256": file.sha256}
        audit("berita_acara.marked", actor=SYSTEM, subject=record, facts=facts)
        return file


def ring_waiting(now: datetime) -> int:
    """Ring for what nobody heard: ordered records, and cancelled ones without their copy."""
    ordered = BeritaAcara.objects.filter(
        state=RecordState.ISSUING, trouble="", ordered_at__lte=now - RING_AGAIN_AFTER
    )
    unmarked = BeritaAcara.objects.filter(
        state=RecordState.CANCELLED, cancelled_at__lte=now - RING_AGAIN_AFTER
    ).exclude(files__purpose=FilePurpose.CANCELLED)
    owed = [(ISSUE, pk) for pk in ordered.values_list("pk", flat=True)]
    owed += [("tickets.tasks.mark_cancelled", pk) for pk in unmarked.values_list("pk", flat=True)]
    for address, pk in owed:
        enqueue(address, pk, cluster="short")
    return len(owed)
