"""An archive made for one person: encrypted, fetched once, gone after some days.

    made by a worker --> waits --+--> taken (its last byte was handed over)
                                 +--> withdrawn by staff, or made anew
                                 +--> over (its days have passed)

In each of the three the file is removed. The key is kept nowhere: its digest stands here, and
until the mail has left an envelope that the workers alone can open (docs/decisions/0015).
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backups.models.restore import RestoreJob
from portal.lib.seal import PREFIX


def sealed(column: str) -> models.Q:
    """Return the condition that a column holds an envelope of the workers', or nothing."""
    return models.Q(**{column: ""}) | models.Q(**{f"{column}__startswith": PREFIX})


class DownloadStanding(models.TextChoices):
    """Where a download stands, for people."""

    MAKING = "making", _("Sedang dibuat")
    NOT_MADE = "not_made", _("Tidak jadi dibuat")
    READY = "ready", _("Siap diunduh")
    TAKEN = "taken", _("Sudah diunduh")
    OVER = "over", _("Kedaluwarsa")
    WITHDRAWN = "withdrawn", _("Ditarik")
    GIVEN = "given", _("Ditulis ke berkas")


class DownloadQuerySet(models.QuerySet["Download"]):
    """Verbs to read downloads with."""

    def waiting(self, now: datetime) -> DownloadQuerySet:
        """Return what may be fetched now."""
        made = self.filter(made_at__isnull=False, expires_at__gt=now, out="")
        return made.filter(taken_at=None, withdrawn_at=None, removed_at=None)

    def finished(self, now: datetime) -> DownloadQuerySet:
        """Return those whose file has to go and was not removed yet."""
        ended = models.Q(taken_at__isnull=False) | models.Q(withdrawn_at__isnull=False)
        return self.filter(ended | models.Q(expires_at__lte=now), removed_at=None).exclude(file="")


class Download(models.Model):
    """What a restore to the target "download" makes, and for whom.

    `person` is the account that alone may fetch it; None means whoever comes by the secret link of
    the case it is for. `page_secret` is the sealed address of the page where that is, without this
    row's number. `size` is what the person gets, in bytes. With `out` an operator gets a plain
    file at that path instead, and nothing here is encrypted, mailed or removed.
    """

    restore = models.OneToOneField(RestoreJob, on_delete=models.PROTECT, related_name="download")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("untuk"),
    )
    name = models.CharField(_("nama"), max_length=200, blank=True)
    address = models.EmailField(_("alamat"), blank=True)
    language = models.CharField(max_length=2, default="id")
    page_secret = models.TextField(blank=True, editable=False)
    out = models.CharField(_("berkas"), max_length=1024, blank=True)
    file = models.CharField(max_length=120, blank=True, editable=False)
    size = models.BigIntegerField(_("ukuran"), null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    key_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    key_secret = models.TextField(blank=True, editable=False)
    made_at = models.DateTimeField(_("dibuat"), null=True, blank=True)
    expires_at = models.DateTimeField(_("sampai"), null=True, blank=True)
    mailed_at = models.DateTimeField(_("dikirim"), null=True, blank=True)
    mail_after = models.DateTimeField(null=True, blank=True, editable=False)
    mail_tries = models.PositiveSmallIntegerField(default=0, editable=False)
    mail_error = models.CharField(_("sebab"), max_length=300, blank=True)
    lease = models.CharField(max_length=32, blank=True, editable=False)
    lease_at = models.DateTimeField(null=True, blank=True, editable=False)
    begun_at = models.DateTimeField(_("mulai diunduh"), null=True, blank=True)
    taken_at = models.DateTimeField(_("diunduh"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("ditarik"), null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = DownloadQuerySet.as_manager()

    class Meta:
        verbose_name = _("unduhan")
        verbose_name_plural = _("unduhan")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=sealed("key_secret"),
                name="download_key_is_sealed",
            ),
            models.CheckConstraint(
                condition=sealed("page_secret"),
                name="download_page_is_sealed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.restore.snapshot}: {self.name or self.out}"

    def standing(self, now: datetime) -> DownloadStanding:
        """Return where it stands."""
        if self.made_at is None:
            made = self.restore.is_unfinished
            return DownloadStanding.MAKING if made else DownloadStanding.NOT_MADE
        if self.out:
            return DownloadStanding.GIVEN
        if self.taken_at:
            return DownloadStanding.TAKEN
        if self.withdrawn_at:
            return DownloadStanding.WITHDRAWN
        over = self.removed_at or (self.expires_at and self.expires_at <= now)
        return DownloadStanding.OVER if over else DownloadStanding.READY
