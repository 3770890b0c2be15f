"""Two nights side by side: what appeared, changed and vanished between them."""

from __future__ import annotations

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from backups.catalogue.between import Between, between
from backups.kinds import KINDS
from backups.models import KnownObject, ObjectVersion, Snapshot, Source
from backups.views.access import staff
from portal.lib import clock

ROWS = 100  # in one page
NIGHTS = 400  # of which two may be chosen
LISTS = ("hilang", "berubah", "muncul")


@staff
def differences(request: HttpRequest, key: str) -> HttpResponse:
    """Show what differs between two nights (the newest two unless chosen), counts first."""
    source = get_object_or_404(Source, key=key)
    nights = list(source.snapshots.order_by("-pk")[:NIGHTS])
    later = _chosen(nights, request.GET.get("ke", ""), nights[0] if nights else None)
    before = next((night for night in nights if later and night.pk < later.pk), None)
    earlier = _chosen(nights, request.GET.get("dari", ""), before)
    within = request.GET.get("dalam", "").strip().strip("/")[:1024]
    if earlier and later and earlier.pk > later.pk:
        earlier, later = later, earlier
    found = between(earlier, later, within) if earlier and later else None
    counts = _counts(found)
    shown = request.GET.get("daftar", "")
    if shown not in LISTS:
        shown = next((name for name in LISTS if counts[name]), LISTS[0])
    page = Paginator(_list(found, shown), ROWS).get_page(request.GET.get("hal"))
    nights_asked = {"dari": earlier.pk if earlier else "", "ke": later.pk if later else ""}
    asked = {**nights_asked, "dalam": within}
    context = {
        "now": clock.now(),
        "source": source,
        "nights": nights,
        "earlier": earlier,
        "later": later,
        "within": within,
        "shown": shown,
        "tabs": [
            (_word(name), counts[name], urlencode({**asked, "daftar": name}), name == shown)
            for name in LISTS
        ],
        "total": sum(counts.values()),
        "page": page,
        "known": _known(source, list(page.object_list)),
        "words": KINDS,
        "address": urlencode({**asked, "daftar": shown}),
    }
    return render(request, "staf/beda.html", context)


def _chosen(nights: list[Snapshot], wanted: str, other: Snapshot | None) -> Snapshot | None:
    """Return the night with this id, or the other where it is not among them."""
    return next((night for night in nights if str(night.pk) == wanted), other)


def _counts(found: Between | None) -> dict[str, int]:
    if found is None:
        return dict.fromkeys(LISTS, 0)
    return {name: _list(found, name).count() for name in LISTS}


def _list(found: Between | None, name: str) -> QuerySet[ObjectVersion]:
    if found is None:
        return ObjectVersion.objects.none()
    lists = {"muncul": found.appeared, "berubah": found.changed, "hilang": found.vanished}
    return lists[name]


def _word(name: str) -> str:
    return {"muncul": _("Muncul"), "berubah": _("Berubah"), "hilang": _("Hilang")}[name]


def _known(source: Source, versions: list[ObjectVersion]) -> dict[str, int]:
    """Return key -> the object whose life may be opened."""
    keys = [version.name_key for version in versions]
    rows = KnownObject.objects.filter(source=source, name_key__in=keys)
    return dict(rows.values_list("name_key", "pk"))
