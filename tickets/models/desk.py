"""Small things of the staff's day: who is looking, what is half typed, ready answers, ties."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from portal.accounts.sections import Section
from tickets.models.report import Language
from tickets.models.ticket import Ticket


class For(models.TextChoices):
    """For whose eyes a text is."""

    INTERNAL = "internal", _("Petugas saja")
    REPORTER = "reporter", _("Pelapor")


class CannedReply(models.Model):
    """A ready text. Staff put it into their reply and change it as the case needs."""

    title = models.CharField(_("judul"), max_length=80)
    words = models.TextField(_("isi"))
    audience = models.CharField(_("untuk"), max_length=8, choices=For, default=For.REPORTER)
    section = models.CharField(_("seksi"), max_length=8, choices=Section, blank=True)
    language = models.CharField(
        _("bahasa"), max_length=2, choices=Language, default=Language.INDONESIAN
    )

    class Meta:
        verbose_name = _("balasan siap pakai")
        verbose_name_plural = _("balasan siap pakai")
        ordering = ["title"]
        constraints = [
            models.UniqueConstraint(fields=["title", "language"], name="one_canned_reply_each"),
        ]

    def __str__(self) -> str:
        return self.title


class Presence(models.Model):
    """Who has a case open in front of them, as their page last said."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="presences")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(_("terlihat"))
    typing = models.BooleanField(_("mengetik"), default=False)

    class Meta:
        verbose_name = _("kehadiran")
        verbose_name_plural = _("kehadiran")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "user"], name="present_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} @ {self.ticket}"


class TypedText(models.Model):
    """What somebody has typed and not sent yet; no act of another touches it (zammad#5953)."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="typed_texts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    audience = models.CharField(max_length=8, choices=For)
    words = models.TextField()
    saved_at = models.DateTimeField()

    class Meta:
        verbose_name = _("teks belum terkirim")
        verbose_name_plural = _("teks belum terkirim")
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "user", "audience"], name="one_typed_text_each"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} @ {self.ticket}"


class TieKind(models.TextChoices):
    """How two cases belong together."""

    RELATED = "related", _("Terkait")
    SAME_CAUSE = "same_cause", _("Sebab yang sama")
    FOLLOWS = "follows", _("Lanjutan")


class Tie(models.Model):
    """Two cases that belong together, kept once: the older one first."""

    first = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="ties_onward")
    second = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="ties_back")
    kind = models.CharField(_("jenis"), max_length=12, choices=TieKind, default=TieKind.RELATED)
    tied_at = models.DateTimeField(_("sejak"))
    tied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("tautan")
        verbose_name_plural = _("tautan")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="tied_once"),
            models.CheckConstraint(
                condition=Q(second__gt=F("first")), name="tie_has_the_older_first"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first} – {self.second}"


class Rating(models.Model):
    """What the reporter thought of it at the end, once."""

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="rating")
    score = models.PositiveSmallIntegerField(
        _("nilai"), validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    words = models.TextField(_("kata"), blank=True)
    rated_at = models.DateTimeField(_("waktu"))

    class Meta:
        verbose_name = _("penilaian")
        verbose_name_plural = _("penilaian")
        constraints = [
            models.CheckConstraint(
                condition=Q(score__gte=1, score__lte=5), name="rating_is_one_to_five"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket}: {self.score}"
