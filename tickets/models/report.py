"""What the reporter said, on the ticket's own row. Staff add to a case; they never rewrite this."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from backups.models import InformationSystem


class Happened(models.TextChoices):
    """What happened to the data, as the SOP and the form name it."""

    LOST = "lost", _("Hilang")
    DAMAGED = "damaged", _("Rusak")
    OVERWRITTEN = "overwritten", _("Tertimpa")
    CANNOT_OPEN = "cannot_open", _("Tidak bisa dibuka")


class Language(models.TextChoices):
    """The language in which the reporter wrote and is written to."""

    INDONESIAN = "id", "Bahasa Indonesia"
    ENGLISH = "en", "English"


class Reported(models.Model):
    """The answers of the report and who gave them."""

    subject = models.CharField(_("ringkasan"), max_length=140)
    happened = models.CharField(_("yang terjadi"), max_length=12, choices=Happened)
    systems = models.ManyToManyField(
        InformationSystem, blank=True, related_name="+", verbose_name=_("sistem")
    )
    system_unsure = models.BooleanField(_("sistem tidak yakin"), default=False)
    lost_data = models.TextField(_("data yang dimaksud"))
    place = models.CharField(_("letaknya"), max_length=300, blank=True)
    example = models.TextField(_("contoh"), blank=True)
    last_right_at = models.DateTimeField(_("terakhir benar"), null=True, blank=True)
    last_right_words = models.CharField(_("terakhir benar, perkiraan"), max_length=200, blank=True)
    noticed_at = models.DateTimeField(_("disadari"), null=True, blank=True)
    impact_words = models.TextField(_("dampak"), blank=True)
    needed_by = models.DateField(_("dibutuhkan"), null=True, blank=True)
    needed_for = models.CharField(_("dibutuhkan untuk"), max_length=200, blank=True)
    language = models.CharField(
        _("bahasa"), max_length=2, choices=Language, default=Language.INDONESIAN
    )

    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reported_tickets",
        verbose_name=_("pelapor"),
    )
    reporter_name = models.CharField(_("nama pelapor"), max_length=150)
    reporter_email = models.EmailField(_("email pelapor"))
    reporter_identity = models.CharField(_("NIP/NIM"), max_length=32, blank=True)
    reporter_unit = models.CharField(_("unit kerja"), max_length=120, blank=True)
    reporter_phone = models.CharField(_("telepon"), max_length=32, blank=True)
    confirmed_at = models.DateTimeField(_("alamat dikonfirmasi"), null=True, blank=True)
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("dicatat oleh"),
    )
    filed_at = models.DateTimeField(_("dilaporkan"))

    class Meta:
        abstract = True

    @property
    def reporter_and_unit(self) -> str:
        """Who reported it and from where: "Rina Kartika, FKIP"."""
        return ", ".join(filter(None, (self.reporter_name, self.reporter_unit)))
