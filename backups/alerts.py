"""Opening and clearing alarms: each is told once when it begins (page-facts: no repetition)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from backups.models import (
    ANOMALIES,
    Alert,
    AlertKind,
    InformationSystem,
    Snapshot,
    Source,
    Vault,
)
from portal.accounts.models import User
from portal.audit.record import record
from portal.lib.queue import enqueue

MAIL_TASK = "backups.tasks.mail_alert"
SUBJECT = 48  # signs of a subject


def _subject(
    source: Source | None, vault: Vault | None, system: InformationSystem | None, about: str
) -> str:
    """Return what an alarm is about in one word; open alarms of a kind differ by it."""
    place = f"{source.pk if source else ''}/{vault.pk if vault else ''}"
    if about:
        return f"{place}/{about}"[:SUBJECT]
    return f"{place}/{system.pk}" if system else place


def raise_alert(
    kind: AlertKind,
    now: datetime,
    *,
    source: Source | None = None,
    vault: Vault | None = None,
    system: InformationSystem | None = None,
    about: str = "",
    **facts: Any,
) -> bool:
    """Open the alarm and order its mail; return False when it was open already (facts renewed).

    `about` tells alarms of one kind and one place apart: the key of a table, say.
    """
    subject = _subject(source, vault, system, about)
    open_ones = Alert.objects.filter(kind=kind, subject=subject, cleared_at__isnull=True)
    if open_ones.update(facts=facts):
        return False
    try:
        with transaction.atomic():
            alert = Alert.objects.create(
                kind=kind,
                source=source,
                vault=vault,
                system=system,
                subject=subject,
                facts=facts,
                opened_at=now,
            )
            enqueue(MAIL_TASK, alert.pk, cluster="short")
    except IntegrityError:  # somebody else opened it in the same moment
        return False
    return True


def clear_alert(
    kind: AlertKind,
    now: datetime,
    *,
    source: Source | None = None,
    vault: Vault | None = None,
    system: InformationSystem | None = None,
    about: str = "",
) -> bool:
    """Close the alarm; return True when one was open."""
    subject = _subject(source, vault, system, about)
    rows = Alert.objects.filter(kind=kind, subject=subject, cleared_at__isnull=True)
    return bool(rows.update(cleared_at=now))


def accept_alert(alert: Alert, by: User, now: datetime) -> bool:
    """Close a strange night's alarm because a person says that it is as it should be.

    From then on the nights since count as normal again, unless something else is strange.
    False when it was over already.
    """
    with transaction.atomic():
        rows = Alert.objects.filter(pk=alert.pk, kind__in=ANOMALIES, cleared_at=None)
        if not rows.update(cleared_at=now, accepted_by=by):
            return False
        others = Alert.objects.filter(source=alert.source, kind__in=ANOMALIES, cleared_at=None)
        if not others.exists():
            nights = Snapshot.objects.filter(source=alert.source, pk__gte=alert.facts["night"])
            nights.update(anomalous=False)
        facts = {"kind": alert.kind, "source": alert.source.key if alert.source else ""}
        record("alarm.accepted", actor=by, subject=alert, facts=facts)
    return True
