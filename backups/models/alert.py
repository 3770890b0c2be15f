"""What a person must hear of: opened once when it begins, cleared when it is over."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backups.anomalies import Strange
from backups.models.server import InformationSystem
from backups.models.source import Source
from backups.models.vault import Vault


class AlertKind(models.TextChoices):
    """What can be wrong. The words for people stand in backups.explanations."""

    RUN_FAILED = "run_failed", _("Pencadangan gagal")
    NIGHT_LATE = "night_late", _("Malam terlambat")
    NIGHT_MISSED = "night_missed", _("Malam terlewat")
    COPY_OWED = "copy_owed", _("Salinan ke media belum ada")
    RETENTION_REFUSED = "retention_refused", _("Perapian ditahan")
    VAULT_DAMAGED = "vault_damaged", _("Penyimpanan rusak")
    DRILL_FAILED = "drill_failed", _("Uji pemulihan gagal")
    UNREACHABLE = "unreachable", _("Tidak terjangkau")
    WORKER_LOST = "worker_lost", _("Pekerja terputus")
    TABLE_VANISHED = "table_vanished", _("Tabel hilang")
    ROWS_SHRANK = "rows_shrank", _("Baris menyusut")
    TABLE_EMPTIED = "table_emptied", _("Tabel menjadi kosong")
    MANY_VANISHED = "many_vanished", _("Banyak yang hilang")
    MANY_SHRANK = "many_shrank", _("Banyak tabel menyusut")
    SCHEMA_DROPPED = "schema_dropped", _("Skema hilang")
    SIZE_ODD = "size_odd", _("Ukuran tidak lazim")
    MASS_CHANGE = "mass_change", _("Perubahan massal")
    SOURCE_STILL = "source_still", _("Sumber diam")


ANOMALIES = frozenset(AlertKind(kind) for kind in Strange)
"""The kinds that speak of what a night holds, not of how it was made."""


class Alert(models.Model):
    """One open or past alarm. `facts` holds the figures for its sentence."""

    kind = models.CharField(_("jenis"), max_length=20, choices=AlertKind)
    source = models.ForeignKey(
        Source, on_delete=models.CASCADE, null=True, blank=True, related_name="alerts"
    )
    vault = models.ForeignKey(
        Vault, on_delete=models.CASCADE, null=True, blank=True, related_name="alerts"
    )
    system = models.ForeignKey(
        InformationSystem, on_delete=models.CASCADE, null=True, blank=True, related_name="alerts"
    )
    subject = models.CharField(max_length=48, editable=False)
    facts = models.JSONField(default=dict, blank=True)
    opened_at = models.DateTimeField(_("sejak"))
    cleared_at = models.DateTimeField(_("selesai"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("dinyatakan wajar oleh"),
    )
    mailed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarm")
        ordering = ["-opened_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=models.Q(cleared_at=None),
                name="open_alert_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.source or self.system or self.vault}"
