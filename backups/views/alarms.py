"""Open alarms as the pages show them: a mark, a sentence, what to do."""

from __future__ import annotations

from dataclasses import dataclass

from backups.explanations import alert_detail, alert_headline
from backups.models import Alert, AlertKind
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
}


@dataclass(frozen=True, slots=True)
class Alarm:
    """One open alarm, with the run that caused it where there is one."""

    alert: Alert
    mark: Mark
    headline: str
    detail: str
    run: int | None


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
        )
        for alert in alerts
    ]
