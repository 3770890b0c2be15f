"""The queue's forms: what to show of it, and to whom to give what is ticked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backups.models import InformationSystem
from portal.accounts.models import Role, User
from portal.accounts.sections import Section
from portal.lib import clock
from tickets.models import Ticket, find
from tickets.models.choices import choices
from tickets.models.ticket import TicketQuerySet
from tickets.priorities import Priority
from tickets.workflow import State

ANY = [("", _("Semua"))]
MOST_AT_ONCE = 200
NOBODY = "-"


def officers() -> list[User]:
    """Return who may have a case, by name."""
    handles = User.objects.filter(
        is_active=True, role_grants__role__in=[Role.FRONT_DESK, Role.ANALYST]
    )
    return list(handles.distinct().order_by("full_name", "username"))


def _by_officer(key: str) -> Q:
    return Q(assignee=None) if key == NOBODY else Q(assignee=int(key))


CONDITIONS: dict[str, Callable[[Any], Q]] = {
    "keadaan": lambda state: Q(closed_at=None) if state == "terbuka" else Q(state=state),
    "seksi": lambda section: Q(section=section),
    "prioritas": lambda priority: Q(priority=int(priority)),
    "sistem": lambda slug: Q(pk__in=Ticket.systems.through.objects.filter(
        informationsystem__slug=slug).values("ticket")),
    "petugas": _by_officer,
    "sejak": lambda day: Q(filed_at__gte=clock.midnight(day)),
    "sampai": lambda day: Q(filed_at__lt=clock.midnight(day + timedelta(days=1))),
}  # fmt: skip


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class QueueFilter(forms.Form):
    """What to show of a view, as it stands in the address; nothing asked for shows all of it."""

    q = forms.CharField(label=_("Cari"), required=False, max_length=200)
    keadaan = forms.ChoiceField(label=_("Keadaan"), required=False)
    seksi = forms.ChoiceField(label=_("Seksi"), required=False)
    prioritas = forms.ChoiceField(label=_("Prioritas"), required=False)
    sistem = forms.ChoiceField(label=_("Sistem"), required=False)
    petugas = forms.ChoiceField(label=_("Petugas"), required=False)
    sejak = forms.DateField(label=_("Dilaporkan sejak"), required=False, widget=_day())
    sampai = forms.DateField(label=_("Sampai"), required=False, widget=_day())

    def __init__(self, data: Any, handlers: Iterable[User]) -> None:
        super().__init__(data)
        self.offer("keadaan", [("terbuka", _("Yang terbuka")), *choices(State)])
        self.offer("seksi", Section.choices)
        self.offer("prioritas", choices(Priority))
        systems = InformationSystem.objects.order_by("name").values_list("slug", "name")
        self.offer("sistem", list(systems))
        named = [(str(user.pk), str(user)) for user in handlers]
        self.offer("petugas", [(NOBODY, _("Belum ada")), *named])
        self.fields["q"].widget.attrs |= {"data-key": "/", "type": "search"}

    def offer(self, name: str, offered: Iterable[tuple[Any, Any]]) -> None:
        """Let `name` be one of what is offered, or any."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - those above are
        field.choices = [*ANY, *offered]

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the beginning."""
        asked: dict[str, Any] = super().clean() or {}
        since, until = asked.get("sejak"), asked.get("sampai")
        if since and until and until < since:
            self.add_error("sampai", _("Tanggal akhir mendahului tanggal awal."))
        return asked

    def found(self, tickets: TicketQuerySet) -> TicketQuerySet:
        """Return those of `tickets` that are asked for; none while the form is in error."""
        if not self.is_valid():
            return tickets.none()
        asked = self.cleaned_data
        wanted = (rule(asked[name]) for name, rule in CONDITIONS.items() if asked[name])
        narrowed = tickets.filter(*wanted)
        return find(narrowed, asked["q"]) if asked["q"].strip() else narrowed

    @property
    def narrows(self) -> bool:
        """Whether a field besides the search is filled, so that its row stands open."""
        return any(self.data.get(name) for name in self.fields if name != "q")


class BulkForm(forms.Form):
    """Ticked cases and who is to have them."""

    tiket = forms.TypedMultipleChoiceField(coerce=int, error_messages={
        "required": _("Centang dahulu kasus yang akan ditugaskan.")})  # fmt: skip
    kepada = forms.ModelChoiceField(
        User.objects.none(), label=_("Petugas"), required=False, empty_label=_("Tidak ada petugas")
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        ticked = [key for key in data.getlist("tiket") if re.fullmatch(r"\d{1,18}", key)]
        field = self.fields["tiket"]
        assert isinstance(field, forms.TypedMultipleChoiceField)  # noqa: S101 - it is, above
        field.choices = [(key, key) for key in ticked[:MOST_AT_ONCE]]
        people = self.fields["kepada"]
        assert isinstance(people, forms.ModelChoiceField)  # noqa: S101 - it is, above
        people.queryset = User.objects.filter(is_active=True)
