"""A job's row: the truth about work that workers do (architecture, invariant 5).

    QUEUED --claim--> RUNNING --> GOOD | FAILED | ERRORED | CANCELLED
       |                 |
       +--> CANCELLED    +--sweep (heartbeat older than LOST_AFTER)--> LOST

Every arrow is a compare-and-swap in backups.jobs.lifecycle; nothing else writes `state`.
FAILED is expected trouble with a sentence, ERRORED is our own bug.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

LOST_AFTER = timedelta(minutes=3)


class JobState(models.TextChoices):
    """Where a job stands."""

    QUEUED = "queued", _("Antre")
    RUNNING = "running", _("Berjalan")
    GOOD = "good", _("Baik")
    FAILED = "failed", _("Gagal")
    ERRORED = "errored", _("Galat portal")
    LOST = "lost", _("Terputus")
    CANCELLED = "cancelled", _("Dibatalkan")


UNFINISHED = (JobState.QUEUED, JobState.RUNNING)
TROUBLED = (JobState.FAILED, JobState.ERRORED, JobState.LOST)


class JobQuerySet(models.QuerySet[Any]):
    """Verbs to read jobs with."""

    def unfinished(self) -> JobQuerySet:
        """Return what waits or runs."""
        return self.filter(state__in=UNFINISHED)

    def silent_since(self, moment: datetime) -> JobQuerySet:
        """Return what claims to run but has not been heard of since `moment`."""
        return self.filter(state=JobState.RUNNING, heartbeat_at__lt=moment)

    def due(self, moment: datetime) -> JobQuerySet:
        """Return what waits and may start."""
        queued = self.filter(state=JobState.QUEUED)
        return queued.filter(models.Q(not_before=None) | models.Q(not_before__lte=moment))


JobManager = models.Manager.from_queryset(JobQuerySet)


class Job(models.Model):
    """What every job's row has. `done` and `total` are bytes unless `phase` counts otherwise.

    `steps` has phase, began and ended (ISO 8601, UTC) of each phase, in order.
    """

    state = models.CharField(_("keadaan"), max_length=10, choices=JobState, default=JobState.QUEUED)
    ordered_at = models.DateTimeField(_("dipesan"))
    ordered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("oleh"),
    )
    not_before = models.DateTimeField(_("tidak sebelum"), null=True, blank=True)
    rung_at = models.DateTimeField(null=True, blank=True, editable=False)
    started_at = models.DateTimeField(_("mulai"), null=True, blank=True)
    finished_at = models.DateTimeField(_("selesai"), null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True, editable=False)
    worker = models.CharField(max_length=120, blank=True, editable=False)
    cancel_requested_at = models.DateTimeField(null=True, blank=True, editable=False)
    phase = models.CharField(_("langkah"), max_length=24, blank=True)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True, blank=True)
    rate = models.BigIntegerField(_("per detik"), default=0)
    steps = models.JSONField(default=list, blank=True, editable=False)
    log = models.TextField(_("catatan"), blank=True)
    error = models.TextField(_("sebab"), blank=True)
    error_kind = models.CharField(max_length=40, blank=True)
    permanent = models.BooleanField(default=False, editable=False)
    advice = models.TextField(_("yang harus dilakukan"), blank=True)

    objects = JobManager()

    class Meta:
        abstract = True

    @property
    def is_unfinished(self) -> bool:
        """True while it waits or runs."""
        return self.state in UNFINISHED

    @property
    def percent(self) -> int | None:
        """How far the phase is, 0 to 99 while it runs; None where the total is unknown."""
        if self.state == JobState.GOOD:
            return 100
        return min(99, self.done * 100 // self.total) if self.total else None

    @property
    def seconds(self) -> float | None:
        """How long it ran, in seconds; None before its end."""
        if self.started_at and self.finished_at:
            return (self.finished_at - self.started_at).total_seconds()
        return None

    @property
    def seconds_left(self) -> int | None:
        """An honest estimate for this phase, in seconds; None where nothing can be said."""
        if self.state != JobState.RUNNING or not self.rate or not self.total:
            return None
        return max(0, (self.total - self.done) // self.rate)
