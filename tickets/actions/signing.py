"""Signatures in the portal: who is asked, in which order, and what each signed."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from portal.accounts.models import User
from portal.audit.chain import digest
from tickets.errors import NotYourTurn, RecordMoved
from tickets.models import BeritaAcara, RecordState, Signature


def ask(record: BeritaAcara) -> list[Signature]:
    """Make the places to sign from the frozen content; people without an account sign with ink."""
    rows = [
        Signature(
            berita_acara=record,
            order=block["order"],
            part=block["part"],
            title=block["title"][:120],
            name=block["name"][:150] or "—",
            identity=block["identity"][:40],
            user_id=block["user"],
        )
        for block in record.content["blocks"]
    ]
    return Signature.objects.bulk_create(rows)


def waiting(record: BeritaAcara) -> QuerySet[Signature]:
    """Return what is still to be signed in the portal, in order."""
    standing = record.signatures.filter(void_at=None, signed_at=None, user__isnull=False)
    return standing.order_by("order")


def turn_of(user: User) -> QuerySet[Signature]:
    """Return the signatures that wait for this person now: none before them is missing."""
    return whose_turn().filter(user=user)


def whose_turn() -> QuerySet[Signature]:
    """Return every signature whose turn it is."""
    before = Signature.objects.filter(
        berita_acara=OuterRef("berita_acara"),
        void_at=None,
        signed_at=None,
        user__isnull=False,
        order__lt=OuterRef("order"),
    )
    open_places = Signature.objects.filter(
        ~Exists(before),
        void_at=None,
        signed_at=None,
        user__isnull=False,
        berita_acara__state=RecordState.SIGNING,
    )
    return open_places.select_related("berita_acara__ticket", "user")


def sign(record: BeritaAcara, by: User, now: datetime) -> Signature:
    """Sign at the next place, if it is this person's and the content is what was frozen."""
    if record.state != RecordState.SIGNING:
        raise RecordMoved
    if digest(record.content) != record.content_sha256:
        raise RecordMoved
    place = waiting(record).first()
    if place is None or place.user_id != by.pk:
        raise NotYourTurn
    rows = Signature.objects.filter(pk=place.pk, signed_at=None, void_at=None)
    if not rows.update(signed_at=now, content_sha256=record.content_sha256):
        raise NotYourTurn
    place.refresh_from_db()
    return place


def void(record: BeritaAcara, why: str, now: datetime) -> int:
    """Let every signature of a record that is taken back count no longer; return how many."""
    standing = record.signatures.filter(void_at=None)
    return standing.update(void_at=now, void_why=why.strip()[:300])
