"""Signing in, proving it again, one's own account and its locks: allauth's views under our marks.

The addresses are ours and listed one by one; what allauth offers besides (signing up by oneself,
addresses to be managed, passwords by mail) has none.
"""

from __future__ import annotations

from typing import Any

from allauth.account import views as account
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.base import views as second
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as key
from allauth.socialaccount import views as provider
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.openid_connect import views as university
from django.contrib.auth.views import LogoutView
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse, reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from portal.accounts.access import open_to_all, person, signed_in
from portal.accounts.proof import lacks_second_factor
from portal.audit.record import record


class SignIn(account.LoginView):
    """The sign-in page; staff go to their morning, everybody else to the landing page."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the university's own provider, where one is set."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"providers": get_adapter().list_providers(self.request)}


class Recorded:
    """A change of one's own locks, with its event in one transaction."""

    verb: str
    facts: dict[str, str] = {}
    proves = ""  # the kind of second factor that was just shown, which counts for the session
    request: HttpRequest

    def form_valid(self, form: Form) -> HttpResponse:
        """Make the change, record it, and count what it proved."""
        user = person(self.request)
        with transaction.atomic():
            answer: HttpResponse = super().form_valid(form)  # type: ignore[misc]
            record(self.verb, actor=user, subject=user, facts=self.facts)
        if self.proves:
            record_authentication(self.request, user, "mfa", type=self.proves)
        return answer


class NewApp(Recorded, app.ActivateTOTPView):
    """Setting up an app: its first right code is a proof as good as any later one."""

    verb, facts, proves = "person.second_factor_added", {"kind": "totp"}, "totp"


class NewKey(Recorded, key.AddWebAuthnView):
    """Adding a key: touching it is the session's second factor."""

    verb, facts, proves = "person.second_factor_added", {"kind": "webauthn"}, "webauthn"


class NoMoreApp(Recorded, app.DeactivateTOTPView):
    """Taking the app away."""

    verb, facts = "person.second_factor_removed", {"kind": "totp"}


class NoMoreKey(Recorded, key.RemoveWebAuthnView):
    """Taking a key away."""

    verb, facts = "person.second_factor_removed", {"kind": "webauthn"}
    success_url = reverse_lazy("mfa_index")


class NewPassword(Recorded, account.PasswordChangeView):
    """Choosing a new password."""

    verb = "person.password_changed"

    def get_default_success_url(self) -> str:
        """Return one's own page."""
        return reverse("mfa_index")


@never_cache
@require_safe
def securing(request: HttpRequest) -> HttpResponse:
    """Tell staff who lack a second factor what it is and how to set it up in a minute."""
    wanted = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    if not lacks_second_factor(request):
        return redirect(wanted if safe else reverse("mfa_index"))
    return render(request, "mfa/securing.html", {"next": wanted if safe else ""})


@require_safe
def trouble(request: HttpRequest) -> HttpResponse:
    """Say that the university's sign-in did not bring somebody here, and what to do."""
    return render(request, "socialaccount/authentication_error.html", status=401)


@require_safe
def to_my_account(_request: HttpRequest) -> HttpResponse:
    """Lead to one's own page: for addresses that allauth names and this portal has no page for."""
    return redirect("mfa_index")


def _view(view: Any) -> Any:
    return never_cache(view)


public: list[URLPattern] = [
    path("masuk/", open_to_all(SignIn.as_view()), name="masuk"),
    path("masuk/kode/", open_to_all(_view(second.authenticate)), name="mfa_authenticate"),
    path("masuk/nonaktif/", open_to_all(_view(account.account_inactive)), name="account_inactive"),
    path("masuk/gagal/", open_to_all(trouble), name="socialaccount_login_error"),
    path(
        "masuk/batal/",
        open_to_all(_view(provider.login_cancelled)),
        name="socialaccount_login_cancelled",
    ),
    path("masuk/bentrok/", open_to_all(trouble), name="socialaccount_signup"),
    path(
        "masuk/<slug:provider_id>/",
        open_to_all(require_POST(university.login)),
        name="openid_connect_login",
    ),
    path(
        "masuk/<slug:provider_id>/kembali/",
        open_to_all(_view(university.callback)),
        name="openid_connect_callback",
    ),
    path("keluar/", open_to_all(LogoutView.as_view()), name="keluar"),
]
again: list[URLPattern] = [
    path("akun/lagi/", signed_in(_view(account.reauthenticate)), name="account_reauthenticate"),
    path("akun/lagi/kode/", signed_in(_view(second.reauthenticate)), name="mfa_reauthenticate"),
    path(
        "akun/lagi/kunci/",
        signed_in(_view(key.reauthenticate_webauthn)),
        name="mfa_reauthenticate_webauthn",
    ),
]
own: list[URLPattern] = [
    path("akun/", signed_in(_view(second.index)), name="mfa_index"),
    path("akun/pengamanan/", signed_in(securing), name="pengamanan"),
    path("akun/sandi/", signed_in(_view(NewPassword.as_view())), name="account_change_password"),
    path("akun/aplikasi/", signed_in(_view(NewApp.as_view())), name="mfa_activate_totp"),
    path("akun/aplikasi/lepas/", signed_in(_view(NoMoreApp.as_view())), name="mfa_deactivate_totp"),
    path("akun/kunci/", signed_in(_view(NewKey.as_view())), name="mfa_add_webauthn"),
    path("akun/kunci/daftar/", signed_in(to_my_account), name="mfa_list_webauthn"),
    path(
        "akun/kunci/<int:pk>/lepas/",
        signed_in(_view(NoMoreKey.as_view())),
        name="mfa_remove_webauthn",
    ),
    path("akun/kode/", signed_in(_view(codes.view_recovery_codes)), name="mfa_view_recovery_codes"),
    path(
        "akun/kode/baru/",
        signed_in(_view(codes.generate_recovery_codes)),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "akun/kode/unduh/",
        signed_in(_view(codes.download_recovery_codes)),
        name="mfa_download_recovery_codes",
    ),
]
named_by_allauth: list[URLPattern] = [
    path("masuk/", open_to_all(SignIn.as_view()), name="account_login"),
    path("keluar/", open_to_all(LogoutView.as_view()), name="account_logout"),
    path("akun/", signed_in(to_my_account), name="socialaccount_connections"),
    path("akun/sandi/", signed_in(to_my_account), name="account_set_password"),
]
urlpatterns = [*public, *again, *own, *named_by_allauth]
