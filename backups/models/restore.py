"""Restores, their undoing, and emergencies. What the row says of a restore is all that is known.

    RestoreJob: QUEUED --> RUNNING --> GOOD (swapped, undo possible) | FAILED | CANCELLED
                  ^           |
                  +-----------+  its worker fell silent: the next one asks the target, and mends

A restore whose worker died is queued again as `recovering`: what stands on the target decides
how it ends. Only after RECOVERIES tries it is LOST. One whose target fell silent is queued again
too, and asks every minute, until it answers.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backups.models.backup_run import BackupRun
from backups.models.job import UNFINISHED, Job, JobState
from backups.models.snapshot import Snapshot
from backups.models.source import Source


class RestoreTarget(models.TextChoices):
    """Where the data go."""

    LIVE = "live", _("Menggantikan yang ada")
    BESIDE = "beside", _("Di samping yang ada")
    DOWNLOAD = "download", _("Unduhan bagi satu orang")


class RestorePhase(models.TextChoices):
    """The eight steps, in their order; an undo goes through five of them.

    A download swaps nothing and is packed instead.
    """

    PLAN = "plan", _("Memeriksa tujuan")
    SAFETY = "safety", _("Menyalin yang ada sekarang")
    FETCH = "fetch", _("Mengambil salinan")
    LOAD = "load", _("Memuat di samping")
    PROVE = "prove", _("Membuktikan isinya")
    SWAP = "swap", _("Menukar")
    PROBE = "probe", _("Memastikan sistem menjawab")
    KEEP = "keep", _("Menyimpan yang lama")
    PACK = "pack", _("Membuat arsip terenkripsi")


BEFORE_SWAP = (
    "",
    RestorePhase.PLAN,
    RestorePhase.SAFETY,
    RestorePhase.FETCH,
    RestorePhase.LOAD,
    RestorePhase.PROVE,
    RestorePhase.PACK,
)
TO_LIVE = tuple(phase for phase in RestorePhase if phase != RestorePhase.PACK)


class TouchingJob(Job):
    """What a restore and an undo share."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    recovering = models.BooleanField(default=False, editable=False)
    recoveries = models.PositiveSmallIntegerField(default=0, editable=False)
    safety_run = models.ForeignKey(
        BackupRun, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    objects_equal = models.BigIntegerField(null=True, blank=True)
    objects_total = models.BigIntegerField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def waits_for_target(self) -> bool:
        """True while its target is silent, and asked again every minute."""
        return self.is_unfinished and self.recovering and self.error_kind == "TargetAway"

    @property
    def safety(self) -> Snapshot | None:
        """The safety copy, once it is surely kept."""
        return getattr(self.safety_run, "snapshot", None) if self.safety_run else None

    @property
    def can_cancel(self) -> bool:
        """True while nothing living is being touched."""
        return self.state in UNFINISHED and not self.recovering and self.phase in BEFORE_SWAP


class RestoreJob(TouchingJob):
    """One restore. `label` is in the name of all that it makes on the target.

    `reference` is the orderer's own word for why (a case's plan); `task` the address that is rung
    with this row's key when it ended. `fingerprint` is of the target when the plan was made, ""
    when nobody looked. `operator` is the system account of an order by command.
    """

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="restores")
    scope = models.JSONField(_("cakupan"), default=dict)
    target = models.CharField(_("tujuan"), max_length=8, choices=RestoreTarget)
    target_name = models.CharField(_("nama tujuan"), max_length=128, blank=True)
    label = models.CharField(max_length=30, unique=True, editable=False)
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    reference = models.CharField(max_length=80, blank=True, editable=False)
    reference_name = models.CharField(_("kasus"), max_length=80, blank=True)
    task = models.CharField(max_length=120, blank=True, editable=False)
    operator = models.CharField(_("operator"), max_length=80, blank=True)
    survey = models.JSONField(default=dict, blank=True)
    answers = models.JSONField(default=dict, blank=True)  # what the probe heard, by system
    swapped_at = models.DateTimeField(_("ditukar"), null=True, blank=True)
    undo_until = models.DateTimeField(_("dapat dibatalkan sampai"), null=True, blank=True)
    undone_at = models.DateTimeField(_("dikembalikan"), null=True, blank=True)
    discarded_at = models.DateTimeField(null=True, blank=True, editable=False)
    discard_rung_at = models.DateTimeField(null=True, blank=True, editable=False)
    emergency = models.TextField(_("alasan darurat"), blank=True)
    second_person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("orang kedua"),
    )
    reviewed_at = models.DateTimeField(_("ditinjau"), null=True, blank=True)
    review_words = models.TextField(_("hasil tinjauan"), blank=True)

    class Meta:
        verbose_name = _("pemulihan")
        verbose_name_plural = _("pemulihan")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["source", "-id"], name="restore_by_source")]
        constraints = [
            models.UniqueConstraint(
                fields=["source"],
                condition=models.Q(state__in=UNFINISHED) & ~models.Q(target=RestoreTarget.DOWNLOAD),
                name="one_restore_per_source",
            ),
            models.UniqueConstraint(
                fields=["source"],
                condition=models.Q(state__in=UNFINISHED, target=RestoreTarget.DOWNLOAD),
                name="one_download_per_source",
            ),
            models.CheckConstraint(
                condition=models.Q(second_person=None)
                | ~models.Q(second_person=models.F("ordered_by"))
                | models.Q(ordered_by=None),
                name="restore_second_person_is_another",
            ),
            models.CheckConstraint(
                condition=~models.Q(target=RestoreTarget.LIVE)
                | ~models.Q(reference="", emergency=""),
                name="restore_to_live_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.snapshot}: {self.get_state_display()}"

    def get_absolute_url(self) -> str:
        """Return the address of the restore's page."""
        return reverse("pemulihan", args=[self.pk])

    @property
    def is_download(self) -> bool:
        """True for what never touches live."""
        return self.target == RestoreTarget.DOWNLOAD

    @property
    def can_cancel(self) -> bool:
        """True while nothing living is being touched; a download touches nothing ever."""
        firm = self.recovering and not self.is_download
        return self.state in UNFINISHED and not firm and self.phase in BEFORE_SWAP

    @property
    def hold_key(self) -> str:
        """The word under which the copies are held that this restore may still need."""
        return f"restore:{self.pk}"

    @property
    def outcome(self) -> str:
        """How it ended, as the command says it: restored, failed, undone; "" before its end."""
        if self.undone_at:
            return "undone"
        if self.state == JobState.GOOD:
            return "restored"
        return "" if self.is_unfinished else "failed"

    @property
    def review_due(self) -> bool:
        """True while an emergency waits for a second person."""
        return bool(self.emergency) and self.reviewed_at is None

    def can_undo(self, now: datetime) -> bool:
        """Say whether what was live before can be brought back."""
        return bool(
            self.state == JobState.GOOD
            and self.swapped_at
            and not self.undone_at
            and not self.discarded_at
            and self.undo_until
            and now < self.undo_until
        )


class RestoreUndo(TouchingJob):
    """Bringing back what was live before one restore; what was written since is saved first."""

    restore = models.ForeignKey(RestoreJob, on_delete=models.PROTECT, related_name="undoings")
    operator = models.CharField(_("operator"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("pengembalian")
        verbose_name_plural = _("pengembalian")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source"],
                condition=models.Q(state__in=UNFINISHED),
                name="one_undo_per_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.restore}: {self.get_state_display()}"


class Emergency(models.Model):
    """A restore to live without a case, asked for in the browser: another person says yes first."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="+")
    scope = models.JSONField(default=dict)
    reason = models.TextField(_("alasan"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(_("diminta"))
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(_("dijawab"), null=True, blank=True)
    restore = models.OneToOneField(
        RestoreJob, on_delete=models.PROTECT, null=True, blank=True, related_name="request"
    )

    class Meta:
        verbose_name = _("permintaan darurat")
        verbose_name_plural = _("permintaan darurat")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answered_by=None) | ~models.Q(answered_by=models.F("asked_by")),
                name="emergency_needs_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.reason[:60]}"


def being_replaced(source: Source) -> bool:
    """Say whether a restore or an undo is at work on the living source, or was cut off in it."""
    at_work = models.Q(state=JobState.RUNNING) | models.Q(state=JobState.QUEUED, recovering=True)
    restores = RestoreJob.objects.filter(at_work, source=source, target=RestoreTarget.LIVE)
    return restores.exists() or RestoreUndo.objects.filter(at_work, source=source).exists()
