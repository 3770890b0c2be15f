"""Asking the trail: by what happened, who did it, what it was about, and when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.audit.models import AuditEvent, AuditPerson
from portal.lib import clock

# One step down the index a verb, where DISTINCT would read every event.
VERBS = """
    WITH RECURSIVE held(verb) AS (
        SELECT min(verb) FROM audit_auditevent
        UNION ALL
        SELECT (SELECT min(verb) FROM audit_auditevent AS next WHERE next.verb > held.verb)
        FROM held WHERE held.verb IS NOT NULL
    ) SELECT verb FROM held WHERE verb IS NOT NULL
"""


def verbs() -> list[tuple[str, str]]:
    """Return every verb that the trail holds as a choice, and none of them first."""
    with connection.cursor() as cursor:
        cursor.execute(VERBS)
        return [("", gettext("Semua")), *((verb, verb) for (verb,) in cursor.fetchall())]


def by_actor(word: str) -> Q:
    """Return what finds the events of a system account, or of the people who are called so."""
    called = Q(full_name__icontains=word) | Q(username__icontains=word) | Q(identity_number=word)
    people = AuditPerson.objects.filter(called).values_list("commitment", flat=True)
    return Q(actor=word) | Q(person__in=list(people))


CONDITIONS: dict[str, Callable[[Any], Q]] = {
    "verb": lambda verb: Q(verb=verb),
    "actor": by_actor,
    "object": lambda word: Q(object_id=word) | Q(object_name=word),
    "since": lambda day: Q(at__gte=clock.midnight(day)),
    "until": lambda day: Q(at__lt=clock.midnight(day + timedelta(days=1))),
}


def _day_picker() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class TrailFilter(forms.Form):
    """What to show of the trail; nothing asked for shows all of it."""

    verb = forms.ChoiceField(label=_("Peristiwa"), required=False, choices=verbs)
    actor = forms.CharField(label=_("Pelaku"), required=False, max_length=150)
    object = forms.CharField(label=_("Objek"), required=False, max_length=200)
    since = forms.DateField(label=_("Sejak"), required=False, widget=_day_picker())
    until = forms.DateField(label=_("Sampai"), required=False, widget=_day_picker())

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the beginning."""
        asked: dict[str, Any] = super().clean() or {}
        since, until = asked.get("since"), asked.get("until")
        if since and until and until < since:
            self.add_error("until", _("Tanggal akhir mendahului tanggal awal."))
        return asked

    def found(self) -> QuerySet[AuditEvent]:
        """Return the events asked for, the newest first; none while the form is in error."""
        if not self.is_valid():
            return AuditEvent.objects.none()
        asked = self.cleaned_data
        wanted = (rule(asked[name]) for name, rule in CONDITIONS.items() if asked[name])
        return AuditEvent.objects.filter(*wanted)
