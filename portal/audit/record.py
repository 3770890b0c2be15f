"""Adding to the trail. One function: whoever changes something calls it, and nothing else does."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from django.db import connection, models, transaction
from django.db.transaction import TransactionManagementError

from portal.audit.chain import START, Anchor, Link, canonical, commitment, plain, seal
from portal.audit.models import LINK_COLUMNS, NAMELESS, AuditEvent, AuditPerson
from portal.lib import clock

PERSON_ERASED = "person.erased"
VERB = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
LOCK = 0x50554C4948  # "PULIH": the advisory lock that lets one writer at a time add to the chain


class Actor(Protocol):
    """What the trail keeps of a person who acts; accounts.User is one."""

    pk: int
    username: str
    full_name: str
    identity_number: str

    @property
    def roles(self) -> frozenset[str]:
        """As what they act."""


class Subject(NamedTuple):
    """What an event is about. `name` is what people call it: a number, never a person's name."""

    kind: str = ""
    id: str = ""
    name: str = ""

    @classmethod
    def of(cls, row: models.Model | Subject | None) -> Subject:
        """Return the subject that a model's row is; `audit_name`, where it has one, names it."""
        if row is None or isinstance(row, Subject):
            return row or cls()
        kind = row._meta.label_lower  # noqa: SLF001 - Django documents _meta
        return cls(kind, str(row.pk), str(getattr(row, "audit_name", ""))[:200])


def record(
    verb: str,
    *,
    actor: Actor | str,
    subject: models.Model | Subject | None,
    facts: Mapping[str, Any],
) -> AuditEvent:
    """Add an event to the chain and return it.

    `verb` is dotted ("ticket.approved"); `actor` a user, or a system account's name
    ("system:night", "os:root"); `facts` of text, whole numbers, booleans, times, lists and
    mappings, and without personal data: only the account of `actor` can be forgotten later.

    Call it in the transaction of the change and as its last step: from here to the commit all
    other writers wait. Raises TransactionManagementError outside a transaction, NotCanonical for
    a fact with no single written form, ValueError for a verb without its dot.
    """
    if not VERB.fullmatch(verb):
        raise ValueError(f"{verb!r} is no verb of the trail: it is written thing.happened.")
    _wait_for_turn()
    last = head()
    person = None if isinstance(actor, str) else _person(actor)
    about = Subject.of(subject)
    link = Link(
        sequence=last.sequence + 1,
        at=clock.now(),
        verb=verb,
        actor=plain(actor if isinstance(actor, str) else ",".join(sorted(actor.roles))),
        user=person.user if person else None,
        person=person.commitment if person else "",
        object_kind=about.kind,
        object_id=plain(about.id),
        object_name=plain(about.name),
        facts=canonical(facts),
        previous=last.hash,
    )
    columns = dict(zip(LINK_COLUMNS, link, strict=True))
    return AuditEvent.objects.create(**columns, hash=seal(link))


def head() -> Anchor:
    """Return the last event's place, for keeping outside the database; START when there is none."""
    last = AuditEvent.objects.order_by("-sequence").values_list("sequence", "hash").first()
    return Anchor(*last) if last else START


def erase_person(user: int, *, actor: Actor | str) -> int:
    """Forget who the account number `user` was; return how many lines were emptied.

    The events stay, and the chain as valid as it was; that it was done is an event too.
    """
    with transaction.atomic():
        lines = AuditPerson.objects.filter(user=user, erased_at=None)
        commitments = sorted(lines.values_list("commitment", flat=True))
        if commitments:
            facts = {"user": user, "persons": commitments}
            record(PERSON_ERASED, actor=actor, subject=None, facts=facts)
        return lines.filter(pk__in=commitments).update(**NAMELESS, erased_at=clock.now())


def _wait_for_turn() -> None:
    """Let no other writer add to the chain until this transaction ends.

    SQLite has one writer from BEGIN IMMEDIATE on (settings), PostgreSQL one holder of the lock.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError(
            "record() belongs in the transaction of the change that it records."
        )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _person(actor: Actor) -> AuditPerson:
    """Return the line which says who `actor` is now, adding one when they changed since."""
    said = {
        "user": actor.pk,
        "username": plain(actor.username),
        "full_name": plain(actor.full_name),
        "identity_number": plain(actor.identity_number),
    }
    if known := AuditPerson.objects.filter(**said, erased_at=None).first():
        return known
    said["nonce"] = secrets.token_hex(32)
    return AuditPerson.objects.create(commitment=commitment(said), **said)
