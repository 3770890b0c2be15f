"""Administration of servers, systems, sources and vaults.

A typed password is sealed before the form is done with it and is never shown again; nothing
here can open one (architecture, invariant 10).
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from backups import orders
from backups.models import Hold, InformationSystem, PlannedWork, Server, Source, Vault
from backups.registering import new_key, set_passwords
from portal.accounts.access import person
from portal.lib import clock
from portal.lib.seal import seal

KEPT = _("Kosongkan untuk mempertahankan yang sekarang.")


def _password(label: Any) -> forms.CharField:
    widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"})
    return forms.CharField(label=label, required=False, strip=False, widget=widget, help_text=KEPT)


class SourceForm(forms.ModelForm):
    """A source, with its two passwords typed in and never read out."""

    read_password = _password(_("Kata sandi pembaca"))
    write_password = _password(_("Kata sandi pemulih"))

    class Meta:
        model = Source
        exclude = ("retired_at",)  # noqa: DJ006 - new fields belong on this form

    def save(self, commit: bool = True) -> Source:
        """Seal what was typed, then save."""
        source = self.instance
        source.key = source.key or new_key(source.name)
        typed = self.cleaned_data
        set_passwords(
            source, clock.now(), read=typed["read_password"], write=typed["write_password"]
        )
        return super().save(commit)


class VaultForm(forms.ModelForm):
    """A vault, with the keys its storage asks for typed in and never read out."""

    environment = forms.CharField(
        label=_("Kunci akses (JSON)"),
        required=False,
        widget=forms.PasswordInput(render_value=False),
        help_text=KEPT,
    )

    class Meta:
        model = Vault
        fields = ("name", "role", "location", "read_within_days", "enabled")

    def clean_environment(self) -> str:
        """Accept a JSON object of strings, or nothing."""
        typed = self.cleaned_data["environment"]
        if typed:
            value = forms.JSONField().clean(typed)
            if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
                raise forms.ValidationError(_('Tulis sebagai {"NAMA": "nilai"}.'))
        return typed

    def save(self, commit: bool = True) -> Vault:
        """Seal what was typed, then save."""
        if typed := self.cleaned_data["environment"]:
            self.instance.environment_secret = seal(typed)
        return super().save(commit)


class Undeletable(admin.ModelAdmin):
    """Rows that the history leans on: retired or switched off, never deleted."""

    def has_delete_permission(self, *_: Any) -> bool:
        """Nobody."""
        return False


@admin.register(Server)
class ServerAdmin(admin.ModelAdmin):
    list_display = ("name", "host", "section", "max_parallel")
    list_filter = ("section",)
    search_fields = ("name", "host")


@admin.register(InformationSystem)
class InformationSystemAdmin(admin.ModelAdmin):
    list_display = ("name", "url", "section")
    list_filter = ("section",)
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}
    filter_horizontal = ("sources",)


@admin.register(Source)
class SourceAdmin(Undeletable):
    form = SourceForm
    list_display = ("name", "engine", "server", "paused", "retired_at", "last_answer")
    list_filter = ("engine", "server", "paused")
    search_fields = ("name", "database", "path")
    readonly_fields = ("last_answer",)
    actions = ("test_connection", "retire")

    @admin.display(description=_("Jawaban uji sambungan"))
    def last_answer(self, source: Source) -> str:
        """Return how the newest connection test ended."""
        test = source.connection_tests.first()
        if test is None:
            return "–"
        return f"{test.get_state_display()} {test.server_version or test.error}".strip()

    @admin.action(description=_("Uji sambungan"), permissions=["change"])
    def test_connection(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Ask a worker to ask these sources; the answer shows in the list."""
        for source in queryset:
            orders.order_connection_test(source, person(request), clock.now())
        self.message_user(request, _("Pertanyaan dikirim; muat ulang untuk melihat jawabannya."))

    @admin.action(description=_("Pensiunkan (malam lama tetap disimpan)"), permissions=["change"])
    def retire(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """End the nights of these sources; what was kept stays."""
        for source in queryset:
            orders.retire(source, clock.now())
        self.message_user(
            request, _("Tidak ada malam baru; salinan lama tetap ada."), messages.INFO
        )


@admin.register(Vault)
class VaultAdmin(Undeletable):
    form = VaultForm
    list_display = ("name", "role", "location", "enabled")


@admin.register(Hold)
class HoldAdmin(admin.ModelAdmin):
    list_display = ("snapshot", "reason", "held_at")


@admin.register(PlannedWork)
class PlannedWorkAdmin(Undeletable):
    """Announced on the systems' page; here it is corrected."""

    list_display = ("words", "starts_at", "ends_at", "announced_by", "called_off_at")
    list_filter = ("systems",)
    fields = ("words", "systems", "starts_at", "ends_at", "called_off_at")
    filter_horizontal = ("systems",)

    def has_add_permission(self, *_: Any) -> bool:
        """Nobody: it is announced where its date is checked."""
        return False
