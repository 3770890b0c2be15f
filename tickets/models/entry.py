"""The timeline of a case: what was said, to whom, and what was done. Only ever added to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.choices import known
from tickets.models.ticket import Ticket


class EntryKind(models.TextChoices):
    """What a line of the timeline is."""

    MESSAGE = "message", _("Pesan")
    NOTE = "note", _("Catatan internal")
    EVENT = "event", _("Peristiwa")


class Side(models.TextChoices):
    """From whose side it comes."""

    REPORTER = "reporter", _("Pelapor")
    STAFF = "staff", _("Petugas")
    SYSTEM = "system", _("Portal")


class EntryQuerySet(models.QuerySet):
    """Verbs to read a timeline with."""

    def shown(self) -> EntryQuerySet:
        """Return what the reporter may read; nothing internal is among it."""
        return self.filter(public=True)


class Entry(models.Model):
    """One line. `version` is the ticket's after it, so a stale page can be told what it missed.

    The database refuses to change what was said (tickets/refusals.py); a note may be withdrawn
    by its author for some minutes, which empties it and stays visible.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="entries")
    at = models.DateTimeField(_("waktu"))
    kind = models.CharField(_("jenis"), max_length=8, choices=EntryKind)
    public = models.BooleanField(_("dibaca pelapor"), default=False)
    side = models.CharField(_("dari"), max_length=8, choices=Side)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    author_name = models.CharField(_("nama"), max_length=150)
    move = models.CharField(_("langkah"), max_length=24, blank=True)
    version = models.PositiveIntegerField()
    words = models.TextField(_("isi"), blank=True)
    facts = models.JSONField(default=dict, blank=True)
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections"
    )
    withdrawn_at = models.DateTimeField(_("ditarik"), null=True, blank=True)
    message_id = models.CharField(max_length=200, blank=True, editable=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entri")
        verbose_name_plural = _("entri")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["ticket", "at"], name="entry_by_time"),
            models.Index(fields=["move", "at"], name="entry_by_move"),  # reports: tickets.figures
        ]
        constraints = [
            known("kind", EntryKind, name="entry_kind_is_known"),
            models.CheckConstraint(
                condition=~models.Q(kind=EntryKind.NOTE, public=True), name="entry_note_is_internal"
            ),
            models.CheckConstraint(
                condition=models.Q(kind=EntryKind.EVENT)
                | ~models.Q(words="")
                | models.Q(withdrawn_at__isnull=False),
                name="entry_says_something",
            ),
            models.UniqueConstraint(
                fields=["message_id"],
                condition=~models.Q(message_id=""),
                name="entry_taken_from_a_mail_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket} {self.get_kind_display()}"
