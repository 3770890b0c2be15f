"""Who may open which view. Every view wears exactly one of these marks (accounts.checks).

A role lets in because it is listed and for no other reason: neither Django's superuser nor the
administrator passes by a list that does not name them. So a page's mark tells all there is to
know, an administrator reads no case for being one, and who needs to is granted the role, which
leaves a trace. An account without any role, as of one who left, opens only what is open to all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from portal.accounts.models import Role, User
from portal.accounts.proof import lacks_second_factor

View = Callable[..., HttpResponseBase]

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})  # RFC 9110, 9.2.1


@dataclass(frozen=True, slots=True)
class Access:
    """A view's rule: `acts` may use every method, `reads` only those that change nothing."""

    acts: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()
    is_open: bool = False

    @property
    def for_staff(self) -> bool:
        """Whether reporters have no business here, so that a second factor may be demanded."""
        return not self.is_open and Role.REPORTER not in self.acts | self.reads

    def admits(self, roles: frozenset[str], method: str) -> bool:
        """Say whether somebody with these roles may call the view by this method."""
        if self.is_open or roles & self.acts:
            return True
        return method in SAFE_METHODS and bool(roles & self.reads)

    def refusal(self, roles: frozenset[str]) -> str:
        """Return the sentence for somebody with these roles whom the rule does not admit."""
        if roles & self.reads:
            return _("Auditor membaca dan tidak mengubah apa pun.")
        named = [str(role.label) for role in Role if role in self.acts | self.reads]
        return _("Halaman ini untuk: %(roles)s.") % {"roles": ", ".join(named)}


def requires(*roles: Role) -> Callable[[View], View]:
    """Let in whoever holds one of `roles`; an auditor only reads, wherever listed."""
    if not roles:
        raise TypeError("requires() names at least one role; see signed_in and open_to_all.")
    read_only = {Role.AUDITOR}
    return _marks(Access(acts=frozenset(roles) - read_only, reads=frozenset(roles) & read_only))


def signed_in(view: View) -> View:
    """Let in whoever holds any role: for pages about oneself, which check what is whose."""
    return _marks(Access(acts=frozenset(Role)))(view)


def open_to_all(view: View) -> View:
    """Let everybody in."""
    return _marks(Access(is_open=True))(view)


def person(request: HttpRequest) -> User:
    """Return who is signed in; for views behind a guard, where somebody always is."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def access_of(view: View) -> Access | None:
    """Return the rule that a view wears, or None."""
    return getattr(view, "access", None)


def _marks(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        if access_of(view):
            raise TypeError(f"{view.__name__} has two access rules.")

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return _refused(request, access) or view(request, *args, **kwargs)

        guarded.access = access  # type: ignore[attr-defined]
        return guarded

    return mark


def _refused(request: HttpRequest, access: Access) -> HttpResponseBase | None:
    """Return the way to sign in, or None when let in; raise PermissionDenied when not."""
    if access.is_open:
        return None
    if not request.user.is_authenticated:
        return _to_sign_in(request)
    user = person(request)
    user.known_roles = roles = user.roles
    if not access.admits(roles, request.method or ""):
        raise PermissionDenied(access.refusal(roles))
    if access.for_staff and lacks_second_factor(request):
        return _to(request, reverse("pengamanan"))
    return None


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Return the redirect to the sign-in page, which brings people back."""
    return _to(request, settings.LOGIN_URL)


def _to(request: HttpRequest, page: str) -> HttpResponseBase:
    """Return the redirect to `page` and back here; a part of a page sends the whole page there."""
    if htmx := HtmxDetails(request):
        here = htmx.current_url_abs_path or "/"
        return HttpResponseClientRedirect(redirect_to_login(here, page).url)
    return redirect_to_login(request.get_full_path(), page)
