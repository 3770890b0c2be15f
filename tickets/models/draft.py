"""A report that is being written: kept at every step, sent once."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.ticket import Ticket


class ReportDraft(models.Model):
    """Answers as they were typed, under the names of the fields.

    Whoever holds the key (of which only the hash is kept) goes on with it. `ticket` is set when
    it was sent; a second press finds it there.
    """

    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="report_drafts",
    )
    answers = models.JSONField(default=dict, blank=True)
    step = models.CharField(_("langkah"), max_length=24, blank=True)
    created_at = models.DateTimeField(_("dibuat"))
    saved_at = models.DateTimeField(_("tersimpan"))
    sent_at = models.DateTimeField(_("dikirim"), null=True, blank=True)
    ticket = models.OneToOneField(
        Ticket, on_delete=models.PROTECT, null=True, blank=True, related_name="draft"
    )

    class Meta:
        verbose_name = _("draf laporan")
        verbose_name_plural = _("draf laporan")
        indexes = [models.Index(fields=["saved_at"], name="draft_by_age")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sent_at=None, ticket=None)
                | models.Q(sent_at__isnull=False, ticket__isnull=False),
                name="draft_is_sent_with_its_ticket",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.saved_at:%Y-%m-%d %H:%M} {self.step}"
