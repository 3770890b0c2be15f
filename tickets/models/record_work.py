"""Work that workers do over many records: one archive of them, one walk over their bytes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.choices import known


class BundleState(models.TextChoices):
    """Where an archive stands."""

    QUEUED = "queued", _("Antre")
    RUNNING = "running", _("Berjalan")
    READY = "ready", _("Siap diunduh")
    FAILED = "failed", _("Gagal")


class Bundle(models.Model):
    """One ZIP of records: a year, or an audit's sample of it (`sample` records, 0 for all)."""

    year = models.PositiveSmallIntegerField(_("tahun"))
    sample = models.PositiveSmallIntegerField(_("sampel"), default=0)
    seed = models.PositiveIntegerField(default=0)
    state = models.CharField(
        _("keadaan"), max_length=8, choices=BundleState, default=BundleState.QUEUED
    )
    ordered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    ordered_at = models.DateTimeField(_("dipesan"))
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(_("selesai"), null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    file = models.CharField(max_length=120, blank=True)
    size = models.PositiveBigIntegerField(_("ukuran"), default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    error = models.CharField(_("sebab"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("bundel rekaman")
        verbose_name_plural = _("bundel rekaman")
        ordering = ["-pk"]
        constraints = [known("state", BundleState, name="bundle_state_is_known")]

    def __str__(self) -> str:
        return f"{self.year} ({self.get_state_display()})"


class ByteWalk(models.Model):
    """What one walk over the stored bytes found; `bad` names each file that is not as it was."""

    at = models.DateTimeField(_("waktu"), db_index=True)
    files = models.PositiveIntegerField(_("berkas"))
    bad = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("pemeriksaan bita")
        verbose_name_plural = _("pemeriksaan bita")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.state}"

    @property
    def state(self) -> str:
        """As `manage.py verify_audit` says it: intact or broken."""
        return "broken" if self.bad else "intact"
