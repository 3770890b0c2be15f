"""The procedure that this portal carries out, revision by revision."""

from __future__ import annotations

from typing import NamedTuple, cast

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

ONE_A_LINE = _("Satu butir per baris.")
PARTS_A_LINE = _("Satu baris per butir, bagiannya dipisah tanda |.")


class Signer(NamedTuple):
    """Who made, checked, approved or issued it: one line of the approvals table."""

    process: str
    name: str
    position: str
    date: str


class QualityRecord(NamedTuple):
    """One of the records that the procedure leaves behind."""

    number: str
    name: str


class RevisionQuerySet(models.QuerySet):
    """Verbs to read revisions with."""

    def issued(self) -> RevisionQuerySet:
        """Return what was issued, the newest first; nothing of it is ever changed."""
        return self.exclude(issued_at=None).order_by("-issued_at", "-pk")

    def draft(self) -> Revision | None:
        """Return the one that is being written."""
        return cast("Revision | None", self.filter(issued_at=None).first())


class Revision(models.Model):
    """One revision. It is written as a draft, and stands as it is once it was issued."""

    code = models.CharField(_("kode"), max_length=40, default="SOP-02.001/BPTI/2020")
    number = models.CharField(_("revisi ke"), max_length=8, unique=True)
    dated = models.DateField(_("tanggal"))
    category = models.CharField(_("kategori"), max_length=40, default="Maintenance")
    scope = models.TextField(_("ruang lingkup"), help_text=ONE_A_LINE)
    aims = models.TextField(pgettext_lazy("SOP", "tujuan"), help_text=ONE_A_LINE)
    parties = models.CharField(_("pihak yang terlibat"), max_length=200)
    basis = models.TextField(_("acuan kegiatan"), help_text=ONE_A_LINE)
    references = models.TextField(_("referensi"), help_text=ONE_A_LINE)
    definitions = models.TextField(_("definisi"), help_text=PARTS_A_LINE)
    backup_steps = models.TextField(_("prosedur backup"), help_text=ONE_A_LINE)
    restore_steps = models.TextField(
        _("prosedur restore"),
        help_text=_("Satu langkah per baris; yang menjorok adalah bagian langkah di atasnya."),
    )
    records = models.TextField(_("rekaman"), help_text=PARTS_A_LINE)
    signers = models.TextField(
        _("legalitas"), help_text=_("Proses | nama | jabatan | tanggal, satu orang per baris.")
    )
    change = models.CharField(_("uraian perubahan"), max_length=200)
    approved_by = models.CharField(_("persetujuan"), max_length=80)
    issued_at = models.DateTimeField(_("dikeluarkan"), null=True, blank=True, editable=False)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
    )

    objects = RevisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("revisi SOP")
        verbose_name_plural = _("revisi SOP")
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(issued_at=None), name="one_draft_of_the_sop"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}, {self.number}"

    @property
    def audit_name(self) -> str:
        """What the audit trail calls it."""
        return f"{self.code} rev {self.number}"

    @property
    def terms(self) -> list[list[str]]:
        """The definitions as (term, meaning)."""
        return [parts(line, 2) for line in lines(self.definitions)]

    @property
    def quality_records(self) -> list[QualityRecord]:
        """The records as (document number, what it is)."""
        return [QualityRecord(*parts(line, 2)) for line in lines(self.records)]

    @property
    def approvals(self) -> list[Signer]:
        """The approvals table."""
        return [Signer(*parts(line, 4)) for line in lines(self.signers)]

    @property
    def steps(self) -> list[tuple[str, list[str]]]:
        """The restore procedure as (step, its own parts)."""
        found: list[tuple[str, list[str]]] = []
        for line in self.restore_steps.splitlines():
            if line.startswith((" ", "\t")) and found and line.strip():
                found[-1][1].append(line.strip())
            elif line.strip():
                found.append((line.strip(), []))
        return found


def lines(text: str) -> list[str]:
    """Return the lines that hold something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def parts(line: str, count: int) -> list[str]:
    """Return the parts of a line between bars, filled up or joined to be so many."""
    found = [part.strip() for part in line.split("|", count - 1)]
    return found + [""] * (count - len(found))
