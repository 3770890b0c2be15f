"""Whether the systems could be reached, kept as stretches of time, and work that was planned."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backups.models.server import InformationSystem
from backups.models.source import Source


class StretchQuerySet(models.QuerySet):
    """Verbs to read stretches with."""

    def going_on(self) -> StretchQuerySet:
        """Return the newest stretch of everything that is looked at."""
        return self.filter(ended_at=None)

    def within(self, begin: datetime, end: datetime) -> StretchQuerySet:
        """Return the stretches that have a part between two moments."""
        return self.filter(Q(ended_at=None) | Q(ended_at__gt=begin), began_at__lt=end)


class Stretch(models.Model):
    """A time in which a system's page, or a source's database, answered or did not.

    A look that finds the same as the one before only moves `seen_at`: a quiet year is one row.
    The last stretch of each is open until something changes, or until nobody looked for a while
    (backups.jobs.probing): what was not looked at counts neither as up nor as down.
    """

    system = models.ForeignKey(
        InformationSystem, on_delete=models.CASCADE, null=True, related_name="stretches"
    )
    source = models.ForeignKey(
        Source, on_delete=models.CASCADE, null=True, related_name="stretches"
    )
    up = models.BooleanField(_("menjawab"))
    began_at = models.DateTimeField(_("mulai"))
    seen_at = models.DateTimeField(_("terakhir dilihat"))
    ended_at = models.DateTimeField(_("sampai"), null=True, blank=True)
    looks = models.PositiveIntegerField(_("kali dilihat"), default=1)
    milliseconds = models.PositiveIntegerField(_("lama jawaban, milidetik"), null=True)
    why = models.CharField(_("sebab"), max_length=40, blank=True)
    detail = models.CharField(_("jawaban"), max_length=300, blank=True)

    objects = StretchQuerySet.as_manager()

    class Meta:
        verbose_name = _("rentang keterjangkauan")
        verbose_name_plural = _("rentang keterjangkauan")
        ordering = ["-began_at"]
        indexes = [
            models.Index(fields=["system", "-began_at"], name="stretch_by_system"),
            models.Index(fields=["source", "-began_at"], name="stretch_by_source"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(system=None, source__isnull=False)
                | Q(system__isnull=False, source=None),
                name="stretch_of_one_thing",
            ),
            models.UniqueConstraint(
                fields=["system"], condition=Q(ended_at=None), name="one_open_stretch_per_system"
            ),
            models.UniqueConstraint(
                fields=["source"], condition=Q(ended_at=None), name="one_open_stretch_per_source"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at")),
                name="stretch_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system or self.source}: {self.began_at:%Y-%m-%d %H:%M}"


class PlannedWorkQuerySet(models.QuerySet):
    """Verbs to read planned work with."""

    def standing(self) -> PlannedWorkQuerySet:
        """Return what was not called off."""
        return self.filter(called_off_at=None)

    def ahead(self, now: datetime) -> PlannedWorkQuerySet:
        """Return what goes on or is to come, the nearest first."""
        return self.standing().filter(ends_at__gt=now).order_by("starts_at")


class PlannedWork(models.Model):
    """Work that was announced before it begins. `words` and the systems are shown to everybody."""

    words = models.CharField(
        _("pengumuman"),
        max_length=200,
        help_text=_("Dibaca semua orang. Tulis apa yang tidak dapat dipakai, bukan cara kerjanya."),
    )
    systems = models.ManyToManyField(
        InformationSystem,
        blank=True,
        related_name="planned_work",
        verbose_name=_("sistem"),
        help_text=_("Kosong berarti semua sistem."),
    )
    starts_at = models.DateTimeField(_("mulai, WIB"))
    ends_at = models.DateTimeField(_("selesai, WIB"))
    announced_at = models.DateTimeField(_("diumumkan"))
    announced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    called_off_at = models.DateTimeField(_("dibatalkan"), null=True, blank=True)

    objects = PlannedWorkQuerySet.as_manager()

    class Meta:
        verbose_name = _("pekerjaan terencana")
        verbose_name_plural = _("pekerjaan terencana")
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="planned_work_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return self.words
