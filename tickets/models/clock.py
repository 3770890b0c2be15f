"""Working hours, closed days, targets, and the stretches in which a case's clocks ran or stood."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tickets.models.choices import choices, known
from tickets.models.ticket import Ticket
from tickets.priorities import Priority
from tickets.workflow import Clock, Pulse, Reason
from tickets.working_time import Calendar, NeverOpen

KEPT_PULSES = (Pulse.RUNNING, Pulse.PAUSED)


class Weekday(models.IntegerChoices):
    """Monday is 0, as in Python."""

    MONDAY = 0, _("Senin")
    TUESDAY = 1, _("Selasa")
    WEDNESDAY = 2, _("Rabu")
    THURSDAY = 3, _("Kamis")
    FRIDAY = 4, _("Jumat")
    SATURDAY = 5, _("Sabtu")
    SUNDAY = 6, _("Minggu")


class OfficeHours(models.Model):
    """One interval of a weekday, WIB; a day may have several (the Friday prayer)."""

    weekday = models.PositiveSmallIntegerField(_("hari"), choices=Weekday)
    opens = models.TimeField(_("buka"))
    closes = models.TimeField(_("tutup"))

    class Meta:
        verbose_name = _("jam layanan")
        verbose_name_plural = _("jam layanan")
        ordering = ["weekday", "opens"]
        constraints = [
            known("weekday", Weekday, name="office_weekday_is_known"),
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")), name="office_closes_after_it_opens"
            ),
            models.UniqueConstraint(fields=["weekday", "opens"], name="office_opens_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"


class HolidayKind(models.TextChoices):
    """Why BPTI is closed."""

    PUBLIC = "public", _("Hari libur nasional")
    JOINT = "joint", _("Cuti bersama")
    UNIVERSITY = "university", _("Libur universitas")


class Holiday(models.Model):
    """A closed day. One that BPTI works after all is kept with `closed` unticked.

    Seeding adds days and never alters one that is there.
    """

    day = models.DateField(_("tanggal"), unique=True)
    name = models.CharField(_("nama"), max_length=120)
    kind = models.CharField(
        _("jenis"), max_length=10, choices=HolidayKind, default=HolidayKind.UNIVERSITY
    )
    closed = models.BooleanField(pgettext_lazy("hari", "tutup"), default=True)

    class Meta:
        verbose_name = _("hari libur")
        verbose_name_plural = _("hari libur")
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.name}"


def calendar() -> Calendar:
    """Return BPTI's working calendar as the tables have it now."""
    hours = OfficeHours.objects.values_list("weekday", "opens", "closes")
    closed = Holiday.objects.filter(closed=True).values_list("day", flat=True)
    return Calendar.of(hours, closed)


def working_days_after(moment: datetime, days: int) -> datetime:
    """Return the same time so many working days later; plain days where none is open."""
    try:
        return calendar().add_days(moment, days)
    except NeverOpen:
        return moment + timedelta(days=days)


class ServiceTarget(models.Model):
    """How much working time a clock may take, by priority."""

    clock = models.CharField(_("jam"), max_length=8, choices=choices(Clock))
    priority = models.PositiveSmallIntegerField(_("prioritas"), choices=choices(Priority))
    minutes = models.PositiveIntegerField(
        _("menit kerja"), validators=[MaxValueValidator(60 * 24 * 60)]
    )

    class Meta:
        verbose_name = _("target layanan")
        verbose_name_plural = _("target layanan")
        ordering = ["clock", "priority"]
        constraints = [
            known("clock", Clock, name="target_clock_is_known"),
            known("priority", Priority, name="target_priority_is_known"),
            models.CheckConstraint(condition=Q(minutes__gte=1), name="target_is_some_time"),
            models.UniqueConstraint(fields=["clock", "priority"], name="one_target_each"),
        ]

    def __str__(self) -> str:
        return f"{self.get_clock_display()}, {self.get_priority_display()}: {self.minutes}"

    @property
    def span(self) -> timedelta:
        """The target as working time."""
        return timedelta(minutes=self.minutes)


class ClockInterval(models.Model):
    """A stretch in which a clock ran, or stood and why. The last one is open while it goes on."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="clock_intervals")
    clock = models.CharField(_("jam"), max_length=8, choices=choices(Clock))
    pulse = models.CharField(_("keadaan"), max_length=8, choices=choices(KEPT_PULSES))
    reason = models.CharField(_("sebab"), max_length=10, choices=choices(Reason), blank=True)
    began_at = models.DateTimeField(_("mulai"))
    ended_at = models.DateTimeField(_("sampai"), null=True, blank=True)

    class Meta:
        verbose_name = _("selang jam")
        verbose_name_plural = _("selang jam")
        ordering = ["began_at", "pk"]
        constraints = [
            known("clock", Clock, name="interval_clock_is_known"),
            known("pulse", KEPT_PULSES, name="interval_pulse_is_known"),
            models.UniqueConstraint(
                fields=["ticket", "clock"],
                condition=Q(ended_at=None),
                name="one_open_interval_per_clock",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at")),
                name="interval_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(pulse=Pulse.RUNNING.value, reason="")
                | (Q(pulse=Pulse.PAUSED.value) & ~Q(reason="")),
                name="interval_pauses_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket} {self.clock} {self.pulse}"
