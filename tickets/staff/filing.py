"""Filing a report from the desk: for somebody who called or came, or for BPTI itself."""

from __future__ import annotations

import secrets
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backups.models import InformationSystem
from portal.accounts.access import person
from portal.accounts.models import Role
from portal.lib import clock
from tickets import addresses
from tickets.actions.drafting import draft_under, save_step
from tickets.actions.filing import Filed, file_report
from tickets.errors import DeskError, Incomplete
from tickets.models import Happened
from tickets.models.ticket import READS_CASES
from tickets.reports import LONGEST
from tickets.staff.access import filers
from tickets.telling import sentence

REFUSED = 422
PERSON = ("name", "email", "identity", "unit", "phone")


class DeskReport(forms.Form):
    """The report's questions on one page, for who knows them by heart."""

    kunci = forms.CharField(max_length=64, widget=forms.HiddenInput)
    subject = forms.CharField(label=gettext_lazy("Ringkasan"), max_length=LONGEST["subject"])
    happened = forms.ChoiceField(label=gettext_lazy("Apa yang terjadi"), choices=Happened.choices)
    systems = forms.ModelMultipleChoiceField(
        InformationSystem.objects.order_by("name"),
        label=gettext_lazy("Sistem"),
        to_field_name="slug",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Kosongkan bila belum diketahui."),
    )
    lost_data = forms.CharField(
        label=gettext_lazy("Data yang dimaksud"),
        max_length=LONGEST["lost_data"],
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    place = forms.CharField(
        label=gettext_lazy("Letaknya (opsional)"), max_length=LONGEST["place"], required=False
    )
    last_right_words = forms.CharField(
        label=gettext_lazy("Terakhir benar, perkiraan (opsional)"),
        max_length=LONGEST["last_right_words"],
        required=False,
    )
    impact_words = forms.CharField(
        label=gettext_lazy("Dampak (opsional)"),
        max_length=LONGEST["impact_words"],
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    name = forms.CharField(label=gettext_lazy("Nama"), max_length=LONGEST["name"], required=False)
    email = forms.EmailField(
        label=gettext_lazy("Email"), max_length=LONGEST["email"], required=False
    )
    identity = forms.CharField(
        label=gettext_lazy("NIP/NIM (opsional)"), max_length=LONGEST["identity"], required=False
    )
    unit = forms.CharField(
        label=gettext_lazy("Unit kerja (opsional)"), max_length=LONGEST["unit"], required=False
    )
    phone = forms.CharField(
        label=gettext_lazy("Telepon (opsional)"), max_length=LONGEST["phone"], required=False
    )

    def __init__(self, *args: Any, on_behalf: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        if not on_behalf:
            for name in PERSON:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        """Ask for both name and address where the report is another's."""
        cleaned: dict[str, Any] = super().clean() or {}
        if any(cleaned.get(name) for name in PERSON):
            for name in ("name", "email"):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, _("Isi nama dan email orang yang melapor."))
        return cleaned

    @property
    def for_another(self) -> bool:
        """Whether somebody else is named as the reporter."""
        return bool(self.cleaned_data.get("email"))

    def answers(self) -> dict[str, Any]:
        """Return the answers as a draft keeps them."""
        given = {k: v for k, v in self.cleaned_data.items() if k not in {"kunci", "systems"}}
        systems = [system.slug for system in self.cleaned_data["systems"]]
        return given | {"systems": systems, "system_unsure": not systems}


@filers
def new_case(request: HttpRequest) -> HttpResponse:
    """Ask for a report, filled beforehand by the address, and file it once."""
    on_behalf = Role.FRONT_DESK in person(request).roles
    if request.method != "POST":
        given = request.GET.dict() | {"systems": request.GET.getlist("systems")}
        initial = {"happened": Happened.LOST, **given, "kunci": secrets.token_urlsafe(24)}
        return _page(request, DeskReport(initial=initial, on_behalf=on_behalf))
    form = DeskReport(request.POST, on_behalf=on_behalf)
    if not form.is_valid():
        return _page(request, form, REFUSED)
    try:
        filed = _file(request, form)
    except Incomplete as lacking:
        for name, words in lacking.fields.items():
            form.add_error(name if name in form.fields else None, _(words))
        return _page(request, form, REFUSED)
    except DeskError as refused:
        form.add_error(None, sentence(refused))
        return _page(request, form, REFUSED)
    messages.success(request, _("Laporan tercatat sebagai %(n)s.") % {"n": filed.ticket.number})
    return redirect(_page_of(request, filed))


def _file(request: HttpRequest, form: DeskReport) -> Filed:
    """File what the form says; its key makes a second press find the first one's case."""
    user, now = person(request), clock.now()
    draft = draft_under(form.cleaned_data["kunci"], user, now)
    draft = save_step(draft, "desk", form.answers(), now)
    return file_report(draft, user, now, on_behalf=form.for_another)


def _page_of(request: HttpRequest, filed: Filed) -> str:
    """Return the case's page; the reporter's own for who reads no cases."""
    if person(request).roles & READS_CASES:
        return filed.ticket.get_absolute_url()
    return addresses.track(filed.ticket.number, filed.token)


def _page(request: HttpRequest, form: DeskReport, status: int = 200) -> HttpResponse:
    return render(request, "tiket/baru.html", {"form": form}, status=status)
