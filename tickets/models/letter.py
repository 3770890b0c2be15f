"""The surat pengajuan: the SOP's first quality record, numbered by the unit that asks."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.attachment import OPENABLE, Attachment
from tickets.models.ticket import Ticket


class LetterQuerySet(models.QuerySet):
    """Verbs to read letters with."""

    def standing(self) -> LetterQuerySet:
        """Return the letters that count: not rejected, their scan openable."""
        return self.filter(rejected_at=None, scan__quarantine__in=OPENABLE)


class Letter(models.Model):
    """A signed letter as it was handed in."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="letters")
    number = models.CharField(_("nomor surat"), max_length=80)
    dated = models.DateField(_("tanggal surat"))
    scan = models.OneToOneField(Attachment, on_delete=models.PROTECT, related_name="letter")
    given_at = models.DateTimeField(_("diterima"))
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    rejected_at = models.DateTimeField(_("ditolak"), null=True, blank=True)
    rejected_why = models.CharField(_("alasan ditolak"), max_length=300, blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("surat pengajuan")
        verbose_name_plural = _("surat pengajuan")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rejected_at=None) | ~models.Q(rejected_why=""),
                name="letter_is_rejected_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.number
