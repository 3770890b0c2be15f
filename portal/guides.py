"""Short guides, one for each role, with pictures taken from the running portal.

The pictures are made by `make screenshots` and never committed: they lie in pictures_built/, from
where they are served as other static files. A guide is whole without them too.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal.accounts.access import open_to_all
from portal.help_texts import PARTS


@dataclass(frozen=True, slots=True)
class Guide:
    """One guide: its key in the address, its title, for whom it is, the icon beside it."""

    key: str
    title: Promise
    whom: Promise
    icon: str


GUIDES = {
    guide.key: guide
    for guide in (
        Guide("pelapor", _("Melaporkan data yang hilang"), _("pelapor"), "life-buoy"),
        Guide("layanan", _("Menerima laporan"), _("petugas layanan"), "inbox"),
        Guide("analis", _("Menelusuri dan memulihkan"), _("analis"), "search"),
        Guide("penyetuju", _("Memutuskan permintaan"), _("penyetuju"), "clipboard-check"),
        Guide("operator", _("Menjaga malam"), _("operator dan administrator"), "database"),
        Guide("auditor", _("Memeriksa bukti"), _("auditor"), "shield-check"),
    )
}


def picture_of(name: str) -> str:
    """Return the static path of a picture in the reader's language; "" where none was made."""
    path = f"bantuan/{get_language()}/{name}.webp"
    return path if finders.find(path) else ""


@open_to_all
def guides(request: HttpRequest) -> HttpResponse:
    """List the guides."""
    return render(request, "bantuan/daftar.html", {"guides": GUIDES.values()})


@open_to_all
def guide(request: HttpRequest, key: str) -> HttpResponse:
    """Show one guide."""
    if key not in GUIDES:
        raise Http404
    parts = [(part, picture_of(part.picture) if part.picture else "") for part in PARTS[key]]
    return render(request, "bantuan/panduan.html", {"guide": GUIDES[key], "parts": parts})
