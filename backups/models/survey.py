"""Surveys: what a restore to a target would meet, looked at when it is planned (SOP, step 4.1)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backups.models.job import Job
from backups.models.restore import RestoreTarget
from backups.models.snapshot import Snapshot
from backups.models.source import Source


class TargetSurvey(Job):
    """One look at a target, by the function with which a restore begins. It changes nothing.

    `reference` is the orderer's own word for why (a case's plan). `found` is what
    backups.survey_words.row_of gives; its blockers are those that forbid a restore to `target`.
    """

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="+")
    scope = models.JSONField(_("cakupan"), default=dict)
    target = models.CharField(_("tujuan"), max_length=8, choices=RestoreTarget)
    reference = models.CharField(max_length=80, db_index=True, editable=False)
    found = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("pemeriksaan tujuan")
        verbose_name_plural = _("pemeriksaan tujuan")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.source}: {self.get_state_display()}"
