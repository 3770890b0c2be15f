"""Writing and issuing a revision. What was issued is never written to again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db import IntegrityError, transaction
from django.forms.models import model_to_dict
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.audit.record import record
from portal.lib import clock
from portal.sop.models import Revision, lines

APPROVAL_PARTS = 4
NEW = ("number", "dated", "change", "approved_by")  # what a new revision does not take over


class RevisionForm(forms.ModelForm):
    """A draft: every part of the procedure as text, one line an item."""

    class Meta:
        model = Revision
        fields = (
            "code", "number", "dated", "category", "scope", "aims", "parties", "basis",
            "references", "definitions", "backup_steps", "restore_steps", "records", "signers",
            "change", "approved_by",
        )  # fmt: skip
        widgets = {"dated": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field.widget, forms.Textarea):
                field.widget.attrs["rows"] = 5

    def clean_signers(self) -> str:
        """Refuse a line without a name: the table would have a hole."""
        typed: str = self.cleaned_data["signers"]
        for line in lines(typed):
            if not all(part.strip() for part in line.split("|")[:3]) or line.count("|") < 2:  # noqa: PLR2004
                raise forms.ValidationError(
                    _("Tulis proses, nama dan jabatan di tiap baris: %(line)s"),
                    params={"line": line},
                )
        return typed


def initial(now: datetime) -> dict[str, Any]:
    """Return what a new draft begins with: the revision that is in force, and today."""
    current = Revision.objects.issued().first()
    taken = model_to_dict(current) if current else {}
    return {**{k: v for k, v in taken.items() if k not in NEW}, "dated": clock.wib_date(now)}


def save_draft(form: RevisionForm, by: User) -> Revision | None:
    """Keep a valid form as the draft; None when it was issued, or another was begun, meanwhile."""
    pk = form.instance.pk
    try:
        with transaction.atomic():
            if pk and not Revision.objects.filter(pk=pk, issued_at=None).exists():
                return None
            draft: Revision = form.save()
            record("sop.drafted", actor=by, subject=draft, facts={"number": draft.number})
    except IntegrityError:
        return None
    return draft


def issue(draft: Revision, by: User, now: datetime) -> bool:
    """Put the draft into force; False when it was issued before."""
    with transaction.atomic():
        open_one = Revision.objects.filter(pk=draft.pk, issued_at=None)
        if not open_one.update(issued_at=now, issued_by=by):
            return False
        record("sop.issued", actor=by, subject=draft, facts={"number": draft.number})
    return True
