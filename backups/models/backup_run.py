"""One backup of one source: asked for by the night, by a person, or before a restore."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backups.models.job import Job, JobState
from backups.models.source import Source


class RunKind(models.TextChoices):
    """Why a run was made."""

    NIGHTLY = "nightly", _("Malam")
    MANUAL = "manual", _("Diminta")
    SAFETY = "safety", _("Salinan pengaman")


class Phase(models.TextChoices):
    """The steps of a run, in their order."""

    CHECK = "check", _("Memeriksa sumber")
    DUMP = "dump", _("Menyalin ke disk lokal")
    STORE = "store", _("Menyimpan ke penyimpanan lokal")
    RECORD = "record", _("Mencatat isi")
    TRANSFER = "transfer", _("Memindahkan ke media internal")
    RETENTION = "retention", _("Merapikan malam lama")


class BackupRun(Job):
    """A run's row. `night` is the WIB date whose 00:00 it serves; `attempt` counts from 1."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="runs")
    kind = models.CharField(_("alasan"), max_length=8, choices=RunKind)
    night = models.DateField(_("malam"))
    attempt = models.PositiveSmallIntegerField(_("percobaan"), default=1)
    late = models.BooleanField(_("terlambat"), default=False)
    object_count = models.BigIntegerField(null=True, blank=True)
    row_count = models.BigIntegerField(null=True, blank=True)
    byte_count = models.BigIntegerField(null=True, blank=True)
    warnings = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("pencadangan")
        verbose_name_plural = _("pencadangan")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["source", "-night"], name="run_by_night"),
            models.Index(fields=["state", "heartbeat_at"], name="run_by_state"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "night", "attempt"],
                condition=models.Q(kind=RunKind.NIGHTLY),
                name="one_nightly_run_each_night",
            ),
            models.UniqueConstraint(
                fields=["source"],
                condition=models.Q(state=JobState.RUNNING),
                name="one_running_backup_per_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.night:%Y-%m-%d} ({self.get_state_display()})"

    def get_absolute_url(self) -> str:
        """Return the address of the run's page."""
        return reverse("malam", args=[self.source.key, self.pk])


class Transfer(Job):
    """Paying a source's owed copies: from the local vault to the internal media (SOP, step 3)."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="transfers")

    class Meta:
        verbose_name = _("pemindahan ke media")
        verbose_name_plural = _("pemindahan ke media")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source"],
                condition=models.Q(state=JobState.RUNNING),
                name="one_running_transfer_per_source",
            ),
            models.UniqueConstraint(
                fields=["source"],
                condition=models.Q(state=JobState.QUEUED),
                name="one_queued_transfer_per_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.get_state_display()}"
