"""Open alarms as the pages show them: a mark, a sentence, what to do."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from backups.alerts import accept_alert
from backups.explanations import alert_detail, alert_headline
from backups.models import ANOMALIES, Alert, AlertKind
from backups.views.access import operators
from portal.accounts.access import person
from portal.lib import clock
from portal.lib.marks import Mark

MARKS = {
    AlertKind.RUN_FAILED: Mark.FAILED,
    AlertKind.NIGHT_LATE: Mark.LATE,
    AlertKind.NIGHT_MISSED: Mark.LATE,
    AlertKind.COPY_OWED: Mark.OWING,
    AlertKind.RETENTION_REFUSED: Mark.ATTENTION,
    AlertKind.VAULT_DAMAGED: Mark.FAILED,
    AlertKind.DRILL_FAILED: Mark.FAILED,
    AlertKind.UNREACHABLE: Mark.FAILED,
    AlertKind.WORKER_LOST: Mark.FAILED,
    **dict.fromkeys(ANOMALIES, Mark.ATTENTION),
}


@dataclass(frozen=True, slots=True)
class Alarm:
    """One open alarm, with the run that caused it where there is one.

    `strange` speaks of what a night holds: it has a `timeline`, and a person may accept it.
    """

    alert: Alert
    mark: Mark
    headline: str
    detail: str
    run: int | None
    strange: bool
    timeline: str


def open_alarms() -> list[Alarm]:
    """Return every open alarm, the newest first; one query."""
    alerts = Alert.objects.filter(cleared_at=None).select_related("source", "vault", "system")
    return [
        Alarm(
            alert=alert,
            mark=MARKS[AlertKind(alert.kind)],
            headline=alert_headline(alert),
            detail=alert_detail(alert),
            run=alert.facts.get("run"),
            strange=alert.kind in ANOMALIES,
            timeline=_timeline(alert),
        )
        for alert in alerts
    ]


def _timeline(alert: Alert) -> str:
    """Return where the strange thing is told night by night: its object's life, or two nights."""
    if alert.kind not in ANOMALIES or alert.source is None:
        return ""
    if alert.facts.get("object"):
        return reverse("objek", args=[alert.source.key, alert.facts["object"]])
    address = reverse("beda", args=[alert.source.key])
    return f"{address}?ke={alert.facts['night']}"


@operators
@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a strange night's alarm: whoever knows the system says that it is as it should be."""
    alert = get_object_or_404(Alert.objects.select_related("source"), pk=pk, kind__in=ANOMALIES)
    if accept_alert(alert, person(request), clock.now()):
        messages.success(request, _("Dinyatakan wajar; malam-malam sejak itu dihitung lazim."))
    else:
        messages.warning(request, _("Alarm ini sudah selesai."))
    return redirect("staf")
