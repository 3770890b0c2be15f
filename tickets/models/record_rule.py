"""What administrators set of the records: letterhead, form codes, number patterns, keeping."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets import patterns
from tickets.models.choices import known


class RecordKind(models.TextChoices):
    """The quality records of the SOP; the first four are kinds of berita acara."""

    RECOVERED = "recovered", _("Berita acara pemulihan data")
    FOUND = "found", _("Berita acara penelusuran data")
    UNRECOVERABLE = "unrecoverable", _("Berita acara data tidak dapat dipulihkan")
    MONTHLY = "monthly", _("Berita acara pencadangan bulanan")
    LETTER = "letter", _("Surat pengajuan")
    TICKET = "ticket", _("Rekaman tiket")


BERITA_ACARA_KINDS = (
    RecordKind.RECOVERED,
    RecordKind.FOUND,
    RecordKind.UNRECOVERABLE,
    RecordKind.MONTHLY,
)


def check_pattern(pattern: str) -> None:
    """Raise ValidationError for a pattern that would not tell records apart."""
    try:
        patterns.check(pattern)
    except patterns.BadPattern as error:
        raise ValidationError(str(error)) from error


class RecordRule(models.Model):
    """How one kind is called, numbered and kept; `code` and `unit` make its running series."""

    kind = models.CharField(_("jenis"), max_length=14, choices=RecordKind, unique=True)
    form_code = models.CharField(_("kode dokumen"), max_length=40, blank=True)
    revision = models.CharField(_("revisi"), max_length=10, blank=True)
    form_issued_on = models.DateField(_("tanggal terbit formulir"), null=True, blank=True)
    code = models.CharField(_("kode"), max_length=20, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    pattern = models.CharField(
        _("pola nomor"),
        max_length=60,
        blank=True,
        validators=[check_pattern],
        help_text=_("Misalnya {no:03d}/{kode}/{unit}/{tahun}; juga {bulan} dan {bulan_romawi}."),
    )
    copies_to = models.TextField(
        _("tembusan"), blank=True, help_text=_("Satu baris untuk setiap penerima.")
    )
    keep_years = models.PositiveSmallIntegerField(
        _("disimpan (tahun)"), default=10, help_text=_("0 berarti selamanya.")
    )

    class Meta:
        verbose_name = _("aturan rekaman")
        verbose_name_plural = _("aturan rekaman")
        ordering = ["pk"]
        constraints = [known("kind", RecordKind, name="record_rule_kind_is_known")]

    def __str__(self) -> str:
        return str(RecordKind(self.kind).label)

    @property
    def series(self) -> str:
        """The name of its running numbers."""
        return f"{self.code}/{self.unit}"


class Letterhead(models.Model):
    """The head of every paper and who signs as head of BPTI. There is one row."""

    institution = models.CharField(
        _("lembaga"), max_length=120, default="UNIVERSITAS MUHAMMADIYAH PROF. DR. HAMKA"
    )
    bureau = models.CharField(
        _("unit"), max_length=120, default="BADAN PENGEMBANGAN TEKNOLOGI INFORMASI (BPTI)"
    )
    address = models.CharField(_("alamat, telepon, situs"), max_length=300, blank=True)
    city = models.CharField(_("kota"), max_length=60, default="Jakarta")
    place = models.CharField(_("bertempat di"), max_length=120, default="Kantor BPTI UHAMKA")
    head = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("yang mengetahui"),
    )
    head_title = models.CharField(
        _("jabatan yang mengetahui"), max_length=120, default="Kepala BPTI"
    )

    class Meta:
        verbose_name = _("kop surat")
        verbose_name_plural = _("kop surat")

    def __str__(self) -> str:
        return self.bureau


def letterhead() -> Letterhead:
    """Return the letterhead, as administrators set it or as it comes."""
    return Letterhead.objects.select_related("head").order_by("pk").first() or Letterhead()


def rule_for(kind: str) -> RecordRule:
    """Return the rule of a kind, as administrators set it or as it comes."""
    return RecordRule.objects.filter(kind=kind).first() or _as_it_comes(kind)


def all_rules() -> list[RecordRule]:
    """Return the rule of every kind; one query. Those without a key nobody has set."""
    known = {rule.kind: rule for rule in RecordRule.objects.all()}
    return [known.get(kind.value) or _as_it_comes(kind) for kind in RecordKind]


def _as_it_comes(kind: str) -> RecordRule:
    return RecordRule(kind=kind, **DEFAULT_RULES.get(RecordKind(kind), {}))


BA_01: dict[str, Any] = {
    "form_code": "BA-01/BPTI/2020",
    "revision": "1.0",
    "form_issued_on": date(2020, 1, 11),
    "code": "BA-01",
    "unit": "BPTI",
    "pattern": "{no:03d}/{kode}/{unit}/{tahun}",
    "copies_to": "Wakil Rektor II\nUnit pemohon\nArsip",
}
DEFAULT_RULES: dict[RecordKind, dict[str, Any]] = {
    **dict.fromkeys(BERITA_ACARA_KINDS, BA_01),
    RecordKind.MONTHLY: {**BA_01, "copies_to": "Wakil Rektor II\nArsip"},
    RecordKind.LETTER: {"keep_years": 5},
    RecordKind.TICKET: {"form_code": "SOP-02.001/BPTI/2020", "keep_years": 5},
}
