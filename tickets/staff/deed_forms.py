"""The forms of the moves: what each asks besides its words, every refusal at its own field."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backups.models import InformationSystem
from portal.accounts.models import User
from portal.accounts.sections import Section
from portal.lib import clock
from tickets.actions.intake import suggested_sections
from tickets.errors import DeskError
from tickets.models import Attachment, Letter, Quarantine, Ticket, TieKind
from tickets.models.choices import choices
from tickets.numbering import parse
from tickets.priorities import Impact, Urgency
from tickets.staff.queue_forms import officers
from tickets.workflow import Move, Words

LONGEST = 20_000
LINES = {Words.NOTE: 2, Words.REASON: 4, Words.TOLD: 6}


class DeedForm(forms.Form):
    """What every move asks: its words, where it has any, and the version that was looked at."""

    kata = forms.CharField(required=False, max_length=LONGEST, widget=forms.Textarea)
    versi = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, ticket: Ticket, move: Move, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ticket, self.move = ticket, move
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self._ask_for_words()
        self.prepare()

    def prepare(self) -> None:
        """Offer what this case has to choose from."""

    def _ask_for_words(self) -> None:
        words = self.move.words
        if words is Words.NONE:
            del self.fields["kata"]
            return
        field = self.fields["kata"]
        field.label, field.required = _(words.label), words.required
        field.error_messages["required"] = _("Tuliskan alasan atau keterangannya.")
        field.widget.attrs["rows"] = LINES[words]
        self.order_fields([name for name in self.fields if name != "kata"])

    @property
    def words(self) -> str:
        """What was written, even while the form is in error."""
        return str(self.data.get("kata", "")) if self.is_bound else ""

    def model_choice(self, name: str) -> forms.ModelChoiceField:
        """Return a field that chooses rows."""
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - its class says so
        return field


class RouteForm(DeedForm):
    """Which section is to have the case; those of its systems come first."""

    seksi = forms.ChoiceField(label=gettext_lazy("Seksi"), choices=Section.choices)

    def prepare(self) -> None:
        """Put the sections of the case's systems first, and say so."""
        suggested = suggested_sections(self.ticket)
        field = self.fields["seksi"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - its class says so
        rest = [section for section in Section if section not in suggested]
        field.choices = [(each.value, each.label) for each in (*suggested, *rest)]
        field.initial = suggested[0].value if suggested else self.ticket.section
        if suggested:
            names = ", ".join(str(section.label) for section in suggested)
            field.help_text = _("Disarankan menurut sistemnya: %(sections)s.") % {"sections": names}


class AssignForm(DeedForm):
    """Which officer is to have the case; those of its section come first."""

    petugas = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Petugas"),
        required=False,
        empty_label=gettext_lazy("Tidak ada petugas"),
    )

    def prepare(self) -> None:
        """Offer everybody who handles cases."""
        field = self.model_choice("petugas")
        field.queryset = User.objects.filter(pk__in=[user.pk for user in officers()])
        field.initial = self.ticket.assignee_id


class PriorityForm(DeedForm):
    """Impact and urgency; the priority follows from both."""

    dampak = forms.TypedChoiceField(
        label=gettext_lazy("Dampak"), coerce=int, choices=choices(Impact), widget=forms.RadioSelect
    )
    urgensi = forms.TypedChoiceField(
        label=gettext_lazy("Urgensi"),
        coerce=int,
        choices=choices(Urgency),
        widget=forms.RadioSelect,
    )

    def prepare(self) -> None:
        """Begin with what was judged before."""
        self.fields["dampak"].initial = self.ticket.impact or Impact.PERSON.value
        self.fields["urgensi"].initial = self.ticket.urgency or Urgency.SOON.value


class SystemsForm(DeedForm):
    """Which systems the case is about; several may be ticked."""

    sistem = forms.ModelMultipleChoiceField(
        InformationSystem.objects.order_by("name"),
        label=gettext_lazy("Sistem"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def prepare(self) -> None:
        """Begin with what the case has."""
        self.fields["sistem"].initial = list(self.ticket.systems.values_list("pk", flat=True))


class OtherCaseForm(DeedForm):
    """Another case, by its number."""

    nomor = forms.CharField(label=gettext_lazy("Nomor kasus lain"), max_length=40)
    other: Ticket

    def clean_nomor(self) -> str:
        """Return the number; refuse one that is mistyped, or nobody's."""
        try:
            number = str(parse(self.cleaned_data["nomor"]))
        except DeskError as error:
            raise forms.ValidationError(_(error.sentence) % error.figures) from error
        found = Ticket.objects.filter(number=number).exclude(pk=self.ticket.pk).first()
        if found is None:
            raise forms.ValidationError(_("Tidak ada kasus lain dengan nomor ini."))
        self.other = found
        return number


class LinkForm(OtherCaseForm):
    """Another case, and how both belong together."""

    jenis = forms.ChoiceField(label=gettext_lazy("Hubungan"), choices=TieKind.choices)


class NoteForm(DeedForm):
    """A note of one's own that is to be withdrawn."""

    catatan = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class ReplyForm(DeedForm):
    """A message to the reporter, perhaps in correction of one that was sent."""

    meralat = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


class FileForm(DeedForm):
    """A file for the case."""

    berkas = forms.FileField(
        label=gettext_lazy("Berkas"),
        help_text=gettext_lazy("PDF, gambar, teks, atau dokumen kantor; paling besar 10 MB."),
    )


class LetterForm(DeedForm):
    """The signed letter: its own number and date, and its scan, new or already attached."""

    nomor_surat = forms.CharField(label=gettext_lazy("Nomor surat"), max_length=80)
    tanggal = forms.DateField(
        label=gettext_lazy("Tanggal surat"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    pindaian = forms.ModelChoiceField(
        Attachment.objects.none(),
        label=gettext_lazy("Pindaian yang sudah terlampir"),
        required=False,
        empty_label=gettext_lazy("Unggah yang baru"),
    )
    berkas = forms.FileField(label=gettext_lazy("Pindaian baru"), required=False)

    def prepare(self) -> None:
        """Offer the files of this case that are no letter yet."""
        self.model_choice("pindaian").queryset = self._loose()

    def _loose(self) -> QuerySet[Attachment]:
        scans = Attachment.objects.filter(ticket=self.ticket, letter=None)
        return scans.exclude(quarantine=Quarantine.INFECTED)

    def clean_tanggal(self) -> Any:
        """Refuse a letter of tomorrow."""
        dated = self.cleaned_data["tanggal"]
        if dated > clock.wib_date(clock.now()):
            raise forms.ValidationError(_("Tanggal surat belum tiba."))
        return dated

    def clean(self) -> dict[str, Any]:
        """Refuse a letter without a scan."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("pindaian") and not cleaned.get("berkas"):
            self.add_error("berkas", _("Unggah pindaian surat yang sudah ditandatangani."))
        return cleaned


class RejectLetterForm(DeedForm):
    """Which letter does not do."""

    surat = forms.ModelChoiceField(Letter.objects.none(), label=gettext_lazy("Surat"))

    def prepare(self) -> None:
        """Offer the letters that still count."""
        field = self.model_choice("surat")
        field.queryset = Letter.objects.filter(ticket=self.ticket, rejected_at=None)
        field.initial = field.queryset.last()
