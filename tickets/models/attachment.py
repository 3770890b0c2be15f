"""Files that people send: kept outside whatever a web server gives out by itself."""

from __future__ import annotations

import secrets
from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.choices import known
from tickets.models.draft import ReportDraft
from tickets.models.ticket import Ticket


class PrivateStorage(FileSystemStorage):
    """Files without an address: only a view that asked who wants them gives them out."""

    def url(self, name: str | None) -> str:
        """Raise ValueError: there is none."""
        raise ValueError(f"{name} has no address of its own.")


def private_storage() -> PrivateStorage:
    """Return the folder of attachments, which its owner alone may read."""
    return PrivateStorage(
        location=Path(settings.PULIH_VAR) / "attachments",
        file_permissions_mode=0o600,
        directory_permissions_mode=0o700,
    )


def random_place(_attachment: Attachment, _name: str) -> str:
    """Return where a file lies: nothing of what its sender called it."""
    name = secrets.token_hex(16)
    return f"{name[:2]}/{name}"


class Quarantine(models.TextChoices):
    """Whether a file may be opened."""

    WAITING = "waiting", _("Menunggu pemindaian")
    CLEAN = "clean", _("Bersih")
    INFECTED = "infected", _("Terinfeksi")
    SCAN_FAILED = "scan_failed", _("Pemindaian gagal")
    NOT_SCANNED = "not_scanned", _("Tidak dipindai")


OPENABLE = (Quarantine.CLEAN, Quarantine.NOT_SCANNED)


class AttachmentQuerySet(models.QuerySet):
    """Verbs to read attachments with."""

    def openable(self) -> AttachmentQuerySet:
        """Return what may be downloaded: of a confirmed reporter, and not held by the scanner."""
        return self.filter(quarantine__in=OPENABLE).exclude(ticket__confirmed_at=None)


class Attachment(models.Model):
    """One file of a draft or of a ticket. `name` is cleaned, `kind` is what the bytes are."""

    draft = models.ForeignKey(
        ReportDraft, on_delete=models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, null=True, blank=True, related_name="attachments"
    )
    file = models.FileField(upload_to=random_place, storage=private_storage, max_length=120)
    name = models.CharField(_("nama"), max_length=140)
    kind = models.CharField(_("jenis"), max_length=100)
    size = models.PositiveBigIntegerField(_("ukuran"))
    sha256 = models.CharField(max_length=64)
    quarantine = models.CharField(
        _("pemindaian"), max_length=12, choices=Quarantine, default=Quarantine.WAITING
    )
    finding = models.CharField(_("temuan"), max_length=200, blank=True)
    scan_tries = models.PositiveSmallIntegerField(default=0, editable=False)
    scanned_at = models.DateTimeField(_("dipindai"), null=True, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    sent_at = models.DateTimeField(_("dikirim"))

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("lampiran")
        verbose_name_plural = _("lampiran")
        ordering = ["pk"]
        indexes = [models.Index(fields=["quarantine", "sent_at"], name="attachment_by_scan")]
        constraints = [
            known("quarantine", Quarantine, name="attachment_quarantine_is_known"),
            models.CheckConstraint(
                condition=models.Q(draft__isnull=False) | models.Q(ticket__isnull=False),
                name="attachment_belongs_somewhere",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_openable(self) -> bool:
        """True when it may be downloaded."""
        if self.ticket is None or self.ticket.confirmed_at is None:
            return False
        return self.quarantine in OPENABLE
