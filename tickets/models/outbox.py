"""What is to be told to whom: one row per event and person, sent once."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tickets.models.channel import Channel
from tickets.models.choices import known
from tickets.models.entry import Entry
from tickets.models.report import Language
from tickets.models.ticket import Ticket


class Delivery(models.TextChoices):
    """Where a notice stands. SENDING is written before the mail server is spoken to."""

    WAITING = "waiting", _("Menunggu")
    SENDING = "sending", _("Sedang dikirim")
    SENT = "sent", _("Terkirim")
    GIVEN_UP = "given_up", _("Gagal terkirim")


class Notice(models.Model):
    """One notice to one person. The text is written when it is sent; nothing secret is kept here.

    `topic` names the letter in tickets.letters; `to_reporter` decides which side's words it may
    hold. A notice leaves not before `not_before` (quiet nights) and again after a failure.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="notices")
    event = models.CharField(max_length=80)
    topic = models.CharField(_("perihal"), max_length=32)
    to_reporter = models.BooleanField(_("kepada pelapor"))
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    address = models.EmailField(_("alamat"))
    channel = models.ForeignKey(
        Channel, on_delete=models.CASCADE, null=True, blank=True, related_name="notices"
    )
    language = models.CharField(max_length=2, choices=Language, default=Language.INDONESIAN)
    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="notices"
    )
    facts = models.JSONField(default=dict, blank=True)
    state = models.CharField(_("keadaan"), max_length=8, choices=Delivery, default=Delivery.WAITING)
    created_at = models.DateTimeField(_("dibuat"))
    not_before = models.DateTimeField(_("tidak sebelum"))
    claimed_at = models.DateTimeField(null=True, blank=True, editable=False)
    sent_at = models.DateTimeField(_("terkirim"), null=True, blank=True)
    tries = models.PositiveSmallIntegerField(_("percobaan"), default=0)
    error = models.CharField(_("sebab"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("pemberitahuan")
        verbose_name_plural = _("pemberitahuan")
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["not_before"],
                condition=Q(state__in=["waiting", "sending"]),
                name="notice_to_be_sent",
            ),
        ]
        constraints = [
            known("state", Delivery, name="notice_state_is_known"),
            models.UniqueConstraint(
                fields=["event", "address"],
                condition=Q(channel=None),
                name="told_once_of_each_event",
            ),
            models.UniqueConstraint(
                fields=["event", "channel"],
                condition=Q(channel__isnull=False),
                name="paged_once_of_each_event",
            ),
            models.CheckConstraint(
                condition=Q(channel=None) | Q(to_reporter=False), name="channels_are_for_staff"
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False),
                name="notice_sent_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket} {self.topic}"
