"""The questions of a report, one form a page. What may be typed is told by tickets.reports.

A form keeps what was typed as it was typed, right or wrong (`typed`); the rules are asked of the
answers, so that a step and the whole report refuse the same in the same words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, ClassVar

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Fieldset, Layout
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backups.models import InformationSystem
from tickets.reports import LONGEST, NO_SYSTEM, REQUIRED, problems

UNSURE = "tidak-yakin"
NOT_EVEN_ROUGHLY = _("Isi tanggalnya, tulis kira-kira, atau pilih “Saya tidak tahu”.")
PICTURES = {
    "siakad": "graduation-cap",
    "e-learning": "book-open",
    "repositori": "scroll-text",
    "perpustakaan": "library",
    "kepegawaian": "id-card",
    "keuangan": "wallet",
    "situs-web": "globe",
}
DAYS = re.compile(r"(\d{1,2})[\s./-]+(\d{1,2})[\s./-]+(\d{4})")
HOURS = re.compile(r"(\d{1,2})[.:](\d{2})(?::\d{2})?")


def day_picker() -> forms.DateInput:
    """Return a date field that phones open as a calendar."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def hour_picker() -> forms.TimeInput:
    """Return a time field."""
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


def words(label: Any, name: str, hint: Any = "", *, rows: int = 0, **attrs: str) -> forms.CharField:
    """Return a field of words; its length is judged with the answers, never cut by the browser."""
    widget = forms.Textarea(attrs={"rows": rows, **attrs}) if rows else forms.TextInput(attrs=attrs)
    return forms.CharField(
        label=label, help_text=hint, required=False, widget=widget, strip=False,
        max_length=LONGEST[name] * 2,
    )  # fmt: skip


class StepForm(forms.Form):
    """One page of the report."""

    slug: ClassVar[str]
    question: ClassVar[Any]
    hint: ClassVar[Any] = ""
    short: ClassVar[Any]  # what the list of answers calls it
    judged: ClassVar[Mapping[str, str]]  # answers that belong here -> the field that shows it
    layout: ClassVar[tuple[Any, ...]] = ()
    cards: Mapping[str, tuple[Any, ...]]  # of a choice: value to icon, name, a few words

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        if self.layout:
            self.helper.layout = Layout(*self.layout)

    def typed(self) -> dict[str, Any]:
        """Return what was typed here, under the names of the answers."""
        return {name: self[name].data or "" for name in self.fields}

    def clean(self) -> dict[str, Any]:
        """Ask the report's rules about what belongs to this page."""
        cleaned = super().clean() or {}
        found = problems(self.typed(), self.now)
        for answer, field in self.judged.items():
            if answer in found and field not in self.errors:
                self.add_error(field, gettext(found[answer]))
        return cleaned


class HappenedForm(StepForm):
    slug = "kejadian"
    question = _("Apa yang terjadi pada data Anda?")
    hint = _("Pilih yang paling mendekati.")
    short = _("Apa yang terjadi")
    judged = {"happened": "happened"}
    layout = (Field("happened", template="lapor/cards.html"),)
    cards = {
        "lost": ("file-x", _("Hilang"), _("Tadinya ada, sekarang tidak ada")),
        "damaged": ("file-warning", _("Rusak"), _("Ada, tetapi isinya salah atau kacau")),
        "overwritten": ("replace", _("Tertimpa"), _("Terganti oleh data lain")),
        "cannot_open": ("file-lock", _("Tidak bisa dibuka"), _("Berkas atau halamannya menolak")),
    }

    happened = forms.ChoiceField(
        required=False,
        label=_("Apa yang terjadi"),
        choices=[(name, card[1]) for name, card in cards.items()],
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _(REQUIRED["happened"])},
    )


class SystemForm(StepForm):
    slug = "sistem"
    question = _("Data itu ada di sistem mana?")
    hint = _("Pilih tempat Anda biasa membukanya. Boleh lebih dari satu.")
    short = _("Sistem")
    judged = {"systems": "systems"}
    layout = (Field("systems", template="lapor/cards.html"),)

    systems = forms.MultipleChoiceField(
        required=False,
        label=_("Sistem"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _(NO_SYSTEM)},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = list(InformationSystem.objects.all())
        unsure = (_("Saya tidak yakin"), _("Tidak apa-apa, kami bantu mencari tahu"))
        cards: dict[str, tuple[Any, ...]] = {
            system.slug: (PICTURES.get(system.slug, "server"), system.name, system.description)
            for system in known
        }
        self.cards = cards | {UNSURE: ("life-buoy", *unsure)}
        field = self.fields["systems"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - as declared above
        field.choices = [(slug, card[1]) for slug, card in self.cards.items()]
        chosen = list(self.initial.get("systems") or ())
        if self.initial.get("system_unsure"):
            chosen.append(UNSURE)
        self.initial["systems"] = chosen

    def typed(self) -> dict[str, Any]:
        """Return the systems that exist, and whether the reporter is unsure."""
        chosen = self["systems"].data or []
        known = [slug for slug in chosen if slug in self.cards and slug != UNSURE]
        return {"systems": known, "system_unsure": UNSURE in chosen}


class DataForm(StepForm):
    slug = "data"
    question = _("Data apa, dan di mana?")
    hint = _("Ceritakan seperti kepada teman sekantor; istilah teknis tidak perlu.")
    short = _("Data")
    judged = {name: name for name in ("subject", "lost_data", "place", "example")}

    subject = words(_("Satu kalimat singkat"), "subject", _("Misalnya: Nilai kelas 3B hilang."))
    lost_data = words(
        _("Data mana yang bermasalah?"), "lost_data",
        _("Misalnya: nilai akhir Statistika Pendidikan 3B, 42 mahasiswa."), rows=4,
    )  # fmt: skip
    place = words(
        _("Di menu, folder, atau halaman mana? (opsional)"), "place",
        _("Misalnya: SIAKAD, menu Nilai."),
    )  # fmt: skip
    example = words(
        _("Satu contoh (opsional)"), "example",
        _("Nama, nomor induk, atau nama berkas yang seharusnya ada."), rows=2,
    )  # fmt: skip


class WhenForm(StepForm):
    slug = "waktu"
    question = _("Kapan terakhir data itu benar?")
    hint = _("Perkiraan saja cukup; inilah yang menunjukkan malam mana yang kami cari.")
    short = _("Terakhir benar")
    judged = {
        "last_right_at": "last_right_day",
        "last_right_words": "last_right_words",
        "noticed_at": "noticed_day",
    }
    layout = (
        Fieldset(
            _("Terakhir benar"),
            Div("last_right_day", "last_right_time", css_class="side-by-side"),
            "last_right_words",
            "last_right_unknown",
        ),
        Fieldset(
            _("Anda menyadarinya"),
            Div("noticed_day", "noticed_time", css_class="side-by-side"),
        ),
    )

    last_right_day = forms.CharField(label=_("Tanggal"), required=False, widget=day_picker())
    last_right_time = forms.CharField(
        label=_("Jam, kira-kira (opsional)"), required=False, widget=hour_picker()
    )
    last_right_words = words(
        _("Atau dengan kata-kata (opsional)"), "last_right_words",
        _("Misalnya: Jumat sore masih ada."),
    )  # fmt: skip
    last_right_unknown = forms.BooleanField(label=_("Saya tidak tahu"), required=False)
    noticed_day = forms.CharField(
        label=_("Tanggal (opsional)"), required=False, widget=day_picker()
    )
    noticed_time = forms.CharField(
        label=_("Jam, kira-kira (opsional)"), required=False, widget=hour_picker()
    )

    def typed(self) -> dict[str, Any]:
        """Return the fields as typed, and the two moments that they make."""
        kept = super().typed()
        return kept | {
            "last_right_at": moment(kept["last_right_day"], kept["last_right_time"]),
            "noticed_at": moment(kept["noticed_day"], kept["noticed_time"]),
        }

    def clean(self) -> dict[str, Any]:
        """Want a day, words, or the admission that nobody knows."""
        cleaned = super().clean()
        said = self.typed()
        if not any(said[f"last_right_{name}"] for name in ("at", "words", "unknown")):
            self.add_error("last_right_day", NOT_EVEN_ROUGHLY)
        return cleaned


class ImpactForm(StepForm):
    slug = "dampak"
    question = _("Apa akibatnya, dan kapan data itu diperlukan?")
    hint = _("Semua di halaman ini boleh dikosongkan.")
    short = _("Dampak")
    judged = {name: name for name in ("impact_words", "needed_by", "needed_for")}

    impact_words = words(
        _("Apa yang terhambat? (opsional)"), "impact_words",
        _("Misalnya: 42 mahasiswa belum dapat melihat nilai."), rows=3,
    )  # fmt: skip
    needed_by = forms.CharField(
        label=_("Diperlukan paling lambat (opsional)"), required=False, widget=day_picker()
    )
    needed_for = words(
        _("Untuk apa? (opsional)"), "needed_for", _("Misalnya: batas pengumuman nilai.")
    )

    def typed(self) -> dict[str, Any]:
        """Return the fields, the day as ISO 8601 writes it."""
        kept = super().typed()
        return kept | {"needed_by": moment(kept["needed_by"], "")}


class WhoForm(StepForm):
    slug = "pelapor"
    question = _("Siapa Anda?")
    hint = _("Kabar kami kirim ke alamat ini. Tautan konfirmasi tiba sesudah laporan dikirim.")
    short = _("Pelapor")
    judged = {name: name for name in ("name", "email", "unit", "identity", "phone")}
    layout = (
        "name", "email", "unit", "identity", "phone",
        HTML('{% include "lapor/trap.html" %}'),
    )  # fmt: skip

    name = words(_("Nama lengkap"), "name", autocomplete="name")
    email = forms.CharField(
        label=_("Alamat email"),
        help_text=_("Yang dapat Anda buka sekarang; boleh email pribadi."),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    unit = words(_("Unit kerja (opsional)"), "unit", autocomplete="organization")
    identity = words(_("NIP atau NIM (opsional)"), "identity")
    phone = words(_("Nomor telepon (opsional)"), "phone", inputmode="tel", autocomplete="tel")

    @property
    def by_a_machine(self) -> bool:
        """Whether the field that people never see was filled in."""
        return bool(self.data.get("situs"))


def moment(day: str, hour: str) -> str:
    """Return a day and an hour, as people type them, in ISO 8601; what is neither as it stands."""
    if not day.strip():
        return ""
    typed = DAYS.fullmatch(day.strip())
    iso = f"{typed[3]}-{int(typed[2]):02d}-{int(typed[1]):02d}" if typed else day.strip()
    clock = HOURS.fullmatch(hour.strip())
    try:
        date.fromisoformat(iso)
        if not hour.strip():
            return iso
        return f"{iso}T{time(int(clock[1]), int(clock[2])):%H:%M}" if clock else f"{day} {hour}"
    except ValueError:
        return f"{day} {hour}".strip()


STEPS: tuple[type[StepForm], ...] = (
    HappenedForm,
    SystemForm,
    DataForm,
    WhenForm,
    ImpactForm,
)
