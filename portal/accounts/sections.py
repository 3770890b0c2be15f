"""The four sections of BPTI, as the SOP names them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Section(models.TextChoices):
    """Who is in charge (SOP, definitions)."""

    YANSI = "YANSI", _("Pelayanan dan Informasi (YANSI)")
    WDM = "WDM", _("Website dan Multimedia (WDM)")
    JDS = "JDS", _("Jaringan dan Server (JDS)")
    ADD = "ADD", _("Aplikasi dan Database (ADD)")
