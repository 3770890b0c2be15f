"""What administrators edit of the desk: hours, holidays, targets, ready texts, channels.

Each change is recorded in the audit trail, in the transaction that makes it.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models, transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.accounts.access import person
from portal.audit.record import record
from portal.lib.queue import enqueue
from portal.lib.seal import seal
from tickets.models import (
    CannedReply,
    Channel,
    Holiday,
    Letterhead,
    OfficeHours,
    RecordRule,
    ServiceTarget,
)


class RecordedAdmin(admin.ModelAdmin):
    """A table whose every change is an event."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and record."""
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            self.changed(request, obj, "changed" if change else "added")

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete, and record."""
        with transaction.atomic():
            self.changed(request, obj, "removed")
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Delete several, and record each."""
        with transaction.atomic():
            for obj in queryset:
                self.changed(request, obj, "removed")
            super().delete_queryset(request, queryset)

    def changed(self, request: HttpRequest, obj: models.Model, how: str) -> None:
        """Leave the event."""
        verb = f"{obj._meta.model_name}.{how}"  # noqa: SLF001 - Django documents _meta
        record(verb, actor=person(request), subject=obj, facts={"is": str(obj)})


class TimeAdmin(RecordedAdmin):
    """A table on which due times hang: whatever is changed, they are worked out anew."""

    def changed(self, request: HttpRequest, obj: models.Model, how: str) -> None:
        """Ring, and leave the event."""
        enqueue("tickets.tasks.reckon_open", 0, cluster="short")
        super().changed(request, obj, how)


@admin.register(OfficeHours)
class OfficeHoursAdmin(TimeAdmin):
    list_display = ["weekday", "opens", "closes"]
    list_filter = ["weekday"]


@admin.register(Holiday)
class HolidayAdmin(TimeAdmin):
    list_display = ["day", "name", "kind", "closed"]
    list_filter = ["kind", "closed"]
    date_hierarchy = "day"


@admin.register(ServiceTarget)
class ServiceTargetAdmin(TimeAdmin):
    list_display = ["clock", "priority", "minutes"]


@admin.register(CannedReply)
class CannedReplyAdmin(RecordedAdmin):
    list_display = ["title", "audience", "section", "language"]
    list_filter = ["audience", "section", "language"]
    search_fields = ["title", "words"]


class ChannelForm(forms.ModelForm):
    """A channel whose address is typed in and never read out."""

    url = forms.CharField(
        label=_("Alamat Apprise"),
        required=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"}),
        help_text=_("Misalnya tgram://…; kosongkan untuk mempertahankan yang sekarang."),
    )

    class Meta:
        model = Channel
        fields = ("user", "name", "enabled")

    def clean(self) -> dict[str, Any]:
        """Refuse a new channel without its address."""
        cleaned = super().clean() or {}
        if not cleaned.get("url") and not self.instance.url_secret:
            self.add_error("url", _("Tuliskan alamatnya."))
        return cleaned


@admin.register(Channel)
class ChannelAdmin(RecordedAdmin):
    form = ChannelForm
    list_display = ["user", "name", "enabled"]

    def save_model(self, request: HttpRequest, obj: Channel, form: Any, change: bool) -> None:
        """Seal what was typed."""
        if form.cleaned_data["url"]:
            obj.url_secret = seal(form.cleaned_data["url"])
        super().save_model(request, obj, form, change)


@admin.register(RecordRule)
class RecordRuleAdmin(RecordedAdmin):
    list_display = ["kind", "form_code", "pattern", "code", "unit", "keep_years"]

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Say no: there is one of each kind."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Say no: there is one of each kind."""
        return False


@admin.register(Letterhead)
class LetterheadAdmin(RecordedAdmin):
    list_display = ["bureau", "head", "head_title"]

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Say no: there is one letterhead."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Say no: there is one letterhead."""
        return False
