"""What a reporter says about a case: words, files, a mark at the end; and asking for the link."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tickets.errors import BadNumber
from tickets.numbering import parse
from tickets.reporter.file_forms import SeveralField
from tickets.reports import EMAIL

LONGEST_WORDS = 8000
SCORES = (1, 2, 3, 4, 5)


class _Plain(forms.Form):
    """A form whose tag and button the page draws."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class WordsForm(_Plain):
    """A few words that staff will read."""

    words = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=LONGEST_WORDS,
        error_messages={
            "required": _("Tuliskan dengan beberapa kata."),
            "max_length": _("Terlalu panjang."),
        },
    )

    def __init__(self, *args: Any, label: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["words"].label = label or gettext("Pesan untuk BPTI")

    def clean_words(self) -> str:
        """Return the words without NUL, which no database keeps."""
        return str(self.cleaned_data["words"]).replace("\0", "").strip()


class MoreFilesForm(_Plain):
    """Further files for a case."""

    attached = SeveralField(
        label=_("Berkas"),
        help_text=_("Paling besar 10 MB tiap berkas: PDF, gambar, teks, atau dokumen kantor."),
    )

    def clean_attached(self) -> Any:
        """Want one at least."""
        if not self.cleaned_data["attached"]:
            raise forms.ValidationError(_("Pilih berkasnya lebih dahulu."))
        return self.cleaned_data["attached"]


class RatingForm(_Plain):
    """One to five, and why."""

    cards = {
        "5": ("", _("5, sangat membantu"), ""),
        "4": ("", _("4, membantu"), ""),
        "3": ("", _("3, cukup"), ""),
        "2": ("", _("2, kurang"), ""),
        "1": ("", _("1, tidak membantu"), ""),
    }
    score = forms.TypedChoiceField(
        label=_("Nilai"),
        coerce=int,
        choices=[(name, card[1]) for name, card in cards.items()],
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Pilih satu nilai."),
            "invalid_choice": _("Pilih satu nilai."),
        },
    )
    words = forms.CharField(
        label=_("Apa yang dapat kami perbaiki? (opsional)"),
        required=False,
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper.layout = Layout(Field("score", template="lapor/cards.html"), "words")


class LinkForm(_Plain):
    """Number and address of whoever lost the link to a case."""

    number = forms.CharField(
        label=_("Nomor tiket"),
        help_text=_("Misalnya DT-2026-000123-7; tanda hubung boleh dilewati."),
        max_length=80,
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("Tuliskan nomor tiket Anda.")},
    )
    email = forms.CharField(
        label=_("Alamat email yang Anda pakai melapor"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Tuliskan alamat email Anda.")},
    )

    def clean_number(self) -> str:
        """Return the number as the portal writes it; one that cannot be is told at once."""
        try:
            return str(parse(self.cleaned_data["number"]))
        except BadNumber as error:
            raise forms.ValidationError(gettext(error.sentence) % error.figures) from error

    def clean_email(self) -> str:
        """Return the address, if it has the shape of one."""
        email = str(self.cleaned_data["email"]).strip()
        if not EMAIL.fullmatch(email):
            raise forms.ValidationError(
                _("Alamat email ini tidak lengkap. Contoh: nama@uhamka.ac.id")
            )
        return email
