"""What administrators edit of the desk: hours, holidays, targets, ready texts."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models, transaction
from django.http import HttpRequest

from portal.accounts.access import person
from portal.audit.record import record
from portal.lib.queue import enqueue
from tickets.models import CannedReply, Holiday, OfficeHours, ServiceTarget


class TimeAdmin(admin.ModelAdmin):
    """A table on which due times hang: whatever is changed, they are worked out anew."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and ring."""
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            _changed(request, obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete, and ring."""
        with transaction.atomic():
            _changed(request, obj, gone=True)
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Delete several, and ring once."""
        with transaction.atomic():
            for obj in queryset:
                _changed(request, obj, gone=True)
            super().delete_queryset(request, queryset)


def _changed(request: HttpRequest, obj: models.Model, *, gone: bool = False) -> None:
    """Ring for the due times, and record who changed what."""
    enqueue("tickets.tasks.reckon_open", 0, cluster="short")
    verb = f"{obj._meta.model_name}.{'removed' if gone else 'changed'}"  # noqa: SLF001 - documented
    record(verb, actor=person(request), subject=obj, facts={"is": str(obj)})


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
class CannedReplyAdmin(admin.ModelAdmin):
    list_display = ["title", "audience", "section", "language"]
    list_filter = ["audience", "section", "language"]
    search_fields = ["title", "words"]
