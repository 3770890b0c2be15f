"""What administrators change of the desk: hours, closed days, targets, the systems' sections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.db.models import QuerySet
from django.forms.models import BaseModelFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from backups.models import InformationSystem
from portal.accounts.access import person, requires
from portal.accounts.models import Role
from portal.lib import clock
from tickets.actions.arranging import arrange
from tickets.models import Holiday, OfficeHours, ServiceTarget
from tickets.staff.settings_forms import HolidayForm, HoursForm, SectionForm, TargetForm, table

REFUSED = 422
owners = requires(Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Part:
    """One table of the page: its title, what it does, its rows, its formset."""

    title: Promise
    words: Promise
    rows: Callable[[date], QuerySet]
    formset: type[BaseModelFormSet]
    named: bool = False  # its rows have names that are not edited here


PARTS = {
    "jam": Part(
        pgettext_lazy("jam kerja", "Jam layanan"),
        _("WIB; satu hari boleh beberapa rentang, misalnya sebelum dan sesudah salat Jumat"),
        lambda _today: OfficeHours.objects.all(),
        table(HoursForm, grows=True),
    ),
    "libur": Part(
        _("Hari libur"),
        _("tahun ini dan sesudahnya; hapus centang Tutup bila BPTI tetap bekerja"),
        lambda today: Holiday.objects.filter(day__year__gte=today.year),
        table(HolidayForm, grows=True),
    ),
    "target": Part(
        _("Target layanan"),
        _("dalam menit kerja; 480 menit adalah delapan jam kerja"),
        lambda _today: ServiceTarget.objects.all(),
        table(TargetForm, grows=False),
        named=True,
    ),
    "seksi": Part(
        _("Seksi tiap sistem"),
        _("seksi yang diusulkan saat laporan tentang sistem itu masuk"),
        lambda _today: InformationSystem.objects.order_by("name"),
        table(SectionForm, grows=False),
        named=True,
    ),
}


@owners
def settings(request: HttpRequest) -> HttpResponse:
    """Show the tables; each is saved by itself, whole or not at all."""
    asked, today = request.POST.get("bagian", ""), clock.wib_date(clock.now())
    tables = {
        key: part.formset(
            request.POST if key == asked else None, queryset=part.rows(today), prefix=key
        )
        for key, part in PARTS.items()
    }
    if asked in tables and tables[asked].is_valid():
        done = _keep(request, tables[asked])
        told = ngettext("%(n)d baris diubah.", "%(n)d baris diubah.", done) % {"n": done}
        messages.success(request, told if done else gettext("Tidak ada yang berubah."))
        return redirect(f"{reverse('pengaturan')}#{asked}")
    context = {"parts": [(key, part, tables[key]) for key, part in PARTS.items()]}
    return render(request, "tiket/pengaturan.html", context, status=REFUSED if asked else 200)


def _keep(request: HttpRequest, rows: BaseModelFormSet) -> int:
    rows.save(commit=False)
    changed = [row for row, _fields in rows.changed_objects]
    return arrange([*changed, *rows.new_objects], rows.deleted_objects, person(request))
