"""People and their roles in Django's admin; the shell adds the audit lines, as it knows both rooms.

The admin opens to Django's own superusers and staff. Being one gives no role (accounts.access),
and granting oneself a role leaves an event.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db import transaction
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from portal.accounts.access import person
from portal.accounts.models import RoleGrant, User
from portal.audit.record import record


class RoleGrants(admin.TabularInline):
    model = RoleGrant
    extra = 0


@admin.register(User)
class PersonAdmin(UserAdmin):
    """Accounts are switched off, never deleted: cases and records keep pointing at them."""

    inlines = [RoleGrants]
    list_display = ("username", "full_name", "unit", "section", "is_active")
    list_filter = ("is_active", "section", "role_grants__role")
    search_fields = ("username", "full_name", "identity_number", "email")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (
            _("Orang"),
            {"fields": ("full_name", "email", "phone", "identity_number", "unit", "section")},
        ),
        (_("Akun"), {"fields": ("is_active", "is_staff", "is_superuser", "last_login")}),
    )
    readonly_fields = ("last_login",)

    def has_delete_permission(self, *_: Any) -> bool:
        """Return False."""
        return False

    def save_related(
        self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool
    ) -> None:
        """Save the roles too, and record them when they changed."""
        whose: User = form.instance
        before = whose.roles
        super().save_related(request, form, formsets, change)
        if (after := whose.roles) != before:
            facts = {"before": sorted(before), "after": sorted(after)}
            record("person.roles_changed", actor=person(request), subject=whose, facts=facts)

    def log_addition(self, request: HttpRequest, obj: User, message: Any) -> Any:
        """Record a new account, besides Django's own log."""
        record("person.added", actor=person(request), subject=obj, facts={})
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: User, message: Any) -> Any:
        """Record which fields of an account changed, without what stands in them."""
        facts = {"fields": _changed_fields(message)}
        record("person.changed", actor=person(request), subject=obj, facts=facts)
        return super().log_change(request, obj, message)

    def user_change_password(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Set a password in one transaction with its event; Django opens none here."""
        with transaction.atomic():
            return super().user_change_password(request, *args, **kwargs)


def _changed_fields(message: list[dict[str, Any]]) -> list[str]:
    """Return the names of changed fields, out of what Django makes for its own log."""
    return [name for part in message for name in part.get("changed", {}).get("fields", [])]
