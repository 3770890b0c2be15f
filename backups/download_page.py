"""The one page on which a download is fetched, for whoever may: it asks for the key, by POST.

The key comes behind the "#" of the mailed link, which browsers send to nobody; a script puts it
into the field, and without script it is copied there. So no log of a server ever has it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from backups.downloading import NotHandedOver, Refusal, hand_over, refusal_of
from backups.models import Download
from portal.accounts.models import User
from portal.lib import clock

LONGEST_KEY = 300
SENTENCES = {
    Refusal.WRONG: _(
        "Kunci ini bukan milik unduhan ini. Salin seluruhnya dari email terbaru, atau minta petugas"
        " BPTI membuatkan unduhan baru."
    ),
    Refusal.TAKEN: _(
        "Data ini sudah diunduh, dan itu hanya dapat satu kali. Bila bukan oleh Anda atau berkasnya"
        " tidak utuh, minta petugas BPTI membuatkan unduhan baru."
    ),
    Refusal.OVER: _("Masa unduhan ini sudah habis. Minta petugas BPTI membuatkan unduhan baru."),
    Refusal.WITHDRAWN: _(
        "Unduhan ini ditarik atau diganti. Pakai tautan dari email terbaru, atau hubungi petugas"
        " BPTI."
    ),
    Refusal.NOT_MADE: _("Unduhan ini belum dapat diambil. Tunggu email dari kami."),
    Refusal.RUNNING: _(
        "Unduhan ini sedang berjalan. Bila terputus, tunggu dua menit lalu coba lagi."
    ),
    Refusal.DAMAGED: _(
        "Berkas unduhan ini tidak dapat dibaca. Minta petugas BPTI membuatkan unduhan baru."
    ),
}


class KeyForm(forms.Form):
    """The key, as the mail has it; a whole link does as well."""

    kunci = forms.CharField(
        label=_("Kunci dari email"),
        max_length=LONGEST_KEY,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
        ),
        error_messages={
            "required": _("Salin kuncinya dari email, atau buka lagi tautan di email itu."),
            "max_length": _("Ini terlalu panjang untuk sebuah kunci."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def clean_kunci(self) -> str:
        """Return what stands behind a pasted link's "#", else all of it."""
        return str(self.cleaned_data["kunci"]).rpartition("#")[2].strip()


def page_of(
    request: HttpRequest,
    download: Download,
    by: User | str,
    *,
    back: str = "",
    and_then: Callable[[], Any] = lambda: None,
) -> HttpResponseBase:
    """Answer the person whose download it is: the page, or the archive for its key."""
    now = clock.now()
    form = KeyForm(request.POST or None)
    refusal = refusal_of(download, now)
    if request.method == "POST" and not refusal and form.is_valid():
        try:
            return hand_over(download, form.cleaned_data["kunci"], by, now, and_then)
        except NotHandedOver as error:
            form.add_error("kunci", str(SENTENCES[error.refusal]))
    context = {
        "download": download,
        "form": form,
        "refusal": SENTENCES[refusal] if refusal else "",
        "back": back,
    }
    return render(request, "unduhan/unduh.html", context, status=410 if refusal else 200)
