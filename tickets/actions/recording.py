"""Drafting, signing, ordering and cancelling berita acara. Issuing itself is a worker's work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from portal.accounts.models import User
from portal.audit.chain import digest, plain
from portal.audit.record import record as audit
from portal.lib.clock import wib_date
from portal.lib.queue import enqueue
from tickets.actions import signing
from tickets.errors import NoSeal, RecordMoved, RecordNotReady, WordsMissing
from tickets.models import (
    BeritaAcara,
    EvidenceKind,
    RecordKind,
    RecordState,
    SigningLevel,
    Ticket,
)
from tickets.records import certificate
from tickets.records.facts import content_of
from tickets.workflow import State

ISSUE = "tickets.tasks.issue_record"
WATERMARK = "tickets.tasks.mark_cancelled"
LONGEST_PART = 4000
LONGEST_REASON = 300


def proposed_kind(ticket: Ticket) -> RecordKind:
    """Return which record a case calls for."""
    if ticket.evidence.filter(kind=EvidenceKind.RESTORE).exists():
        return RecordKind.RECOVERED
    lost = {State.CANNOT_RECOVER.value, State.RESTORE_FAILED.value, State.REFUSED.value}
    return RecordKind.UNRECOVERABLE if ticket.state in lost else RecordKind.FOUND


def missing_for(kind: str, ticket: Ticket) -> str:
    """Return what a case still lacks for a record of this kind; "" when nothing."""
    if kind != RecordKind.RECOVERED:
        return ""
    if not ticket.evidence.filter(kind=EvidenceKind.RESTORE).exists():
        return "hasil pemulihan belum ada pada kasus ini."
    if not ticket.plans.filter(superseded_at=None, verified_at__isnull=False).exists():
        return "hasil pemulihan belum diperiksa oleh selain pelaksana."
    return ""


def draft_for_case(ticket: Ticket, kind: str, by: User, now: datetime) -> BeritaAcara:
    """Begin a record of a case, or return the one of that kind which is being written already."""
    open_ones = BeritaAcara.objects.filter(
        ticket=ticket, kind=kind, state__in=[RecordState.DRAFT, RecordState.SIGNING]
    )
    with transaction.atomic():
        Ticket.objects.select_for_update().get(pk=ticket.pk)
        return open_ones.first() or _begin(by, now, kind=kind, ticket=ticket)


def draft_for_month(month: date, by: User, now: datetime) -> BeritaAcara:
    """Begin a month's record of backups, or return the one that is being written already."""
    first = month.replace(day=1)
    if first > wib_date(now):
        raise RecordNotReady(missing="bulan itu belum dimulai.")
    open_ones = BeritaAcara.objects.filter(
        kind=RecordKind.MONTHLY, month=first, state__in=[RecordState.DRAFT, RecordState.SIGNING]
    )
    with transaction.atomic():
        return open_ones.first() or _begin(by, now, kind=RecordKind.MONTHLY, month=first)


def draft_anew(cancelled: BeritaAcara, by: User, now: datetime) -> BeritaAcara:
    """Begin the record that replaces a cancelled one, with its words; it refers to it."""
    if cancelled.state != RecordState.CANCELLED:
        raise RecordMoved
    open_ones = cancelled.replacements.exclude(state=RecordState.DISCARDED)
    with transaction.atomic():
        return open_ones.first() or _begin(
            by,
            now,
            kind=cancelled.kind,
            ticket=cancelled.ticket,
            month=cancelled.month,
            level=cancelled.level,
            words=cancelled.words,
            replaces=cancelled,
        )


def _begin(by: User, now: datetime, **columns: Any) -> BeritaAcara:
    made = BeritaAcara.objects.create(made_by=by, made_at=now, changed_at=now, **columns)
    facts = {"kind": str(made.kind)} | ({"ticket": made.ticket.number} if made.ticket else {})
    audit("berita_acara.drafted", actor=by, subject=made, facts=facts)
    return made


def save_draft(
    record: BeritaAcara, words: Mapping[str, str], level: str, now: datetime
) -> BeritaAcara:
    """Keep what was typed; raises RecordMoved when somebody else saved meanwhile."""
    kept = {name: value[:LONGEST_PART] for name, value in words.items()}
    _swap(record, RecordState.DRAFT, words=kept, level=level, changed_at=now)
    return record


def discard(record: BeritaAcara, by: User, now: datetime) -> BeritaAcara:
    """Throw a draft away; it never had a number."""
    with transaction.atomic():
        _swap(record, RecordState.DRAFT, state=RecordState.DISCARDED, changed_at=now)
        audit("berita_acara.discarded", actor=by, subject=record, facts={})
    return record


def order_issue(record: BeritaAcara, by: User, now: datetime) -> BeritaAcara:
    """Issue a record that is signed with ink: freeze it and ring a worker, in one transaction."""
    _refuse_unready(record)
    frozen = _frozen(record, SigningLevel.INK, now)
    with transaction.atomic():
        _swap(record, RecordState.DRAFT, **frozen, **_ordered(by, now))
        audit("berita_acara.ordered", actor=by, subject=record, facts=_what(record))
        enqueue(ISSUE, record.pk, cluster="short")
    return record


def ask_to_sign(record: BeritaAcara, by: User, now: datetime) -> BeritaAcara:
    """Freeze a record and ask its signers, one after another; the last signature issues it."""
    _refuse_unready(record)
    if why := certificate.why_not(certificate.read(), now):
        raise NoSeal(why=why)
    frozen = _frozen(record, SigningLevel.PORTAL, now)
    if not any(block["user"] for block in frozen["content"]["blocks"]):
        raise RecordNotReady(missing="tidak seorang pun penanda tangan memiliki akun.")
    with transaction.atomic():
        _swap(record, RecordState.DRAFT, state=RecordState.SIGNING, ordered_by=by, **frozen)
        signing.ask(record)
        audit("berita_acara.sent_to_sign", actor=by, subject=record, facts=_what(record))
    return record


def sign(record: BeritaAcara, by: User, now: datetime) -> BeritaAcara:
    """Sign as the next who must; whoever calls this has asked for the password again.

    With the last signature the record is ordered to be issued, in the same transaction.
    """
    with transaction.atomic():
        place = signing.sign(record, by, now)
        facts = {**_what(record), "part": str(place.part), "order": place.order}
        audit("berita_acara.signed", actor=by, subject=record, facts=facts)
        if not signing.waiting(record).exists():
            issuer = record.ordered_by or by
            _swap(record, RecordState.SIGNING, **_ordered(issuer, now))
            enqueue(ISSUE, record.pk, cluster="short")
    return record


def withdraw(record: BeritaAcara, why: str, by: User, now: datetime) -> BeritaAcara:
    """Take a record back to be reworded; what was signed no longer counts and stays visible."""
    if not why.strip():
        raise WordsMissing
    was = RecordState.ISSUING if record.state == RecordState.ISSUING else RecordState.SIGNING
    if was == RecordState.ISSUING and not record.trouble:
        raise RecordMoved  # a worker has it
    with transaction.atomic():
        _swap(record, was, state=RecordState.DRAFT, trouble="", changed_at=now)
        signing.void(record, why, now)
        facts = {"why": why.strip()[:LONGEST_REASON]}
        audit("berita_acara.withdrawn", actor=by, subject=record, facts=facts)
    return record


def try_again(record: BeritaAcara, by: User, now: datetime) -> BeritaAcara:
    """Ring again for a record whose issue was refused, once its reason is mended."""
    with transaction.atomic():
        _swap(record, RecordState.ISSUING, trouble="", ordered_at=now)
        audit("berita_acara.ordered", actor=by, subject=record, facts=_what(record))
        enqueue(ISSUE, record.pk, cluster="short")
    return record


def cancel(record: BeritaAcara, why: str, by: User, now: datetime) -> BeritaAcara:
    """Cancel an issued record: number, bytes and reason stay; its pages get a marked copy."""
    if not why.strip():
        raise WordsMissing
    reason = why.strip()[:LONGEST_REASON]
    with transaction.atomic():
        _swap(
            record,
            RecordState.ISSUED,
            state=RecordState.CANCELLED,
            cancelled_at=now,
            cancelled_by=by,
            cancelled_why=reason,
        )
        enqueue(WATERMARK, record.pk, cluster="short")
        facts = {"number": record.number, "why": reason}
        audit("berita_acara.cancelled", actor=by, subject=record, facts=facts)
    return record


def _refuse_unready(record: BeritaAcara) -> None:
    if record.state != RecordState.DRAFT:
        raise RecordMoved
    if record.ticket and (missing := missing_for(record.kind, record.ticket)):
        raise RecordNotReady(missing=missing)


def _frozen(record: BeritaAcara, level: SigningLevel, now: datetime) -> dict[str, Any]:
    """Return the columns that keep a record as it is agreed, whatever its case becomes.

    How it is signed follows from what was pressed, so that no paper claims more than it is.
    """
    record.level = level
    content = plain(content_of(record, now, wib_date(now)).as_row())
    return {
        "level": level,
        "content": content,
        "content_sha256": digest(content),
        "frozen_at": now,
    }


def _ordered(by: User, now: datetime) -> dict[str, Any]:
    return {
        "state": RecordState.ISSUING,
        "ordered_by": by,
        "ordered_at": now,
        "trouble": "",
        "changed_at": now,
    }


def _what(record: BeritaAcara) -> dict[str, Any]:
    return {"level": str(record.level), "content_sha256": record.content_sha256}


def _swap(record: BeritaAcara, was: RecordState, **columns: Any) -> None:
    """Change the row if it is still as it was read; raise RecordMoved when it is not."""
    rows = BeritaAcara.objects.filter(pk=record.pk, state=was, version=record.version)
    if not rows.update(version=F("version") + 1, **columns):
        raise RecordMoved
    record.version += 1
    for name, value in columns.items():
        setattr(record, name, value)
