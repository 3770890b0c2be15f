"""The desk's settings as rows that are edited where they stand."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.forms.models import BaseModelFormSet
from django.utils.translation import gettext as _

from backups.models import InformationSystem
from tickets.models import Holiday, OfficeHours, ServiceTarget, Weekday

MOST_ROWS = 200


class RowForm(forms.ModelForm):
    """One row of a table: each field says its name to who cannot see the column's head."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            widget = field.widget
            kind = "form-select" if isinstance(widget, forms.Select) else "form-control"
            kind = "form-check-input" if isinstance(widget, forms.CheckboxInput) else kind
            widget.attrs |= {"class": kind, "aria-label": f"{field.label}, {self.row_name}"}

    @property
    def row_name(self) -> str:
        """What the row is, as its page says it."""
        return str(self.instance) if self.instance.pk else _("baris baru")


class HoursForm(RowForm):
    """One interval of a weekday."""

    class Meta:
        model = OfficeHours
        fields = ("weekday", "opens", "closes")
        widgets = {
            name: forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
            for name in ("opens", "closes")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say what a new row asks, instead of a row of dashes."""
        super().__init__(*args, **kwargs)
        weekday = cast("forms.TypedChoiceField", self.fields["weekday"])
        weekday.choices = [("", _("Pilih hari")), *Weekday.choices]

    def clean(self) -> dict[str, Any]:
        """Refuse an interval that ends before it begins."""
        cleaned: dict[str, Any] = super().clean() or {}
        opens, closes = cleaned.get("opens"), cleaned.get("closes")
        if opens and closes and closes <= opens:
            self.add_error("closes", _("Tutup harus sesudah buka."))
        return cleaned


class HolidayForm(RowForm):
    """One closed day, or one on which BPTI works after all."""

    class Meta:
        model = Holiday
        fields = ("day", "name", "kind", "closed")
        widgets = {"day": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}


class TargetForm(RowForm):
    """How long a clock may take."""

    class Meta:
        model = ServiceTarget
        fields = ("minutes",)

    @property
    def row_name(self) -> str:
        """The clock and the priority."""
        return f"{self.instance.get_clock_display()}, {self.instance.get_priority_display()}"


class SectionForm(RowForm):
    """Which section is asked first about a system."""

    class Meta:
        model = InformationSystem
        fields = ("section",)


class Rows(BaseModelFormSet):
    """Rows of one table; two of the same are refused at the second."""

    def get_unique_error_message(self, _unique_check: Any) -> str:
        """Say it in a sentence of ours."""
        return _("Baris ini sudah ada.")

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        """Give the box that takes a row away the look of the other boxes."""
        super().add_fields(form, index)
        if delete := form.fields.get("DELETE"):
            delete.widget.attrs["class"] = "form-check-input"


def table(form: type[RowForm], *, grows: bool) -> type[BaseModelFormSet]:
    """Return the formset of a table; one that grows has an empty row, and rows may go."""
    return forms.modelformset_factory(
        form.Meta.model,  # type: ignore[attr-defined]
        form=form,
        formset=Rows,
        extra=int(grows),
        can_delete=grows,
        max_num=MOST_ROWS,
    )
