"""Choosing the copy and the plan: which night, what of it, whereto, by whom."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backups.models import EngineKind, RowPick, Snapshot, Source
from backups.models.snapshot import SnapshotQuerySet
from portal.accounts.models import Role, User
from portal.lib.clock import WIB
from tickets.actions.choosing import Choice
from tickets.models import ErasedBefore, Plan, Target, Ticket
from tickets.staff.weighing import missing_names
from tickets.workflow.nouns import Words

NIGHTS = 120
MOST_NAMES = 500
SCOPES = (
    ("rows", gettext_lazy("Baris yang dipilih dari perbandingan")),
    ("tables", gettext_lazy("Tabel atau berkas tertentu")),
    ("whole", gettext_lazy("Seluruh isi salinan")),
)
TARGETS = (
    (Target.BESIDE.value, gettext_lazy("Di samping yang ada: tidak ada yang ditimpa")),
    (
        Target.LIVE.value,
        gettext_lazy("Menggantikan yang ada: dimuat di samping, dibuktikan, baru ditukar"),
    ),
    (
        Target.DOWNLOAD.value,
        gettext_lazy("Unduhan bagi pelapor: arsip terenkripsi, diambil satu kali, lalu dihapus"),
    ),
)


class _Nights(forms.ModelChoiceField):
    def label_from_instance(self, obj: Snapshot) -> str:
        """Name a night by its source, time and proof."""
        taken = date_format(obj.taken_at.astimezone(WIB), "D, j M Y H:i")
        proof = f" · {_('terbukti')}" if obj.proven_at else ""
        proof += f" · {_('salinan pengaman')}" if obj.is_safety else ""
        return f"{obj.source.name} · {taken}{proof}"


class _Picks(forms.ModelChoiceField):
    def label_from_instance(self, obj: RowPick) -> str:
        """Name a pick by its table and what it does."""
        counts = {"n": obj.total, "name": obj.compared.name, "pk": obj.pk}
        return _("%(name)s: %(n)d baris (pilihan %(pk)d)") % counts


class PlanForm(forms.Form):
    """The analyst's choice; each mistake is said at its field."""

    salinan = _Nights(
        Snapshot.objects.none(), label=gettext_lazy("Salinan yang dipakai"), empty_label=None
    )
    cakupan = forms.ChoiceField(
        label=gettext_lazy("Yang dikembalikan"), choices=SCOPES, widget=forms.RadioSelect
    )
    nama = forms.CharField(
        label=gettext_lazy("Nama tabel atau berkas"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "class": "code"}),
        help_text=gettext_lazy("Satu nama per baris, persis seperti di salinan."),
    )
    pilihan = _Picks(
        RowPick.objects.none(),
        label=gettext_lazy("Pilihan baris"),
        required=False,
        empty_label=gettext_lazy("Tidak ada"),
    )
    tujuan = forms.ChoiceField(
        label=gettext_lazy("Tujuan"), choices=TARGETS, widget=forms.RadioSelect
    )
    nama_tujuan = forms.CharField(
        label=gettext_lazy("Nama di samping (opsional)"), required=False, max_length=128
    )
    pelaksana = forms.ModelChoiceField(User.objects.none(), label=gettext_lazy("Pelaksana"))
    terhapus = forms.ChoiceField(
        label=gettext_lazy(
            "Apakah data yang sudah dihapus atas permintaan pemiliknya akan kembali? (UU PDP)"
        ),
        choices=ErasedBefore.choices,
        widget=forms.RadioSelect,
    )
    penjelasan = forms.CharField(
        label=gettext_lazy("Data siapa, dan apa yang dilakukan (wajib bila ada)"),
        required=False,
        max_length=300,
    )
    kata = forms.CharField(
        label=gettext_lazy(Words.NOTE.label),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    versi = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ticket = ticket
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self._choose("salinan").queryset = nights_for(ticket)
        picks = RowPick.objects.filter(compared__comparison__source__in=sources_of(ticket))
        self._choose("pilihan").queryset = picks.select_related("compared")
        analysts = User.objects.filter(is_active=True, role_grants__role=Role.ANALYST)
        self._choose("pelaksana").queryset = analysts.order_by("full_name", "username")

    def _choose(self, name: str) -> forms.ModelChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - its class says so
        return field

    @property
    def names(self) -> list[str]:
        """The names as they were typed, each once."""
        lines = self.cleaned_data.get("nama", "").splitlines()
        return list(dict.fromkeys(line.strip() for line in lines if line.strip()))

    def clean(self) -> dict[str, Any]:
        """Refuse names that the copy does not hold, and an erasure without its explanation."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("cakupan") == "tables" and cleaned.get("salinan"):
            self._check_names(cleaned["salinan"])
        if cleaned.get("cakupan") == "rows":
            self._check_pick(cleaned.get("pilihan"), cleaned.get("salinan"))
            if cleaned.get("tujuan") != Target.DOWNLOAD:
                cleaned["tujuan"] = Target.LIVE.value  # rows go into the table that is there
        if cleaned.get("terhapus") == ErasedBefore.YES and not cleaned.get("penjelasan"):
            self.add_error("penjelasan", _("Jelaskan data siapa dan apa yang dilakukan."))
        return cleaned

    def _check_names(self, snapshot: Snapshot) -> None:
        if not self.names:
            self.add_error("nama", _("Tuliskan paling sedikit satu nama."))
        elif len(self.names) > MOST_NAMES:
            self.add_error("nama", _("Terlalu banyak; pilih seluruh isi salinan."))
        elif missing := missing_names(snapshot, self.names):
            told = ngettext(
                "Tidak ada di salinan ini: %(names)s.",
                "Tidak ada di salinan ini: %(names)s.",
                len(missing),
            )
            self.add_error("nama", told % {"names": ", ".join(missing[:5])})

    def _check_pick(self, pick: RowPick | None, snapshot: Snapshot | None) -> None:
        if pick is None:
            self.add_error("pilihan", _("Pilih dahulu barisnya dari sebuah perbandingan."))
        elif snapshot and pick.compared.comparison.snapshot_id != snapshot.pk:
            self.add_error("pilihan", _("Pilihan ini dibuat dari salinan yang lain."))

    def scope(self) -> dict[str, Any]:
        """Return what of the copy is brought back, as the restore takes it."""
        if self.cleaned_data["cakupan"] == "whole":
            return {"kind": "whole", "names": []}
        if self.cleaned_data["cakupan"] == "rows":
            pick = self.cleaned_data["pilihan"]
            names = [pick.compared.name]
            return {"kind": "rows", "names": names, "pick": pick.pk, "sha256": pick.sha256}
        files = self.cleaned_data["salinan"].source.engine == EngineKind.FILES
        return {"kind": "paths" if files else "tables", "names": self.names}

    def choice(self, weighed: dict[str, Any]) -> Choice:
        """Return the choice that the action takes."""
        chosen = self.cleaned_data
        return Choice(
            snapshot=chosen["salinan"],
            scope=self.scope(),
            executor=chosen["pelaksana"],
            erased_before=ErasedBefore(chosen["terhapus"]),
            target=Target(chosen["tujuan"]),
            target_name="" if chosen["tujuan"] == Target.DOWNLOAD else chosen["nama_tujuan"],
            weighed=weighed,
            erased_words=chosen["penjelasan"],
        )


def sources_of(ticket: Ticket) -> QuerySet[Source]:
    """Return the sources of the case's systems; all of them where the systems are not known."""
    of_systems = Source.objects.kept().filter(systems__in=ticket.systems.all()).distinct()
    return of_systems if of_systems.exists() else Source.objects.kept()


def nights_for(ticket: Ticket) -> SnapshotQuerySet:
    """Return the copies that stand, of the case's sources, the newest first."""
    standing = Snapshot.objects.restorable().filter(source__in=sources_of(ticket))
    newest = standing.order_by("-taken_at").values("pk")[:NIGHTS]
    chosen = list(newest.values_list("pk", flat=True))
    return Snapshot.objects.filter(pk__in=chosen).select_related("source", "run")


def begun_with(plan: Plan | None, ticket: Ticket, names: list[str]) -> dict[str, Any]:
    """Return what the form begins with: the plan that stands, else what the search found."""
    if plan is None:
        return {
            "salinan": nights_for(ticket).nights().first(),
            "cakupan": "tables",
            "tujuan": Target.BESIDE.value,
            "terhapus": ErasedBefore.UNKNOWN.value,
            "nama": "\n".join(names),
            "versi": ticket.version,
        }
    return {
        "salinan": plan.snapshot_id,
        "cakupan": kind if (kind := plan.scope.get("kind")) in {"whole", "rows"} else "tables",
        "pilihan": plan.scope.get("pick"),
        "nama": "\n".join(plan.scope.get("names", [])),
        "tujuan": plan.target,
        "nama_tujuan": plan.target_name,
        "pelaksana": plan.executor_id,
        "terhapus": plan.erased_before,
        "penjelasan": plan.erased_words,
        "versi": ticket.version,
    }
