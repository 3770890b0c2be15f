"""What is surely kept. A row here is the positive proof of a good backup (invariant 1)."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from backups.models.backup_run import BackupRun, RunKind
from backups.models.source import Source
from backups.models.vault import Repository


class SnapshotQuerySet(models.QuerySet):
    """Verbs to read snapshots with."""

    def restorable(self) -> SnapshotQuerySet:
        """Return the snapshots of which at least one copy stands."""
        return self.filter(copies__state=CopyState.STORED).distinct()

    def nights(self) -> SnapshotQuerySet:
        """Leave out safety copies: they hold what a restore replaced, damage and all."""
        return self.exclude(run__kind=RunKind.SAFETY)


class WholeCopies(models.Manager.from_queryset(SnapshotQuerySet)):  # type: ignore[misc]
    """The copies that hold all of their source: what nights, pages and retention speak of."""

    def get_queryset(self) -> SnapshotQuerySet:
        """Leave out safety copies of a part."""
        found: SnapshotQuerySet = super().get_queryset().filter(part__isnull=True)
        return found


class Snapshot(models.Model):
    """One consistent view of one source, proven whole and written to the local vault.

    `part` names the tables whose rows alone a safety copy holds, before these are replaced; None
    is all. Such a copy is no night: only `every` finds it, and it goes when nobody holds it.
    """

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="snapshots")
    run = models.OneToOneField(BackupRun, on_delete=models.PROTECT, related_name="snapshot")
    taken_at = models.DateTimeField(_("diambil"))
    manifest_sha256 = models.CharField(max_length=64)
    server_version = models.CharField(max_length=120, blank=True)
    object_count = models.BigIntegerField()
    row_count = models.BigIntegerField()
    byte_count = models.BigIntegerField()
    paths = models.JSONField(default=list, blank=True)  # as stored; the dump's folder is the last
    added_bytes = models.BigIntegerField(null=True, blank=True)
    appeared = models.BigIntegerField(null=True, blank=True)  # objects, against the night before
    changed = models.BigIntegerField(null=True, blank=True)
    vanished = models.BigIntegerField(null=True, blank=True)
    judged_at = models.DateTimeField(null=True, blank=True, editable=False)
    anomalous = models.BooleanField(_("tidak lazim"), default=False)
    part = models.JSONField(null=True, blank=True, editable=False)
    proven_at = models.DateTimeField(_("terbukti"), null=True, blank=True)

    objects = WholeCopies()
    every = SnapshotQuerySet.as_manager()

    class Meta:
        verbose_name = _("salinan malam")
        verbose_name_plural = _("salinan malam")
        ordering = ["-taken_at"]
        indexes = [
            models.Index(fields=["source", "-taken_at"], name="snapshot_by_time"),
            models.Index(
                fields=["id"], condition=models.Q(judged_at=None), name="snapshot_unjudged"
            ),
            models.Index(
                fields=["source", "proven_at"],
                condition=models.Q(proven_at__isnull=False),
                name="snapshot_by_proof",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.taken_at:%Y-%m-%d %H:%M}"

    @property
    def is_safety(self) -> bool:
        """True when it holds what a restore replaced; only a person who means it restores that."""
        return self.run.kind == RunKind.SAFETY


def last_proof(by: datetime | None = None) -> Subquery:
    """Return, for a query of sources, when each was last proven (by a moment).

    One step in an index for each source; a MAX over a join would read every night there was.
    """
    proven = Snapshot.objects.filter(source=OuterRef("pk"), proven_at__isnull=False)
    if by:
        proven = proven.filter(proven_at__lte=by)
    return Subquery(proven.order_by("-proven_at").values("proven_at")[:1])


class CopyState(models.TextChoices):
    """Where a copy stands."""

    OWED = "owed", _("Belum tersalin")
    STORED = "stored", _("Tersimpan")
    DAMAGED = "damaged", _("Rusak")
    FORGOTTEN = "forgotten", _("Dirapikan")


class Copy(models.Model):
    """A snapshot in one repository. `restic_id` is the full id, `tree` equal in every vault."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="copies")
    repository = models.ForeignKey(Repository, on_delete=models.PROTECT, related_name="copies")
    state = models.CharField(_("keadaan"), max_length=10, choices=CopyState)
    restic_id = models.CharField(max_length=64, blank=True)
    tree = models.CharField(max_length=64, blank=True)
    stored_at = models.DateTimeField(_("tersimpan"), null=True, blank=True)
    forgotten_at = models.DateTimeField(_("dirapikan"), null=True, blank=True)
    attempts = models.PositiveIntegerField(_("percobaan"), default=0)
    next_try_at = models.DateTimeField(_("dicoba lagi"), null=True, blank=True)
    error = models.TextField(_("sebab"), blank=True)

    class Meta:
        verbose_name = _("salinan")
        verbose_name_plural = _("salinan")
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "repository"], name="one_copy_each"),
            models.CheckConstraint(
                condition=~models.Q(state=CopyState.STORED) | ~models.Q(restic_id="", tree=""),
                name="stored_copy_has_its_ids",
            ),
        ]
        indexes = [models.Index(fields=["state", "next_try_at"], name="copy_by_state")]

    def __str__(self) -> str:
        return f"{self.snapshot} @ {self.repository.vault}"


class Hold(models.Model):
    """A reason why a snapshot must stay.

    `key` is the holder's own word for it, given back on release; this room never knows what
    stands behind it (streets run downhill).
    """

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="holds")
    key = models.CharField(max_length=80)
    reason = models.CharField(_("alasan"), max_length=200)
    held_at = models.DateTimeField(_("sejak"))

    class Meta:
        verbose_name = _("penahanan")
        verbose_name_plural = _("penahanan")
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "key"], name="held_once_per_key"),
        ]

    def __str__(self) -> str:
        return f"{self.snapshot}: {self.reason}"
