"""Lending an approver's right to another for some days, and taking it back."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from portal.accounts.access import person, requires
from portal.accounts.models import STAFF_ROLES, Role, User
from portal.lib import clock
from tickets.actions.approving import delegate, revoke
from tickets.errors import DeskError
from tickets.models import Delegation
from tickets.telling import sentence

REFUSED = 422
LATEST = 50
givers = requires(Role.APPROVER)


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class DelegationForm(forms.Form):
    """To whom, from when until when, and why."""

    kepada = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Kepada"),
        empty_label=gettext_lazy("Pilih orangnya"),
    )
    mulai = forms.DateField(label=gettext_lazy("Mulai"), widget=_day())
    sampai = forms.DateField(label=gettext_lazy("Sampai dan termasuk"), widget=_day())
    alasan = forms.CharField(label=gettext_lazy("Alasan"), max_length=200)

    def __init__(self, *args: Any, giver: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kepada"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - it is, above
        takers = User.objects.filter(is_active=True, role_grants__role__in=STAFF_ROLES)
        field.queryset = takers.exclude(pk=giver.pk).distinct().order_by("full_name", "username")
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def clean(self) -> dict[str, Any]:
        """Refuse days that are over, or in the wrong order."""
        cleaned: dict[str, Any] = super().clean() or {}
        since, until = cleaned.get("mulai"), cleaned.get("sampai")
        if until and until < clock.wib_date(clock.now()):
            self.add_error("sampai", _("Tanggal ini sudah lewat."))
        elif since and until and until < since:
            self.add_error("sampai", _("Tanggal akhir mendahului tanggal awal."))
        return cleaned


@givers
def delegations(request: HttpRequest) -> HttpResponse:
    """Show what this person lent and was lent; lend anew."""
    user, now = person(request), clock.now()
    today = clock.wib_date(now)
    form = DelegationForm(request.POST or None, giver=user, initial={"mulai": today})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        days = (given["mulai"], given["sampai"])
        try:
            delegate(user, given["kepada"], days, given["alasan"].strip(), now)
        except DeskError as error:
            form.add_error("kepada", sentence(error))
        else:
            messages.success(
                request, _("Wewenang dilimpahkan kepada %(who)s.") % {"who": given["kepada"]}
            )
            return redirect("pelimpahan")
    mine = Delegation.objects.filter(giver=user) | Delegation.objects.filter(taker=user)
    context = {
        "form": form,
        "today": today,
        "delegations": mine.select_related("giver", "taker").order_by("-starts_on", "-pk")[:LATEST],
    }
    return render(request, "tiket/pelimpahan.html", context, status=REFUSED if form.errors else 200)


@givers
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """End a delegation of one's own."""
    lent = get_object_or_404(Delegation, pk=pk, giver=person(request))
    if revoke(lent, person(request), clock.now()):
        messages.success(request, _("Pelimpahan dicabut."))
    return redirect("pelimpahan")
