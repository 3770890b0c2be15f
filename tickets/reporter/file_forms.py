"""Files and the surat pengajuan. What may be taken in is told by tickets.uploads, file by file."""

from __future__ import annotations

from datetime import date
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Layout
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from tickets.errors import LetterScanMissing
from tickets.reporter.report_forms import day_picker, moment
from tickets.uploads import KINDS, LARGEST

ACCEPTED = ",".join(KINDS)
LONGEST_NUMBER = 80


class Several(forms.ClearableFileInput):
    """A file field that takes more than one."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Return all of them."""
        del data
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class SeveralField(forms.FileField):
    """Any number of files; each is judged where it is taken in."""

    widget = Several(attrs={"accept": ACCEPTED})

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """Return them as they came."""
        del initial
        return list(data or [])


def content_of(file: UploadedFile) -> bytes:
    """Return a file's bytes, at most one more than may be: that is enough to refuse it."""
    return file.read(LARGEST + 1)


class LetterForm(forms.Form):
    """The signed letter: its own number and date, and a scan or a photo."""

    letter_number = forms.CharField(
        label=_("Nomor surat"),
        max_length=LONGEST_NUMBER,
        help_text=_("Nomor dari unit Anda sendiri."),
    )
    letter_dated = forms.CharField(label=_("Tanggal surat"), widget=day_picker())
    letter_scan = forms.FileField(
        label=_("Pindaian atau foto surat"),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        allow_empty_file=True,
        error_messages={"required": _(LetterScanMissing.sentence)},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def clean_letter_number(self) -> str:
        """Return the number without blanks around it and without NUL."""
        return self.cleaned_data["letter_number"].replace("\0", "").strip()

    def clean_letter_dated(self) -> date | None:
        """Return the day, in whichever way it was typed; none from the future."""
        typed = self.cleaned_data["letter_dated"]
        if not typed:
            return None
        try:
            day = date.fromisoformat(moment(typed, ""))
        except ValueError as error:
            raise forms.ValidationError(_("Tanggal ini tidak ada.")) from error
        if day > self.today:
            raise forms.ValidationError(_("Waktu ini belum tiba."))
        return day


class FilesForm(LetterForm):
    """Files of a report that is being written, and the letter where it is there already."""

    letter_question = _("Sudah punya surat pengajuan bertanda tangan?")
    LETTER = ("letter_number", "letter_dated", "letter_scan")

    attached = SeveralField(
        label=_("Tangkapan layar, foto, atau dokumen (opsional)"),
        required=False,
        help_text=_("Paling besar 10 MB tiap berkas: PDF, gambar, teks, atau dokumen kantor."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.LETTER:
            self.fields[name].required = False
        self.helper.layout = Layout(
            "attached",
            HTML("<details {% if form.shows_letter %}open{% endif %}>"),
            HTML("<summary>{{ form.letter_question }}</summary>"),
            Div("letter_number", "letter_dated", css_class="side-by-side mt-3"),
            "letter_scan",
            HTML("</details>"),
        )

    @property
    def shows_letter(self) -> bool:
        """Whether something of a letter was typed, so that its fields stand open."""
        return any(self.data.get(name) or self.initial.get(name) for name in self.LETTER)

    @property
    def has_letter(self) -> bool:
        """Whether a letter was given with this."""
        return bool(self.cleaned_data.get("letter_scan"))

    def clean(self) -> dict[str, Any]:
        """Want the whole letter or nothing of it."""
        cleaned = super().clean() or {}
        given = [name for name in self.LETTER if cleaned.get(name)]
        for name in self.LETTER:
            if given and not cleaned.get(name) and name not in self.errors:
                required = self.fields[name].error_messages["required"]
                self.add_error(name, required)
        return cleaned
