"""Asking for an archive of records."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction

from portal.accounts.models import User
from portal.audit.record import record as audit
from portal.lib.queue import enqueue
from tickets.models import Bundle

MAKE = "tickets.tasks.make_bundle"


def order(year: int, sample: int, by: User, now: datetime) -> Bundle:
    """Order an archive of a year, or of a sample of it that chance picks; its seed is kept."""
    with transaction.atomic():
        seed = secrets.randbelow(2**31) if sample else 0
        bundle = Bundle.objects.create(
            year=year, sample=sample, seed=seed, ordered_by=by, ordered_at=now
        )
        enqueue(MAKE, bundle.pk, cluster="short")
        facts = {"year": year, "sample": sample, "seed": seed}
        audit("records.bundle_ordered", actor=by, subject=bundle, facts=facts)
    return bundle
