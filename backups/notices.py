"""Mails to the operators: an alarm when it begins, and the night in one page each morning."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.core.mail import send_mail
from django.utils.translation import gettext as _
from django.utils.translation import override

from backups.explanations import alert_detail, alert_headline
from backups.models import Alert, BackupRun, Copy, CopyState, JobState, RunKind
from portal.lib import clock


def mail_alert(pk: int, now: datetime) -> bool:
    """Mail one alarm; False when nobody is to be told, or it was mailed before.

    The row is marked before the mail leaves: a second delivery of the task sends no second one.
    """
    unsent = Alert.objects.filter(pk=pk, mailed_at=None)
    if not settings.PULIH_OPERATORS or not unsent.update(mailed_at=now):
        return False
    alert = Alert.objects.get(pk=pk)
    try:
        with override("id"):
            body = f"{alert_detail(alert)}\n\n{alert.facts.get('error', '')}".strip()
            _send(alert_headline(alert), body)
    except OSError:
        Alert.objects.filter(pk=pk).update(mailed_at=None)
        raise
    return True


def mail_summary(now: datetime) -> bool:
    """Mail what last night did; False when nobody is to be told."""
    if not settings.PULIH_OPERATORS:
        return False
    with override("id"):
        headline, *lines = night_summary(clock.wib_date(now))
        _send(headline, "\n".join(lines))
    return True


def night_summary(night: date) -> list[str]:
    """Return the night in lines for people: a headline, then each source's state."""
    latest: dict[int, BackupRun] = {}
    runs = BackupRun.objects.filter(night=night, kind=RunKind.NIGHTLY).select_related("source")
    for run in runs.order_by("attempt"):
        latest[run.source_id] = run
    good = sum(run.state == JobState.GOOD for run in latest.values())
    owed = Copy.objects.filter(state=CopyState.OWED).count()
    lines = [
        _("%(good)d dari %(all)d sumber tersalin, malam %(night)s")
        % {"good": good, "all": len(latest), "night": night.isoformat()}
    ]
    troubled_first = sorted(
        latest.values(), key=lambda run: (run.state == JobState.GOOD, str(run.source))
    )
    lines.extend(
        f"- {run.source}: {run.get_state_display()} {run.error}".rstrip() for run in troubled_first
    )
    if owed:
        lines.append(_("%(owed)d salinan masih harus dipindahkan ke media.") % {"owed": owed})
    return lines


def _send(subject: str, body: str) -> None:
    send_mail(f"[Pulih] {subject}", body, settings.DEFAULT_FROM_EMAIL, settings.PULIH_OPERATORS)
