"""The time that a report is about: a month, a quarter, a year, or any days. WIB."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db import models
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

LONGEST = timedelta(days=366 * 6)
QUARTER = 3  # months


class Kind(models.TextChoices):
    """How long the time is."""

    MONTH = "bulan", gettext_lazy("Bulan")
    QUARTER = "triwulan", gettext_lazy("Triwulan")
    YEAR = "tahun", gettext_lazy("Tahun")
    DAYS = "bebas", gettext_lazy("Bebas")


MONTHS = {Kind.MONTH: 1, Kind.QUARTER: QUARTER, Kind.YEAR: 12}


@dataclass(frozen=True, slots=True)
class Period:
    """From `first` to `last`, both included."""

    kind: Kind
    first: date
    last: date

    @property
    def title(self) -> str:
        """What people call it: "November 2026", "Triwulan 4 2026", "2026"."""
        if self.kind == Kind.MONTH:
            return format_date(self.first, "F Y")
        if self.kind == Kind.QUARTER:
            number = (self.first.month - 1) // QUARTER + 1
            return _("Triwulan %(n)d %(year)d") % {"n": number, "year": self.first.year}
        if self.kind == Kind.YEAR:
            return str(self.first.year)
        words = _("%(first)s sampai %(last)s")
        dates = (format_date(day, "j F Y") for day in (self.first, self.last))
        return words % dict(zip(("first", "last"), dates, strict=True))

    @property
    def address(self) -> str:
        """The end of the address that asks for it."""
        if self.kind == Kind.DAYS:
            return urlencode(
                {"rentang": self.kind, "mulai": str(self.first), "sampai": str(self.last)}
            )
        return urlencode({"rentang": self.kind, "mulai": str(self.first)})

    def until(self, today: date) -> Period:
        """Return the part of it that has come, at least its first day."""
        return replace(self, last=max(self.first, min(self.last, today)))

    def shifted(self, by: int) -> Period:
        """Return the time of the same kind so many steps later; earlier below nought."""
        if self.kind == Kind.DAYS:
            long = self.last - self.first + timedelta(days=1)
            return Period(self.kind, self.first + by * long, self.last + by * long)
        return containing(self.kind, _months_on(self.first, by * MONTHS[self.kind]))


def containing(kind: Kind, day: date) -> Period:
    """Return the month, quarter or year that a day lies in."""
    long = MONTHS[kind]
    first = date(day.year, (day.month - 1) // long * long + 1, 1)
    return Period(kind, first, _months_on(first, long) - timedelta(days=1))


def _months_on(first: date, months: int) -> date:
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


class PeriodForm(forms.Form):
    """Which time; without anything it is this month."""

    rentang = forms.ChoiceField(label=gettext_lazy("Rentang"), choices=Kind.choices, required=False)
    mulai = forms.DateField(
        label=gettext_lazy("Mulai"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    sampai = forms.DateField(
        label=gettext_lazy("Sampai (rentang bebas)"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def __init__(self, data: Any, today: date) -> None:
        self.today = today
        super().__init__({"rentang": Kind.MONTH, "mulai": today, **data.dict()})

    def clean(self) -> dict[str, Any]:
        """Refuse days in the wrong order, and more of them than a page can show."""
        typed = super().clean() or {}
        first, last = typed.get("mulai"), typed.get("sampai")
        if typed.get("rentang") == Kind.DAYS and not self.errors:
            if not last or not first or last < first:
                self.add_error("sampai", _("Isi hari terakhir, tidak sebelum hari pertama."))
            elif last - first > LONGEST:
                self.add_error("sampai", _("Paling lama enam tahun."))
        if first and first > self.today:
            self.add_error("mulai", _("Hari ini belum tiba."))
        return typed

    def period(self) -> Period:
        """Return the time asked for; this month where what was typed is no time."""
        if not self.is_valid():
            return containing(Kind.MONTH, self.today)
        typed = self.cleaned_data
        kind = Kind(typed["rentang"] or Kind.MONTH)
        first = typed["mulai"] or self.today
        return (
            Period(kind, first, typed["sampai"]) if kind == Kind.DAYS else containing(kind, first)
        )
