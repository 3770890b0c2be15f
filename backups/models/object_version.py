"""The catalogue: every object's versions as intervals of nights.

A night writes only what changed: a version opens with the first snapshot that has it and is
closed by the first that has it no longer, or has it otherwise. A year of quiet nights of a
table is one row.
"""

from __future__ import annotations

import hashlib

from django.db import models
from django.utils.translation import gettext_lazy as _

from backups.models.snapshot import Snapshot
from backups.models.source import Source


def name_key(kind: str, name: str) -> str:
    """Return 32 hex digits that stand for an object in indexes: paths are too long for those."""
    return hashlib.sha256(f"{kind}\0{name}".encode()).hexdigest()[:32]


class ObjectVersion(models.Model):
    """One state of one object, from `since` until (not including) `until`; open while None."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="object_versions")
    kind = models.CharField(_("jenis"), max_length=24)
    name = models.TextField(_("nama"))
    name_key = models.CharField(max_length=32, editable=False)
    columns = models.TextField(_("kolom"), blank=True)
    row_count = models.BigIntegerField(_("baris"), null=True, blank=True)
    byte_count = models.BigIntegerField(_("ukuran"))
    sha256 = models.CharField(max_length=64, blank=True)
    schema_sha256 = models.CharField(max_length=64, blank=True)
    since = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="opened_versions")
    until = models.ForeignKey(
        Snapshot, on_delete=models.PROTECT, null=True, blank=True, related_name="closed_versions"
    )

    class Meta:
        verbose_name = _("versi objek")
        verbose_name_plural = _("versi objek")
        indexes = [
            models.Index(fields=["source", "name_key"], name="version_by_name"),
            models.Index(fields=["until"], name="version_by_end"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "name_key"],
                condition=models.Q(until=None),
                name="one_open_version_each",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
