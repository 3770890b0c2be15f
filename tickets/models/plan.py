"""What is to be restored from which copy to where: chosen by the analyst, frozen for approval."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from backups.models import Snapshot, Source, TargetSurvey
from portal.audit.chain import digest, plain
from tickets.models.choices import known
from tickets.models.ticket import Ticket

FORMAT = "pulih-plan-1"


class Target(models.TextChoices):
    """Where the data go. Beside is the default: nothing is overwritten."""

    BESIDE = "beside", _("Di samping yang ada")
    LIVE = "live", _("Menggantikan yang ada")
    DOWNLOAD = "download", _("Unduhan bagi pelapor")


class ErasedBefore(models.TextChoices):
    """Whether data erased on a person's request would come back (UU PDP 27/2022)."""

    NO = "no", _("Tidak ada")
    YES = "yes", _("Ada")
    UNKNOWN = "unknown", _("Belum diketahui")


class Plan(models.Model):
    """One plan. `scope` and `weighed` hold no fractions; `weighed` is what the approver reads.

    It takes over what was found at the target when it is frozen (tickets.actions.surveys).
    A frozen plan is never changed, which the database guards (tickets/refusals.py); another
    choice is another plan, and this one is superseded.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="plans")
    snapshot = models.ForeignKey(
        Snapshot, on_delete=models.PROTECT, related_name="+", verbose_name=_("salinan")
    )
    scope = models.JSONField(_("cakupan"), default=dict)
    target = models.CharField(_("tujuan"), max_length=8, choices=Target, default=Target.BESIDE)
    target_name = models.CharField(_("nama tujuan"), max_length=128, blank=True)
    weighed = models.JSONField(_("pertimbangan"), default=dict, blank=True)
    erased_before = models.CharField(
        _("data yang dihapus atas permintaan"), max_length=8, choices=ErasedBefore
    )
    erased_words = models.CharField(_("penjelasan"), max_length=300, blank=True)
    executor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("pelaksana"),
    )
    chosen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("dipilih oleh"),
    )
    chosen_at = models.DateTimeField(_("dipilih"))
    frozen_at = models.DateTimeField(_("dibekukan"), null=True, blank=True)
    superseded_at = models.DateTimeField(_("diganti"), null=True, blank=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("diperiksa oleh"),
    )
    verified_at = models.DateTimeField(_("diperiksa"), null=True, blank=True)

    class Meta:
        verbose_name = _("rencana pemulihan")
        verbose_name_plural = _("rencana pemulihan")
        ordering = ["pk"]
        constraints = [
            known("target", Target, name="plan_target_is_known"),
            models.UniqueConstraint(
                fields=["ticket"], condition=Q(superseded_at=None), name="one_plan_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(verified_by=None) | ~Q(verified_by=F("executor")),
                name="plan_verified_by_another_than_executed",
            ),
            models.CheckConstraint(
                condition=~Q(erased_before="yes") | ~Q(erased_words=""),
                name="plan_says_what_erased_data_return",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket}: {self.snapshot}"

    @property
    def source(self) -> Source:
        """The source that the copy is of."""
        return self.snapshot.source

    @property
    def reference(self) -> str:
        """The word under which the backups room keeps what it does for this plan."""
        return f"plan:{self.pk}"

    @cached_property
    def survey(self) -> TargetSurvey | None:
        """Return the last look at the plan's target, ended or not, as first asked for."""
        return TargetSurvey.objects.filter(reference=self.reference).first()

    @property
    def hold_key(self) -> str:
        """The word under which the copy is held for this plan's ticket."""
        return f"tickets:{self.ticket_id}"

    def content(self) -> dict[str, Any]:
        """Return all that an approval approves."""
        return {
            "format": FORMAT,
            "ticket": self.ticket.number,
            "source": self.snapshot.source.key,
            "snapshot": self.snapshot_id,
            "manifest_sha256": self.snapshot.manifest_sha256,
            "scope": self.scope,
            "target": str(self.target),
            "target_name": self.target_name,
            "weighed": self.weighed,
            "erased_before": str(self.erased_before),
            "erased_words": self.erased_words,
            "executor": self.executor_id,
        }

    def fingerprint(self) -> str:
        """Return the SHA-256 over the plan's content, in 64 hex digits."""
        return digest(plain(self.content()))
