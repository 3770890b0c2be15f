"""Asking who it is once more, before what weighs most: approving, or changing one's locks."""

from __future__ import annotations

from functools import wraps
from typing import Any

from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from portal.accounts.access import SAFE_METHODS, View
from portal.accounts.proof import was_recently_authenticated


def recently_authenticated(view: View) -> View:
    """Ask who it is once more before a view changes anything, unless they just proved it.

    Reading is let through. What was posted is kept in the session and goes on by itself after
    the proof. It stands inside the access mark: `@requires(...)` above, this below.
    """

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method not in SAFE_METHODS and not was_recently_authenticated(request):
            raise ReauthenticationRequired
        return view(request, *args, **kwargs)

    return asked
