"""Comparisons: what is live against what a night kept, down to the row (SOP, restore step 3)."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backups.models.job import Job
from backups.models.snapshot import Snapshot
from backups.models.source import Source


class ComparisonPhase(models.TextChoices):
    """The steps of a comparison, in their order. Rows are counted in objects, not in bytes."""

    DIGEST = "digest", _("Membaca data hidup")
    FETCH = "fetch", _("Mengambil salinan")
    LOAD = "load", _("Memuat ke tempat uji")
    ROWS = "rows", _("Membandingkan baris")


class ObjectVerdict(models.TextChoices):
    """What became of an object since the night."""

    MISSING = "missing", _("Hilang")
    CHANGED = "changed", _("Berubah")
    EXTRA = "extra", _("Baru")
    SAME = "same", _("Sama")


class Comparison(Job):
    """One comparison of a source with one of its nights. It changes nothing in either.

    `tables` and `paths` are what was asked for, empty for everything. `against` is the night that
    stood in for live because the source was down. The differing rows stand in `folder`, one file
    a table in the rows format (docs/perintah.md), each with its SHA-256 on its object.
    """

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="comparisons")
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="comparisons")
    against = models.ForeignKey(
        Snapshot, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    tables = models.JSONField(default=list, blank=True)
    paths = models.JSONField(default=list, blank=True)
    down_to_rows = models.BooleanField(_("sampai ke baris"), default=True)
    live_at = models.DateTimeField(_("data hidup dibaca"), null=True, blank=True)
    notes = models.JSONField(default=list, blank=True)
    objects_same = models.BigIntegerField(default=0)
    objects_changed = models.BigIntegerField(default=0)
    objects_missing = models.BigIntegerField(default=0)
    objects_extra = models.BigIntegerField(default=0)
    rows_missing = models.BigIntegerField(null=True, blank=True)
    rows_changed = models.BigIntegerField(null=True, blank=True)
    rows_extra = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("perbandingan")
        verbose_name_plural = _("perbandingan")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["source", "-id"], name="comparison_by_source")]

    def __str__(self) -> str:
        return f"{self.source}: {self.get_state_display()}"

    def get_absolute_url(self) -> str:
        """Return the address of the comparison's page."""
        return reverse("perbandingan", args=[self.pk])

    @property
    def differing(self) -> int:
        """How many objects are not the same."""
        return self.objects_changed + self.objects_missing + self.objects_extra

    @property
    def audit_name(self) -> str:
        """What the trail calls it."""
        return f"{self.source.key} #{self.pk}"


class ComparedObject(models.Model):
    """One object of a comparison. `missing`, `changed`, `extra` count rows; None: not counted.

    `key` are the columns that tell its rows apart (none: a counted multiset), `columns` all that
    were compared. `file` is relative to PULIH_COMPARISONS, "" where no row differs.
    """

    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="compared")
    kind = models.CharField(_("jenis"), max_length=24)
    name = models.TextField(_("nama"))
    verdict = models.CharField(_("hasil"), max_length=8, choices=ObjectVerdict)
    rows_backup = models.BigIntegerField(null=True, blank=True)
    rows_live = models.BigIntegerField(null=True, blank=True)
    bytes_backup = models.BigIntegerField(null=True, blank=True)
    bytes_live = models.BigIntegerField(null=True, blank=True)
    missing = models.BigIntegerField(null=True, blank=True)
    changed = models.BigIntegerField(null=True, blank=True)
    extra = models.BigIntegerField(null=True, blank=True)
    schema_changed = models.BooleanField(default=False)
    key = models.JSONField(default=list, blank=True)
    columns = models.JSONField(default=list, blank=True)
    backup_only = models.JSONField(default=list, blank=True)
    live_only = models.JSONField(default=list, blank=True)
    retyped = models.JSONField(default=list, blank=True)
    file = models.CharField(max_length=120, blank=True)
    file_bytes = models.BigIntegerField(null=True, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    kept_rows = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("objek yang dibandingkan")
        verbose_name_plural = _("objek yang dibandingkan")
        ordering = ["comparison", "kind", "name"]
        indexes = [models.Index(fields=["comparison", "verdict"], name="compared_by_verdict")]

    def __str__(self) -> str:
        return f"{self.name}: {self.get_verdict_display()}"

    def get_absolute_url(self) -> str:
        """Return the address of the object's rows."""
        return reverse("perbandingan-baris", args=[self.comparison_id, self.pk])


class RowPick(models.Model):
    """Rows chosen from a comparison to be brought back.

    `filter` says which, and the comparison's file gives them again at any time; `sha256` is over
    the rows file that it makes, so what was approved is what is written.
    """

    compared = models.ForeignKey(ComparedObject, on_delete=models.PROTECT, related_name="picks")
    filter = models.JSONField(default=dict)
    missing = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    extra = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField(_("dibuat"))
    made_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("pilihan baris")
        verbose_name_plural = _("pilihan baris")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.compared.name}: {self.total}"

    def get_absolute_url(self) -> str:
        """Return the address of the pick's page."""
        return reverse("pilihan-baris", args=[self.pk])

    @property
    def total(self) -> int:
        """How many rows it would write or remove."""
        return self.missing + self.changed + self.extra

    @property
    def audit_name(self) -> str:
        """What the trail calls it."""
        return f"{self.compared.comparison.source.key} {self.compared.name}"
