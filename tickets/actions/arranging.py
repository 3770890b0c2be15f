"""Changing the desk's own settings, each change with its event."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models, transaction

from portal.accounts.models import User
from portal.audit.record import record
from portal.lib.queue import enqueue

RECKON = "tickets.tasks.reckon_open"


def arrange(changed: Sequence[models.Model], removed: Sequence[models.Model], by: User) -> int:
    """Remove and save rows of settings in one transaction; return how many.

    Due times hang on hours, closed days and targets, so they are worked out anew.
    """
    with transaction.atomic():
        for row in removed:
            _tell(row, "removed", by)
            row.delete()
        for row in changed:
            how = "changed" if row.pk else "added"
            row.save()
            _tell(row, how, by)
        if changed or removed:
            enqueue(RECKON, 0, cluster="short")
    return len(changed) + len(removed)


def _tell(row: models.Model, how: str, by: User) -> None:
    """Leave the same event as the change of this row in Django's administration."""
    verb = f"{row._meta.model_name}.{how}"  # noqa: SLF001 - Django documents _meta
    record(verb, actor=by, subject=row, facts={"is": str(row)})
