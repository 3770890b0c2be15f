"""What a night's copy holds: tables with their rows, files with their sizes, from the catalogue."""

from __future__ import annotations

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _

from backups.models import ObjectVersion, Snapshot, Source
from backups.views.access import staff
from portal.lib import clock

KINDS = {
    "table": _("Tabel"),
    "foreign table": _("Tabel asing"),
    "partitioned table": _("Tabel berpartisi"),
    "view": _("Pandangan"),
    "materialized view": _("Pandangan tersimpan"),
    "sequence": _("Urutan"),
    "function": _("Fungsi"),
    "procedure": _("Prosedur"),
    "trigger": _("Pemicu"),
    "event": _("Acara terjadwal"),
    "file": _("Berkas"),
    "folder": _("Folder"),
    "symlink": _("Tautan"),
}
"""What the engines call things, in words; a name that is not here is shown as it is."""

ROWS = 100  # objects in one page
NIGHTS = 60  # of which one may choose


@staff
def contents(request: HttpRequest, key: str) -> HttpResponse:
    """List the objects of one night (the newest unless chosen), with paging and search."""
    source = get_object_or_404(Source, key=key)
    nights = source.snapshots.restorable().order_by("-taken_at")
    snapshot = _chosen(nights, request.GET.get("malam", ""))
    query, kind = request.GET.get("q", "").strip(), request.GET.get("jenis", "")
    objects = _held_by(snapshot) if snapshot else ObjectVersion.objects.none()
    named = objects.filter(name__icontains=query) if query else objects
    found = (named.filter(kind=kind) if kind else named).select_related("since")
    page = Paginator(found.order_by("kind", "name"), ROWS).get_page(request.GET.get("hal"))
    context = {
        "now": clock.now(),
        "source": source,
        "nights": nights[:NIGHTS],
        "snapshot": snapshot,
        "query": query,
        "kind": kind,
        "kinds": named.values("kind").annotate(count=Count("pk")).order_by("kind"),
        "words": KINDS,
        "page": page,
        "address": urlencode({"malam": snapshot.pk if snapshot else "", "q": query, "jenis": kind}),
    }
    return render(request, "staf/isi.html", context)


def _chosen(nights: QuerySet[Snapshot], wanted: str) -> Snapshot | None:
    """Return the night with this id, or the newest; None where none stands."""
    if wanted.isdigit():
        return get_object_or_404(nights, pk=int(wanted))
    return nights.first()


def _held_by(snapshot: Snapshot) -> QuerySet[ObjectVersion]:
    """Return the objects as this night saw them: a source's snapshots are numbered in time."""
    versions = ObjectVersion.objects.filter(source=snapshot.source_id, since__lte=snapshot.pk)
    return versions.filter(Q(until=None) | Q(until__gt=snapshot.pk))
