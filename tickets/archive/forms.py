"""What people word of a berita acara, and what they ask of the register."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Layout
from django import forms
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from tickets.models import BERITA_ACARA_KINDS, BeritaAcara, RecordKind
from tickets.records.proposing import AGREED, NOT_YET, WITH_NOTES, WRONG

LONGEST_NAME, LONGEST_LINE, LONGEST_TEXT = 120, 200, 3000
LARGEST_SCAN = 15 * 1024 * 1024
SCAN_KINDS = ("application/pdf", "image/jpeg", "image/png")


def _line(label: Any, most: int = LONGEST_LINE, *, needed: bool = False) -> forms.CharField:
    return forms.CharField(label=label, required=needed, max_length=most)


def _text(label: Any, rows: int = 2, help_text: Any = "") -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(
        label=label, required=False, max_length=LONGEST_TEXT, widget=area, help_text=help_text
    )


class DraftForm(forms.Form):
    """The parts that may be reworded; an emptied part is left out of the paper."""

    place = _line(_("Bertempat di"), needed=True)
    city = _line(_("Kota"), needed=True)
    hijri = _line(_("Tanggal Hijriah (boleh kosong)"), 60)
    first_name = _line(_("Pihak pertama: nama"), LONGEST_NAME, needed=True)
    first_identity = _line(_("NIP/NBM"), 40)
    first_position = _line(_("Jabatan"))
    first_unit = _line(_("Unit kerja"))
    second_name = _line(_("Pihak kedua: nama"), LONGEST_NAME, needed=True)
    second_identity = _line(_("NIP/NIDN/NIM"), 40)
    second_position = _line(_("Jabatan"))
    second_unit = _line(_("Unit kerja"))
    objects = _text(_("Objek data"), 3)
    lost = _text(_("Perkiraan waktu hilang"))
    search = _text(_("Hasil penelusuran"), 3)
    missing = _text(_("Data yang tidak dapat dipulihkan"))
    acceptance = forms.ChoiceField(
        label=_("Pernyataan pihak kedua"),
        choices=[
            (AGREED, _("Sesuai")),
            (WITH_NOTES, _("Sesuai dengan catatan")),
            (WRONG, _("Tidak sesuai")),
            (NOT_YET, _("Belum ada; diisi pada cetakan")),
        ],
    )
    acceptance_words = _text(_("Catatan pihak kedua"))
    note = _text(_("Catatan tambahan"))
    witnesses = _text(_("Saksi"), 2, _("Satu baris seorang: nama; jabatan; NIP. Paling banyak 4."))
    copies_to = _text(_("Tembusan"), 3, _("Satu baris untuk setiap penerima."))

    WORDED = (
        "objects", "lost", "search", "missing", "acceptance", "acceptance_words", "note",
    )  # fmt: skip
    PARTIES = (
        "first_name", "first_identity", "first_position", "first_unit",
        "second_name", "second_identity", "second_position", "second_unit",
    )  # fmt: skip
    AROUND = ("place", "city", "hijri", "witnesses", "copies_to")
    OF_A_CASE = (
        "second_name", "second_identity", "second_position", "second_unit", "objects", "lost",
        "search", "missing", "acceptance", "acceptance_words",
    )  # fmt: skip

    def __init__(self, *args: Any, record: BeritaAcara, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if record.ticket is None:
            for name in self.OF_A_CASE:
                del self.fields[name]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(
            *self._group(_("Isi"), self.WORDED, is_open=True),
            *self._group(_("Para pihak"), self.PARTIES),
            *self._group(_("Tempat, tanggal, saksi, tembusan"), self.AROUND),
        )

    def _group(self, title: Any, names: tuple[str, ...], *, is_open: bool = False) -> list[Any]:
        """Return a part of the form that folds away; one with an error stands open."""
        there = [name for name in names if name in self.fields]
        wrong = self.is_bound and any(self.errors.get(name) for name in there)
        opened = mark_safe(" open") if is_open or wrong else ""
        head = format_html("<details class='part'{}><summary>{}</summary>", opened, title)
        return [HTML(head), *there, HTML("</details>")]

    def words(self) -> dict[str, str]:
        """Return what was worded."""
        return dict(self.cleaned_data)


class NewMonthForm(forms.Form):
    """Which month's record of backups to write."""

    bulan = forms.DateField(
        label=_("Bulan"),
        input_formats=["%Y-%m", "%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m"),
        error_messages={"invalid": _("Tulis bulannya seperti 2026-11.")},
    )


class ReasonForm(forms.Form):
    """Why something is cancelled or taken back."""

    alasan = forms.CharField(
        label=_("Alasan"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Tuliskan alasan atau keterangannya.")},
    )


class ScanForm(forms.Form):
    """The scan of a paper that was signed with ink."""

    pindaian = forms.FileField(label=_("Pindaian bertanda tangan (PDF, JPG, PNG)"))


class CodeForm(forms.Form):
    """The code that stands on a paper."""

    kode = forms.CharField(
        label=_("Kode periksa"),
        max_length=20,
        error_messages={"required": _("Ketik kode yang tertulis di kaki dokumen.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


class RegisterFilter(forms.Form):
    """What to show of the register; nothing asked for shows this year's."""

    tahun = forms.TypedChoiceField(label=_("Tahun"), coerce=int, required=False, empty_value=None)
    jenis = forms.ChoiceField(label=_("Jenis"), required=False)
    nomor = forms.CharField(label=_("Nomor"), required=False, max_length=80)
    unit = forms.CharField(label=_("Unit kerja"), required=False, max_length=120)
    sistem = forms.ChoiceField(label=_("Sistem"), required=False)
    keadaan = forms.ChoiceField(label=_("Keadaan"), required=False)

    def __init__(
        self,
        *args: Any,
        years: list[int],
        systems: list[str],
        states: list[tuple[str, Any]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        everything = ("", _("Semua"))
        kinds = [
            ("letter", RecordKind.LETTER.label),
            ("berita_acara", _("Berita acara")),
            *((kind.value, f"– {kind.label}") for kind in BERITA_ACARA_KINDS),
            ("ticket", RecordKind.TICKET.label),
        ]
        self._choose("tahun", [(year, str(year)) for year in years])
        self._choose("jenis", [everything, *kinds])
        self._choose("sistem", [everything, *((name, name) for name in systems)])
        self._choose("keadaan", [everything, *states])

    def _choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices


class BundleForm(forms.Form):
    """Which archive to make: a year, whole or by sample."""

    tahun = forms.TypedChoiceField(label=_("Tahun"), coerce=int)
    sampel = forms.IntegerField(
        label=_("Sampel audit (kosong: semua)"), required=False, min_value=1, max_value=5000
    )

    def __init__(self, *args: Any, years: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["tahun"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(year, str(year)) for year in years]
