"""Django's admin behind our own sign-in and, where it is demanded, a second factor."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from portal.accounts.proof import lacks_second_factor


class AdminSite(admin.AdminSite):
    """The admin, which signs nobody in by itself."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Say whether somebody may enter."""
        return super().has_permission(request) and not lacks_second_factor(request)

    def login(self, request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
        """Lead to the sign-in page or to that of the second factor; refuse everybody else."""
        wanted = request.GET.get("next") or reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(wanted)
        if super().has_permission(request):
            return redirect_to_login(wanted, reverse("pengamanan"))
        raise PermissionDenied
