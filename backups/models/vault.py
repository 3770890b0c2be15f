"""Where snapshots are kept: the local disk first, then the internal media (SOP, steps 2, 3)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backups.models.job import Job
from backups.models.source import Source
from portal.lib.seal import PREFIX


class VaultRole(models.TextChoices):
    """Which copy a vault keeps."""

    LOCAL = "local", _("Disk lokal")
    MEDIA = "media", _("Media internal")


class VaultQuerySet(models.QuerySet):
    """Verbs to read vaults with."""

    def local(self) -> VaultQuerySet:
        """Return the enabled vaults on local disk."""
        return self.filter(enabled=True, role=VaultRole.LOCAL)

    def media(self) -> VaultQuerySet:
        """Return the enabled vaults that each night is transferred to."""
        return self.filter(enabled=True, role=VaultRole.MEDIA)


class Vault(models.Model):
    """A folder or a restic URL below which every source has a repository of its own."""

    name = models.CharField(_("nama"), max_length=80, unique=True)
    role = models.CharField(_("peran"), max_length=8, choices=VaultRole)
    location = models.CharField(
        _("tempat"),
        max_length=1024,
        help_text=_("Folder, atau alamat restic: sftp:…, s3:…, rest:…"),
    )
    environment_secret = models.TextField(_("kunci akses"), blank=True, editable=False)
    read_within_days = models.PositiveSmallIntegerField(
        _("terbaca seluruhnya dalam, hari"), default=30
    )
    enabled = models.BooleanField(_("dipakai"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = VaultQuerySet.as_manager()

    class Meta:
        verbose_name = _("penyimpanan")
        verbose_name_plural = _("penyimpanan")
        ordering = ["role", "name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(environment_secret="")
                | models.Q(environment_secret__startswith=PREFIX),
                name="vault_environment_is_sealed",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Repository(models.Model):
    """One source's repository in one vault, with a password of its own.

    `initialised_at` remembers that it was made: a repository that is gone later is a loss to be
    told, never a reason to make a new one in its place.
    """

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="repositories")
    vault = models.ForeignKey(Vault, on_delete=models.PROTECT, related_name="repositories")
    password_secret = models.TextField(editable=False)
    initialised_at = models.DateTimeField(null=True, blank=True)
    stored_bytes = models.BigIntegerField(null=True, blank=True)
    measured_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(_("terakhir diperiksa"), null=True, blank=True)
    read_at = models.DateTimeField(_("terakhir dibaca seluruhnya"), null=True, blank=True)
    # The rolling reading: part `read_part` of `read_parts` was the last one read since `cycle_at`.
    read_part = models.PositiveSmallIntegerField(default=0, editable=False)
    read_parts = models.PositiveSmallIntegerField(default=0, editable=False)
    cycle_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("repositori")
        verbose_name_plural = _("repositori")
        constraints = [
            models.UniqueConstraint(fields=["source", "vault"], name="one_repository_each"),
            models.CheckConstraint(
                condition=models.Q(password_secret__startswith=PREFIX),
                name="repository_password_is_sealed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} @ {self.vault}"


class VaultCheck(Job):
    """One check of one repository: its structure, or every byte of it."""

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="checks")
    read_data = models.BooleanField(default=False)
    rolling = models.BooleanField(default=False)  # the next part of the reading that is spread

    class Meta:
        verbose_name = _("pemeriksaan penyimpanan")
        verbose_name_plural = _("pemeriksaan penyimpanan")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.repository}: {self.get_state_display()}"


class VaultMeasure(models.Model):
    """What a vault took on one day, and what was free beside it: whence its end is foretold."""

    vault = models.ForeignKey(Vault, on_delete=models.CASCADE, related_name="measures")
    day = models.DateField()
    used_bytes = models.BigIntegerField()
    free_bytes = models.BigIntegerField(null=True, blank=True)  # None where its place does not say

    class Meta:
        verbose_name = _("ukuran penyimpanan")
        verbose_name_plural = _("ukuran penyimpanan")
        ordering = ["vault", "day"]
        constraints = [
            models.UniqueConstraint(fields=["vault", "day"], name="one_measure_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.vault} {self.day}"
