"""Announcing work ahead: its form, and calling it off. Both leave a trace in the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from backups.models import PlannedWork
from portal.accounts.models import User
from portal.audit.record import record


class PlannedWorkForm(forms.ModelForm):
    """What is announced, of which systems, from when to when; times are WIB."""

    class Meta:
        model = PlannedWork
        fields = ("words", "systems", "starts_at", "ends_at")
        widgets = {
            "systems": forms.CheckboxSelectMultiple,
            **{
                name: forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
                for name in ("starts_at", "ends_at")
            },
        }

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean(self) -> dict[str, Any]:
        """Refuse work that ends before it begins, or is over: that is no announcement."""
        typed = super().clean() or {}
        starts, ends = typed.get("starts_at"), typed.get("ends_at")
        if starts and ends and ends <= starts:
            self.add_error("ends_at", _("Selesai harus sesudah mulai."))
        elif ends and ends <= self.now:
            self.add_error("ends_at", _("Waktu ini sudah lewat."))
        return typed


def announce(form: PlannedWorkForm, by: User, now: datetime) -> PlannedWork:
    """Keep what a valid form says, as announced now."""
    with transaction.atomic():
        form.instance.announced_at, form.instance.announced_by = now, by
        work: PlannedWork = form.save()
        facts = {"starts_at": work.starts_at, "ends_at": work.ends_at}
        record("planned_work.announced", actor=by, subject=work, facts=facts)
    return work


def call_off(work: PlannedWork, by: User, now: datetime) -> bool:
    """Call announced work off; False when it was before, or is over."""
    with transaction.atomic():
        standing = PlannedWork.objects.standing().filter(pk=work.pk, ends_at__gt=now)
        if not standing.update(called_off_at=now):
            return False
        record("planned_work.called_off", actor=by, subject=work, facts={})
    return True
