"""Where else staff hear of cases: any service that Apprise knows (Telegram, WhatsApp, webhooks)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.lib.seal import PREFIX


class Channel(models.Model):
    """One Apprise address of one person. It holds a key, so it is sealed; only workers open it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="channels"
    )
    name = models.CharField(_("nama"), max_length=60)
    url_secret = models.TextField(editable=False)
    enabled = models.BooleanField(_("dipakai"), default=True)

    class Meta:
        verbose_name = _("saluran")
        verbose_name_plural = _("saluran")
        ordering = ["user", "name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(url_secret__startswith=PREFIX), name="channel_url_is_sealed"
            ),
            models.UniqueConstraint(fields=["user", "name"], name="one_channel_each"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.name}"
