"""Drills: a backup restored into a sandbox and proven, before anybody needs it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backups.models.job import Job
from backups.models.snapshot import Snapshot
from backups.models.source import Source


class DrillPhase(models.TextChoices):
    """The steps of a drill, in their order."""

    FETCH = "fetch", _("Mengambil salinan")
    LOAD = "load", _("Memuat ke tempat uji")
    PROVE = "prove", _("Membuktikan isinya")


class Drill(Job):
    """One drill. GOOD means proven; `seconds` is the measured time to recover."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="drills")
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="drills")
    objects_equal = models.BigIntegerField(null=True, blank=True)
    objects_total = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("uji pemulihan")
        verbose_name_plural = _("uji pemulihan")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["source", "-id"], name="drill_by_source")]

    def __str__(self) -> str:
        return f"{self.snapshot}: {self.get_state_display()}"
