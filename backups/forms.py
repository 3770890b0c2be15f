"""What people fill in to compare a source with a night, and to choose among the rows."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backups.models import ComparedObject, EngineKind, Snapshot, Source
from backups.rowsfilter import RowFilter
from portal.lib import clock

NIGHTS = 60  # of which one may choose
MOST_NAMES = 50
LONGEST = 300
ROW_VERDICTS = (
    ("missing", _("Hilang")),
    ("changed", _("Berubah")),
    ("extra", _("Baru")),
)


class NightField(forms.ModelChoiceField):
    """A night by its day and hour, WIB."""

    def label_from_instance(self, obj: Snapshot) -> str:
        """Return the night as a person says it."""
        taken = date_format(obj.taken_at.astimezone(clock.WIB), "D, j M Y H:i")
        return f"{taken} · {_('salinan pengaman')}" if obj.is_safety else taken


class ComparisonForm(forms.Form):
    """What of a source is compared with which night."""

    night = NightField(label=_("Malam"), queryset=Snapshot.objects.none(), empty_label=None)
    names = forms.CharField(
        label=_("Hanya tabel ini"),
        required=False,
        help_text=_("Satu nama per baris. Kosongkan untuk membandingkan semuanya."),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )
    down_to_rows = forms.BooleanField(
        label=_("Bandingkan sampai ke baris"),
        required=False,
        initial=True,
        help_text=_("Tabel yang berbeda dimuat ke tempat uji dan dibandingkan baris demi baris."),
    )

    def __init__(self, source: Source, *args: Any, **kwargs: Any) -> None:
        """Offer the copies of `source` that still stand, its newest night first of all."""
        super().__init__(*args, **kwargs)
        nights = source.snapshots.restorable().select_related("run").order_by("-taken_at")
        field = cast("forms.ModelChoiceField", self.fields["night"])
        field.queryset = nights.filter(pk__in=[night.pk for night in nights[:NIGHTS]])
        field.initial = nights.nights().first()
        field.error_messages["invalid_choice"] = _(
            "Malam itu sudah tidak disimpan; pilih yang lain."
        )
        if source.engine == EngineKind.FILES:
            self.fields["names"].label = _("Hanya berkas atau folder ini")
            del self.fields["down_to_rows"]

    def clean_names(self) -> list[str]:
        """Return the names, one a line; refuse what could be none."""
        lines = [line.strip() for line in self.cleaned_data["names"].splitlines()]
        names = list(dict.fromkeys(filter(None, lines)))
        if len(names) > MOST_NAMES:
            raise forms.ValidationError(_("Paling banyak 50 nama; kosongkan untuk semuanya."))
        if any("\0" in name or len(name) > LONGEST for name in names):
            raise forms.ValidationError(_("Ada nama yang terlalu panjang atau bukan nama."))
        return names


class EmergencyForm(ComparisonForm):
    """What is restored over living data without a case, and why it cannot wait for one."""

    reason = forms.CharField(
        label=_("Mengapa tidak dapat menunggu persetujuan kasus"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, source: Source, *args: Any, **kwargs: Any) -> None:
        """Offer the nights of `source`, but no comparison down to the rows."""
        super().__init__(source, *args, **kwargs)
        self.fields.pop("down_to_rows", None)
        self.fields["names"].help_text = _("Satu nama per baris. Kosongkan untuk memulihkan semua.")
        self.kind = "paths" if source.engine == EngineKind.FILES else "tables"

    def scope(self) -> dict[str, Any]:
        """Return what of the night is asked for, as an order has it."""
        names = self.cleaned_data["names"]
        return {"kind": self.kind, "names": names} if names else {"kind": "whole"}


class ReviewForm(forms.Form):
    """What a second person found about an emergency."""

    words = forms.CharField(
        label=_("Hasil tinjauan"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )


class RowsForm(forms.Form):
    """Which of the rows that differ are looked at, or picked."""

    hasil = forms.MultipleChoiceField(
        label=_("Hasil"),
        required=False,
        choices=ROW_VERDICTS,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
    )
    dari = forms.CharField(label=_("Kunci dari"), required=False, max_length=LONGEST)
    sampai = forms.CharField(label=_("sampai"), required=False, max_length=LONGEST)
    kolom = forms.ChoiceField(label=pgettext_lazy("satu", "Kolom"), required=False)
    memuat = forms.CharField(label=_("Memuat"), required=False, max_length=LONGEST)
    sama = forms.CharField(label=_("Sama dengan"), required=False, max_length=LONGEST)

    def __init__(self, compared: ComparedObject, *args: Any, **kwargs: Any) -> None:
        """Offer the columns of `compared`."""
        super().__init__(*args, **kwargs)
        columns = [(name, name) for name in compared.columns]
        field = cast("forms.ChoiceField", self.fields["kolom"])
        field.choices = [("", _("Semua kolom")), *columns]
        if compared.key:
            self.fields["dari"].label = _("%(key)s dari") % {"key": compared.key[0]}

    def wanted(self) -> RowFilter:
        """Return the filter; everything where something was filled in wrongly."""
        if not self.is_valid():
            return RowFilter()
        given = self.cleaned_data
        return RowFilter(
            verdicts=tuple(given["hasil"]),
            first=given["dari"],
            last=given["sampai"],
            column=given["kolom"],
            value=given["sama"],
            holds=given["memuat"],
        )
