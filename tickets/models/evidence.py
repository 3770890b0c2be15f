"""What was found out about a case, kept as it was found."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.audit.chain import digest, plain
from tickets.models.choices import known
from tickets.models.ticket import Ticket


class EvidenceKind(models.TextChoices):
    """Which question the evidence answers."""

    SEARCH = "search", _("Penelusuran")
    TIMELINE = "timeline", _("Garis waktu")
    COMPARISON = "comparison", _("Perbandingan")
    RESTORE = "restore", _("Pemulihan")
    VERIFICATION = "verification", _("Pemeriksaan hasil")


SEARCHED_BY = (EvidenceKind.SEARCH, EvidenceKind.TIMELINE, EvidenceKind.COMPARISON)


class Evidence(models.Model):
    """One finding. `facts` hold no fractions, so that `sha256` over them has one meaning."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(_("jenis"), max_length=12, choices=EvidenceKind)
    summary = models.CharField(_("ringkasan"), max_length=300)
    facts = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField(_("waktu"))

    class Meta:
        verbose_name = _("bukti")
        verbose_name_plural = _("bukti")
        ordering = ["pk"]
        constraints = [known("kind", EvidenceKind, name="evidence_kind_is_known")]

    def __str__(self) -> str:
        return self.summary

    @property
    def is_unchanged(self) -> bool:
        """True while the facts are those that were recorded."""
        return digest(plain(self.facts)) == self.sha256
