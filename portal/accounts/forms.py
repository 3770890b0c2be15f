"""The forms of signing in and of one's own locks: allauth's, in our words and without its marks."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as CodeAgain
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _


class _Worded:
    """A form with our labels and hints; the page draws the form's tag and its button."""

    words: dict[str, tuple[Any, Any]]  # label and hint, translated when shown
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, hint) in self.words.items():
            field = self.fields[name]
            field.label, field.help_text = label, hint
            field.widget.attrs.pop("placeholder", None)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class SignInForm(_Worded, LoginForm):
    """Name and password; a wrong pair is refused in one sentence that tells neither apart."""

    words = {
        "login": (_("Nama pengguna atau email"), ""),
        "password": (_("Kata sandi"), ""),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs |= {
            "autocomplete": "username",
            "autocapitalize": "none",
            "spellcheck": "false",
        }


class PasswordAgainForm(_Worded, ReauthenticateForm):
    """The password once more."""

    words = {"password": (_("Kata sandi"), "")}


class NewPasswordForm(_Worded, ChangePasswordForm):
    """The present password, and the new one twice."""

    words = {
        "oldpassword": (_("Kata sandi sekarang"), ""),
        "password1": (
            _("Kata sandi baru"),
            _("Paling sedikit 12 huruf. Kalimat pendek lebih mudah diingat."),
        ),
        "password2": (_("Kata sandi baru, sekali lagi"), ""),
    }


class CodeForm(_Worded, AuthenticateForm):
    """A code of the app, or one of the codes kept for the day the telephone is lost."""

    words = {"code": (_("Kode"), _("Enam angka dari aplikasi, atau satu kode pemulihan."))}


class CodeAgainForm(_Worded, CodeAgain):
    """A code once more."""

    words = CodeForm.words


class NewAppForm(_Worded, ActivateTOTPForm):
    """The first code of an app proves that it was set up."""

    words = {"code": (_("Enam angka dari aplikasi"), "")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["inputmode"] = "numeric"


class NewKeyForm(_Worded, AddWebAuthnForm):
    """A key and what its owner calls it."""

    words = {"name": (_("Nama kunci"), _("Misalnya: kunci di gantungan, atau sidik jari laptop."))}
