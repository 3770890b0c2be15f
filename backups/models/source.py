"""What is backed up: where it lives, how to read it, how long its nights are kept."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backups.models.job import Job
from backups.models.server import Server
from portal.lib.seal import PREFIX


class EngineKind(models.TextChoices):
    """The kinds of source, one engine each (backups.engines)."""

    POSTGRESQL = "postgresql", "PostgreSQL"
    MARIADB = "mariadb", "MariaDB / MySQL"
    SQLITE = "sqlite", "SQLite"
    FILES = "files", _("Berkas")


class SourceQuerySet(models.QuerySet):
    """Verbs to read sources with."""

    def active(self) -> SourceQuerySet:
        """Return the sources that have nights: neither paused nor retired."""
        return self.filter(paused=False, retired_at=None)

    def kept(self) -> SourceQuerySet:
        """Return all that are not retired."""
        return self.filter(retired_at=None)


def _percent(label: Any, default: int) -> models.PositiveSmallIntegerField[int, int]:
    """Return a threshold in percent; nought switches its alarm off."""
    return models.PositiveSmallIntegerField(
        label,
        default=default,
        validators=[MaxValueValidator(100)],
        help_text=_("Persen; 0 mematikan alarm ini."),
    )


class Source(models.Model):
    """One database or folder. `key` names it in vaults and staging and never changes."""

    key = models.SlugField(_("kunci"), max_length=60, unique=True, editable=False)
    name = models.CharField(_("nama"), max_length=120, unique=True)
    engine = models.CharField(_("jenis"), max_length=12, choices=EngineKind)
    server = models.ForeignKey(
        Server, on_delete=models.PROTECT, related_name="sources", verbose_name=_("server")
    )
    host = models.CharField(
        _("alamat"),
        max_length=253,
        blank=True,
        help_text=_("Nama host, atau jalur soket yang diawali garis miring."),
    )
    port = models.PositiveIntegerField(_("port"), null=True, blank=True)
    database = models.CharField(_("basis data"), max_length=128, blank=True)
    path = models.CharField(_("jalur"), max_length=1024, blank=True)
    ssh = models.CharField(_("SSH"), max_length=300, blank=True, help_text="USER@HOST[:PORT]")
    excludes = models.TextField(
        _("yang dilewati"), blank=True, help_text=_("Satu pola per baris, misalnya *.tmp")
    )

    read_username = models.CharField(_("pengguna pembaca"), max_length=128, blank=True)
    read_secret = models.TextField(_("kata sandi pembaca"), blank=True, editable=False)
    write_username = models.CharField(_("pengguna pemulih"), max_length=128, blank=True)
    write_secret = models.TextField(_("kata sandi pemulih"), blank=True, editable=False)
    secrets_changed_at = models.DateTimeField(null=True, blank=True, editable=False)

    keep_daily = models.PositiveSmallIntegerField(_("malam"), default=30)
    keep_weekly = models.PositiveSmallIntegerField(_("minggu"), default=8)
    keep_monthly = models.PositiveSmallIntegerField(_("bulan"), default=12)
    keep_yearly = models.PositiveSmallIntegerField(_("tahun"), default=3)
    keep_floor = models.PositiveSmallIntegerField(
        _("paling sedikit"), default=7, validators=[MinValueValidator(1)]
    )
    age_target_hours = models.PositiveSmallIntegerField(_("target umur, jam"), default=26)
    recovery_target_minutes = models.PositiveSmallIntegerField(
        _("target lama pulih, menit"), default=60
    )
    dump_jobs = models.PositiveSmallIntegerField(
        _("jalur serentak"), default=2, validators=[MinValueValidator(1), MaxValueValidator(16)]
    )
    alarm_shrink_percent = _percent(_("baris menyusut"), 10)
    alarm_vanish_percent = _percent(_("berkas hilang"), 20)
    alarm_size_percent = _percent(_("ukuran menyimpang"), 40)
    alarm_mass_percent = _percent(_("perubahan massal"), 50)
    alarm_still_nights = models.PositiveSmallIntegerField(
        _("malam tanpa perubahan"), default=14, help_text=_("0 mematikan alarm ini.")
    )
    paused = models.BooleanField(_("dijeda"), default=False)
    paused_reason = models.CharField(_("alasan dijeda"), max_length=200, blank=True)
    retired_at = models.DateTimeField(_("dipensiunkan"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("sumber")
        verbose_name_plural = _("sumber")
        ordering = ["name"]
        constraints = (
            models.CheckConstraint(
                condition=models.Q(read_secret="") | models.Q(read_secret__startswith=PREFIX),
                name="source_read_secret_is_sealed",
            ),
            models.CheckConstraint(
                condition=models.Q(write_secret="") | models.Q(write_secret__startswith=PREFIX),
                name="source_write_secret_is_sealed",
            ),
            models.CheckConstraint(condition=models.Q(keep_floor__gte=1), name="source_floor"),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address of the source's page."""
        return reverse("sumber", args=[self.key])


class ConnectionTest(Job):
    """One question to a source, asked by a worker: whether it is there and may be read."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="connection_tests")
    server_version = models.CharField(max_length=120, blank=True)
    size_bytes = models.BigIntegerField(null=True, blank=True)
    object_count = models.BigIntegerField(null=True, blank=True)
    warnings = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("uji sambungan")
        verbose_name_plural = _("uji sambungan")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.source}: {self.get_state_display()}"
