"""The berita acara: drafted freely, issued once, kept as issued for ever.

    DRAFT --freeze--> SIGNING --last signature--> ISSUING --worker--> ISSUED --cancel--> CANCELLED
      |  ^              |                          ^
      |  +---withdraw---+                          |
      +--order (wet ink)---------------------------+        ISSUING --refused--> back to DRAFT
      +--discard--> DISCARDED

Every arrow is a compare-and-swap in tickets.actions.recording or tickets.issuing. From ISSUED on
the database refuses every other change (tickets/kept_records.py), and deleting at any time.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from tickets.models.choices import known
from tickets.models.record_rule import BERITA_ACARA_KINDS, RecordKind
from tickets.models.ticket import READS_CASES, Ticket

CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that looks like another
CODE_LENGTH = 8


class RecordState(models.TextChoices):
    """Where a berita acara stands."""

    DRAFT = "draft", _("Konsep")
    SIGNING = "signing", _("Menunggu tanda tangan")
    ISSUING = "issuing", _("Sedang diterbitkan")
    ISSUED = "issued", _("Terbit")
    CANCELLED = "cancelled", _("Dibatalkan")
    DISCARDED = "discarded", _("Konsep dibuang")


NUMBERED = (RecordState.ISSUED, RecordState.CANCELLED)


class SigningLevel(models.TextChoices):
    """How it is signed; none claims more than it is (docs/decisions)."""

    INK = "ink", _("Tanda tangan basah, pindaiannya diunggah")
    PORTAL = "portal", _("Ditandatangani secara elektronik (tidak tersertifikasi)")


def new_code() -> str:
    """Return a code that can be typed from paper and not be guessed: K7QM2XRD."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


class BeritaAcaraQuerySet(models.QuerySet[Any]):
    """Verbs to read them with."""

    def numbered(self) -> BeritaAcaraQuerySet:
        """Return those that were issued, whatever became of them."""
        return self.filter(state__in=NUMBERED)

    def visible_to(self, user: User) -> BeritaAcaraQuerySet:
        """Return what this person may read: staff all, others what they reported, once issued."""
        if user.roles & READS_CASES:
            return self
        return self.numbered().filter(ticket__reporter=user)


class BeritaAcara(models.Model):
    """One record. `content` is all that the paper says; `stamp` what issuing adds to it."""

    kind = models.CharField(
        _("jenis"),
        max_length=14,
        choices=[(kind.value, kind.label) for kind in BERITA_ACARA_KINDS],
    )
    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, null=True, blank=True, related_name="berita_acara"
    )
    month = models.DateField(_("bulan"), null=True, blank=True)
    state = models.CharField(
        _("keadaan"), max_length=10, choices=RecordState, default=RecordState.DRAFT
    )
    level = models.CharField(
        _("penandatanganan"), max_length=8, choices=SigningLevel, default=SigningLevel.INK
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    words = models.JSONField(default=dict, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(_("dibuat"))
    changed_at = models.DateTimeField(_("diubah"))
    replaces = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replacements"
    )

    content = models.JSONField(default=dict, blank=True)
    content_sha256 = models.CharField(max_length=64, blank=True)
    frozen_at = models.DateTimeField(null=True, blank=True)

    ordered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ordered_at = models.DateTimeField(_("dipesan"), null=True, blank=True)
    trouble = models.CharField(_("sebab tidak terbit"), max_length=300, blank=True)

    series = models.CharField(max_length=60, blank=True)
    year = models.PositiveSmallIntegerField(_("tahun"), null=True, blank=True)
    ordinal = models.PositiveIntegerField(_("nomor urut"), null=True, blank=True)
    number = models.CharField(_("nomor"), max_length=80, blank=True)
    code = models.CharField(_("kode periksa"), max_length=8, default=new_code, unique=True)
    issued_at = models.DateTimeField(_("terbit"), null=True, blank=True)
    stamp = models.JSONField(default=dict, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    sealed_by = models.CharField(_("disegel dengan"), max_length=200, blank=True)

    cancelled_at = models.DateTimeField(_("dibatalkan"), null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    cancelled_why = models.CharField(_("alasan dibatalkan"), max_length=300, blank=True)

    objects = BeritaAcaraQuerySet.as_manager()

    class Meta:
        verbose_name = _("berita acara")
        verbose_name_plural = _("berita acara")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["year", "ordinal"], name="record_by_number"),
            models.Index(fields=["state", "ordered_at"], name="record_by_state"),
        ]
        constraints = [
            known("kind", BERITA_ACARA_KINDS, name="record_kind_is_known"),
            known("state", RecordState, name="record_state_is_known"),
            known("level", SigningLevel, name="record_level_is_known"),
            models.UniqueConstraint(
                fields=["series", "year", "ordinal"],
                condition=Q(ordinal__isnull=False),
                name="one_record_per_number",
            ),
            models.UniqueConstraint(
                fields=["number"], condition=~Q(number=""), name="record_number_is_its_own"
            ),
            models.CheckConstraint(
                condition=Q(kind="monthly", ticket=None, month__isnull=False)
                | (~Q(kind="monthly") & Q(ticket__isnull=False, month=None)),
                name="record_is_of_a_case_or_a_month",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state__in=["issued", "cancelled"], ordinal__isnull=False)
                    & Q(issued_at__isnull=False)
                    & ~Q(number="")
                    & ~Q(sha256="")
                )
                | Q(state__in=["draft", "signing", "issuing", "discarded"], ordinal=None),
                name="record_number_is_given_at_issue",
            ),
            models.CheckConstraint(
                condition=~Q(state="cancelled")
                | (Q(cancelled_at__isnull=False) & ~Q(cancelled_why="")),
                name="record_cancelled_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"{self.get_kind_display()}, {self.get_state_display()}"

    def get_absolute_url(self) -> str:
        """Return the address of its page for staff."""
        return reverse("berita-acara", args=[self.pk])

    @property
    def audit_name(self) -> str:
        """What the audit trail calls it."""
        return self.number or f"BA #{self.pk}"

    @property
    def is_numbered(self) -> bool:
        """True from its issue on."""
        return self.state in NUMBERED

    @property
    def spoken_code(self) -> str:
        """The code as the paper shows it: K7QM-2XRD."""
        return f"{self.code[:4]}-{self.code[4:]}"

    @property
    def rule_kind(self) -> RecordKind:
        """Its kind among all quality records."""
        return RecordKind(self.kind)


class FilePurpose(models.TextChoices):
    """What stored bytes are."""

    ISSUED = "issued", _("Dokumen terbit")
    CANCELLED = "cancelled", _("Salinan bertanda batal")
    SCAN = "scan", _("Pindaian bertanda tangan basah")


class RecordFile(models.Model):
    """The bytes of a record, in the same transaction as its number. Never changed or deleted."""

    berita_acara = models.ForeignKey(BeritaAcara, on_delete=models.PROTECT, related_name="files")
    purpose = models.CharField(_("isi"), max_length=10, choices=FilePurpose)
    name = models.CharField(_("nama"), max_length=140)
    kind = models.CharField(_("jenis"), max_length=100, default="application/pdf")
    content = models.BinaryField()
    size = models.PositiveBigIntegerField(_("ukuran"))
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField(_("dibuat"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("berkas rekaman")
        verbose_name_plural = _("berkas rekaman")
        ordering = ["pk"]
        constraints = [
            known("purpose", FilePurpose, name="record_file_purpose_is_known"),
            models.UniqueConstraint(
                fields=["berita_acara", "purpose"],
                condition=Q(purpose__in=["issued", "cancelled"]),
                name="one_document_per_record",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SignerPart(models.TextChoices):
    """As what somebody signs, in the order in which they do."""

    SECOND = "second", _("Pihak kedua")
    FIRST = "first", _("Pihak pertama")
    WITNESS = "witness", _("Saksi")
    HEAD = "head", _("Mengetahui")


class Signature(models.Model):
    """Who must sign, and what they signed: the content's hash, after giving their password again.

    `user` None: somebody without an account, who signs the print with ink.
    """

    berita_acara = models.ForeignKey(
        BeritaAcara, on_delete=models.PROTECT, related_name="signatures"
    )
    order = models.PositiveSmallIntegerField(_("urutan"))
    part = models.CharField(_("sebagai"), max_length=8, choices=SignerPart)
    title = models.CharField(_("jabatan"), max_length=120, blank=True)
    name = models.CharField(_("nama"), max_length=150)
    identity = models.CharField(_("NIP/NBM/NIM"), max_length=40, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField(_("diminta"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("diingatkan"), null=True, blank=True)
    signed_at = models.DateTimeField(_("ditandatangani"), null=True, blank=True)
    content_sha256 = models.CharField(max_length=64, blank=True)
    void_at = models.DateTimeField(_("gugur"), null=True, blank=True)
    void_why = models.CharField(_("sebab gugur"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("tanda tangan")
        verbose_name_plural = _("tanda tangan")
        ordering = ["berita_acara", "order", "pk"]
        constraints = [
            known("part", SignerPart, name="signature_part_is_known"),
            models.UniqueConstraint(
                fields=["berita_acara", "order"],
                condition=Q(void_at=None),
                name="one_signature_per_place",
            ),
            models.CheckConstraint(
                condition=Q(signed_at=None) | (Q(user__isnull=False) & ~Q(content_sha256="")),
                name="signature_says_what_was_signed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.get_part_display()}"
