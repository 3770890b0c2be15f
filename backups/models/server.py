"""The university's machines, and the systems that its people know by name."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.accounts.sections import Section


class Server(models.Model):
    """A machine that holds sources, and the section of BPTI in charge of it."""

    name = models.CharField(_("nama"), max_length=80, unique=True)
    host = models.CharField(_("alamat"), max_length=253, blank=True)
    section = models.CharField(_("seksi"), max_length=8, choices=Section, default=Section.JDS)
    max_parallel = models.PositiveSmallIntegerField(
        _("pencadangan serentak"),
        default=1,
        help_text=_("Banyaknya sumber di server ini yang boleh dicadangkan bersamaan."),
    )
    notes = models.TextField(_("catatan"), blank=True)

    class Meta:
        verbose_name = _("server")
        verbose_name_plural = _("server")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(max_parallel__gte=1), name="server_runs_at_least_one"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class InformationSystem(models.Model):
    """A system as its users know it: a name, an address, and the sources behind it."""

    name = models.CharField(_("nama"), max_length=80, unique=True)
    slug = models.SlugField(_("kunci"), max_length=60, unique=True)
    description = models.CharField(_("penjelasan singkat"), max_length=200, blank=True)
    url = models.URLField(_("alamat web"), blank=True)
    section = models.CharField(_("seksi"), max_length=8, choices=Section, default=Section.ADD)
    sources = models.ManyToManyField(
        "backups.Source", blank=True, related_name="systems", verbose_name=_("sumber")
    )

    class Meta:
        verbose_name = _("sistem informasi")
        verbose_name_plural = _("sistem informasi")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
