"""How allauth fits this university: who may come, as whom, with what words and which secrets."""

from __future__ import annotations

import io
from typing import Any

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.accounts import seeds
from portal.accounts.models import STAFF_ROLES, Role, RoleGrant, User
from portal.accounts.proof import was_recently_authenticated
from portal.lib import visitor

WRONG_PAIR = _("Nama pengguna atau kata sandi tidak cocok. Periksa huruf besar dan kecilnya.")
TOO_MANY = _("Terlalu banyak percobaan. Tunggu lima menit, lalu coba lagi.")


class AccountAdapter(DefaultAccountAdapter):
    """Local accounts: made by BPTI, never by visitors."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("Akun ini tidak aktif. Hubungi loket BPTI."),
        "enter_current_password": _("Kata sandi yang sekarang tidak cocok."),
        "incorrect_code": _("Kode ini tidak cocok. Tunggu kode berikutnya, lalu coba lagi."),
        "incorrect_password": _("Kata sandi tidak cocok."),
        "email_password_mismatch": WRONG_PAIR,
        "username_password_mismatch": WRONG_PAIR,
        "too_many_login_attempts": TOO_MANY,
        "rate_limited": TOO_MANY,
    }

    def is_open_for_signup(self, *_: Any) -> bool:
        """Return False."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return the page that this person's roles open."""
        roles = request.user.roles if isinstance(request.user, User) else frozenset()
        return reverse("staf") if STAFF_ROLES & roles else reverse("beranda")

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        """Return the same for whom the university's provider brought for the first time."""
        return self.get_login_redirect_url(request)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return whom the limits count."""
        return visitor.address(request)

    def add_message(self, *_: Any, **__: Any) -> None:
        """Say nothing: our pages show by themselves what was done."""

    def is_reauthentication_required(self, **_: Any) -> bool:
        """Say whether the last proof is too old; signing in counts as one."""
        return not was_recently_authenticated(self.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, str]]:
        """Return the ways to prove it again, the strongest first, in our words."""
        words = {
            "reauthenticate": gettext("Dengan kata sandi"),
            "mfa_reauthenticate": gettext("Dengan kode dari aplikasi"),
            "mfa_reauthenticate:webauthn": gettext("Dengan kunci keamanan"),
        }
        found = super().get_reauthentication_methods(user)
        known = [way | {"description": words[way["id"]]} for way in found]
        second = [way for way in known if way["id"] != "reauthenticate"]
        return second or known


class SecondFactorAdapter(DefaultMFAAdapter):
    """Second factors: seeds are kept sealed, codes are drawn by ourselves."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
        "cannot_delete_authenticator": _("Pengaman terakhir tidak dapat dilepas."),
        "cannot_generate_recovery_codes": _("Pasang aplikasi atau kunci keamanan lebih dahulu."),
    }

    def build_totp_svg(self, url: str) -> str:
        """Return the QR code of an app's address."""
        drawn = io.BytesIO()
        segno.make(url).save(drawn, kind="svg", scale=6, border=4, light="#fff", xmldecl=False)
        return drawn.getvalue().decode()

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        """Return what the app shows beside the code."""
        return user.get_username()

    def encrypt(self, text: str) -> str:
        """Seal a seed: the database alone opens nobody's account."""
        return seeds.lock(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Open a seed."""
        return seeds.unlock(encrypted_text)

    def generate_authenticator_name(
        self,
        user: AbstractBaseUser,
        type: Authenticator.Type,  # noqa: A002 - allauth's name
    ) -> str:
        """Return what a key is called until its owner names it."""
        known = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return gettext("Kunci %(number)s") % {"number": known + 1}


class UniversityAdapter(DefaultSocialAccountAdapter):
    """The university's own provider: whoever it knows may report; every other role is granted."""

    def is_open_for_signup(self, *_: Any) -> bool:
        """Return True: the provider vouches for its people."""
        return True

    def is_auto_signup_allowed(self, *_: Any) -> bool:
        """Return True: nobody fills in a form for what the provider has said."""
        return True

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: Any) -> User:
        """Take name and address as the provider writes them."""
        user: User = super().populate_user(request, sociallogin, data)
        user.full_name = str(data.get("name") or "")[:150]
        claims = sociallogin.account.get_provider_account().get_user_data() or {}
        user.identity_number = str(claims.get("nip") or claims.get("nim") or "")[:32]
        user.unit = str(claims.get("unit") or claims.get("department") or "")[:120]
        return user

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """Keep the new account, with the reporter's role and no other."""
        user: User = super().save_user(request, sociallogin, form)
        RoleGrant.objects.get_or_create(user=user, role=Role.REPORTER)
        return user
