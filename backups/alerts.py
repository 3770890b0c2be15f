"""Opening and clearing alarms: each is told once when it begins (page-facts: no repetition)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from backups.models import Alert, AlertKind, InformationSystem, Source, Vault
from portal.lib.queue import enqueue

MAIL_TASK = "backups.tasks.mail_alert"


def _subject(source: Source | None, vault: Vault | None, system: InformationSystem | None) -> str:
    """Return what an alarm is about in one word; open alarms of a kind differ by it."""
    place = f"{source.pk if source else ''}/{vault.pk if vault else ''}"
    return f"{place}/{system.pk}" if system else place


def raise_alert(
    kind: AlertKind,
    now: datetime,
    *,
    source: Source | None = None,
    vault: Vault | None = None,
    system: InformationSystem | None = None,
    **facts: Any,
) -> bool:
    """Open the alarm and order its mail; return False when it was open already (facts renewed)."""
    subject = _subject(source, vault, system)
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
) -> bool:
    """Close the alarm; return True when one was open."""
    subject = _subject(source, vault, system)
    rows = Alert.objects.filter(kind=kind, subject=subject, cleared_at__isnull=True)
    return bool(rows.update(cleared_at=now))
